// The receiver's side of webhooks: Standard Webhooks, by Web Crypto, which compares in
// constant time. No WebAssembly, and nothing else of the package.

/** @import { WebhookErrorCode, WebhookEvent, WebhookHeaders } from "../webhooks.js" */

/** Tolerated difference between the clocks, in seconds: an older request may be a replay. */
const TOLERANCE_S = 300;

export class WebhookError extends Error {
  /**
   * @param {WebhookErrorCode} code
   * @param {string} message
   */
  constructor(code, message) {
    super(message);
    this.name = "WebhookError";
    this.code = code;
  }
}

/**
 * @param {string | Uint8Array | ArrayBuffer} body
 * @param {WebhookHeaders} headers
 * @param {string | readonly string[]} secret
 * @returns {Promise<WebhookEvent>}
 */
export async function verifyWebhook(body, headers, secret) {
  const id = readHeader(headers, "webhook-id");
  const timestamp = readHeader(headers, "webhook-timestamp");
  const signatures = readHeader(headers, "webhook-signature");
  if (!id || !timestamp || !signatures) {
    throw new WebhookError(
      "missing_headers",
      "The request lacks webhook-id, webhook-timestamp or webhook-signature.",
    );
  }
  const ageS = Date.now() / 1000 - Number(timestamp);
  // Not a number fails too.
  if (!(Math.abs(ageS) <= TOLERANCE_S && /^\d+$/.test(timestamp))) {
    throw new WebhookError(
      "invalid_timestamp",
      "webhook-timestamp is not within five minutes of this machine's clock.",
    );
  }
  const keys = await Promise.all([secret].flat().map(importKey));
  const bytes = toBytes(body);
  const prefix = new TextEncoder().encode(`${id}.${timestamp}.`);
  const signed = new Uint8Array(prefix.length + bytes.length);
  signed.set(prefix);
  signed.set(bytes, prefix.length);
  // A few at most: while a secret is rotated there are several.
  const given = signatures.split(" ", 10).flatMap((part) => {
    const signature = part.startsWith("v1,") && fromBase64(part.slice(3));
    return signature ? [signature] : [];
  });
  for (const key of keys) {
    for (const signature of given) {
      if (await crypto.subtle.verify("HMAC", key, signature, signed)) return parse(bytes);
    }
  }
  throw new WebhookError(
    "invalid_signature",
    "No signature is of this secret and this body. Verify the body as it arrived, byte for byte.",
  );
}

/**
 * @param {WebhookHeaders} headers
 * @param {string} name
 * @returns {string | null | undefined}
 */
function readHeader(headers, name) {
  // Those of a library too, which are of another class.
  if (typeof headers.get === "function") return headers.get(name);
  const found = Object.entries(headers).find(([given]) => given.toLowerCase() === name);
  const value = found?.[1];
  return typeof value === "object" ? value[0] : value;
}

/** @param {string} secret */
async function importKey(secret) {
  const bytes =
    typeof secret === "string" && secret.startsWith("whsec_") && fromBase64(secret.slice(6));
  if (!bytes || !bytes.length) {
    throw new WebhookError("invalid_secret", "A secret is whsec_ and base64, as it was shown.");
  }
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  return crypto.subtle.importKey("raw", bytes, algorithm, false, ["verify"]);
}

/** @param {string | Uint8Array | ArrayBuffer} body */
function toBytes(body) {
  if (typeof body === "string") return new TextEncoder().encode(body);
  if (ArrayBuffer.isView(body)) {
    return new Uint8Array(body.buffer, body.byteOffset, body.byteLength);
  }
  if (body instanceof ArrayBuffer) return new Uint8Array(body);
  throw new WebhookError(
    "invalid_body",
    "The body must be its text or its bytes, as it arrived: not an object that was parsed.",
  );
}

/** @param {string} text */
function fromBase64(text) {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}

/** @param {Uint8Array} bytes */
function parse(bytes) {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw new WebhookError("invalid_body", "The body is signed, and is not JSON.");
  }
}
