// Code that all peers share: ids, and the errors of the contract.

export interface Bindings {
  DB: D1Database;
  KEYS: KVNamespace;
  CREDENTIAL_RATE_LIMITER: RateLimit;
}

export interface KeyRecord {
  org: string;
  kind: "secret" | "publishable";
  origins?: string[];
}

export async function sha256Hex(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** A UUIDv7 (RFC 9562). */
export function uuidv7(nowMs: number): string {
  const random = crypto.getRandomValues(new Uint8Array(10));
  random[0] = (random[0] & 0x0f) | 0x70;
  random[2] = (random[2] & 0x3f) | 0x80;
  const hex =
    nowMs.toString(16).padStart(12, "0") +
    Array.from(random, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

export const bodyMaxBytes = 64 * 1024;

const reasons: Record<number, string> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  409: "Conflict",
  413: "Payload Too Large",
  415: "Unsupported Media Type",
  429: "Too Many Requests",
};

/** Headers of every response. */
export function commonHeaders(
  requestId: string,
  origin: string | undefined,
): Record<string, string> {
  const headers = { "X-Request-Id": requestId, "Cache-Control": "no-store", Vary: "Origin" };
  return origin
    ? {
        ...headers,
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Expose-Headers":
          "X-Request-Id, Location, Retry-After, Idempotency-Replayed",
      }
    : headers;
}

export function refusal(
  origin: string | undefined,
  status: number,
  code: string,
  message: string,
  errors?: unknown[],
) {
  const requestId = crypto.randomUUID();
  const headers = commonHeaders(requestId, origin);
  if (status === 401) headers["WWW-Authenticate"] = "Bearer";
  if (status === 429) headers["Retry-After"] = "60";
  return Response.json(
    { statusCode: status, message, error: reasons[status], code, request_id: requestId, errors },
    { status, headers },
  );
}

/** Reads a body of JSON; or returns the refusal of one. */
export async function readJson(request: Request): Promise<{ json: unknown } | Response> {
  const origin = request.headers.get("Origin") ?? undefined;
  const type = request.headers.get("Content-Type");
  if (type && !/^application\/(json|[^;]*\+json)\s*(;|$)/i.test(type)) {
    return refusal(origin, 415, "unsupported_media_type", "The body must be JSON.");
  }
  if (Number(request.headers.get("Content-Length")) > bodyMaxBytes) {
    return refusal(origin, 413, "body_too_large", "The body is over 64 KiB.");
  }
  try {
    return { json: await request.json() };
  } catch (error) {
    // V8's message has the line and the column.
    return refusal(origin, 400, "malformed_json", (error as Error).message);
  }
}

export function created(origin: string | undefined, id: string) {
  const headers = commonHeaders(crypto.randomUUID(), origin);
  headers.Location = `/chat/sessions/${id}`;
  return Response.json({ id }, { status: 201, headers });
}

/** One line for the log of each request, as ours has it. */
export function log(
  request: Request,
  response: Response,
  organization: string | undefined,
  startedMs: number,
  route = "/chat/sessions",
) {
  console.log(
    JSON.stringify({
      request_id: response.headers.get("X-Request-Id"),
      method: request.method,
      route,
      status: response.status,
      organization,
      duration_ms: Date.now() - startedMs,
    }),
  );
}
