// A line to the service: opened again whenever it breaks, until it is closed or the
// service ends it for good.

import { openEvents } from "./events.js";
import { openSocket } from "./socket.js";
import { watchPage } from "./watch_page.js";

/** @import { ChatSessionErrorDetails, SubscriptionState } from "../index.js" */
/** @import { Shared } from "./live.js" */

/** The longest wait between two attempts. */
const backOffMaxMs = 30_000;
/** The shortest wait after too many connections or frames. */
const tooManyWaitMs = 60_000;
/** Time for the first frame, and for a token. */
const helloMs = 10_000;
/** A line that breaks sooner, with nothing new, is another failed attempt. */
const settledMs = 5_000;
const tickMs = 5_000;
const pingMs = 25_000;
const pongMs = 10_000;
/** Time for an answer where the line is probably dead. */
const probeMs = 3_000;
/** Server-sent events have a comment every 15 s, and cannot be pinged. */
const silentMs = 35_000;
const suspiciousMs = 20_000;

/** A key, or a token in three parts. */
const tokens = /^([ps]k_[\w.-]+|[\w-]+\.[\w-]+\.[\w-]+)$/;

/**
 * The end of a connection. `error` tells why, where the service or its absence does;
 * `isOfToken` that the function `token` threw it.
 *
 * @typedef {{ error?: any, isOfToken?: boolean, isRestart?: boolean }} Loss
 */
/** @typedef {{ close(): void, ping?(): void }} Transport */
/**
 * Parameters of a transport. `onHeard` is called for all that arrives.
 *
 * @typedef {{
 *   url: string,
 *   token: string,
 *   fail(details: ChatSessionErrorDetails): any,
 *   onHeard(): void,
 *   onText(text: string): void,
 *   onEnd(loss: Loss): void,
 * }} Opening
 */
/** @typedef {ReturnType<typeof newLine>} Line */

/**
 * Returns a line. `run` keeps it open until `signal` aborts, and rejects with the error
 * that ended it.
 *
 * `onHello` may return a promise: the line is live when it has resolved. `onFrame` returns
 * false if a frame does not fit: the line is opened again. `isBehind` tells that the service
 * has more than it has sent.
 *
 * @param {{
 *   shared: Shared,
 *   options: any,
 *   path: () => string,
 *   signal: AbortSignal,
 *   onHello(frame: any): unknown,
 *   onFrame(frame: any): boolean,
 *   isBehind(): boolean,
 *   onState(state: SubscriptionState, error?: any): void,
 * }} parts
 */
