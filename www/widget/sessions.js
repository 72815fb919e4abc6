// The list of a person's conversations.

import { element } from "../chat/dom.js";
import { picture } from "../chat/messages.js";

/** @import { Session } from "../../pkg/index.js" */
/** @import { Times } from "../chat/times.js" */
/** @import { Words } from "./words.js" */

/**
 * Returns the list, the latest first.
 *
 * @param {{
 *   words: Words,
 *   times: Times,
 *   sessions: Session[],
 *   onOpen(session: Session): void,
 *   onNew(): void,
 *   onMore: (() => void) | undefined,
 * }} parts
 */
export function newSessionList({ words, times, sessions, onOpen, onNew, onMore }) {
  const items = [...sessions].sort((a, b) => (latest(a) < latest(b) ? 1 : -1)).map(item);
  const list = element("ul", { class: "sessions", "aria-label": words.conversations }, ...items);
  const anew = element("button", { class: "primary", type: "button", onclick: onNew }, words.anew);
  const scroll = element("div", { class: "scroll" }, list);
  if (onMore) {
    scroll.append(
      element("button", { class: "quiet", type: "button", onclick: onMore }, words.more),
    );
  }
  const view = element("div", { class: "view" }, scroll, element("div", { class: "foot" }, anew));

  /** @param {Session} session */
  function item(session) {
    const { assignee, last_message, status, unread } = session;
    const name = assignee.name || words.someone;
    const count = unread.contact > 99 ? "99+" : `${unread.contact}`;
    const isClosed = status !== "open";
    const button = element(
      "button",
      { type: "button", class: "session", onclick: () => onOpen(session) },
      picture(assignee.avatar_url, name),
      element("span", { class: "who" }, name),
      element("time", { datetime: latest(session) }, times.brief(latest(session))),
      element("span", { class: "preview", dir: "auto" }, last_message || words.empty),
    );
    if (unread.contact > 0) button.append(element("span", { class: "badge" }, count));
    else if (isClosed) button.append(element("span", { class: "state" }, words.closed));
    return element("li", {}, button);
  }

  return { element: view, focus: () => view.querySelector("button")?.focus() };
}

/** @param {Session} session */
const latest = ({ last_message_at, created_at }) => last_message_at ?? created_at;
