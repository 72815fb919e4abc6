/** A value of `custom_data`: nothing nested, nothing null, only finite numbers. */
export type Scalar = string | number | boolean;

/**
 * At most 100 keys of 1 to 128 characters; strings of at most 4,096 characters. With a
 * publishable key at most 20 keys, and strings of at most 1,024 characters.
 *
 * The compiler checks the values of a literal; those of any other object are checked when
 * the call is made.
 */
export type CustomData = Record<string, Scalar | undefined> | Attributes;

/**
 * An object whose type is an interface of yours, which is not assignable to a `Record`.
 * Promises, arrays, maps, dates, functions and scalars are not assignable to this.
 */
export interface Attributes {
  valueOf(): object;
  then?: never;
  call?: never;
  [Symbol.iterator]?: never;
}

export type ChannelType =
  | "web"
  | "email"
  | "phone_voice"
  | "slack"
  | "sms"
  | "whatsapp"
  | "instagram"
  | "messenger"
  | "api"
  | "web_voice";

/** The contact of a session. */
export interface ContactDraft {
  /** At most 254 characters. It identifies the contact. */
  email?: string | undefined;
  /** At most 256 characters. */
  name?: string | undefined;
  /**
   * At most 64 characters of any text. One that reads as a phone number identifies the
   * contact if there is no email.
   */
  phone_number?: string | undefined;
  custom_data?: CustomData | undefined;
}

/** A session to create. Every member is optional; `{}` is valid. */
export interface NewSession {
  /** An existing contact's UUID. Only with a credential that vouches for it. */
  contact_id?: string | undefined;
  /** Where the conversation takes place; `api` if absent. */
  channel?: { type: ChannelType } | undefined;
  /**
   * True if you vouch for the contact. Only with a credential that may. Absent or null:
   * true with a `contact_id`, otherwise false.
   */
  verified?: boolean | null | undefined;
  /** The session's attributes. */
  custom_data?: CustomData | undefined;
  contact?: ContactDraft | undefined;
  /**
   * True to resume the contact's open session on the channel, if there is one.
   * Only with a credential that vouches for the contact.
   */
  resume?: boolean | undefined;
}

/** Options of a call, or of all calls of a client. */
export interface CallOptions {
  /** Ends the call: the promise rejects with exactly `signal.reason`, as `fetch`'s does. */
  signal?: AbortSignal | undefined;
  /**
   * Time-out of the whole call, loading, waits and retries included; 10,000 if
   * absent. After it the call rejects with a {@link ChatSessionError} whose `code` is
   * `timeout`, whose `name` is `TimeoutError`, and whose `cause` is the
   * `DOMException` of `AbortSignal.timeout`.
   */
  timeoutMs?: number | undefined;
  /**
   * Retries after a network error or a 429, 502, 503 or 504; 2 if absent, which outlast
   * 400 ms without a network. As many for loading the rules. The waits grow and are
   * random, and are at least those of `Retry-After`. The call rejects at once instead of
   * waiting beyond its time-out.
   */
  retries?: number | undefined;
  /**
   * `"string"`: a number in `custom_data` that JavaScript cannot hold exactly, such as
   * 9007199254740993, is read as a string of its digits, all of which the service keeps.
   * Absent, it is a number, rounded. To send such a number, send a string.
   */
  bigNumbers?: "string" | undefined;
}

/** Options of a create. */
export interface CreateOptions extends CallOptions {
  /**
   * Identifies the create, so that a retry creates no second session: 1 to 255 visible
   * ASCII characters. Absent or null, one is generated for all attempts of this call.
   */
  idempotencyKey?: string | null | undefined;
}

/** Options of an update. */
export interface UpdateOptions extends CallOptions {
  /**
   * The `etag` of the session as it was read: the update is rejected with the code
   * `precondition_failed` if the session has changed since. A retry after a lost response
   * can be rejected so, too: read the session again.
   */
  ifMatch?: string | undefined;
}

