// The messages of the open conversation on the page, and where it is scrolled to.

import { element } from "../chat/dom.js";
import { newMessageList } from "../chat/messages.js";
import { button, byId } from "./dom.js";
import { answererName, contactOf } from "./people.js";
import { times } from "./times.js";

/** @import { HistoryEntry, HistoryEvent, MessageEvent, Session } from "../pkg/index.js" */
/** @import { Agent } from "./session_token.js" */
/** @import { Pending } from "./outbox.js" */
/** @typedef {ReturnType<typeof newTimeline>} Timeline */

/** So near to its end a conversation is read to its end, or its beginning asked for. */
const nearPx = 64;

const words = {
  you: "You",
  someone: "Visitor",
  sending: "Sending…",
  unsent: "Not sent",
  retry: "Try again",
  discard: "Edit",
  read: "Seen",
  removed: "This message was removed.",
  closed: "Closed",
  reopened: "Reopened",
  joined: "{name} answers from here on",
  typing: "{name} is typing",
};

/**
 * Creates the view.
 *
 * @param {{
 *   agent: Agent,
 *   signal: AbortSignal,
 *   onEarlier(): void,
 *   onEnd(): void,
 *   onRetry(id: string): void,
 *   onEdit(id: string): void,
 * }} options
 */
export function newTimeline({ agent, signal, onEarlier, onEnd, onRetry, onEdit }) {
  /** @type {HTMLElement} */
  const scroller = byId("timeline");
  const earlier = byId("earlier");
  const entries = byId("entries");
  const toLatest = byId("to-latest");
  /** @type {Session | undefined} */
  let session;
  let list = newList();
  let isAtEnd = true;
  /** A person may scroll to earlier entries: the view has been at the end before. */
  let wasShown = false;

  /** @param {MessageEvent["sender"]} sender */
  function nameOf({ type, name, non_verified_name: claimed }) {
    if (type === "contact") {
      return name || claimed || (session ? contactOf(session).name : words.someone);
    }
    return type === "ai" ? `${name || "Bot"} · bot` : name || "An agent";
  }

  function newList() {
    return newMessageList({
      words,
      times,
      label: "Messages",
      isOwn: ({ type }) => type !== "contact",
      nameOf,
      colleague: (sender) =>
        sender.type === "human_agent" && sender.id === agent.id ? undefined : nameOf(sender),
      noteOf: (event) => {
        if (event.type !== "note") return undefined;
        const { id, name } = event.author;
        const author = id === agent.id ? "You" : name || "An agent";
        return { name: `Note · ${author}`, text: event.content.text };
      },
      describe,
      onRetry,
      onDiscard: onEdit,
    });
  }

  /** @param {HistoryEvent} event */
  function describe(event) {
    const by =
      "by" in event && event.by === "agent" ? "an agent" : session && contactOf(session).name;
    switch (event.type) {
      case "session_closed":
        return event.status === "closed_resolved"
          ? `Closed as resolved by ${by}`
          : `Closed as not resolved by ${by}`;
      case "session_reopened":
        return `Reopened by ${by}`;
      case "handoff": {
        const name = answererName(event.assignee, agent);
        return name === "you" ? "You answer from here on" : `${name} answers from here on`;
      }
      default:
        return undefined;
    }
  }

  function toEnd() {
    scroller.scrollTop = scroller.scrollHeight;
    isAtEnd = true;
    toLatest.hidden = true;
  }

  function measure() {
    const rest = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight;
    isAtEnd = rest < nearPx;
    if (isAtEnd) {
      toLatest.hidden = true;
      onEnd();
    }
    if (wasShown && scroller.scrollTop < nearPx && !earlier.hidden) onEarlier();
  }

  scroller.addEventListener("scroll", measure, { signal, passive: true });
  toLatest.addEventListener(
    "click",
    () => {
      toEnd();
      scroller.focus();
      onEnd();
    },
    { signal },
  );
  const observer = new ResizeObserver(() => isAtEnd && toEnd());
  observer.observe(scroller);
  signal.addEventListener("abort", () => observer.disconnect());

  return {
    toEnd,
    get isAtEnd() {
      return isAtEnd;
    },
    /** The `seq` of the first entry; 0 without one. */
    get first() {
      return list.first();
    },
    /** @param {string} id */
    has: (id) => list.has(id),
    /** Shows nothing, until there is something. */
    clear() {
      list = newList();
      entries.replaceChildren(list.element);
      earlier.hidden = true;
      toLatest.hidden = true;
      isAtEnd = true;
      wasShown = false;
    },
    /** @param {Session} next */
    setSession(next) {
      session = next;
      list.setRead(next.read.contact);
    },
    /**
     * Adds what was written before.
     *
     * @param {HistoryEntry[]} items In the order of `seq`.
     */
    addEarlier(items) {
      const { scrollHeight, scrollTop } = scroller;
      list.addEarlier(items);
      if (wasShown) scroller.scrollTop = scrollTop + scroller.scrollHeight - scrollHeight;
      else toEnd();
      wasShown = true;
    },
    /** @param {HistoryEntry} entry */
    add(entry) {
      const wasAtEnd = isAtEnd;
      list.add(entry);
      if (wasAtEnd) toEnd();
      else if (entry.event.type === "message") toLatest.hidden = false;
    },
    /**
     * Marks the first message that was unread when the conversation was opened.
     *
     * @param {string} id
     */
    markNew(id) {
      const item = [...list.element.children].find(
        (each) => /** @type {HTMLElement} */ (each).dataset.id === id,
      );
      item?.before(element("li", { class: "day new" }, "New"));
      if (isAtEnd) toEnd();
    },
    /** @param {number} seq */
    setRead(seq) {
      list.setRead(seq);
    },
    /**
     * @param {Pending[]} messages
     * @param {boolean} isOwn True if the agent has just added one.
     */
    setPending(messages, isOwn) {
      const hadFocus = list.element.contains(document.activeElement);
      list.setPending(
        messages.map(({ id, text, at, kind, state, why }) => ({
          id,
          text,
          at,
          isNote: kind === "note",
          isSent: state === "sent",
          error: state === "failed" ? `${words.unsent}: ${why ?? "unknown"}` : undefined,
        })),
      );
      if (hadFocus && !list.element.contains(document.activeElement)) byId("text").focus();
      if (isOwn || isAtEnd) toEnd();
    },
    /** @param {string} name */
    showTyping(name) {
      list.showTyping(name);
      if (isAtEnd) toEnd();
    },
    /** @param {{ hasEarlier: boolean, isLoading?: boolean, hasFailed?: boolean }} state */
    showEarlier({ hasEarlier, isLoading = false, hasFailed = false }) {
      const hadFocus = earlier.contains(document.activeElement);
      earlier.hidden = !hasEarlier;
      const label = isLoading ? "Loading…" : hasFailed ? "Try again" : "Earlier messages";
      earlier.replaceChildren(button(label, onEarlier, "quiet"));
      if (hadFocus) (hasEarlier ? earlier.firstElementChild : scroller).focus();
    },
  };
}
