// Hono and zod, tuned: everything of a request in one D1 batch.

import { Hono } from "hono";
import { history, send } from "./messages";
import {
  type Bindings,
  type KeyRecord,
  created,
  log,
  readJson,
  refusal,
  sha256Hex,
  uuidv7,
} from "./platform";
import { fieldErrors, identityOf, newSession } from "./rules";

type Variables = { key: KeyRecord };

const app = new Hono<{ Bindings: Bindings; Variables: Variables }>();

app.use(async (context, next) => {
  const startedMs = Date.now();
  await next();
  log(context.req.raw, context.res, context.get("key")?.org, startedMs, context.req.path);
});

app.use("/chat/*", async (context, next) => {
  const origin = context.req.header("Origin");
  const token = context.req.header("Authorization")?.match(/^Bearer +(\S+)$/i)?.[1];
  if (!token) return refusal(origin, 401, "missing_token", "No credential.");
  const key = await context.env.KEYS.get<KeyRecord>(`key:${await sha256Hex(token)}`, "json");
  if (!key) return refusal(origin, 401, "invalid_token", "The bearer token is not a valid key.");
  if (key.kind === "secret" && origin) {
    return refusal(origin, 403, "secret_key_in_browser", "A secret key was sent by a web page.");
  }
  if (key.kind === "publishable" && !key.origins?.includes(origin ?? "")) {
    return refusal(origin, 403, "origin_not_allowed", "This key does not allow this origin.");
  }
  context.set("key", key);
  const { success } = await context.env.CREDENTIAL_RATE_LIMITER.limit({ key: key.org });
  if (!success) return refusal(origin, 429, "rate_limited", "Too many requests.");
  await next();
});

app.post("/chat/sessions", async (context) => {
  const origin = context.req.header("Origin");
  const body = await readJson(context.req.raw);
  if (body instanceof Response) return body;
  const parsed = newSession.safeParse(body.json);
  if (!parsed.success) {
    return refusal(
      origin,
      400,
      "invalid_request",
      "Fields break rules.",
      fieldErrors(parsed.error),
    );
  }
  const { contact, channel, custom_data, verified, contact_id } = parsed.data;
  const { org } = context.get("key");
  const nowMs = Date.now();
  const id = uuidv7(nowMs);
  const db = context.env.DB;
  const statements = [];
  let contactId: string | null = contact_id?.toLowerCase() ?? null;
  let identity: string | null = null;
  if (contact && !contactId) {
    contactId = uuidv7(nowMs);
    identity = identityOf(contact) ?? null;
    const said = [contact.name ?? null, JSON.stringify(contact.custom_data)];
    const nothing = [null, "{}"];
    statements.push(
      db
        .prepare(
          `INSERT INTO contacts (organization, id, identity, email, phone_number, name, custom_data,
             non_verified_name, non_verified_custom_data, verified_at_ms, created_at_ms, updated_at_ms)
           VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?11)
           ON CONFLICT (organization, identity) WHERE identity IS NOT NULL DO UPDATE SET
             name = coalesce(excluded.name, name),
             custom_data = json_patch(custom_data, excluded.custom_data),
             non_verified_name = coalesce(excluded.non_verified_name, non_verified_name),
             non_verified_custom_data = json_patch(non_verified_custom_data, excluded.non_verified_custom_data),
             verified_at_ms = coalesce(verified_at_ms, excluded.verified_at_ms),
             updated_at_ms = excluded.updated_at_ms`,
        )
        .bind(
          org,
          contactId,
          identity,
          contact.email ?? null,
          contact.phone_number ?? null,
          ...(verified ? [...said, ...nothing, nowMs] : [...nothing, ...said, null]),
          nowMs,
        ),
    );
  }
  statements.push(
    db
      .prepare(
        `INSERT INTO sessions (organization, id, contact_id, channel, verified, custom_data,
           ticket_number, created_at_ms, updated_at_ms, given_name)
         SELECT ?1, ?2, coalesce((SELECT id FROM contacts WHERE organization = ?1 AND identity = ?4), ?3),
           ?5, ?6, ?7,
           coalesce((SELECT last_ticket_number FROM ticket_counters WHERE organization = ?1), 0) + 1, ?8, ?8, ?9
         WHERE (?3 IS NULL OR ?4 IS NOT NULL OR EXISTS (SELECT 1 FROM contacts WHERE organization = ?1 AND id = ?3))`,
      )
      .bind(
        org,
        id,
        contactId,
        identity,
        channel.type,
        verified ? 1 : 0,
        JSON.stringify(custom_data),
        nowMs,
        verified ? null : (contact?.name ?? null),
      ),
  );
  const results = await db.batch(statements);
  if (results.at(-1)?.meta.changes === 0) {
    return refusal(origin, 404, "contact_not_found", "There is no contact with this id.");
  }
  return created(origin, id);
});

app.post("/chat/sessions/:id/send", send);
app.get("/chat/sessions/:id/history", history);

export default app;