/**
 * A publishable key (`pk_…`) that lists the page's origin, or the contact token of
 * the person who is logged in, which your server requests for them, or a
 * {@link Visitor}. On a server, a secret key; on the pages of your agents, an agent token.
 *
 * A function is invoked at every call, and once more after a 401, then with the
 * rejected token.
 */
export type Token = string | ((rejected?: string) => string | Promise<string>);

/** Options of a client: the service, and the caller's credential. */
export interface ClientOptions extends CallOptions {
  /**
   * The address of the service, such as `https://chat.example.com`: with its scheme,
   * without a query. `/` is the page's own origin. An address that redirects is an
   * error, because a redirected create would be a read.
   */
  baseUrl: string;
  /** The credential; see {@link Token}. */
  token: Token;
}

/** Result of a create. */
export interface CreatedSession {
  /** The session's id, a UUID. */
  id: string;
  /** Present if an open session was resumed. */
  resumed?: true;
}

export type SessionStatus = "open" | "closed_resolved" | "closed_unresolved";

/** The contact of a session. Unverified data has separate members. */
export interface Contact {
  id: string;
  email: string | null;
  phone_number: string | null;
  name: string | null;
  custom_data: Record<string, Scalar>;
  non_verified_name: string | null;
  non_verified_phone_number: string | null;
  non_verified_custom_data: Record<string, Scalar>;
}

/** The one who answers in a session: nobody, a program, or a person. */
export interface Assignee {
  type: "none" | "ai" | "human";
  id: string | null;
  name: string | null;
  avatar_url: string | null;
}

/** A session as it is stored. */
export interface Session {
  /**
   * True if somebody vouched for the contact: a contact token, or your server. Otherwise
   * anyone may have typed the email: show the contact as a claim.
   */
  verified: boolean;
  id: string;
  status: SessionStatus;
  ai_closure_type: null;
  sentiment: null;
  channel: { type: ChannelType };
  /** The session's number within its organization; it only grows. */
  ticket_number: number;
  assist_mode: boolean;
  /** ISO 8601, in UTC, to the millisecond. */
  created_at: string;
  updated_at: string;
  custom_data: Record<string, Scalar>;
  /** The `seq` of the last entry of its history; 0 while there is none. */
  last_seq: number;
  /**
   * The beginning of the last message, at most 200 characters; the name of its first file
   * if it has no text.
   */
  last_message: string | null;
  last_message_at: string | null;
  /** The `seq` that each side has read up to. */
  read: { contact: number; agent: number };
  /** The messages of the other side that each has not read; 100 stands for more than 99. */
  unread: { contact: number; agent: number };
  /** The one who answers. */
  assignee: Assignee;
  /** Absent if the session has no contact. */
  contact?: Contact;
}

/** A session that was read, with its entity tag for {@link UpdateOptions.ifMatch}. */
export interface ReadSession extends Session {
  /** Absent if something between drops the header `ETag`. */
  etag?: string;
}

/** The author of a message: the visitor, a person who answers, or a program that does. */
export type Sender = "contact" | "agent" | "ai";

/** A file of a message to send: the address of an upload of yours. */
export interface AttachmentDraft {
  /** 1 to 255 characters. */
  name: string;
  /** An `https` address of at most 2,048 characters. */
  url: string;
  /** The media type, at most 127 characters. */
  type?: string | undefined;
  /** The size in bytes. */
  size?: number | undefined;
}

/** An agent, as a message names one. */
export interface AgentDraft {
  /** The agent's id at yours, at most 255 characters; a number is stored as its text. */
  id?: string | number | undefined;
  /** The name that visitors see, at most 256 characters. */
  name: string;
  /** The `https` address of a picture. */
  avatar_url?: string | undefined;
}

