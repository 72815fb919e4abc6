// Subscriptions: a session's log as it is written, or an organization's sessions as they
// change. Loaded by the first one, so that other pages never pay for it.

import { newLine } from "./line.js";
import { newOutbox, isTransient } from "./outbox.js";
import { newQueue } from "./queue.js";

/** @import { Client, ClientOptions, HistoryEntry, Session, SubscriptionState } from "../index.js" */
/** @import { ChatSessionError } from "./error.js" */

/** Entries that may wait for a loop: behind them, the line waits too. */
const queueMax = 1_000;
/** Overlap of a list of changes with what was seen: clocks and commits differ a little. */
const overlapMs = 5_000;
const typingMs = 3_000;
const backOffMaxMs = 30_000;

/**
 * Parts of the entry that this file uses, so that there is one error class.
 *
 * @typedef {{
 *   ChatSessionError: typeof ChatSessionError,
 *   on: typeof import("./operations.js").on,
 *   readOptions: typeof import("./options.js").readOptions,
 *   waitMs: typeof import("./retry.js").waitMs,
 *   within: typeof import("./deadline.js").within,
 * }} Shared
 */
/**
 * A subscription to open; without `id`, one to all sessions. `how` are its options, which
 * the caller wrote. Aborting `controller` closes it.
 *
 * @typedef {{
 *   id?: { of: unknown } | undefined,
 *   how: any,
 *   client: Client,
 *   ofClient: ClientOptions,
 *   shared: Shared,
 *   controller: AbortController,
 *   show(state: SubscriptionState, error?: any): void,
 * }} Subscribing
 */
/**
 * The calls of an open subscription.
 *
 * @typedef {{
 *   next(): Promise<IteratorResult<any, undefined>>,
 *   send(message: any): Promise<any>,
 *   typing(): void,
 *   markRead(seq: number): unknown,
 * }} Live
 */
/**
 * The part of a subscription that knows its frames; see {@link newLine}.
 *
 * @typedef {{
 *   path(): string,
 *   onHello(frame: any): unknown,
 *   onFrame(frame: any): boolean,
 *   isBehind(): boolean,
 *   isIterated: boolean,
 * }} Reader
 */
/** @typedef {(callback: ((...values: any[]) => unknown) | undefined, ...values: unknown[]) => void} Notify */
/** @typedef {{ notify: Notify, push(item: unknown): void, signal: AbortSignal }} Outlet */

/**
 * Opens a subscription.
 *
 * @param {Subscribing} subscribing
 * @returns {Live}
 */
export function follow(subscribing) {
  const { id, how, client, ofClient, shared, controller, show } = subscribing;
  const { signal } = controller;
  /** Ends of the waits for a line. */
  const sleepers = new Set();
  /** A loop has begun, or there is no other way to the entries. */
  let isIterated = false;
  let hold = () => {};
  let release = () => {};
  const queue = newQueue(() => release());

  const wake = () => {
    for (const end of sleepers) end();
  };
  /** @type {(ms: number) => Promise<void>} */
  const pause = (ms) =>
    new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        sleepers.delete(end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      sleepers.add(end);
    });

  /** @type {Outlet} */
  const outlet = {
    signal,
    // In a task of its own kind: an exception is reported as the page's, and breaks nothing.
    notify: (callback, ...values) => queueMicrotask(() => signal.aborted || callback?.(...values)),
    push(item) {
      if (!isIterated) return;
      queue.push(item);
      if (queue.length >= queueMax) hold();
    },
  };
  const sessionId = /** @type {string} */ (id?.of);
  const outbox = newOutbox({
    post: (message) => client.sendMessage(sessionId, message),
    pause,
    waitMs: shared.waitMs,
  });

  /** @param {any} [error] */
  function end(error) {
    controller.abort(error);
    outbox.end(error ?? signal.reason);
    queue.end(error);
    wake();
  }

  async function run() {
    const options = shared.readOptions(ofClient, { signal: how?.signal });
    const abort = () => controller.abort(options.signal?.reason);
    if (options.signal?.aborted) abort();
    // Closing removes it.
    options.signal?.addEventListener("abort", abort, { signal });
    const reader = id ? readSession(subscribing, outlet) : readSessions(subscribing, outlet);
    isIterated ||= reader.isIterated;
    const line = newLine({
      ...reader,
      shared,
      options,
      signal,
      onState(state, error) {
        if (signal.aborted) return;
        show(state, error);
        if (state === "live") wake();
      },
    });
    hold = () => line.hold("queue");
    release = () => line.release("queue");
    await line.run();
  }
  run().then(() => end(), end);

  let typedAt = -Infinity;
  let readSeq = 0;
  let isReading = false;
  return {
    next() {
      isIterated = true;
      return queue.next();
    },
    send: outbox.send,
    typing() {
      const now = performance.now();
      if (signal.aborted || now - typedAt < typingMs) return;
      typedAt = now;
      client.showTyping(sessionId, { retries: 0 }).catch(() => {});
    },
    async markRead(seq) {
      if (!(seq > readSeq)) return;
      readSeq = seq;
      if (isReading) return;
      isReading = true;
      let failures = 0;
      for (let told = 0; told < readSeq && !signal.aborted;) {
        const seq = readSeq;
        try {
          await client.markRead(sessionId, seq);
          told = seq;
        } catch (error) {
          // The next mark tells more than this one.
          if (!isTransient(error)) break;
          await pause(shared.waitMs(failures, backOffMaxMs));
          failures += 1;
        }
      }
      isReading = false;
    },
  };
}

/**
 * Returns the reader of a session's frames.
 *
 * @param {Subscribing} subscribing
 * @param {Outlet} outlet
 * @returns {Reader}
 */
function readSession({ id, how, shared }, { notify, push }) {
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
      notify(onSession, session);
    },
    onFrame({ type, seq, data, by, name }) {
      if (type === "typing") notify(onTyping, name === undefined ? { by } : { by, name });
      else if (type === "read") {
        session = { ...session, read: { ...session.read, [by]: seq } };
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
function readSessions({ how, client, shared }, { notify, push, signal }) {
  const { since, onSession } = how ?? {};
  /** Changes before it have been handed over. */
  let seenMs = since === undefined ? undefined : new Date(since).getTime();
  if (Number.isNaN(seenMs)) {
    const message = "options: since must be a date or a time";
    throw new shared.ChatSessionError({ code: "invalid_options", message });
  }
  /** Counts the connections: a list of changes ends with its own. */
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
   *
   * @param {number} sinceMs
   */
  async function catchUp(sinceMs) {
    const connection = connections;
    const updated_after = new Date(sinceMs - overlapMs);
    /** @type {string | undefined} */
    let cursor;
    do {
      const query = { updated_after, limit: 100, cursor };
      const { items, next } = await client.listSessions(query, { signal });
      if (connection !== connections) return;
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
      connections += 1;
      updates = new Map();
      if (seenMs !== undefined) await catchUp(seenMs);
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
