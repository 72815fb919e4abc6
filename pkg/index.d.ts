/** A value of `custom_data`: nothing nested, nothing null, only finite numbers. */
export type Scalar = string | number | boolean;

/** At most 100 keys of 1 to 128 characters; strings of at most 4,096 characters. */
export type CustomData = Record<string, Scalar | undefined>;

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

/** Who the session is with. */
export interface ContactDraft {
  /** At most 254 characters. It identifies the contact. */
  email?: string;
  /** At most 256 characters. */
  name?: string;
  /** At most 64 characters. It identifies the contact if there is no email. */
  phone_number?: string;
  custom_data?: CustomData;
}

/** A session to create. Every member is optional; `{}` is valid. */
export interface NewSession {
  /** An existing contact's UUID. Only with a credential that vouches for it. */
  contact_id?: string;
  /** Where the conversation takes place; `api` if absent. */
  channel?: { type: ChannelType };
  /** Whether the contact is who it says. Only with a credential that vouches for it. */
  verified?: boolean | null;
  /** The session's attributes. */
  custom_data?: CustomData;
  contact?: ContactDraft;
}

export interface Options {
  /** The address of the service, such as `https://chat.example.com`. */
  baseUrl: string;
  /**
   * In a web page, a publishable key (`pk_…`) that lists the page's origin, or the
   * contact token of the person who is logged in, which your server gets for them.
   */
  token: string;
}

export interface CreatedSession {
  /** The session's id, a UUID. */
  id: string;
}

/** What the service, or the same rules in the browser, answer to a bad request. */
export type ServiceErrorCode =
  | "malformed_json"
  | "invalid_request"
  | "body_too_large"
  | "unsupported_media_type"
  | "idempotency_key_reused"
  | "not_found"
  | "method_not_allowed"
  | "missing_token"
  | "invalid_token"
  | "origin_not_allowed"
  | "secret_key_in_browser"
  | "verification_required"
  | "insufficient_scope"
  | "rate_limited"
  | "precondition_failed"
  | "session_not_found"
  | "contact_not_found"
  | "internal_error"
  | "storage_unavailable";

/** What can go wrong without an answer of the service. */
export type ClientErrorCode = "invalid_options" | "network_error" | "unexpected_response";

export type FieldErrorCode =
  | "required"
  | "invalid_type"
  | "invalid_format"
  | "unknown_value"
  | "too_long"
  | "too_short"
  | "too_many_keys"
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

/** What a {@link ChatSessionError} is made of. */
export interface ChatSessionErrorDetails {
  code: ServiceErrorCode | ClientErrorCode;
  status?: number;
  message: string;
  errors?: FieldError[];
  requestId?: string;
  cause?: unknown;
}

/** Why a call failed. */
export class ChatSessionError extends Error {
  constructor(details: ChatSessionErrorDetails);
  readonly name: "ChatSessionError";
  /** The stable name of what went wrong. */
  readonly code: ServiceErrorCode | ClientErrorCode;
  /** The HTTP status that the service answered, or would have; none if no answer came. */
  readonly status: number | undefined;
  /** Every failing field; empty unless `code` is `invalid_request`. */
  readonly errors: FieldError[];
  /** The id that the service's log knows the request by. */
  readonly requestId: string | undefined;
}

/**
 * Creates a chat session.
 *
 * The request is checked before anything is sent, by the same rules the
 * service runs: one that breaks a rule never reaches the network.
 *
 * @example
 * const { id } = await createSession(
 *   { channel: { type: "web" }, custom_data: { order_id: "ord_123", cart_value: 149.99 } },
 *   { baseUrl: "https://chat.example.com", token: "pk_…" },
 * );
 *
 * @throws {ChatSessionError} if the request is refused, here or by the service,
 * or no answer comes.
 */
export function createSession(request: NewSession, options: Options): Promise<CreatedSession>;
