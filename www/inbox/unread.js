// Counts the open conversations with messages that no agent has read.

/** @import { Client, Session, SessionListQuery } from "../pkg/index.js" */
/**
 * Open sessions with unread messages as the service lists them, the latest message first.
 * `isUnread` knows those that have changed meanwhile, too; `isWhole` if there are no others.
 *
 * @typedef {{ sessions: Session[], isUnread(id: string): boolean, isWhole: boolean }} UnreadListed
 */

const pageSize = 100;
/** Pages of a read: one that looked at enough sessions may be short. */
const pagesMax = 3;
/** With fewer ids left, more are read if there are more. */
const refillBelow = 20;

/**
 * Creates the count.
 *
 * @param {{
 *   client: Client,
 *   signal: AbortSignal,
 *   onChange(text: string): void,
 *   onRead(listed: UnreadListed): void,
 *   onError(error: any): void,
 * }} options
 */
export function newUnreadCount({ client, signal, onChange, onRead, onError }) {
  /** @type {Set<string>} */
  const ids = new Set();
  let hasMore = false;
  /** Counts the reads: only the last one is taken. */
  let reads = 0;
  /**
   * Sessions that have changed during a read, and whether they are unread.
   *
   * @type {Map<string, boolean> | undefined}
   */
  let changed;

  function show() {
    onChange(ids.size === 0 ? "" : `${ids.size}${hasMore ? "+" : ""}`);
  }

  /**
   * @param {string} id
   * @param {boolean} isUnread
   */
  function mark(id, isUnread) {
    if (isUnread) ids.add(id);
    else ids.delete(id);
  }

  /** Reads the count from the service. */
  async function read() {
    const current = (reads += 1);
    changed = new Map();
    /** @type {SessionListQuery} */
    const query = { sort: "activity", status: "open", unread: "agent", limit: pageSize };
    /** @type {Session[]} */
    const sessions = [];
    /** @type {string | undefined} */
    let cursor;
    try {
      for (let pages = 0; pages < pagesMax; pages += 1) {
        const { items, next } = await client.listSessions({ ...query, cursor }, { signal });
        if (current !== reads) return;
        sessions.push(...items);
        cursor = next ?? undefined;
        if (!cursor || sessions.length >= refillBelow) break;
      }
      ids.clear();
      for (const { id } of sessions) ids.add(id);
      for (const [id, isUnread] of changed) mark(id, isUnread);
    } finally {
      if (current === reads) changed = undefined;
    }
    hasMore = cursor !== undefined && ids.size > 0;
    show();
    onRead({ sessions, isUnread: (id) => ids.has(id), isWhole: cursor === undefined });
  }

  return {
    read,
    /**
     * Takes a session as it is now.
     *
     * @param {Session} session
     */
    apply({ id, status, unread }) {
      const isUnread = status === "open" && unread.agent > 0;
      const wasUnread = ids.has(id);
      changed?.set(id, isUnread);
      mark(id, isUnread);
      show();
      if (wasUnread && !isUnread && hasMore && !changed && ids.size < refillBelow) {
        read().catch((error) => !signal.aborted && onError(error));
      }
    },
  };
}
