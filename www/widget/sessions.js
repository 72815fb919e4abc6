// The list of a person's conversations.

import { element } from "../chat/dom.js";
import { picture } from "../chat/messages.js";

/** @import { Session } from "../../pkg/index.js" */
/** @import { Times } from "../chat/times.js" */
/** @import { Words } from "./words.js" */

/**
 * Returns the list, empty.
 *
 * @param {{
 *   words: Words,
 *   times: Times,
 *   onOpen(session: Session): void,
 *   onNew(): void,
 *   onMore(): void,
 * }} parts
 */
export function newSessionList({ words, times, onOpen, onNew, onMore }) {
  const list = element("ul", { class: "sessions", "aria-label": words.conversations });
  const anew = element("button", { class: "primary", type: "button", onclick: onNew }, words.anew);
  const more = element("button", { class: "quiet", type: "button", onclick: onMore }, words.more);
  const scroll = element("div", { class: "scroll" }, list, more);
  const view = element("div", { class: "view" }, scroll, element("div", { class: "foot" }, anew));

  /** @param {Session} session */
  function item(session) {
    const { assignee, last_message, status, unread } = session;
    const name = assignee.name || words.someone;
    const count = unread.contact > 99 ? "99+" : `${unread.contact}`;
    const isClosed = status !== "open";
    const button = element(
      "button",
      {
        type: "button",
        class: "session",
        "data-session": session.id,
        onclick: () => onOpen(session),
      },
      picture(assignee.avatar_url, name),
      element("span", { class: "who" }, name),
      element("time", { datetime: latest(session) }, times.brief(latest(session))),
      element("span", { class: "preview", dir: "auto" }, last_message || words.empty),
    );
    if (unread.contact > 0) button.append(element("span", { class: "badge" }, count));
    else if (isClosed) button.append(element("span", { class: "state" }, words.closed));
    return element("li", {}, button);
  }

  return {
    element: view,
    focus: () => view.querySelector("button")?.focus(),
    /**
     * Shows sessions, the latest first, and keeps the focus.
     *
     * @param {Session[]} sessions
     * @param {boolean} hasMore
     */
    show(sessions, hasMore) {
      const { activeElement } = /** @type {ShadowRoot} */ (view.getRootNode());
      const sorted = [...sessions].sort((a, b) => (latest(a) < latest(b) ? 1 : -1));
      const focused = list.contains(activeElement)
        ? sorted.findIndex(({ id }) => id === activeElement?.getAttribute("data-session"))
        : activeElement === more && !hasMore
          ? sorted.length - 1
          : -1;
      list.replaceChildren(...sorted.map(item));
      more.hidden = !hasMore;
      list.children[focused]?.querySelector("button")?.focus();
    },
  };
}

/** @param {Session} session */
const latest = ({ last_message_at, created_at }) => last_message_at ?? created_at;