/** A message to send. */
export interface NewMessage {
  /**
   * Your id for the message, a UUID such as that of `crypto.randomUUID()`: sent again, in
   * another call too, it makes no second message. Absent, one is generated for all
   * attempts of the call.
   */
  id?: string | undefined;
  /** At most 8,000 characters. Required where there are no attachments. */
  text?: string | undefined;
  /** At most 10. */
  attachments?: AttachmentDraft[] | undefined;
  /** Required with a secret key; with another credential it may be left out. */
  sender?: Sender | undefined;
  /** The agent who answers; with the senders `agent` and `ai` only. */
  agent?: AgentDraft | undefined;
  /** Data of the session's contact, to merge. */
  contact?: ContactDraft | undefined;
  /** Attributes of the session, to merge. */
  custom_data?: CustomData | undefined;
  /** True to make the agent of this message, or a human, the session's assignee. */
  should_take_over_session_from_ai?: boolean | undefined;
}

/** A note for agents to add to a session. */
export interface NewNote {
  /** Your id for the note, like that of a {@link NewMessage}. */
  id?: string | undefined;
  /** At most 8,000 characters. */
  text: string;
  /** The agent who wrote it; with an agent token always the token's own. */
  agent?: AgentDraft | undefined;
}

/** Result of a send, or of adding a note. */
export interface SentMessage {
  /** The message's id: yours, if you gave one. */
  id: string;
  /** Its place in the session's history. */
  seq: number;
  created_at: string;
  /** Present if an earlier attempt had stored it. */
  replayed?: true;
  /**
   * Present if the session was full, and the message is in this one, a new one of the same
   * contact.
   */
  session_id?: string;
}

/** A file of a message. */
export interface Attachment {
  name: string;
  url: string;
  type?: string;
  size?: number;
}

/** An event of a session's history; `type` tells which. */
export type HistoryEvent =
  | MessageEvent
  | NoteEvent
  | {
      /** To contacts and visitors: a note, or its redaction. */
      type: "internal";
    }
  | {
      type: "session_closed";
      status: SessionStatus;
      /** The side that closed it. */
      by: "contact" | "agent";
    }
  | { type: "session_reopened"; status: "open"; by: "contact" | "agent" }
  | { type: "handoff"; assignee: Assignee }
  | {
      type: "redacted";
      /** The message or note whose text and attachments are gone. */
      redacted_seq: number;
    };

/** The event of a message. */
export interface MessageEvent {
  type: "message";
  sender: {
    type: "contact" | "human_agent" | "ai";
    /** An agent's id at yours. */
    id?: string;
    name: string | null;
    /** A contact's name as an unverified caller of the session gave it; to servers and agents. */
    non_verified_name?: string | null;
    avatar_url?: string;
  };
  /** Its text is empty where it has attachments only, or was redacted. */
  content: { type: "text"; text: string };
  attachments: Attachment[];
}

/** The event of a note, which only servers and agents see. */
export interface NoteEvent {
  type: "note";
  author: {
    type: "human_agent";
    /** An agent's id at yours. */
    id?: string;
    name: string | null;
    avatar_url?: string;
  };
  /** Its text is empty once it is redacted. */
  content: { type: "text"; text: string };
}

/** An entry of a session's history. */
export interface HistoryEntry<Event extends HistoryEvent = HistoryEvent> {
  id: string;
  /** Its place in the history: 1, 2, 3 … without a gap. */
  seq: number;
  /** ISO 8601, in UTC, to the millisecond; it never goes back along `seq`. */
  created_at: string;
  event: Event;
}

/** A message in a session's history. */
export type MessageEntry = HistoryEntry<MessageEvent>;

/** Range and order of a page of history; at most one of `cursor`, `after` and `before`. */
export interface HistoryQuery {
  /** The `next` or `previous` of another page. */
  cursor?: string | undefined;
  /** A `seq`: the entries after it. */
  after?: number | undefined;
  /** A `seq`: the entries before it. */
  before?: number | undefined;
  /** Entries on a page, at most: 1 to 100, 50 if absent. */
  limit?: number | undefined;
  /** `asc`, the oldest first, if absent. */
  order?: "asc" | "desc" | undefined;
}

/** A page of history. */
export interface HistoryPage {
  items: HistoryEntry[];
  /** The next page's `cursor`; null on the last page. */
  next: string | null;
  /** The `cursor` of the page before; null on the first page. */
  previous: string | null;
  /** The `seq` of the session's last entry. */
  last_seq: number;
}

