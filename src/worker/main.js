// The Worker: what the platform calls.

import { __wbg_reset_state, answerPanic, fetch, patienceMs, scheduled } from "./index.js";

/** How many instances there have been: one that has panicked is thrown away. */
let instances = 1;

/** No promise is given less time. */
const firstLookMs = 500;

/** A task on its way: it goes on each time that what it waits for has settled. */
class Run {
  #task;
  #instance = instances;
  #resolve;
  #reject;
  /** Counts what is waited for: what settles after it was given up is nobody's. */
  #turn = 0;
  #patienceMs = Infinity;
  #givesUpAtMs = Infinity;
  /**
   * Whether there is a timer: one for the whole run, because it costs as much as
   * anything else that a request does. It ends with the request, without being cleared.
   */
  #hasTimer = false;

  constructor(task, resolve, reject) {
    this.#task = task;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  /** Goes on with what was waited for: a value, or an error. */
  goOn(settled, isRejected) {
    const turn = (this.#turn += 1);
    let next;
    try {
      next = this.#task.advance(settled, isRejected);
    } catch (panic) {
      // The task is gone with its instance, and must not be freed in the next one.
      this.#givesUpAtMs = Infinity;
      if (this.#instance === instances) {
        instances += 1;
        __wbg_reset_state();
      }
      this.#reject(panic);
      return;
    }
    if (next instanceof Promise) {
      this.#limit(patienceMs());
      next.then(
        (value) => turn === this.#turn && this.goOn(value, false),
        (error) => turn === this.#turn && this.goOn(error, true),
      );
    } else {
      this.#givesUpAtMs = Infinity;
      this.#task.free();
      this.#resolve(next);
    }
  }

  #limit(patienceMs) {
    this.#patienceMs = patienceMs;
    this.#givesUpAtMs = Date.now() + patienceMs;
    if (patienceMs < Infinity && !this.#hasTimer) this.#lookIn(firstLookMs);
  }

  #lookIn(delayMs) {
    this.#hasTimer = true;
    setTimeout(() => this.#look(), delayMs);
  }

  /** Gives up what has had its time, or looks again when it will have. */
  #look() {
    this.#hasTimer = false;
    const leftMs = this.#givesUpAtMs - Date.now();
    if (leftMs <= 0) this.goOn(new Error(`no answer within ${this.#patienceMs} ms`), true);
    else if (leftMs < Infinity) this.#lookIn(leftMs);
  }
}

const run = (task) =>
  new Promise((resolve, reject) => {
    new Run(task, resolve, reject).goOn();
  });

export default {
  fetch: (request, env) =>
    run(fetch(request, env)).catch((panic) => answerPanic(request, String(panic.stack))),
  scheduled: (_event, env) => run(scheduled(env)),
};
