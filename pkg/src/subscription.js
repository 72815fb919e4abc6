// A subscription, whose code is loaded by the first one: a page without one never pays.

import { sleep, waitMs } from "./retry.js";

/** @import { Live, Subscribing } from "./live.js" */
/** @import { SubscriptionState } from "../index.js" */

/**
 * Returns a subscription. Its calls wait for its code.
 *
 * @param {() => LiveModule | Promise<LiveModule>} importLive
 * @param {Omit<Subscribing, "controller" | "show">} parts
 * @typedef {typeof import("./live.js")} LiveModule
 */
export function newSubscription(importLive, parts) {
  const { how, shared } = parts;
  const controller = new AbortController();
  const { signal } = controller;

  /** @type {Subscribing["show"]} */
  const show = (state, error) => {
    subscription.state = state;
    // An exception of the callback is reported as the page's own.
    queueMicrotask(() => how?.onState?.(state, error));
  };

  // At once: what is told of the next subscription comes behind it.
  signal.addEventListener("abort", () => {
    const { reason } = signal;
    show("ended", reason instanceof shared.ChatSessionError ? reason : undefined);
  });

  /** @returns {Promise<Live>} */
  async function load() {
    for (let failures = 0; ; failures += 1) {
      try {
        return (await importLive()).follow({ ...parts, controller, show });
      } catch (/** @type {any} */ error) {
        const isClosed = signal.aborted || how?.signal?.aborted;
        if (isClosed || error.code !== "network_error") {
          controller.abort(isClosed ? how?.signal?.reason : error);
          const reject = () => Promise.reject(signal.reason);
          const next = async () => (isClosed ? { done: true, value: undefined } : reject());
          return { next, send: reject, typing() {}, markRead() {} };
        }
        show("waiting", error);
        await sleep(waitMs(failures), signal);
      }
    }
  }

  /** @type {Record<string | symbol, unknown>} */
  const subscription = {
    state: "connecting",
    close: () => controller.abort(),
    [Symbol.asyncIterator]: () => subscription,
    async return() {
      controller.abort();
      return { done: true };
    },
  };
  const loaded = load();
  for (const name of /** @type {(keyof Live)[]} */ (["next", "send", "typing", "markRead"])) {
    subscription[name] = async (/** @type {any} */ value) => (await loaded)[name](value);
  }
  return subscription;
}
