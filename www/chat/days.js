// Items of a list that name a day.

import { element } from "./dom.js";

/** @import { Times } from "./times.js" */

/** Timers may be early by a little. */
const lateMs = 1_000;

/**
 * Returns the item of a day.
 *
 * @param {string} at A time of the day, as ISO 8601.
 * @param {Times} times
 */
export function dayItem(at, times) {
  return element("li", { class: "day", "data-at": at }, times.day(at));
}

/**
 * Words the days of a list anew at each midnight: today is yesterday then. Ends with the
 * list.
 *
 * @param {HTMLElement} list
 * @param {Times} times
 */
export function watchDays(list, times) {
  wait(new WeakRef(list), times);
}

/** @type {(ref: WeakRef<HTMLElement>, times: Times) => void} */
function wait(ref, times) {
  const midnight = new Date().setHours(24, 0, 0, 0);
  setTimeout(
    () => {
      const list = ref.deref();
      if (!list) return;
      for (const item of list.querySelectorAll(":scope > .day")) {
        const { at } = /** @type {HTMLElement} */ (item).dataset;
        if (at) item.textContent = times.day(at);
      }
      wait(ref, times);
    },
    midnight - Date.now() + lateMs,
  );
}