export function newLine({ shared, options, path, signal, onHello, onFrame, isBehind, onState }) {
  const { ChatSessionError, waitMs, within } = shared;
  /** @type {Opening["fail"]} */
  const fail = (details) => new ChatSessionError(details);
  const isFunction = typeof options.token === "function";
  const hasSocket = typeof WebSocket === "function";
  /** The next attempt is by WebSocket. */
  let isSocket = hasSocket;
  let socketWorks = false;
  let failures = 0;
  /** @type {string | undefined} */
  let rejected;
  /** @type {{ end(loss: Loss): void, probe(): void } | undefined} */
  let connection;
  /** Ends the present wait. */
  let wake = () => {};
  /** Reasons not to be connected: a page in the back/forward cache, a full queue. */
  const holds = new Set();

  async function run() {
    const unwatch = watchPage({
      check: () => (connection ? connection.probe() : wake()),
      hold: () => hold("page"),
      release: () => release("page"),
    });
    signal.addEventListener("abort", stop);
    try {
      while (!signal.aborted) {
        if (holds.size > 0) {
          onState("waiting");
          await pause();
          continue;
        }
        onState("connecting");
        const loss = await connect();
        if (!loss || signal.aborted || holds.size > 0) continue;
        const { ms, isFirm } = next(loss);
        if (ms === 0) continue;
        onState("waiting", loss.error);
        await pause(ms, isFirm);
      }
    } finally {
      unwatch();
      signal.removeEventListener("abort", stop);
    }
  }

  function stop() {
    connection?.end({});
    wake();
  }

  /** @param {string} reason */
  function hold(reason) {
    holds.add(reason);
    connection?.end({});
  }

  /** @param {string} reason */
  function release(reason) {
    if (holds.delete(reason)) wake();
  }

  /**
   * Waits. Without a time, only `wake` ends it; where it is firm, only its time does.
   *
   * @param {number} [ms]
   * @param {boolean} [isFirm]
   * @returns {Promise<void>}
   */
  function pause(ms, isFirm) {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        wake = () => {};
        resolve();
      };
      const timer = ms === undefined ? undefined : setTimeout(end, ms);
      wake = () => {
        if (!isFirm || signal.aborted) end();
      };
    });
  }

  /**
   * Returns the wait before the next attempt; throws the error that there is none after.
   *
   * @param {Loss & { isSettled?: boolean, isProgress?: boolean, token?: string }} loss
   */
  function next({ error, isOfToken, isRestart, isSettled, isProgress, token }) {
    const status = error?.status;
    if (status === 401 && isFunction && !isOfToken && rejected === undefined) {
      rejected = token;
      return { ms: 0 };
    }
    if (isFinal(error)) throw error;
    if (isSettled) failures = 0;
    if (isRestart && isProgress && isBehind()) return { ms: 0 };
    if (status === 429) {
      const ms = Math.max(tooManyWaitMs, error.retryAfterMs ?? 0) * (1 + Math.random() / 2);
      return { ms, isFirm: true };
    }
    const isOffline = globalThis.navigator?.onLine === false;
    const ms = isOffline ? backOffMaxMs : waitMs(failures, backOffMaxMs);
    failures += 1;
    return { ms: Math.max(ms, error?.retryAfterMs ?? 0) };
  }

  /** Returns the token for a connection, as a call's is. */
  async function readToken() {
    const { token, timeoutMs } = options;
    const read = async () => (isFunction ? token(rejected) : token);
    const value = await within({ signal, timeoutMs: Math.min(timeoutMs, helloMs) }, read).catch(
      (cause) => {
        if (cause instanceof ChatSessionError) throw cause;
        const message = "options: token, a function, threw: see cause";
        throw fail({ code: "token_unavailable", message, cause });
      },
    );
    if (typeof value === "string" && tokens.test(value)) return value;
    throw fail({
      code: isFunction ? "token_unavailable" : "invalid_options",
      // Without what it is: that may be a secret.
      message: `options: token${isFunction ? ", a function, gave" : " is"} neither a key nor a token`,
    });
  }

  /** Connects once, unless it is held; resolves with the end of the connection. */
  async function connect() {
    try {
      const token = await readToken();
      return signal.aborted || holds.size > 0 ? undefined : connectWith(token);
    } catch (error) {
      return { error, isOfToken: true };
    }
  }

  /**
   * @param {string} token
   * @returns {Promise<Loss & { isSettled?: boolean, isProgress?: boolean, token?: string }>}
   */
  function connectWith(token) {
    return new Promise((resolve) => {
      /** @type {Transport | undefined} */
      let transport;
      let isOver = false;
      let helloAt = 0;
      let isProgress = false;
      let heardAt = Date.now();
      let pingedAt = heardAt;
      let tickedAt = heardAt;
      /** Time that the pending answer has. */
      let deadlineMs = Infinity;
      /** @type {ReturnType<typeof setTimeout> | undefined} */
      let deadline;

      /** @param {number} ms */
      function expectAnswer(ms) {
        if (ms >= deadlineMs) return;
        clearTimeout(deadline);
        deadlineMs = ms;
        deadline = setTimeout(() => end({}), ms);
      }

      function onHeard() {
        heardAt = Date.now();
        // Only the first frame answers an opening.
        if (helloAt === 0) return;
        clearTimeout(deadline);
        deadlineMs = Infinity;
      }

      /** Asks for an answer within `ms`, or ends a line that has been silent. */
      function probe(ms = probeMs, silence = suspiciousMs) {
        if (helloAt === 0) return;
        if (transport?.ping) {
          pingedAt = Date.now();
          transport.ping();
          expectAnswer(ms);
        } else if (Date.now() - heardAt > silence) end({});
      }

      const ticks = setInterval(() => {
        const now = Date.now();
        // The machine was asleep, or the tab was frozen.
        const isLate = now - tickedAt > 2 * tickMs;
        tickedAt = now;
        if (isLate) probe();
        else if (now - pingedAt >= pingMs || !transport?.ping) probe(pongMs, silentMs);
      }, tickMs);

      /** @param {Loss} loss */
      function end(loss) {
        if (isOver) return;
        isOver = true;
        connection = undefined;
        clearInterval(ticks);
        clearTimeout(deadline);
        transport?.close();
        // A transport that worked is tried again first; one that did not gives way.
        if (helloAt > 0) isSocket ||= socketWorks;
        else if (holds.size === 0 && !loss.isRestart && !isOfService(loss.error)) {
          isSocket = hasSocket && !isSocket;
        }
        const isSettled = helloAt > 0 && (isProgress || Date.now() - helloAt > settledMs);
        const error = loss.error ?? fail(lost);
        resolve({ ...loss, error, isSettled, isProgress, token });
      }

      /** @param {string} text */
      function onText(text) {
        if (isOver || text === "pong") return;
        let frame;
        try {
          frame = (options.parse ?? JSON.parse)(text);
        } catch (cause) {
          const message = `baseUrl: ${options.baseUrl} sent something else than a frame`;
          end({ error: fail({ code: "unexpected_response", message, cause }) });
          return;
        }
        if (frame?.type === "hello") {
          helloAt = Date.now();
          onHeard();
          socketWorks ||= isSocket;
          rejected = undefined;
          Promise.resolve(onHello(frame)).then(
            () => isOver || onState("live"),
            (error) => end({ error }),
          );
        } else if (helloAt > 0) {
          isProgress = onFrame(frame);
          if (!isProgress) end({});
        }
      }

      connection = { end, probe: () => probe() };
      expectAnswer(helloMs);
      const url = options.baseUrl + path();
      const opening = { url, token, fail, onHeard, onText, onEnd: end };
      try {
        transport = isSocket ? openSocket(opening) : openEvents(opening);
        if (isOver) transport.close();
      } catch (cause) {
        end({ error: fail({ ...lost, cause }) });
      }
    });
  }

  return { run, hold, release };
}

/** @type {ChatSessionErrorDetails} */
const lost = {
  code: "network_error",
  message: "There is no connection to the service: it is opened again",
};

/**
 * Returns true if another attempt would end in the same way.
 *
 * @param {any} error
 */
function isFinal(error) {
  if (error.code === "invalid_options") return true;
  const { status } = error;
  return isOfService(error) && status >= 400 && status < 500 && status !== 408 && status !== 429;
}

/**
 * Returns true if the service itself has answered. A proxy's page, that of a hotel's network
 * for instance, is not its word.
 *
 * @param {any} error
 */
function isOfService(error) {
  return error?.status !== undefined && error.code !== "unexpected_response";
}
