// Messages on their way out: one at a time, in order, each until it is stored or refused.

/** @import { NewMessage, SentMessage } from "../index.js" */

const backOffMaxMs = 30_000;

/** @typedef {{ message: NewMessage, resolve(sent: SentMessage): void, reject(reason: unknown): void }} Waiting */

/**
 * Returns an outbox. `post` sends a message; `pause` waits, at most until the line to the
 * service is open again.
 *
 * @param {{
 *   post(message: NewMessage): Promise<SentMessage>,
 *   pause(ms: number): Promise<void>,
 *   waitMs(failures: number, maxMs: number): number,
 * }} parts
 */
export function newOutbox({ post, pause, waitMs }) {
  /** @type {Waiting[]} */
  const waiting = [];
  let isRunning = false;
  let isInFlight = false;
  /** @type {{ reason: unknown } | undefined} */
  let ended;

  async function run() {
    if (isRunning) return;
    isRunning = true;
    let failures = 0;
    for (let first = waiting[0]; first; first = waiting[0]) {
      try {
        isInFlight = true;
        const sent = await post(first.message);
        first.resolve(sent);
      } catch (/** @type {any} */ error) {
        if (!ended && isTransient(error)) {
          isInFlight = false;
          await pause(Math.max(waitMs(failures, backOffMaxMs), error.retryAfterMs ?? 0));
          failures += 1;
          continue;
        }
        first.reject(error);
      }
      isInFlight = false;
      failures = 0;
      waiting.shift();
    }
    isRunning = false;
  }

  return {
    /** @type {(message: NewMessage) => Promise<SentMessage>} */
    send(message) {
      return new Promise((resolve, reject) => {
        if (ended) {
          reject(ended.reason);
          return;
        }
        waiting.push({ message: withId(message), resolve, reject });
        void run();
      });
    },
    /**
     * Rejects all that wait. A request that is on its way may arrive, and settles its own.
     *
     * @param {unknown} reason
     */
    end(reason) {
      ended = { reason };
      for (const { reject } of waiting.splice(isInFlight ? 1 : 0)) reject(reason);
    },
  };
}

/**
 * Returns a copy of a message that has an id, which all its attempts share. Only of what
 * src/browser/value.rs reads as an object: anything else is for the rules to reject.
 *
 * @param {NewMessage & { toJSON?: () => NewMessage }} message
 */
function withId(message) {
  const value = typeof message?.toJSON === "function" ? message.toJSON() : message;
  return isPlain(value) ? { ...value, id: value.id ?? newId() } : message;
}

/**
 * Returns true for `{…}` of any frame, and for objects without a prototype.
 *
 * @param {unknown} value
 */
function isPlain(value) {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return (
    prototype === null ||
    (Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, "isPrototypeOf"))
  );
}

/** Returns a random UUID, also where `crypto.randomUUID` is denied: on pages over HTTP. */
function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/(.{8})(.{4}).(.{3}).(.{3})/, "$1-$2-4$3-a$4-");
}

/**
 * Returns true if the same message may go through later.
 *
 * @param {any} error
 */
export function isTransient(error) {
  const { code, status } = error ?? {};
  if (["network_error", "timeout", "token_unavailable", "rate_limited"].includes(code)) return true;
  return status === 502 || status === 503 || status === 504;
}
