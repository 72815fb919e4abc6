// Hono, zod and drizzle, as their documentation teaches: look the key up, select the
// contact, insert or update it, insert the session. Its middlewares word their own error
// responses, so only its creates are measured.

import { zValidator } from "@hono/zod-validator";
import { and, eq, sql } from "drizzle-orm";
import { type DrizzleD1Database, drizzle } from "drizzle-orm/d1";
import { integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { Hono } from "hono";
import { bearerAuth } from "hono/bearer-auth";
import { bodyLimit } from "hono/body-limit";
import { cors } from "hono/cors";
import { requestId } from "hono/request-id";
import {
  type Bindings,
  type KeyRecord,
  bodyMaxBytes,
  log,
  refusal,
  sha256Hex,
  uuidv7,
} from "./platform";
import { type Contact, fieldErrors, identityOf, newSession } from "./rules";

const contacts = sqliteTable(
  "contacts",
  {
    organization: text().notNull(),
    id: text().notNull(),
    identity: text(),
    email: text(),
    phoneNumber: text("phone_number"),
    name: text(),
    customData: text("custom_data", { mode: "json" }).$type<Contact["custom_data"]>().notNull(),
    nonVerifiedName: text("non_verified_name"),
    nonVerifiedCustomData: text("non_verified_custom_data", { mode: "json" })
      .$type<Contact["custom_data"]>()
      .notNull(),
    verifiedAtMs: integer("verified_at_ms"),
    createdAtMs: integer("created_at_ms").notNull(),
    updatedAtMs: integer("updated_at_ms").notNull(),
  },
  (table) => [primaryKey({ columns: [table.organization, table.id] })],
);

const counters = sqliteTable("ticket_counters", {
  organization: text().primaryKey(),
  lastTicketNumber: integer("last_ticket_number").notNull(),
});

const sessions = sqliteTable(
  "sessions",
  {
    organization: text().notNull(),
    id: text().notNull(),
    contactId: text("contact_id"),
    channel: text().notNull(),
    verified: integer({ mode: "boolean" }).notNull(),
    customData: text("custom_data", { mode: "json" }).notNull(),
    ticketNumber: integer("ticket_number").notNull(),
    createdAtMs: integer("created_at_ms").notNull(),
    updatedAtMs: integer("updated_at_ms").notNull(),
  },
  (table) => [primaryKey({ columns: [table.organization, table.id] })],
);

const app = new Hono<{ Bindings: Bindings; Variables: { key: KeyRecord; requestId: string } }>();

app.use(requestId());
app.use(async (context, next) => {
  const startedMs = Date.now();
  await next();
  log(context.req.raw, context.res, context.get("key")?.org, startedMs);
});
// Error responses have the CORS headers and the request id too.
app.use(
  cors({
    origin: (origin) => origin,
    exposeHeaders: ["X-Request-Id", "Location", "Retry-After", "Idempotency-Replayed"],
  }),
);
app.use(
  "/chat/*",
  bearerAuth({
    verifyToken: async (token, context) => {
      const name = `key:${await sha256Hex(token)}`;
      const key = await context.env.KEYS.get<KeyRecord>(name, "json");
      if (key) context.set("key", key);
      return key !== null;
    },
  }),
);

app.use("/chat/*", async (context, next) => {
  const { success } = await context.env.CREDENTIAL_RATE_LIMITER.limit({
    key: context.get("key").org,
  });
  if (!success) return refusal(undefined, 429, "rate_limited", "Too many requests.");
  await next();
});

app.use(
  "/chat/*",
  bodyLimit({
    maxSize: bodyMaxBytes,
    onError: () => refusal(undefined, 413, "body_too_large", "The body is over 64 KiB."),
  }),
);

/** Selects the contact, then updates or inserts it; returns its id. */
async function saveContact(
  db: DrizzleD1Database,
  organization: string,
  said: Contact,
  verified: boolean,
  nowMs: number,
): Promise<string> {
  const identity = identityOf(said);
  const [known] = identity
    ? await db
        .select()
        .from(contacts)
        .where(and(eq(contacts.organization, organization), eq(contacts.identity, identity)))
    : [];
  if (known) {
    const change = verified
      ? {
          name: said.name ?? known.name,
          customData: { ...known.customData, ...said.custom_data },
          verifiedAtMs: known.verifiedAtMs ?? nowMs,
        }
      : {
          nonVerifiedName: said.name ?? known.nonVerifiedName,
          nonVerifiedCustomData: { ...known.nonVerifiedCustomData, ...said.custom_data },
        };
    await db
      .update(contacts)
      .set({ ...change, updatedAtMs: nowMs })
      .where(and(eq(contacts.organization, organization), eq(contacts.id, known.id)));
    return known.id;
  }
  const id = uuidv7(nowMs);
  await db.insert(contacts).values({
    organization,
    id,
    identity,
    email: said.email,
    phoneNumber: said.phone_number,
    name: verified ? said.name : undefined,
    customData: verified ? said.custom_data : {},
    nonVerifiedName: verified ? undefined : said.name,
    nonVerifiedCustomData: verified ? {} : said.custom_data,
    verifiedAtMs: verified ? nowMs : undefined,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
  });
  return id;
}

const validator = zValidator("json", newSession, (result) => {
  if (!result.success) {
    return refusal(
      undefined,
      400,
      "invalid_request",
      "Fields break rules.",
      fieldErrors(result.error),
    );
  }
});

app.post("/chat/sessions", validator, async (context) => {
  const request = context.req.valid("json");
  const { org } = context.get("key");
  const db = drizzle(context.env.DB);
  const nowMs = Date.now();

  let contactId = request.contact_id?.toLowerCase();
  if (contactId) {
    const [known] = await db
      .select({ id: contacts.id })
      .from(contacts)
      .where(and(eq(contacts.organization, org), eq(contacts.id, contactId)));
    if (!known)
      return refusal(undefined, 404, "contact_not_found", "There is no contact with this id.");
  } else if (request.contact) {
    contactId = await saveContact(db, org, request.contact, request.verified === true, nowMs);
  }

  const [counter] = await db
    .insert(counters)
    .values({ organization: org, lastTicketNumber: 1 })
    .onConflictDoUpdate({
      target: counters.organization,
      set: { lastTicketNumber: sql`${counters.lastTicketNumber} + 1` },
    })
    .returning();
  const id = uuidv7(nowMs);
  await db.insert(sessions).values({
    organization: org,
    id,
    contactId,
    channel: request.channel.type,
    verified: request.verified === true,
    customData: request.custom_data,
    ticketNumber: counter.lastTicketNumber,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
  });
  context.header("Location", `/chat/sessions/${id}`);
  context.header("Cache-Control", "no-store");
  return context.json({ id }, 201);
});

export default app;
