// A client typed by this service's own document, as openapi-typescript makes it.

import createClient from "openapi-fetch";
import type { components, paths } from "../../build/clients/chat-sessions.d.ts";

type Session = components["schemas"]["Session"];

function assert(holds: unknown, what: string): asserts holds {
  if (!holds) throw new Error(what);
}

/** Runs one conversation: log in, create, retry, resume, talk, list, close, export, delete. */
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

  await talk(ann, client, path);

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

  const now = await client.GET("/chat/sessions/{session_id}", { params: { path } });
  const etag = now.response.headers.get("ETag");
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
  const texts = exported.data.sessions.flatMap(({ history }) => history.map(textOf));
  assert(texts.includes("Where is my order?"), "what was said too");
  const removed = await client.DELETE("/contacts/{contact_id}", { params: contactPath });
  assert(removed.response.status === 204, "removed");
  const gone = await client.GET("/chat/sessions/{session_id}", { params: { path } });
  assert(gone.error?.code === "session_not_found", "gone");
}

type Client = ReturnType<typeof createClient<paths>>;
type HistoryItem = components["schemas"]["HistoryItem"];

/** Returns the text of a message; of other entries what they are. */
function textOf({ event }: HistoryItem): string {
  return event.type === "message" ? event.content.text : event.type;
}

/** Lets a contact ask and an agent answer, and reads, marks and redacts it. */
async function talk(contact: Client, server: Client, path: { session_id: string }): Promise<void> {
  const ask = () =>
    contact.POST("/chat/sessions/{session_id}/send", {
      params: { path },
      body: {
        message: {
          type: "text",
          id: "5f2c7a4e-9d0b-4b8e-8a36-1f6f0f3f2f10",
          text: "Where is my order?",
        },
      },
    });
  const asked = await ask();
  assert(asked.response.status === 201 && asked.data?.data.message.seq === 1, "sent");
  const retried = await ask();
  assert(retried.response.status === 200 && retried.data?.data.message.seq === 1, "a replay");
  const answered = await server.POST("/chat/sessions/{session_id}/send", {
    params: { path },
    body: {
      sender: "agent",
      agent: { id: "17", name: "Ben" },
      message: {
        type: "text",
        text: "It is on its way.",
        attachments: [{ name: "a.pdf", url: "https://files.example.com/a.pdf", size: 7 }],
      },
      should_take_over_session_from_ai: true,
    },
  });
  assert(answered.data?.success, "answered");
  const nobody = await contact.POST("/chat/sessions/{session_id}/send", {
    params: { path },
    body: { sender: "agent", message: { type: "text", text: "I am Ben" } },
  });
  assert(nobody.error?.code === "insufficient_scope", "not as an agent");

  const history = async (query: { after?: number; order?: "asc" | "desc" }) => {
    const page = await contact.GET("/chat/sessions/{session_id}/history", {
      params: { path, query },
    });
    assert(page.data && page.data.last_seq === 3, "a page of history");
    return page.data.items;
  };
  const all = await history({});
  assert(
    all.map(textOf).join() === "Where is my order?,handoff,It is on its way.",
    "in the order of seq",
  );
  const [last] = await history({ order: "desc" });
  assert(last?.event.type === "message" && last.event.sender.name === "Ben", "the agent's name");
  assert(last.event.attachments[0]?.size === 7, "the file");
  assert((await history({ after: 2 })).length === 1, "what comes after");

  const marked = await contact.POST("/chat/sessions/{session_id}/read", {
    params: { path },
    body: { seq: 3 },
  });
  assert(marked.response.status === 204, "read");
  const typing = await contact.POST("/chat/sessions/{session_id}/typing", { params: { path } });
  assert(typing.response.status === 204, "typing");
  const read = await server.GET("/chat/sessions/{session_id}", { params: { path } });
  assert(read.data?.unread.contact === 0 && read.data.unread.agent === 0, "nothing is unread");
  assert(read.data.assignee.type === "human" && read.data.assignee.name === "Ben", "assigned");
  const redacted = await server.POST("/chat/sessions/{session_id}/messages/{message_id}/redact", {
    params: { path: { ...path, message_id: last.id } },
  });
  assert(redacted.response.status === 204, "redacted");
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
  const params = { path: { session_id: "" } };
  // @ts-expect-error: a message is required
  await client.POST("/chat/sessions/{session_id}/send", { params, body: { sender: "ai" } });
  const send = "/chat/sessions/{session_id}/send";
  // @ts-expect-error: no such sender
  await client.POST(send, { params, body: { sender: "bot", message: { type: "text", text: "" } } });
  // @ts-expect-error: no such status
  await client.GET("/chat/sessions", { params: { query: { status: "closed" } } });
  const { data } = await client.GET("/chat/sessions");
  // @ts-expect-error: no such member
  data?.items[0]?.subject;
}
