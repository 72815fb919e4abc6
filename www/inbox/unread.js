// Counts the open conversations with messages that no agent has read.

/** @import { Client, Session } from "../pkg/index.js" */

const seedMax = 100;

/**
 * Creates the count.
 *
 * @param {{ client: Client, signal: AbortSignal, onChange(text: string): void }} options
 */
export function newUnreadCount({ client, signal, onChange }) {
  /** @type {Set<string>} */
  const ids = new Set();
  let hasMore = false;

  function show() {
    onChange(ids.size === 0 ? "" : `${ids.size}${hasMore ? "+" : ""}`);
  }

  return {
    /** Reads the count from the service. */
    async read() {
      const query = { sort: "activity", status: "open", unread: "agent", limit: seedMax };
      const { items, next } = await client.listSessions(
        /** @type {import("../pkg/index.js").SessionListQuery} */ (query),
        { signal },
      );
      ids.clear();
      for (const { id } of items) ids.add(id);
      // A page that looked at enough sessions has a next one, although it may be empty.
      hasMore = next !== null && items.length > 0;
      show();
    },
    /**
     * Takes a session as it is now.
     *
     * @param {Session} session
     */
    apply({ id, status, unread }) {
      if (status === "open" && unread.agent > 0) ids.add(id);
      else ids.delete(id);
      show();
    },
  };
}
