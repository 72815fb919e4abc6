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
