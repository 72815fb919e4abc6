// Results of calls, of what the module returns: a response's body, with some of its
// headers.

/** @type {(response: any) => import("../index.js").CreatedSession} */
export function readCreated({ id, "Session-Resumed": resumed }) {
  return resumed === "true" ? { id, resumed: true } : { id };
}

/** @type {(response: any) => import("../index.js").ReadSession} */
export function readSession({ ETag: etag, ...session }) {
  return etag ? { ...session, etag } : session;
}

/** @type {(response: any) => import("../index.js").SentMessage} */
export function readSent({ data, "Idempotency-Replayed": replayed }) {
  const { message, ...rest } = data;
  return { ...message, ...rest, ...(replayed === "true" && { replayed: true }) };
}

/**
 * Names the fields of the service's errors as their caller wrote them: the API has the
 * content of a message in `message`.
 *
 * @param {any} error
 * @returns {never}
 */
export function throwFlat(error) {
  for (const field of error?.errors ?? []) field.path = field.path.replace(/^\/message\//, "/");
  throw error;
}