/**
 * `connecting`; `live`, with all that is written; `waiting` for the next attempt; `ended`,
 * for good.
 */
export type SubscriptionState = "connecting" | "live" | "waiting" | "ended";

/** A side of a session. */
export type Side = "contact" | "agent";

/** Options of every subscription. */
export interface FollowOptions {
  /**
   * Called with each new `state`; `error` is why it is `waiting` or `ended`, absent where
   * the subscription was closed.
   */
  onState?: ((state: SubscriptionState, error?: ChatSessionError) => void) | undefined;
  /** Closes the subscription. */
  signal?: AbortSignal | undefined;
}

/** Options of a subscription to a session. What a callback throws is the page's own. */
export interface SubscribeOptions extends FollowOptions {
  /** The `seq` of the last entry that you have: those after it follow. 0 if absent: all. */
  after?: number | undefined;
  /** Called with each message, in order, once. Your own are among them, known by their id. */
  onMessage?: ((entry: MessageEntry) => void) | undefined;
  /**
   * Called with the session at each connection, and with each entry that is no message: it is
   * closed or reopened, somebody else answers, a note is added, a message is redacted. The
   * session's `status`,
   * `assignee`, `read` and `last_seq` are current then.
   */
  onSession?: ((session: Session, entry?: HistoryEntry) => void) | undefined;
  /** Called when the other side types: show it for 6 seconds, or until its message comes. */
  onTyping?: ((typing: { by: Side; name?: string }) => void) | undefined;
  /** Called when a side has read up to a `seq`. */
  onRead?: ((read: { by: Side; seq: number }) => void) | undefined;
}

/**
 * A session as it is written. It reconnects by itself, and misses nothing: entries come in
 * the order of `seq`, without a gap, each once.
 *
 * It is iterated once, over all entries, messages and others; leaving the loop closes it.
 * The loop ends when the subscription is closed, and throws the {@link ChatSessionError}
 * that ended it. Without `onMessage`, `onSession`, `onTyping` and `onRead`, entries wait for
 * a loop; with one of them, a loop has those that come after it has begun.
 */
export interface Subscription extends AsyncIterableIterator<HistoryEntry> {
  readonly state: SubscriptionState;
  /**
   * Sends a message once those before it are sent. Without a network it waits for one, and
   * goes out once. It is rejected by the rules or the service, or when the subscription ends
   * before its turn. To show it at once, give it an `id`, which its entry has too.
   */
  send(message: NewMessage): Promise<SentMessage>;
  /** Tells the other side that the caller types: at every key, sent every 3 seconds. */
  typing(): void;
  /** Tells that the caller's side has read up to a `seq`, as {@link Client.markRead}. */
  markRead(seq: number): void;
  /** Ends it. No callback but `onState` is called any more. */
  close(): void;
}

/** Options of a subscription to all sessions. */
export interface SubscribeSessionsOptions extends FollowOptions {
  /** A date or a time: sessions that changed after it come first. None if absent. */
  since?: string | Date | undefined;
  /** Called with each session that is opened or changed, by a message for instance. */
  onSession?: ((session: Session, type: SessionChange["type"]) => void) | undefined;
}

/** A session that was opened or changed. */
export interface SessionChange {
  type: "session.created" | "session.updated";
  session: Session;
}

/**
 * The organization's sessions as they change. After a reconnect, those that have changed
 * meanwhile follow, so that the latest state of each is seen; one may come twice.
 *
 * It is iterated as a {@link Subscription} is.
 */
export interface SessionsSubscription extends AsyncIterableIterator<SessionChange> {
  readonly state: SubscriptionState;
  /** Ends it. No callback but `onState` is called any more. */
  close(): void;
}

/** A person who is logged in to your application. */
export interface Login {
  /** It identifies the person. */
  email: string;
  name?: string | undefined;
  avatar_url?: string | undefined;
  phone_number?: string | undefined;
  /** Such as `en-GB`. */
  language?: string | undefined;
  custom_data?: CustomData | undefined;
  /** Lifetime of the token in seconds: a day if absent, at most 30 days. */
  expires_in?: number | undefined;
}

