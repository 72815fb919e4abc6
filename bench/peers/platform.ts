// What every peer does around its own work: ids, and the errors of the contract.

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

export function refusal(status: number, code: string, message: string, errors?: unknown[]) {
  return Response.json(
    { statusCode: status, message, code, request_id: crypto.randomUUID(), errors },
    { status, headers: { "Cache-Control": "no-store", Vary: "Origin" } },
  );
}

export function created(id: string) {
  return Response.json(
    { id },
    {
      status: 201,
      headers: {
        Location: `/chat/sessions/${id}`,
        "X-Request-Id": crypto.randomUUID(),
        "Cache-Control": "no-store",
        Vary: "Origin",
      },
    },
  );
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
