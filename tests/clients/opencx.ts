// A client as OpenCX's users wrote it in 2024: typed by the schema of that time. It
// gets only the address of this service, and a key.

import createClient from "openapi-fetch";
import type { components, paths } from "../../build/clients/opencx-2024.d.ts";

/** The body of every response, with the name of its schema. */
export type Seen = { schema: keyof components["schemas"]; body: unknown }[];

export async function useOpenCx(baseUrl: string, apiKey: string, contactId: string): Promise<Seen> {
  const opencx = createClient<paths>({ baseUrl });
  opencx.use({
    onRequest({ request }) {
      request.headers.set("Authorization", `Bearer ${apiKey}`);
    },
  });
  const seen: Seen = [];

  // create
  const ids: string[] = [];
  for (const channel of ["web", "whatsapp", "web"] as const) {
    const created = await opencx.POST("/chat/sessions", {
      body: { contact_id: contactId, channel: { type: channel } },
    });
    if (!created.data || created.response.status !== 201) throw new Error("not created");
    seen.push({ schema: "CreateChatSessionOutput", body: created.data });
    ids.push(created.data.id);
  }
  const alone = await opencx.POST("/chat/sessions", { body: { channel: { type: "api" } } });
  if (!alone.data) throw new Error("not created");

  // get
  for (const session_id of ids) {
    const { data } = await opencx.GET("/chat/sessions/{session_id}", {
      params: { path: { session_id } },
    });
    if (data?.id !== session_id || data.contact?.id !== contactId) throw new Error("not read");
    seen.push({ schema: "GetChatSessionOutput", body: data });
  }

  // send, and read the history from page to page
  const [asked] = ids as [string, string, string];
  const params = { path: { session_id: asked } };
  const texts = Array.from({ length: 60 }, (_, number) => `Message ${number + 1}`);
  for (const text of texts) {
    const sent = await opencx.POST("/chat/sessions/{session_id}/send", {
      params,
      body: { sender: "contact", message: { type: "text", text } },
    });
    if (!sent.data || sent.response.status !== 201) throw new Error("not sent");
    seen.push({ schema: "SendMessageOutput", body: sent.data });
  }
  const read: string[] = [];
  let next: string | undefined;
  do {
    const { data } = await opencx.GET("/chat/sessions/{session_id}/history", {
      params: { ...params, query: { cursor: next } },
    });
    if (!data) throw new Error("no history");
    seen.push({ schema: "ListChatHistoryOutput", body: data });
    for (const { event } of data.items) {
      if (event.type !== "message") throw new Error(`a ${event.type}`);
      if (event.sender.type !== "contact") throw new Error("not the contact's");
      read.push(event.content.text);
    }
    next = data.next ?? undefined;
  } while (next);
  if (read.join() !== texts.join()) throw new Error("not what was sent, in its order");

  // update
  const [first] = ids as [string, string, string];
  const updated = await opencx.PATCH("/chat/sessions/{session_id}", {
    params: { path: { session_id: first } },
    body: { status: "closed_resolved" },
  });
  if (updated.error || updated.response.status !== 200) throw new Error("not updated");

  // list, from page to page
  const listed: string[] = [];
  let cursor: string | undefined;
  do {
    const { data } = await opencx.GET("/chat/sessions", { params: { query: { cursor } } });
    if (!data) throw new Error("not listed");
    seen.push({ schema: "ListChatSessionsOutput", body: data });
    listed.push(...data.items.map((session) => session.id));
    cursor = data.next ?? undefined;
  } while (cursor);
  const all = [...ids, alone.data.id];
  if (!all.every((id) => listed.includes(id))) throw new Error("not all are listed");
  const open = await opencx.GET("/chat/sessions", {
    params: { query: { status: "open", channel_type: "web", handed_off: false } },
  });
  const isOpenOnWeb = open.data?.items.every(
    ({ status, channel }) => status === "open" && channel.type === "web",
  );
  if (!isOpenOnWeb || open.data?.items.some(({ id }) => id === first)) throw new Error("filters");

  // an error
  const refused = await opencx.GET("/chat/sessions/{session_id}", {
    params: { path: { session_id: "42" } },
  });
  if (refused.error?.statusCode !== 404) throw new Error("not refused");
  seen.push({ schema: "ErrorDto", body: refused.error });
  return seen;
}
