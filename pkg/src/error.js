/** The same in every copy of this package, and in every frame of a page. */
const brand = Symbol.for("chat-sessions.error");

/** Documented in index.d.ts. */
export class ChatSessionError extends Error {
  /** @param {import("../index.js").ChatSessionErrorDetails} details */
  constructor({ code, status, message, errors, requestId, retryAfterMs, cause }) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.status = status;
    this.errors = errors ?? [];
    this.requestId = requestId;
    this.retryAfterMs = retryAfterMs;
  }

  // On the prototype: it is read there when the stack is written.
  get name() {
    // The name of AbortSignal.timeout's error, so that callers can check for it.
    return this.code === "timeout" ? "TimeoutError" : "ChatSessionError";
  }

  get [brand]() {
    return true;
  }
}

/**
 * Documented in index.d.ts.
 *
 * @param {any} value
 * @returns {value is import("../index.js").ChatSessionError}
 */
export function isChatSessionError(value) {
  try {
    return value[brand] === true;
  } catch {
    // null or undefined, or a proxy that throws.
    return false;
  }
}
