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
  413: "Payload Too Large",
  415: "Unsupported Media Type",
  429: "Too Many Requests",
};

/** Headers of every response. */
function commonHeaders(requestId: string, origin: string | undefined): Record<string, string> {
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
) {
  console.log(
    JSON.stringify({
      request_id: response.headers.get("X-Request-Id"),
      method: request.method,
      route: "/chat/sessions",
      status: response.status,
      organization,
      duration_ms: Date.now() - startedMs,
    }),
  );
}
