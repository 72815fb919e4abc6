// Notices about conversations that are not open: each stays until it is dismissed, or its
// conversation is opened.

import { element } from "../chat/dom.js";
import { button, byId } from "./dom.js";

/** @import { Session } from "../pkg/index.js" */

/**
 * Creates the view.
 *
 * @param {AbortSignal} signal
 */
export function newElsewhere(signal) {
  const view = byId("elsewhere");
  /** @type {Map<string, HTMLElement>} */
  const notices = new Map();

  /** @param {string} id */
  function remove(id) {
    notices.get(id)?.remove();
    notices.delete(id);
  }

  signal.addEventListener("abort", () => view.replaceChildren());

  return {
    /**
     * Shows a notice, in place of the last one about the same conversation.
     *
     * @param {string} id
     * @param {string} text
     * @param {Session | undefined} session The conversation, where it is known.
     */
    show(id, text, session) {
      if (signal.aborted) return;
      remove(id);
      const name = session ? `#${session.ticket_number}` : "A conversation";
      const notice = element(
        "div",
        {},
        element("p", { role: "alert" }, `${name}: ${text}`),
        element(
          "a",
          { class: "button quiet", href: `#/conversations/${id}` },
          session ? `Open ${name}` : "Open it",
        ),
        button("Dismiss", () => remove(id), "quiet"),
      );
      notices.set(id, notice);
      view.append(notice);
    },
    remove,
  };
}
