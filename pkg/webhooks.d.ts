// The receiver's side of webhooks: `import { verifyWebhook } from "chat-sessions/webhooks"`.

import type { Contact, HistoryEntry, MessageEntry, Session } from "./index.js";

/** Headers of a request: those of `Request`, or of Node.js. Case does not matter. */
export type WebhookHeaders =
  Headers | Readonly<Record<string, string | readonly string[] | undefined>>;

/** An event of a webhook, as the service sends it. */
export type WebhookEvent =
  | SessionCreatedEvent
  | SessionUpdatedEvent
  | MessageCreatedEvent
  | ContactDeletedEvent
  | WebhookTestEvent;

export interface SessionCreatedEvent {
  type: "session.created";
  /** When it happened, ISO 8601. */
  timestamp: string;
  data: { session_id: string; session: Session };
}

/** A session's history has another entry than a message. */
export interface SessionUpdatedEvent {
  type: "session.updated";
  timestamp: string;
  /** `session` is as it was when the event was sent. */
  data: { session_id: string; seq: number; entry: HistoryEntry; session: Session };
}

export interface MessageCreatedEvent {
  type: "message.created";
  timestamp: string;
  /** `seq` orders the events of a session. `contact` is null where the session has none. */
  data: { session_id: string; seq: number; message: MessageEntry; contact: Contact | null };
}

export interface ContactDeletedEvent {
  type: "contact.deleted";
  timestamp: string;
  data: { contact: { id: string } };
}

export interface WebhookTestEvent {
  type: "webhook.test";
  timestamp: string;
  data: Record<string, never>;
}

export type WebhookErrorCode =
  "missing_headers" | "invalid_timestamp" | "invalid_signature" | "invalid_secret" | "invalid_body";

/** The request is not to be trusted: answer 400. */
export class WebhookError extends Error {
  constructor(code: WebhookErrorCode, message: string);
  readonly code: WebhookErrorCode;
}

/**
 * Verifies a request of a webhook, and returns its event. Compares in constant time, and
 * takes no request whose timestamp is more than five minutes off.
 *
 * An event may arrive twice: `webhook-id` is the same then.
 *
 * ```js
 * const event = await verifyWebhook(await request.text(), request.headers, secret);
 * ```
 *
 * @param body The body as it arrived, text or bytes: not parsed.
 * @param headers The request's headers.
 * @param secret `whsec_…`, or several, of which one has to have signed.
 * @throws A {@link WebhookError}, whose `code` says what is wrong.
 */
export function verifyWebhook(
  body: string | Uint8Array | ArrayBuffer,
  headers: WebhookHeaders,
  secret: string | readonly string[],
): Promise<WebhookEvent>;
