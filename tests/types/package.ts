// Compiled, never run: valid calls, and errors that the compiler finds.

import {
  ChatSessionError,
  createClient,
  createSession,
  createVisitor,
  isChatSessionError,
  load,
  validateSession,
} from "chat-sessions";
import type {
  ContactDraft,
  CreatedSession,
  CreateOptions,
  CustomData,
  FieldError,
  HistoryEvent,
  HistoryPage,
  MessageEntry,
  NewMessage,
  NewNote,
  NewSession,
  ReadSession,
  SentMessage,
  Session,
  SessionList,
  SessionListQuery,
  Subscription,
  SubscriptionState,
} from "chat-sessions";
import { verifyWebhook, WebhookError } from "chat-sessions/webhooks";

const options = { baseUrl: "https://chat.example.com", token: "pk_" };

export async function allowed(): Promise<string> {
  const request: NewSession = {
    contact_id: "0190163d-8694-739b-aea5-966c26f8ad91",
    channel: { type: "web" },
    verified: null,
    custom_data: { order_id: "ord_123", cart_value: 149.99, vip: true, coupon: undefined },
    contact: { email: "ann@example.com", name: "Ann", phone_number: "+1", custom_data: {} },
  };
  await createSession({}, options);
  const { id }: CreatedSession = await createSession(request, options);
  return id;
}

export async function client(signal?: AbortSignal): Promise<Session | undefined> {
  const client = createClient({ ...options, token: () => "pk_", timeoutMs: 5_000, retries: 0 });
  const token = async (refused?: string): Promise<string> => refused ?? "token";
  createClient({ baseUrl: "", token, signal });
  const created = await client.createSession(
    { resume: true },
    { signal, idempotencyKey: "order-42" },
  );
  const resumed: true | undefined = created.resumed;
  const list: SessionList = await client.listSessions({
    cursor: undefined,
    limit: 10,
    sort: "activity",
    status: "open",
    unread: "agent",
    assignee: "human",
    assignee_id: "17",
    ticket_number: 42,
    email: "ann@example.com",
    verified: true,
    channel_type: "web",
    created_after: new Date(),
    updated_before: "2026-11-24",
  });
  const next: string | null = list.next;
  await load();
  for (const { path, code, message } of validateSession({})) console.log(path, code, message);
  console.log(resumed, next, (await client.getSession(created.id)).contact?.email);
  return list.items[0];
}

export async function conversation(id: string, text?: string): Promise<string[]> {
  const visitor = createVisitor({ baseUrl: "/", key: "pk_", storage: localStorage });
  const client = createClient({ baseUrl: "/", token: visitor });
  const message: NewMessage = {
    id: text,
    text,
    attachments: [{ name: "a.pdf", url: "https://files.example.com/a.pdf", type: text, size: 1 }],
    sender: "agent",
    agent: { name: "Ben", id: text, avatar_url: text },
    contact: { name: text },
    custom_data: { plan: "pro" },
    should_take_over_session_from_ai: true,
  };
  const sent: SentMessage = await client.sendMessage(id, message, { signal: undefined });
  const isReplay: true | undefined = sent.replayed;
  const note: NewNote = { text: "Call back", id: text, agent: { name: "Ben" } };
  const noted: SentMessage = await client.addNote(id, note, { timeoutMs: 1000 });
  console.log(noted.seq);
  const page: HistoryPage = await client.history(id, { before: sent.seq, order: "desc" });
  const lines = page.items.map(({ event }) => describe(event));
  for await (const entry of client.messages(id, { after: page.last_seq })) {
    const typed: MessageEntry = entry;
    lines.push(typed.event.content.text);
  }
  const nothing: void = await client.markRead(id, sent.seq);
  if (await visitor.isKnown()) await visitor.forget();
  console.log(isReplay, nothing);
  return lines;
}

