// The readers of a line's frames: of one session, and of all sessions.

/** @import { HistoryEntry, Session } from "../index.js" */
/** @import { Outlet, Reader, Subscribing } from "./live.js" */

/** Overlap of a list of changes with what was seen: clocks and commits differ a little. */
const overlapMs = 5_000;

/**
 * Returns the reader of a session's frames.
 *
 * @param {Subscribing} subscribing
 * @param {Outlet} outlet
 * @returns {Reader}
 */
export function readSession({ id, how, shared }, { notify, push }) {
  const { path } = shared.on({ method: "GET", path: "/chat/sessions/{}/events" }, id?.of);
  const { after, onMessage, onSession, onTyping, onRead } = how ?? {};
  /** The `seq` of the last entry that was handed over. */
  let last = after ?? 0;
  if (!Number.isSafeInteger(last) || last < 0) {
    const message = "options: after must be the seq of an entry, or 0";
    throw new shared.ChatSessionError({ code: "invalid_options", message });
  }
  /** The `seq` of the last entry at the greeting. */
  let known = 0;
  /** @type {Session} */
  let session;

  /** @param {HistoryEntry} entry */
  function onEntry(entry) {
    const { event, seq } = entry;
    last = seq;
    // Up to there, the session has it already.
    if (seq > known) session = changedBy(session, entry);
    if (event.type === "message") notify(onMessage, entry);
    else notify(onSession, session, entry);
    push(entry);
  }

  return {
    isIterated: !(onMessage ?? onSession ?? onTyping ?? onRead),
    path: () => `${path}?after=${last}`,
    isBehind: () => last < known,
    onHello(frame) {
      session = frame.session;
      known = frame.last_seq;
      // The service begins at the end of the log, where `after` is beyond it: all that
      // follows is new.
      last = Math.min(last, known);
      notify(onSession, session);
    },
    onFrame({ type, seq, data, by, name }) {
      if (type === "typing") notify(onTyping, name === undefined ? { by } : { by, name });
      else if (type === "read") {
        const side = /** @type {keyof Session["read"]} */ (by);
        // Two marks may arrive in the other order.
        if (seq <= session.read[side]) return true;
        session = { ...session, read: { ...session.read, [side]: seq } };
        notify(onRead, { by, seq });
      } else if (data && seq > last) {
        // A gap: what is missing has to come first.
        if (seq !== last + 1) return false;
        onEntry(data);
      }
      return true;
    },
  };
}

/**
 * Returns a session as it is after an entry.
 *
 * @param {Session} session
 * @param {HistoryEntry} entry
 * @returns {Session}
 */
function changedBy(session, { seq, event }) {
  const changed = { ...session, last_seq: seq };
  if ("status" in event) changed.status = event.status;
  if ("assignee" in event) changed.assignee = event.assignee;
  return changed;
}

/**
 * Returns the reader of the frames of all sessions.
 *
 * @param {Subscribing} subscribing
 * @param {Outlet} outlet
 * @returns {Reader}
 */
export function readSessions({ how, client, shared }, { notify, push, signal }) {
  const { since, onSession } = how ?? {};
  /** Changes before it have been handed over. */
  let seenMs = since === undefined ? undefined : new Date(since).getTime();
  if (Number.isNaN(seenMs)) {
    const message = "options: since must be a date or a time";
    throw new shared.ChatSessionError({ code: "invalid_options", message });
  }
  /** Counts the connections. */
  let connections = 0;
  /**
   * When the sessions of this connection were updated, by their ids.
   *
   * @type {Map<string, string>}
   */
  let updates = new Map();

  /** @type {(session: Session, type: string) => void} */
  function hand(session, type) {
    notify(onSession, session, type);
    push({ type, session });
  }

  /**
   * Lists what has changed since, while the stream goes on: an event that has come is newer.
   * Ends with its connection.
   *
   * @param {number} sinceMs
   * @param {() => boolean} isOver
   */
  async function catchUp(sinceMs, isOver) {
    const updated_after = new Date(sinceMs - overlapMs);
    /** @type {string | undefined} */
    let cursor;
    do {
      const query = { updated_after, limit: 100, cursor };
      const { items, next } = await client.listSessions(query, { signal });
      if (isOver()) return;
      for (const session of items) {
        if (session.updated_at > (updates.get(session.id) ?? "")) hand(session, "session.updated");
      }
      cursor = next ?? undefined;
    } while (cursor);
  }

  return {
    isIterated: !onSession,
    path: () => "/chat/events",
    isBehind: () => false,
    async onHello({ at }) {
      const connection = (connections += 1);
      const isOver = () => connection !== connections;
      updates = new Map();
      if (seenMs !== undefined) await catchUp(seenMs, isOver);
      // The list of the next one begins where this one did.
      if (isOver()) return;
      seenMs = Date.parse(at);
      updates = new Map();
    },
    onFrame({ type, data }) {
      if (data?.id) {
        updates.set(data.id, data.updated_at);
        hand(data, type);
      }
      return true;
    },
  };
}
