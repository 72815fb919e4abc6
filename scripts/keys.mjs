// API keys: made here, known to the service by their SHA-256 only.

import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { wrangler } from "./wrangler.mjs";

const prefixes = { secret: "sk_", publishable: "pk_" };
/** Characters of a key that its record keeps, so that a person can identify the key. */
const hintChars = 11;

/** Generates a key: the prefix of its kind, then 32 random bytes. */
export function newKey(kind) {
  return prefixes[kind] + randomBytes(32).toString("hex");
}

/** Returns the name of a key's record in KV. */
export function recordName(key) {
  return `key:${createHash("sha256").update(key).digest("hex")}`;
}

/**
 * Returns the record that is stored for a key.
 *
 * @param {string} key
 * @param {{ org: string, kind: "secret" | "publishable", origins?: string[] }} options
 */
export function newRecord(key, { org, kind, origins = [] }) {
  return {
    org,
    kind,
    origins,
    db: "DB",
    name: key.slice(0, hintChars),
    created_at: new Date().toISOString(),
  };
}

/** Stores records by key; `where` is `--remote`, or `--local` and its options. */
export async function putRecords(records, where) {
  const folder = await mkdtemp(join(tmpdir(), "chat-sessions-"));
  try {
    const file = join(folder, "records.json");
    const entries = [...records].map(([key, record]) => ({
      key: recordName(key),
      value: JSON.stringify(record),
    }));
    await writeFile(file, JSON.stringify(entries));
    await wrangler("kv", "bulk", "put", file, "--binding", "KEYS", ...where);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/**
 * Parses an allow-list as it is typed, `https://a.example,https://*.b.example:8443`.
 *
 * An origin is scheme, host and port only, as a browser sends it. `*.` before the host
 * stands for one more label.
 */
export function parseOrigins(text) {
  return text
    .split(",")
    .map((origin) => origin.trim())
    .filter(Boolean)
    .map((origin) => {
      const [, scheme, wildcard, host] = origin.match(/^(https?:\/\/)(\*\.)?([^*]+)$/i) ?? [];
      if (!host || !URL.canParse(scheme + host)) {
        throw new Error(
          `ORIGINS: ${origin} is not an origin, like https://www.example.com or https://*.example.com`,
        );
      }
      const exact = new URL(scheme + host).origin;
      if (wildcard && !/^https?:\/\/[^/:]+\.[^/:.]+/.test(exact)) {
        throw new Error(`ORIGINS: ${origin} would allow strangers; name a domain behind the *.`);
      }
      const typed = scheme + host;
      const expected = exact.replace("//", `//${wildcard ?? ""}`);
      if (typed === exact || typed === `${exact}/`) return expected;
      throw new Error(`ORIGINS: ${origin} is not an origin; did you mean ${expected}?`);
    });
}
