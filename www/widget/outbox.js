// Messages on their way out: in order, each until it is stored or refused, whichever tab
// sends it. Its id makes it one message, however often it is sent.

import { newId } from "../chat/id.js";
import { isTransient } from "../chat/transient.js";
import { newAttributes, withoutRejected } from "./attributes.js";
import { report } from "./problems.js";

/** @import { Person } from "./person.js" */
/** @import { Beginning, CreateBody, CustomData, Outgoing } from "./store.js" */
/** @typedef {ReturnType<typeof newOutbox>} Outbox */

const waitMaxMs = 30_000;

/**
 * Returns the outbox of a person. `onBegun` is called when a conversation has got its
 * session, `onMoved` when a full one is continued by another, `onLost` when its session is
 * gone and the messages begin another, `onSent` when a message is stored, `onChange` when
 * the messages on their way or their states have changed.
 *
 * @param {{
 *   person: Person,
 *   key: string,
 *   customData: () => CustomData,
 *   onBegun(beginning: Beginning, id: string, isResumed: boolean): void,
 *   onMoved(from: string, to: string): void,
 *   onLost(beginning: Beginning, session: string): void,
 *   onSent(message: Outgoing): void,
 *   onChange(): void,
 * }} parts
 */
export function newOutbox(parts) {
  const { person, key, customData, onBegun, onMoved, onLost, onSent, onChange } = parts;
  const { client, store } = person;
  let isRunning = false;
  let isEnded = false;
  let failures = 0;
  let wake = () => {};
  const attributes = newAttributes(customData, (error) => report(error, key));
  /**
   * Bodies of creates by their idempotency keys, for messages that are written later.
   *
   * @type {Map<string, CreateBody>}
   */
  const bodies = new Map();
  /** @type {any} */
  let trouble;

  /**
   * Returns the body of a create. It is the first attempt's, whose session may exist.
   *
   * @param {Beginning} beginning
   * @returns {CreateBody}
   */
  function bodyOf({ key }) {
    const stored = store
      .outgoing()
      .find(({ beginning }) => beginning?.key === key && beginning.body);
    const contact = person.isVisitor ? store.contact() : undefined;
    const custom_data = attributes.all();
    return (
      bodies.get(key) ??
      stored?.beginning?.body ?? {
        ...(contact && { contact }),
        ...(custom_data && { custom_data }),
      }
    );
  }

  /**
   * @param {Beginning} beginning
   * @param {CreateBody} body
   */
  function create({ key, resume }, body) {
    bodies.set(key, body);
    for (const message of store.outgoing()) {
      if (message.beginning?.key !== key) continue;
      store.put({ ...message, beginning: { ...message.beginning, body } });
    }
    const request = { channel: { type: /** @type {const} */ ("web") }, resume, ...body };
    return client.createSession(request, { idempotencyKey: key });
  }

  /** @param {Beginning} beginning */
  async function begin(beginning) {
    const body = bodyOf(beginning);
    const { id, resumed } = await withoutRejected(
      body,
      (body) => create(beginning, body),
      (error) => report(error, key),
    );
    if (isEnded) return undefined;
    // A session that is resumed ignores what a create says.
    if (!resumed) attributes.setTold(id, body.custom_data);
    for (const message of store.outgoing()) {
      if (message.beginning?.key !== beginning.key) continue;
      store.put({ ...message, session: id, beginning: undefined });
    }
    store.setBegun(beginning.key, id);
    onBegun(beginning, id, resumed === true);
    return id;
  }

  /**
   * Lets the messages to a session that is gone begin another, once.
   *
   * @param {string} session
   */
  function beginAnew(session) {
    const beginning = { key: newId(), resume: true };
    for (const message of store.outgoing()) {
      if (message.session !== session) continue;
      store.put({ ...message, session: undefined, beginning, isMoved: true });
    }
    onLost(beginning, session);
  }

  /** Sends the first message that waits. Returns false if there is none. */
  async function sendOne() {
    const message = store.outgoing().find(({ error }) => error === undefined);
    if (!message || isEnded) return false;
    try {
      const { id, text, beginning } = message;
      const session = message.session ?? (beginning && (await begin(beginning)));
      if (isEnded) return false;
      if (session) {
        const sent = await attributes.tell(session, (more) =>
          client.sendMessage(session, { id, text, ...more }),
        );
        onSent(message);
        if (sent.session_id && sent.session_id !== session) onMoved(session, sent.session_id);
      }
      store.remove(message.id);
      failures = 0;
      trouble = undefined;
    } catch (/** @type {any} */ error) {
      if (isEnded) return false;
      trouble = error;
      // It may have got its session meanwhile, or have been deleted.
      const current = store.outgoing().find(({ id }) => id === message.id);
      if (error?.code === "session_not_found" && current?.session && !current.isMoved) {
        beginAnew(current.session);
      } else if (!isTransient(error)) {
        report(error, key);
        if (current) store.put({ ...current, error: error?.code ?? "failed" });
      }
    }
    onChange();
    return true;
  }

  async function run() {
    if (isRunning) {
      wake();
      return;
    }
    isRunning = true;
    // One tab at a time: two would overtake each other.
    while (await inOneTab(`chat-sessions.launcher.${key}`, sendOne)) {
      if (!trouble || !isTransient(trouble)) continue;
      const ms = Math.min(1_000 * 2 ** failures, waitMaxMs) * (0.75 + Math.random() / 2);
      failures += 1;
      await pause(Math.max(ms, trouble.retryAfterMs ?? 0));
    }
    isRunning = false;
  }

  /** @type {(ms: number) => Promise<void>} */
  const pause = (ms) =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  const onOnline = () => wake();
  addEventListener("online", onOnline);
  const unwatch = store.watch(onChange);
  void run();

  return {
    /** The last attempt has failed, and the next one comes by itself. */
    isInTrouble: () => failures > 1,
    /** @param {Outgoing} message */
    send(message) {
      store.put(message);
      onChange();
      void run();
    },
    /** @param {string} id */
    retry(id) {
      const message = store.outgoing().find((other) => other.id === id);
      if (message?.error !== undefined) {
        store.put({ ...message, error: undefined });
      }
      failures = 0;
      onChange();
      void run();
    },
    /** @param {string} id */
    discard(id) {
      store.remove(id);
      onChange();
    },
    /** Sends nothing more; a request that is on its way may arrive. */
    end() {
      isEnded = true;
      removeEventListener("online", onOnline);
      unwatch();
      wake();
    },
  };
}

/**
 * Runs `work` in one tab at a time, where the browser has locks.
 *
 * @template Result
 * @param {string} name
 * @param {() => Promise<Result>} work
 * @returns {Promise<Result>}
 */
async function inOneTab(name, work) {
  const { locks } = navigator;
  return locks ? locks.request(name, work) : work();
}
