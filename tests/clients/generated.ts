// A client typed by this service's own document, as openapi-typescript makes it.

import createClient from "openapi-fetch";
import type { components, paths } from "../../build/clients/chat-sessions.d.ts";

type Session = components["schemas"]["Session"];

function assert(holds: unknown, what: string): asserts holds {
  if (!holds) throw new Error(what);
}

/** Runs one conversation: log in, create, retry, resume, list, close, export, delete. */
export async function roundTrip(baseUrl: string, secretKey: string): Promise<void> {
  const client = createClient<paths>({
    baseUrl,
    headers: { Authorization: `Bearer ${secretKey}` },
  });

  const authenticated = await client.POST("/widget/authenticate-user", {
    body: { email: "ann@example.com", name: "Ann Lee", customData: { plan: "pro", seats: 12 } },
  });
  assert(authenticated.data, "authenticated");
  const { token, contact } = authenticated.data;
  const ann = createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${token}` } });

  const begin = () =>
    ann.POST("/chat/sessions", {
      params: { header: { "Idempotency-Key": "begin-1" } },
      body: { channel: { type: "web" }, custom_data: { order_id: "ord_123", cart_value: 149.99 } },
    });
  const created = await begin();
  assert(created.data && created.response.status === 201, "created");
  const again = await begin();
  assert(again.data?.id === created.data.id, "the same session when tried again");
  assert(again.response.headers.get("Idempotency-Replayed") === "true", "a replay");

  const resumed = await ann.POST("/chat/sessions", {
    body: { channel: { type: "web" }, resume: true },
  });
  assert(resumed.response.status === 200 && resumed.data?.id === created.data.id, "resumed");

  const path = { session_id: created.data.id };
  const read = await ann.GET("/chat/sessions/{session_id}", { params: { path } });
  assert(read.data, "read");
  const session: Session = read.data;
  assert(session.custom_data["cart_value"] === 149.99, "attributes keep their types");
  assert(session.contact?.name === "Ann Lee" && session.contact.id === contact.id, "its contact");
  assert(!session.assist_mode && session.sentiment === null, "nobody reads along");

  for (let count = 0; count < 5; count += 1) {
    await client.POST("/chat/sessions", { body: { contact_id: contact.id } });
  }
  const seen: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await ann.GET("/chat/sessions", {
      params: {
        query: {
          ...(cursor && { cursor }),
          limit: 2,
          status: "open",
          created_after: "2020-01-01",
          created_before: "2100-01-01T00:00:00Z",
          updated_after: "2020-01-01T00:00:00+01:00",
          updated_before: "2100-01-01",
        },
      },
    });
    assert(page.data, "a page");
    seen.push(...page.data.items.map(({ id }) => id));
    cursor = page.data.next ?? undefined;
  } while (cursor);
  assert(seen.length === 6 && new Set(seen).size === 6, `six sessions, not ${seen.length}`);
  const api = await client.GET("/chat/sessions", { params: { query: { channel_type: "api" } } });
  assert(api.data?.items.length === 5, "those on one channel");

  const etag = read.response.headers.get("ETag");
  assert(etag, "an entity tag");
  const close = () =>
    client.PATCH("/chat/sessions/{session_id}", {
      params: { path, header: { "If-Match": etag } },
      body: { status: "closed_resolved" },
    });
  assert((await close()).data?.status === "closed_resolved", "closed");
  const late = await close();
  assert(late.response.status === 412 && late.error?.code === "precondition_failed", "too late");

  const refused = await client.GET("/chat/sessions", {
    params: { query: { created_after: "2026-02-30" } },
  });
  assert(refused.error?.statusCode === 400, "refused");
  const [fault] = refused.error.errors ?? [];
  assert(fault?.path === "/created_after" && fault.code === "invalid_format", "which and why");

  const contactPath = { path: { contact_id: contact.id } };
  const exported = await client.GET("/contacts/{contact_id}/export", { params: contactPath });
  assert(exported.data?.sessions.length === 6, "everything");
  const removed = await client.DELETE("/contacts/{contact_id}", { params: contactPath });
  assert(removed.response.status === 204, "removed");
  const gone = await client.GET("/chat/sessions/{session_id}", { params: { path } });
  assert(gone.error?.code === "session_not_found", "gone");
}

/** Compiled, never run: errors that the compiler finds. */
export async function stopped(client: ReturnType<typeof createClient<paths>>): Promise<void> {
  // @ts-expect-error: no such path
  await client.GET("/chat/session");
  // @ts-expect-error: no such channel
  await client.POST("/chat/sessions", { body: { channel: { type: "fax" } } });
  // @ts-expect-error: attributes are flat
  await client.POST("/chat/sessions", { body: { custom_data: { nested: { a: 1 } } } });
  // @ts-expect-error: an email is required
  await client.POST("/widget/authenticate-user", { body: {} });
  // @ts-expect-error: no such status
  await client.GET("/chat/sessions", { params: { query: { status: "closed" } } });
  const { data } = await client.GET("/chat/sessions");
  // @ts-expect-error: no such member
  data?.items[0]?.subject;
}