/** A contact token, and whose it is. */
export interface Authenticated {
  token: string;
  contact: { id: string };
}

/** An agent to make a token for. */
export interface AgentLogin extends AgentDraft {
  /** Lifetime of the token in seconds: 8 hours if absent, at most 12. */
  expires_in?: number | undefined;
}

/** An agent token, and whose it is. */
export interface AuthenticatedAgent {
  token: string;
  agent: { id: string; name: string };
}

/** A page of what is stored about a contact. */
export interface ContactExport {
  contact: Contact & {
    avatar_url: string | null;
    language: string | null;
    verified_at: string | null;
    created_at: string;
    updated_at: string;
  };
  /** The same session twice, on two pages, where its history is longer than a page. */
  sessions: (Omit<Session, "contact"> & {
    /** The contact's name as an unverified caller gave it. */
    non_verified_name?: string;
    history: HistoryEntry[];
  })[];
  /** The next page's `cursor`; null on the last page. */
  next: string | null;
}

/** Keeps a visitor's token: `localStorage` and React Native's `AsyncStorage` are some. */
export interface TokenStorage {
  getItem(name: string): string | null | Promise<string | null>;
  setItem(name: string, token: string): unknown;
  removeItem(name: string): unknown;
}

/** Options of a visitor. */
export interface VisitorOptions {
  /** The address of the service, as in {@link ClientOptions}. */
  baseUrl: string;
  /** A publishable key that lists the page's origin. */
  key: string;
  /** `localStorage` if absent, or memory where there is none or the browser denies it. */
  storage?: TokenStorage | undefined;
  /** Time-out of the request for a token, in milliseconds; 10,000 if absent. */
  timeoutMs?: number | undefined;
  /** Retries of it; 2 if absent. */
  retries?: number | undefined;
}

/** An anonymous visitor: the `token` of a client. */
export interface Visitor {
  (rejected?: string): Promise<string>;
  /**
   * Returns true if the visitor has a token, and may have sessions: to list them without
   * making one.
   */
  isKnown(): Promise<boolean>;
  /** Drops the token, at log-out for instance: the next call is another visitor's. */
  forget(): Promise<void>;
}

/** Filter and page of a list; an absent member filters nothing. */
export interface SessionListQuery {
  /**
   * The `next` of the previous page with the same `sort`; the list continues behind it. The
   * last page's `next` is null, which is no cursor.
   */
  cursor?: string | undefined;
  /** Sessions on a page, at most. */
  limit?: number | undefined;
  /**
   * The newest session first, which is the default, or the one with the latest message; by
   * activity, sessions without a message are left out. That needs a secret key or an agent
   * token.
   */
  sort?: "created" | "activity" | undefined;
  status?: SessionStatus | undefined;
  channel_type?: ChannelType | undefined;
  verified?: boolean | undefined;
  /** Only sessions with messages that this side has not read. */
  unread?: "contact" | "agent" | undefined;
  assignee?: "none" | "ai" | "human" | undefined;
  /** The id of the assignee. */
  assignee_id?: string | undefined;
  /** The session with this number. It needs a secret key or an agent token. */
  ticket_number?: number | undefined;
  /**
   * The email of a contact: all its sessions, those that nobody vouches for too. It needs a
   * secret key or an agent token.
   */
  email?: string | undefined;
  /** A date or a time; as text, in RFC 3339: a time has an offset from UTC. */
  created_after?: string | Date | undefined;
  created_before?: string | Date | undefined;
  updated_after?: string | Date | undefined;
  updated_before?: string | Date | undefined;
}

/** A page of sessions, in the order of `sort`. */
export interface SessionList {
  items: Session[];
  /** The next page's `cursor`; null on the last page. */
  next: string | null;
}

