/** What every failed call of this package throws, unless the browser itself failed. */
export class ChatSessionError extends Error {
  name = "ChatSessionError";

  /** @param {import("./index.js").ChatSessionErrorDetails} details */
  constructor({ code, status, message, errors, requestId, cause }) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.status = status;
    this.errors = errors ?? [];
    this.requestId = requestId;
  }
}
