// Parts of the page that it has from the beginning, and what it says to screen readers.

import { element } from "../chat/dom.js";

/**
 * Returns the element with an id.
 *
 * @param {string} id
 * @returns {any}
 */
export function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`The page has no #${id}.`);
  return found;
}

/**
 * Makes a button.
 *
 * @param {string} label
 * @param {() => unknown} onClick
 */
export function button(label, onClick, kind = "") {
  return element("button", { type: "button", class: kind, onclick: onClick }, label);
}

/** Returns true if a person types into an element. */
export function takesText(/** @type {unknown} */ target) {
  return (
    target instanceof HTMLElement && target.matches("textarea, select, input:not([type=checkbox])")
  );
}

/**
 * Returns true for a key of an input method. Safari ends the composition before the key that
 * confirms it, which only its code tells.
 *
 * @param {KeyboardEvent} event
 */
export function isComposing({ isComposing, keyCode }) {
  return isComposing || keyCode === 229;
}

/** Says something to screen readers, once what they are saying has ended. */
export function announce(/** @type {string} */ text) {
  // A new element: the same text again is a change as well.
  byId("announcer").replaceChildren(element("span", {}, text));
}