/** Errors of the service, and of the same rules in the browser. */
export type ServiceErrorCode =
  | "malformed_json"
  | "invalid_request"
  | "body_too_large"
  | "url_too_long"
  | "header_too_long"
  | "unsupported_media_type"
  | "idempotency_key_reused"
  | "not_found"
  | "method_not_allowed"
  | "not_acceptable"
  | "missing_token"
  | "invalid_token"
  | "origin_not_allowed"
  | "secret_key_in_browser"
  | "verification_required"
  | "insufficient_scope"
  | "rate_limited"
  | "quota_exceeded"
  | "message_id_reused"
  | "precondition_failed"
  | "session_full"
  | "message_not_found"
  | "session_not_found"
  | "contact_not_found"
  | "webhook_not_found"
  | "too_many_webhooks"
  | "deletion_unfinished"
  | "internal_error"
  | "schema_outdated"
  | "storage_unavailable";

/** Errors without a response of the service. */
export type ClientErrorCode =
  | "invalid_options"
  | "network_error"
  | "timeout"
  | "token_unavailable"
  | "unexpected_response"
  | "not_loaded";

export type FieldErrorCode =
  | "required"
  | "invalid_type"
  | "invalid_format"
  | "unknown_value"
  | "too_long"
  | "too_short"
  | "too_many_keys"
  | "too_many_items"
  | "unsupported_attachment"
  | "not_finite"
  | "out_of_range"
  | "ill_formed_unicode";

/** One field that breaks a rule. */
export interface FieldError {
  /** The field, as a JSON Pointer (RFC 6901): `/contact/email`. */
  path: string;
  code: FieldErrorCode;
  /** The rule, as the rest of a sentence that begins with the field. */
  message: string;
}

/** An error of {@link validateSession}: of a field, or of the request as a whole. */
export type ValidationError =
  | FieldError
  | {
      /** Empty: the whole. */
      path: "";
      code: "malformed_json" | "body_too_large";
      message: string;
    };

/** Details of a {@link ChatSessionError}. */
export interface ChatSessionErrorDetails {
  code: ServiceErrorCode | ClientErrorCode;
  status?: number | undefined;
  message: string;
  errors?: FieldError[] | undefined;
  requestId?: string | undefined;
  retryAfterMs?: number | undefined;
  cause?: unknown;
}

/** The error of a failed call. */
export class ChatSessionError extends Error {
  constructor(details: ChatSessionErrorDetails);
  /** `TimeoutError` if `code` is `timeout`. */
  get name(): "ChatSessionError" | "TimeoutError";
  /** The stable name of the error. */
  readonly code: ServiceErrorCode | ClientErrorCode;
  /** The HTTP status of the response, or the one that the service would send. */
  readonly status: number | undefined;
  /** Every failing field; empty unless `code` is `invalid_request`. */
  readonly errors: FieldError[];
  /** The request's id in the service's log. */
  readonly requestId: string | undefined;
  /** The wait that the service asks for before a retry, in milliseconds. */
  readonly retryAfterMs: number | undefined;
  /** The exception of `fetch`, of the token's function or of the browser. */
  readonly cause?: unknown;
}

/**
 * Returns true if a value is a {@link ChatSessionError}, also one of another copy of
 * this package or of another frame, where `instanceof` is false.
 *
 * @example
 * try {
 *   await client.createSession(request);
 * } catch (error) {
 *   if (isChatSessionError(error)) console.log(error.code, error.requestId);
 *   else throw error;
 * }
 *
 * @param value Any value.
 */
export function isChatSessionError(value: unknown): value is ChatSessionError;

/** A service and a credential, for any number of calls. */
export interface Client {
  /** Documented at {@link createSession}. */
  createSession(request: NewSession, options?: CreateOptions): Promise<CreatedSession>;

  /**
   * Reads a session. A publishable key may not; a contact token may read its own
   * contact's.
   *
   * @throws A {@link ChatSessionError} with the code `session_not_found`, for instance.
   */
  getSession(id: string, options?: CallOptions): Promise<ReadSession>;

