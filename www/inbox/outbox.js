// Messages on their way: each session's in order, one at a time, each under one id until it
// is stored. They outlive a reload, and a sign-in that has expired.

import { newId } from "../chat/id.js";
import { isTransient } from "../chat/transient.js";

/** @import { Client } from "../pkg/index.js" */
/** @import { Storage } from "./storage.js" */
/** @typedef {ReturnType<typeof newOutbox>} Outbox */
/**
 * `sent` is stored by the service, and not in the conversation yet.
 *
 * @typedef {{
 *   id: string,
 *   kind: "answer" | "note",
 *   text: string,
 *   at: string,
 *   takesOver: boolean,
 *   state: "waiting" | "sending" | "failed" | "sent",
 *   why?: string | undefined,
 * }} Pending
 */

const storageName = "unsent";
const backOffMaxMs = 30_000;

/**
 * Creates the outbox. `onChange` names the session whose messages have changed, `onFailed`
 * one of which a message was rejected.
 *
 * @param {{
 *   client: Client,
 *   storage: Storage,
 *   signal: AbortSignal,
 *   onChange(sessionId: string): void,
 *   onFailed(sessionId: string, why: string): void,
 *   onError(error: any): void,
 * }} options
 */
export function newOutbox({ client, storage, signal, onChange, onFailed, onError }) {
  /** @type {Map<string, Pending[]>} */
  const queues = new Map(storage.get(storageName) ?? []);
  /** Sessions whose messages are being sent. */
  const busy = new Set();
  /** Ends of the waits for a network. */
  const sleepers = new Set();

  /** @param {string} sessionId */
  function changed(sessionId) {
    // Signed out: what was stored is kept, or has been removed.
    if (signal.aborted) return;
    const unsent = [...queues]
      .map(([id, queue]) => [id, queue.filter(({ state }) => state !== "sent")])
      .filter(([, queue]) => queue.length > 0);
    storage.set(storageName, unsent.length > 0 ? unsent : undefined);
    onChange(sessionId);
  }

  /** @param {number} ms */
  const pause = (ms) =>
    new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        sleepers.delete(end);
        resolve(undefined);
      };
      const timer = setTimeout(end, ms);
      sleepers.add(end);
    });

  /** @param {string} sessionId */
  async function run(sessionId) {
    if (busy.has(sessionId)) return;
    busy.add(sessionId);
    let failures = 0;
    while (!signal.aborted) {
      const next = queues.get(sessionId)?.find(({ state }) => state !== "sent");
      // A failed one is first retried or taken back: the order is the agent's.
      if (!next || next.state === "failed") break;
      next.state = "sending";
      changed(sessionId);
      try {
        await post(sessionId, next);
        next.state = "sent";
        failures = 0;
      } catch (/** @type {any} */ error) {
        if (signal.aborted) break;
        if (isTransient(error)) {
          next.state = "waiting";
          changed(sessionId);
          failures += 1;
          await pause(error.retryAfterMs ?? Math.min(1_000 * 2 ** failures, backOffMaxMs));
          continue;
        }
        next.state = isSignedOut(error) ? "waiting" : "failed";
        const [violation] = error.errors ?? [];
        next.why = violation ? `it ${violation.message}` : error.message;
        onError(error);
        changed(sessionId);
        if (next.state === "failed") onFailed(sessionId, next.why ?? error.code);
        break;
      }
      changed(sessionId);
    }
    busy.delete(sessionId);
  }

  /**
   * @param {string} sessionId
   * @param {Pending} pending
   * @returns {Promise<unknown>}
   */
  function post(sessionId, { id, kind, text, takesOver }) {
    if (kind === "note") return client.addNote(sessionId, { id, text }, { signal });
    const message = { id, text, ...(takesOver && { should_take_over_session_from_ai: true }) };
    return client.sendMessage(sessionId, message, { signal });
  }

  const wake = () => {
    for (const end of sleepers) end();
  };
  addEventListener("online", wake, { signal });

  return {
    /** Sends what an earlier page has left. */
    start() {
      for (const id of queues.keys()) run(id);
    },
    /** @param {string} sessionId */
    of: (sessionId) => queues.get(sessionId) ?? [],
    /**
     * Returns true if a message of a session was rejected.
     *
     * @param {string} sessionId
     */
    hasFailed: (sessionId) =>
      queues.get(sessionId)?.some(({ state }) => state === "failed") ?? false,
    /** Counts the messages that the service has not stored. */
    get unsent() {
      return [...queues.values()].flat().filter(({ state }) => state !== "sent").length;
    },
    /**
     * @param {string} sessionId
     * @param {Pick<Pending, "kind" | "text" | "takesOver">} message
     */
    add(sessionId, message) {
      const queue = queues.get(sessionId) ?? [];
      queues.set(sessionId, queue);
      const at = new Date().toISOString();
      queue.push({ id: newId(), at, state: "waiting", ...message });
      changed(sessionId);
      run(sessionId);
    },
    /**
     * @param {string} sessionId
     * @param {string} id
     */
    retry(sessionId, id) {
      const pending = queues.get(sessionId)?.find((each) => each.id === id);
      if (pending?.state === "failed") pending.state = "waiting";
      wake();
      run(sessionId);
    },
    /**
     * Takes messages out: an agent has taken them back, or they are in the conversation.
     *
     * @param {string} sessionId
     * @param {(id: string, state: Pending["state"]) => boolean} isGone
     */
    remove(sessionId, isGone) {
      const queue = queues.get(sessionId);
      const left = queue?.filter(({ id, state }) => !isGone(id, state)) ?? [];
      if (!queue || left.length === queue.length) return;
      queues.set(sessionId, left);
      changed(sessionId);
      run(sessionId);
    },
    /** Ends the waits for a network: it is there. */
    wake,
  };
}

/** Returns true if an error means that the agent has to sign in again. */
export function isSignedOut(/** @type {any} */ { code }) {
  return code === "invalid_token" || code === "missing_token";
}