/** Narrowed by `type`, with nothing left over. */
export function describe(event: HistoryEvent): string {
  switch (event.type) {
    case "message":
      return `${event.sender.type}: ${event.content.text} ${event.attachments.length}`;
    case "note":
      return `${event.author.type} ${event.author.name}: ${event.content.text}`;
    case "internal":
      return "";
    case "session_closed":
      return `${event.status} by ${event.by}`;
    case "session_reopened":
      return event.by;
    case "handoff":
      return event.assignee.type;
    case "redacted":
      return `${event.redacted_seq}`;
    default: {
      const nothing: never = event;
      return nothing;
    }
  }
}

export async function server(id: string): Promise<void> {
  const client = createClient(options);
  const session: ReadSession = await client.getSession(id);
  await client.updateSession(id, { status: "closed_resolved" }, { ifMatch: session.etag });
  const { items } = await client.findContacts({ email: "ann@example.com" });
  const { token, contact } = await client.authenticateUser({ email: "ann@example.com" });
  const { agent } = await client.createAgentToken({ name: "Ben", expires_in: 600 });
  await client.revokeAgentTokens(agent.id);
  await client.revokeTokens(contact.id);
  const page = await client.exportContact(contact.id, { cursor: undefined });
  await client.deleteSession(id);
  await client.deleteContact(page.contact.id, { timeoutMs: 60_000 });
  console.log(token, items[0]?.email, page.next);
  // @ts-expect-error: one of the two
  await client.findContacts({});
  // @ts-expect-error: no such status
  await client.updateSession(id, { status: "closed" });
  // @ts-expect-error: no such sender
  await client.sendMessage(id, { sender: "bot", text: "" });
  // @ts-expect-error: a note has a text
  await client.addNote(id, {});
  // @ts-expect-error: the content stands beside the other members
  await client.sendMessage(id, { message: { text: "" } });
  // @ts-expect-error: an agent has a name
  await client.createAgentToken({});
  // @ts-expect-error: a seq is a number
  await client.markRead(id, "1");
  // @ts-expect-error: an email is required
  await client.authenticateUser({ name: "Ann" });
}

export async function live(id: string, signal?: AbortSignal, after?: number): Promise<number> {
  const client = createClient(options);
  const subscription: Subscription = client.subscribe(id, {
    after,
    signal,
    onMessage: ({ seq, event }) => console.log(seq, event.content.text),
    // An asynchronous one, too.
    onSession: async ({ status }, entry) => console.log(status, entry?.event.type),
    onTyping: ({ by, name }) => console.log(by === "agent", name?.length),
    onRead: ({ by, seq }) => console.log(by, seq + 1),
    onState(state: SubscriptionState, error) {
      if (state === "ended") console.log(error?.code);
    },
  });
  subscription.typing();
  subscription.markRead(7);
  const { seq }: SentMessage = await subscription.send({ text: "Hello" });
  for await (const entry of subscription) {
    if (entry.event.type === "redacted") console.log(entry.event.redacted_seq);
  }
  for await (const { type, session } of client.subscribeSessions({ since: new Date(), signal })) {
    console.log(type === "session.created", session.unread.agent);
  }
  subscription.close();
  // @ts-expect-error: a session is needed
  client.subscribe();
  // @ts-expect-error: no such event
  client.subscribe(id, { onMessages() {} });
  // @ts-expect-error: it is read only
  subscription.state = "live";
  // @ts-expect-error: messages are those of one session
  void client.subscribeSessions().send({ text: "Hello" });
  return seq;
}

export function guarded(error: unknown): number | undefined {
  if (!isChatSessionError(error)) return undefined;
  if (error.name === "TimeoutError" || error.code === "token_unavailable") return 0;
  return error.retryAfterMs;
}

export function caught(error: unknown): FieldError[] {
  if (!(error instanceof ChatSessionError)) return [];
  const status: number | undefined = error.status;
  const requestId: string | undefined = error.requestId;
  if (error.code === "invalid_request") return error.errors;
  // @ts-expect-error: no such code
  if (error.code === "no_such_code") return [];
  console.log(error.message, status, requestId, error.errors[0]?.path);
  return [];
}