  /**
   * Reads a page of sessions, the newest first. A contact token sees its own
   * contact's; a publishable key may not list.
   *
   * @example
   * let cursor;
   * do {
   *   const page = await client.listSessions({ status: "open", cursor });
   *   for (const session of page.items) console.log(session.id);
   *   cursor = page.next ?? undefined;
   * } while (cursor);
   */
  listSessions(query?: SessionListQuery, options?: CallOptions): Promise<SessionList>;

  /**
   * Changes a session; resolves with the session as it is then. With a secret key or an
   * agent token.
   */
  updateSession(
    id: string,
    update: { status?: SessionStatus | undefined },
    options?: UpdateOptions,
  ): Promise<ReadSession>;

  /** Deletes a session and its messages. With a secret key. */
  deleteSession(id: string, options?: CallOptions): Promise<void>;

  /**
   * Sends a message. It is checked by the service's own rules first, as a create is, and
   * its id is the same for all attempts: there is never a second message.
   *
   * @example
   * // Shown at once, under an id of yours, by which its entry of the history is known.
   * const message = { id: crypto.randomUUID(), text: "Hello" };
   * show(message);
   * const { seq } = await client.sendMessage(sessionId, message);
   *
   * @throws A {@link ChatSessionError} with the code `message_id_reused`, for instance.
   */
  sendMessage(sessionId: string, message: NewMessage, options?: CallOptions): Promise<SentMessage>;

  /**
   * Adds a note for agents to a session, with a secret key or an agent token. Contacts and
   * visitors see that there is one, and nothing of it. It is no message: nobody is told that
   * something is unread. It is checked first and stored once, as a message is.
   *
   * @example
   * const { seq } = await client.addNote(sessionId, { text: "Refund approved by finance." });
   */
  addNote(sessionId: string, note: NewNote, options?: CallOptions): Promise<SentMessage>;

  /** Reads a page of a session's history: its messages and its other events. */
  history(sessionId: string, query?: HistoryQuery, options?: CallOptions): Promise<HistoryPage>;

  /**
   * Iterates over the messages of a session, the oldest first, from page to page, up to the
   * last one there is. Other events are left out. The time-out is that of each page.
   *
   * @example
   * for await (const { seq, event } of client.messages(sessionId, { after: lastSeq })) {
   *   console.log(seq, event.sender.type, event.content.text);
   * }
   */
  messages(
    sessionId: string,
    query?: { after?: number | undefined },
    options?: CallOptions,
  ): AsyncGenerator<MessageEntry, void, undefined>;

  /** Tells that the caller's side has read a session up to a `seq`. It only moves forward. */
  markRead(sessionId: string, seq: number, options?: CallOptions): Promise<void>;

  /** Tells the other side that the caller's is typing. */
  showTyping(sessionId: string, options?: CallOptions): Promise<void>;

  /**
   * Follows a session: its entries so far, then each as it is written. By WebSocket, or by
   * server-sent events where there is none. Its code is loaded by the first subscription.
   *
   * @example
   * const subscription = client.subscribe(sessionId, {
   *   onMessage: ({ id, event }) => show(id, event.content.text),
   *   onState: (state) => (offline.hidden = state !== "waiting"),
   * });
   * await subscription.send({ text: "Hello" });
   *
   * @example
   * for await (const { seq, event } of client.subscribe(sessionId, { after: lastSeq })) {
   *   console.log(seq, event.type);
   * }
   */
  subscribe(sessionId: string, options?: SubscribeOptions): Subscription;

  /**
   * Follows all sessions of the organization, for an inbox or a bot. With a secret key or an
   * agent token.
   *
   * @example
   * for await (const { session } of client.subscribeSessions()) {
   *   console.log(session.id, session.unread.agent);
   * }
   */
  subscribeSessions(options?: SubscribeSessionsOptions): SessionsSubscription;

  /** Finds the contact with an email or a phone number. With a secret key. */
  findContacts(
    query: { email: string } | { phone_number: string },
    options?: CallOptions,
  ): Promise<{ items: Contact[]; next: null }>;

