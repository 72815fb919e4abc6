// The dialog around a view: its heading, its buttons, and the focus.

import { element, icon } from "../chat/dom.js";
import { watchViewport } from "./viewport.js";

/** @import { Words } from "./words.js" */
/** @typedef {{ element: HTMLElement, focus?(): void }} View */

const cross = "M6 6l12 12M18 6 6 18";
const arrow = "M14.5 6 8.5 12l6 6";

/**
 * Returns the dialog of a launcher, closed.
 *
 * @param {{
 *   frame: HTMLElement,
 *   words: Words,
 *   closeLabel: string,
 *   onBack(): void,
 *   onClose(): void,
 * }} parts
 */
export function newDialog({ frame, words, closeLabel, onBack, onClose }) {
  const heading = element("h2", { id: "title" });
  const back = element(
    "button",
    { class: "plain back", type: "button", "aria-label": words.back, onclick: onBack },
    icon(arrow),
  );
  const close = element(
    "button",
    { class: "plain", type: "button", "aria-label": closeLabel, onclick: onClose },
    icon(cross),
  );
  const body = element("div", { class: "body" });
  const waiting = element("p", { class: "loading waiting", hidden: true }, words.loading);
  const news = element("p", { class: "unseen", role: "status" });
  const dialog = element(
    "dialog",
    {
      part: "dialog",
      "aria-labelledby": "title",
      tabindex: "-1",
      onkeydown: onkey,
      onkeypress: onkey,
      onkeyup: onkey,
      oncancel,
    },
    element("header", { class: "head" }, back, heading, close),
    body,
    waiting,
    news,
  );
  frame.append(dialog);
  const root = /** @type {ShadowRoot} */ (frame.getRootNode());
  const viewport = watchViewport(dialog);
  /** @type {View | undefined} */
  let view;
  /** Focused before the view was covered. */
  let focused = /** @type {Element | null} */ (null);

  const hasFocus = () => dialog.contains(root.activeElement);

  /** Focuses the view; on touch screens not its field, which would raise the keyboard. */
  function focusView() {
    if (matchMedia("(pointer: coarse)").matches || !view?.focus) dialog.focus();
    else view.focus();
  }

  /** @param {boolean} is */
  function setCovered(is) {
    if (is === body.inert) return;
    if (is) {
      focused = hasFocus() ? root.activeElement : null;
      if (focused) dialog.focus();
    }
    body.inert = back.inert = is;
    waiting.hidden = !is;
    if (!is && root.activeElement === dialog && focused instanceof HTMLElement) {
      focused.focus({ preventScroll: true });
    }
  }

  /** @param {KeyboardEvent} event */
  function onkey(event) {
    const isEscape = event.type === "keydown" && event.key === "Escape" && !event.isComposing;
    // To the page, what is typed here is typed into <chat-launcher>: its shortcuts would run.
    const isTyped = /** @type {Element} */ (event.target).matches("input, textarea");
    if (isEscape || isTyped) event.stopPropagation();
    if (isEscape) onClose();
  }

  /** @param {Event} event */
  function oncancel(event) {
    event.preventDefault();
    onClose();
  }

  return {
    /** @param {View} shown */
    isShowing: (shown) => view === shown && !body.inert,
    /** @param {View} shown */
    setView(shown) {
      const hadFocus = hasFocus();
      view = shown;
      body.replaceChildren(shown.element);
      focused = null;
      setCovered(false);
      if (hadFocus) focusView();
    },
    /** Covers the view, while it is not known whose it is. */
    setCovered,
    /** @type {(text: string, hasBack: boolean) => void} */
    setHead(text, hasBack) {
      heading.textContent = text;
      back.hidden = !hasBack;
    },
    /** @param {string} text */
    announce(text) {
      news.textContent = body.inert ? "" : text;
    },
    /** @param {boolean} isByVisitor False: the focus stays where it is. */
    open(isByVisitor) {
      viewport.open();
      if (!isByVisitor) return;
      dialog.focus();
      focusView();
    },
    close() {
      const hadFocus = hasFocus();
      viewport.close();
      if (hadFocus) /** @type {HTMLElement | null} */ (root.querySelector(".button"))?.focus();
    },
    destroy() {
      viewport.close();
      viewport.end();
      dialog.remove();
    },
  };
}
