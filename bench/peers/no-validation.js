// The floor: hand-written, one batch, and no validation, with the contract's headers and
// errors. Nobody should run it.

const hex = (byte) => byte.toString(16).padStart(2, "0");

async function sha256Hex(text) {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), hex).join("");
}

function uuidv7(nowMs) {
  const random = crypto.getRandomValues(new Uint8Array(10));
  random[0] = (random[0] & 0x0f) | 0x70;
  random[2] = (random[2] & 0x3f) | 0x80;
  const all = nowMs.toString(16).padStart(12, "0") + Array.from(random, hex).join("");
  return `${all.slice(0, 8)}-${all.slice(8, 12)}-${all.slice(12, 16)}-${all.slice(16, 20)}-${all.slice(20)}`;
}

/** Adds the headers of every response, and writes a line to the log. */
function headersOf(requestId, status, organization) {
  console.log(JSON.stringify({ request_id: requestId, status, organization }));
  return { "X-Request-Id": requestId, "Cache-Control": "no-store", Vary: "Origin" };
}

function refusal(status, error, code, message) {
  const requestId = crypto.randomUUID();
  const headers = headersOf(requestId, status);
  if (status === 401) headers["WWW-Authenticate"] = "Bearer";
  if (status === 429) headers["Retry-After"] = "60";
  const body = { statusCode: status, message, error, code, request_id: requestId };
  return Response.json(body, { status, headers });
}

export default {
  async fetch(request, env) {
    const token = request.headers.get("Authorization")?.slice(7);
    if (!token) return refusal(401, "Unauthorized", "missing_token", "No credential.");
    const key = await env.KEYS.get(`key:${await sha256Hex(token)}`, "json");
    if (!key) return refusal(401, "Unauthorized", "invalid_token", "Not a valid key.");
    const { success } = await env.CREDENTIAL_RATE_LIMITER.limit({ key: key.org });
    if (!success) return refusal(429, "Too Many Requests", "rate_limited", "Too many requests.");
    let body;
    try {
      body = await request.json();
    } catch (error) {
      return refusal(400, "Bad Request", "malformed_json", error.message);
    }
    const { contact, channel, custom_data } = body;
    const nowMs = Date.now();
    const id = uuidv7(nowMs);
    const contactId = contact ? uuidv7(nowMs) : null;
    const identity = contact?.email ? `email:${contact.email}` : null;
    const statements = [];
    if (contact) {
      statements.push(
        env.DB.prepare(
          `INSERT INTO contacts (organization, id, identity, email, custom_data, non_verified_name,
             non_verified_custom_data, created_at_ms, updated_at_ms)
           VALUES (?1, ?2, ?3, ?4, '{}', ?5, ?6, ?7, ?7)
           ON CONFLICT (organization, identity) WHERE identity IS NOT NULL DO UPDATE SET
             non_verified_name = excluded.non_verified_name,
             non_verified_custom_data = json_patch(non_verified_custom_data, excluded.non_verified_custom_data),
             updated_at_ms = excluded.updated_at_ms`,
        ).bind(
          key.org,
          contactId,
          identity,
          contact.email ?? null,
          contact.name ?? null,
          JSON.stringify(contact.custom_data ?? {}),
          nowMs,
        ),
      );
    }
    statements.push(
      env.DB.prepare(
        `INSERT INTO sessions (organization, id, contact_id, channel, verified, custom_data,
           ticket_number, created_at_ms, updated_at_ms)
         SELECT ?1, ?2, coalesce((SELECT id FROM contacts WHERE organization = ?1 AND identity = ?4), ?3),
           ?5, 0, ?6, coalesce((SELECT last_ticket_number FROM ticket_counters WHERE organization = ?1), 0) + 1,
           ?7, ?7`,
      ).bind(
        key.org,
        id,
        contactId,
        identity,
        channel?.type ?? "api",
        JSON.stringify(custom_data ?? {}),
        nowMs,
      ),
    );
    await env.DB.batch(statements);
    const headers = headersOf(crypto.randomUUID(), 201, key.org);
    headers.Location = `/chat/sessions/${id}`;
    return Response.json({ id }, { status: 201, headers });
  },
};
