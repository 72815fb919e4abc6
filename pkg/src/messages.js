// The messages of a session, page after page.

/** @import { CallOptions, HistoryPage, HistoryQuery, MessageEntry } from "../index.js" */

/** Entries of a page: as many as the service gives. */
const limit = 100;

/**
 * Yields the messages of a session's history, the oldest first, and ends with its last
 * entry. An abort ends it between two messages, too.
 *
 * @param {(id: string, query: HistoryQuery, options?: CallOptions) => Promise<HistoryPage>} history
 * @param {string} id
 * @param {{ after?: number | undefined } | undefined} query
 * @param {() => AbortSignal | undefined} readSignal
 * @param {CallOptions | undefined} options
 * @returns {AsyncGenerator<MessageEntry, void, undefined>}
 */
export async function* messages(history, id, query, readSignal, options) {
  const signal = readSignal();
  /** @type {HistoryQuery} */
  let range = { after: query?.after };
  for (;;) {
    const { items, next } = await history(id, { ...range, limit }, options);
    for (const entry of items) {
      if (signal?.aborted) throw signal.reason;
      if (entry.event.type === "message") yield /** @type {MessageEntry} */ (entry);
    }
    if (next === null) return;
    range = { cursor: next };
  }
}