  /** Reads a page of all that is stored about a contact. With a secret key. */
  exportContact(
    id: string,
    query?: { cursor?: string | undefined },
    options?: CallOptions,
  ): Promise<ContactExport>;

  /**
   * Deletes a contact with all that is stored about it. With a secret key. A large one takes
   * several requests, which are made until the time-out.
   */
  deleteContact(id: string, options?: CallOptions): Promise<void>;

  /** Makes a contact token for a person whom your server has logged in. With a secret key. */
  authenticateUser(login: Login, options?: CallOptions): Promise<Authenticated>;

  /** Ends the contact tokens of a contact, at log-out for instance. With a secret key. */
  revokeTokens(contactId: string, options?: CallOptions): Promise<void>;

  /** Makes a token for the page of an agent of yours. With a secret key. */
  createAgentToken(agent: AgentLogin, options?: CallOptions): Promise<AuthenticatedAgent>;

  /** Ends the tokens of an agent. With a secret key. */
  revokeAgentTokens(agentId: string, options?: CallOptions): Promise<void>;

  /** Documented at {@link validateSession}. */
  validateSession(request: unknown): ValidationError[];

  /** Documented at {@link load}. */
  load(): Promise<void>;
}

/**
 * Creates a client for any number of calls. Sends and loads nothing yet.
 *
 * The client stores the bookmark of the service's responses (`X-D1-Bookmark`) and sends
 * it with later calls, so that they see earlier writes on any replica of the database.
 *
 * @example
 * const client = createClient({ baseUrl: "https://chat.example.com", token: "pk_…" });
 * const { id } = await client.createSession({ channel: { type: "web" } });
 *
 * @param options The service, the credential, and the options of all calls.
 * @returns The calls.
 */
export function createClient(options: ClientOptions): Client;

/**
 * Creates an anonymous visitor, who reads and writes the sessions that they opened, and no
 * others. Requests and stores nothing until the first call with it, which makes a token.
 *
 * @example
 * const visitor = createVisitor({ baseUrl: "https://chat.example.com", key: "pk_…" });
 * const client = createClient({ baseUrl: "https://chat.example.com", token: visitor });
 *
 * @param options The service, and the key that the visitor's token is made with.
 * @returns The `token` of a client.
 */
export function createVisitor(options: VisitorOptions): Visitor;

/**
 * Creates a chat session.
 *
 * The request is checked by the service's own rules before it is sent: an invalid one
 * never reaches the network. Transient failures are retried with the same
 * `Idempotency-Key`, so that there is never a second session.
 *
 * @example
 * const { id } = await createSession(
 *   { channel: { type: "web" }, custom_data: { order_id: "ord_123", cart_value: 149.99 } },
 *   { baseUrl: "https://chat.example.com", token: "pk_…" },
 * );
 *
 * @param request The session to create. It is not modified.
 * @param options The service, the credential, and the options of this call.
 * @returns The session's id, and whether an existing session was resumed.
 * @throws A {@link ChatSessionError} if the request is rejected, here or by the
 * service, or there is no response; `signal.reason` if the call is aborted.
 */
export function createSession(
  request: NewSession,
  options: ClientOptions & CreateOptions,
): Promise<CreatedSession>;

/**
 * Loads the rules, which the first call otherwise does: for {@link validateSession}, or
 * to load them early. Any number of calls load once. A load that fails is retried twice,
 * and again by the next call.
 *
 * @throws A {@link ChatSessionError} with the code `network_error`.
 */
export function load(): Promise<void>;

/**
 * Returns the errors of a request by the service's own rules: every failing field, or
 * none. Synchronous, for forms; {@link load} must have resolved.
 *
 * @example
 * await load();
 * validateSession({ contact: { email: "ann@" } });
 * // [{ path: "/contact/email", code: "invalid_format", message: "must be an email address, …" }]
 *
 * @param request Any value.
 * @returns Every error, in the order of the members; empty if the request is valid.
 * @throws A {@link ChatSessionError} with the code `not_loaded`.
 */
export function validateSession(request: unknown): ValidationError[];