interface Order {
  id: string;
  total: number;
  gift?: boolean;
}

export function ofInterface(order: Order): NewSession {
  const attributes: CustomData = order;
  void createSession({ custom_data: order, contact: { custom_data: attributes } }, options);
  return { custom_data: order };
}

/** With `exactOptionalPropertyTypes`, as in this folder. */
export function optional(text?: string, flag?: boolean, order?: Order): NewSession {
  const contact: ContactDraft = {
    email: text,
    name: text,
    phone_number: text,
    custom_data: order,
  };
  const created: CreateOptions = {
    idempotencyKey: text,
    signal: undefined,
    timeoutMs: undefined,
    retries: undefined,
  };
  const query: SessionListQuery = {
    cursor: text,
    limit: undefined,
    sort: undefined,
    status: undefined,
    unread: undefined,
    assignee: undefined,
    assignee_id: text,
    ticket_number: undefined,
    email: text,
    channel_type: undefined,
    created_after: text,
    created_before: text,
    updated_after: text,
    updated_before: text,
  };
  void createClient(options).createSession({}, { ...created, idempotencyKey: null });
  void createClient(options).listSessions(query);
  return {
    contact_id: text,
    channel: flag ? { type: "web" } : undefined,
    verified: flag,
    custom_data: order,
    contact: flag ? contact : undefined,
    resume: flag,
  };
}

export function noAttributes(order: Promise<Order>, map: Map<string, string>): void {
  // @ts-expect-error: a promise without its await
  void createSession({ custom_data: order }, options);
  // @ts-expect-error: a map has no members
  void createSession({ custom_data: map }, options);
  // @ts-expect-error: nor has an array
  void createSession({ custom_data: ["a"] }, options);
  // @ts-expect-error: nor a date
  void createSession({ custom_data: new Date() }, options);
  // @ts-expect-error: nor a function
  void createSession({ custom_data: () => order }, options);
  // @ts-expect-error: nor a text
  void createSession({ custom_data: "order" }, options);
  // @ts-expect-error: nor a number
  void createSession({ custom_data: 7 }, options);
  // @ts-expect-error: attributes are flat
  const request: NewSession = { custom_data: { nested: {} } };
  // @ts-expect-error: null is no attribute
  const attributes: CustomData = { nothing: null };
  void [request, attributes];
}

export async function received(request: Request, secrets: readonly string[]): Promise<string> {
  try {
    const event = await verifyWebhook(await request.arrayBuffer(), request.headers, secrets);
    // @ts-expect-error: not every event has a message
    void event.data.message;
    return event.type === "message.created" ? event.data.message.id : event.timestamp;
  } catch (error) {
    return error instanceof WebhookError ? error.code : "";
  }
}

export function stopped(): void {
  // @ts-expect-error: options are required
  void createSession({});
  // @ts-expect-error: a token is required
  void createSession({}, { baseUrl: "" });
  // @ts-expect-error: no such status
  void createClient(options).listSessions({ status: "ajar" });
  // @ts-expect-error: no such order
  void createClient(options).listSessions({ sort: "updated" });
  // @ts-expect-error: a key is for one create, not for a client
  createClient({ ...options, idempotencyKey: "order-42" });
  // @ts-expect-error: no such channel
  void createSession({ channel: { type: "fax" } }, options);
  // @ts-expect-error: a channel has a type
  void createSession({ channel: {} }, options);
  // @ts-expect-error: attributes are flat
  void createSession({ custom_data: { nested: {} } }, options);
  // @ts-expect-error: null is no attribute
  void createSession({ custom_data: { nothing: null } }, options);
  // @ts-expect-error: verified is a boolean
  void createSession({ verified: "yes" }, options);
  // @ts-expect-error: an error's parts are read-only
  new ChatSessionError({ code: "invalid_token", message: "" }).code = "invalid_request";
}
