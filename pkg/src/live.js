// Subscriptions: a session's log as it is written, or an organization's sessions as they
// change. Loaded by the first one, so that other pages never pay for it.

import { newLine } from "./line.js";
import { newOutbox, isTransient } from "./outbox.js";
import { newQueue } from "./queue.js";
import { readSession, readSessions } from "./readers.js";

/** @import { Client, ClientOptions, SubscriptionState } from "../index.js" */
/** @import { ChatSessionError } from "./error.js" */

/** Entries that may wait for a loop: behind them, the line waits too. */
const queueMax = 1_000;
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
          if (signal.aborted || !isTransient(error)) break;
          await pause(shared.waitMs(failures, backOffMaxMs));
          failures += 1;
        }
      }
      isReading = false;
    },
  };
}
