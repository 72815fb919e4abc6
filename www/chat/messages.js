// The messages of a conversation, for both of its sides.

import { dayItem, watchDays } from "./days.js";
import { element, setAttribute } from "./dom.js";
import { link, linkify, safeUrl } from "./links.js";

/** @import { Attachment, HistoryEntry, HistoryEvent, MessageEvent } from "../../pkg/index.js" */
/** @import { Times } from "./times.js" */

/** Messages of one sender within it stand together. */
const togetherMs = 300_000;
const typingMs = 6_000;

/**
 * Words of a list. `joined` has `{name}` in it.
 *
 * @typedef {Record<"you" | "someone" | "sending" | "unsent" | "retry" | "discard" | "read"
 *   | "removed" | "closed" | "reopened" | "joined" | "typing", string>} MessageWords
 */
/**
 * A message of this side that is on its way, or a note. `error` tells why it was not sent.
 *
 * @typedef {{ id: string, text: string, at: string, isSent?: boolean | undefined,
 *   isNote?: boolean | undefined, error?: string | undefined }} Pending
 */
/** @typedef {{ text: string, name?: string | undefined }} Note One of somebody else has a name. */
/** @typedef {ReturnType<typeof newMessageList>} MessageList */

/**
 * Returns a list of entries in the order of `seq`, with what is on its way below them.
 *
 * `isOwn` tells which messages are of this side; `nameOf` names a sender, `describe` words
 * an entry that is no message, or returns undefined for one that is not shown. `colleague`
 * names a sender of this side who is somebody else; `noteOf` reads a note of this side.
 *
 * @param {{
 *   words: MessageWords,
 *   times: Times,
 *   label: string,
 *   isOwn(sender: MessageEvent["sender"]): boolean,
 *   nameOf?: ((sender: MessageEvent["sender"]) => string) | undefined,
 *   describe?: ((event: HistoryEvent) => string | undefined) | undefined,
 *   colleague?: ((sender: MessageEvent["sender"]) => string | undefined) | undefined,
 *   noteOf?: ((event: HistoryEvent) => Note | undefined) | undefined,
 *   onRetry(id: string): void,
 *   onDiscard(id: string): void,
 * }} parts
 */
export function newMessageList(parts) {
  const { words, times, label, isOwn, onRetry, onDiscard } = parts;
  const nameOf = parts.nameOf ?? (({ name }) => name || words.someone);
  const describe = parts.describe ?? ((event) => describeEvent(event, words));
  const list = element("ol", { class: "messages", "aria-label": label });
  const typing = element("li", { class: "typing", hidden: true });
  list.append(typing);
  watchDays(list, times);
  /**
   * Entries and their items by `seq`, in order.
   *
   * @type {Map<number, { entry: HistoryEntry, item: HTMLElement }>}
   */
  const shown = new Map();
  /** @type {Set<string>} */
  const ids = new Set();
  /** @type {Map<string, HTMLElement>} */
  const pendingItems = new Map();
  /**
   * States of pending items, as they are shown.
   *
   * @type {WeakMap<HTMLElement, string>}
   */
  const states = new WeakMap();
  let readSeq = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let typingTimer;

  /**
   * Returns the items of an entry: a new day before it, if it is one.
   *
   * @param {HistoryEntry} entry
   * @param {HistoryEntry | undefined} before
   */
  function itemsOf(entry, before) {
    const items = [];
    if (!before || times.dayKey(before.created_at) !== times.dayKey(entry.created_at)) {
      items.push(dayItem(entry.created_at, times));
    }
    const item = entryItem(entry, before);
    shown.set(entry.seq, { entry, item });
    ids.add(entry.id);
    items.push(item);
    return items;
  }

  /** @type {(entry: HistoryEntry, before: HistoryEntry | undefined) => HTMLElement} */
  function entryItem({ id, event, created_at }, before) {
    const note = parts.noteOf?.(event);
    if (note) return withTime(messageItem({ own: true, isNote: true, ...note }), id, created_at);
    if (event.type !== "message") {
      const text = describe(event);
      return element("li", { class: "event", hidden: text === undefined }, text);
    }
    const { sender, content, attachments } = event;
    const own = isOwn(sender);
    const name = own ? parts.colleague?.(sender) : nameOf(sender);
    const isTogether =
      before?.event.type === "message" &&
      before.event.sender.type === sender.type &&
      before.event.sender.name === sender.name &&
      Date.parse(created_at) - Date.parse(before.created_at) < togetherMs;
    const item = messageItem({ own, name, isTogether, text: content.text, attachments });
    if (!own && !isTogether) item.prepend(picture(sender.avatar_url, nameOf(sender)));
    return withTime(item, id, created_at);
  }

  /** @type {(item: HTMLElement, id: string, at: string) => HTMLElement} */
  function withTime(item, id, at) {
    item.dataset.id = id;
    const time = element("time", { datetime: at, title: times.full(at) }, times.time(at));
    item.append(element("p", { class: "meta" }, time));
    return item;
  }

  /**
   * @param {{ own: boolean, name?: string | undefined, isTogether?: boolean,
   *   isNote?: boolean | undefined, text: string, attachments?: Attachment[] }} message
   */
  function messageItem({ own, name, isTogether, isNote, text, attachments = [] }) {
    const sides = own ? "message own" : "message";
    const item = element("li", { class: isTogether ? `${sides} together` : sides });
    if (isNote) item.classList.add("note");
    const isSeen = name !== undefined && !isTogether;
    item.append(
      element("p", { class: isSeen ? "who" : "who unseen", dir: "auto" }, name ?? words.you),
    );
    if (text || attachments.length === 0) {
      const bubble = element("p", { class: "bubble", dir: "auto" });
      if (text) bubble.append(...linkify(text));
      else bubble.append(element("em", {}, words.removed));
      item.append(bubble);
    }
    item.append(...attachments.map((attachment) => file(attachment, times.locale)));
    return item;
  }

  /** Marks the last own message that the other side has read. */
  function markRead() {
    list.querySelector(".seen")?.remove();
    for (const { entry, item } of [...shown.values()].reverse()) {
      if (entry.event.type !== "message" || !isOwn(entry.event.sender)) continue;
      if (entry.seq > readSeq) continue;
      item.querySelector(".meta")?.append(element("span", { class: "seen" }, words.read));
      return;
    }
  }

  /** @returns {HistoryEntry | undefined} */
  const last = () => [...shown.values()].at(-1)?.entry;
  const firstPending = () => [...pendingItems.values()][0] ?? typing;

  return {
    element: list,
    /** Returns the `seq` of the first entry in the list; 0 without one. */
    first: () => shown.keys().next().value ?? 0,
    /** Returns true if an entry with this id is in the list. */
    has: (/** @type {string} */ id) => ids.has(id),
    /**
     * Adds an entry behind the others.
     *
     * @param {HistoryEntry} entry
     */
    add(entry) {
      if (shown.has(entry.seq)) return;
      const pending = pendingItems.get(entry.id);
      pendingItems.delete(entry.id);
      pending?.remove();
      firstPending().before(...itemsOf(entry, last()));
      const { event } = entry;
      if (event.type === "redacted") {
        const redacted = shown.get(event.redacted_seq);
        redacted?.item.querySelectorAll(".file").forEach((file) => file.remove());
        redacted?.item.querySelector(".bubble")?.replaceChildren(element("em", {}, words.removed));
      }
      if (event.type !== "message" || !isOwn(event.sender)) typing.hidden = true;
      markRead();
    },
    /**
     * Adds entries before the others.
     *
     * @param {HistoryEntry[]} entries In the order of `seq`.
     */
    addEarlier(entries) {
      const later = [...shown];
      shown.clear();
      const items = entries.flatMap((entry, index) => itemsOf(entry, entries[index - 1]));
      const lastOfThem = entries.at(-1);
      const first = list.firstElementChild;
      if (lastOfThem && later[0] && first?.className === "day") {
        const { entry } = later[0][1];
        const isSameDay = times.dayKey(entry.created_at) === times.dayKey(lastOfThem.created_at);
        if (isSameDay) first.remove();
      }
      list.prepend(...items);
      for (const [seq, value] of later) shown.set(seq, value);
      markRead();
    },
    /**
     * Shows what is on its way, in order.
     *
     * @param {Pending[]} messages
     */
    setPending(messages) {
      const waiting = messages.filter(({ id }) => !ids.has(id));
      for (const [id, item] of pendingItems) {
        if (waiting.some((message) => message.id === id)) continue;
        item.remove();
        pendingItems.delete(id);
      }
      for (const { id, text, at, isSent, isNote, error } of waiting) {
        const item = pendingItems.get(id) ?? messageItem({ own: true, isNote, text });
        // Its buttons may have the focus.
        const state = `${error ?? ""} ${isSent ? times.time(at) : ""}`;
        if (states.get(item) === state) continue;
        states.set(item, state);
        item.dataset.id = id;
        item.classList.toggle("failed", error !== undefined);
        item.querySelector(".meta")?.remove();
        const meta = element("p", { class: "meta" });
        if (error === undefined) {
          meta.append(isSent ? times.time(at) : words.sending);
        } else {
          meta.append(
            element("span", { class: "problem" }, error),
            element("button", { type: "button", onclick: () => onRetry(id) }, words.retry),
            element("button", { type: "button", onclick: () => onDiscard(id) }, words.discard),
          );
        }
        item.append(meta);
        if (!pendingItems.has(id)) typing.before(item);
        pendingItems.set(id, item);
      }
    },
    /** @param {number} seq The other side has read up to it. */
    setRead(seq) {
      readSeq = Math.max(readSeq, seq);
      markRead();
    },
    /** @param {string} name The other side types, for 6 seconds. */
    showTyping(name) {
      clearTimeout(typingTimer);
      const dots = element("span", { class: "bubble dots", "aria-hidden": "true" });
      dots.append(...[1, 2, 3].map(() => element("i")));
      const who = element(
        "span",
        { class: "unseen" },
        words.typing.replace("{name}", () => name),
      );
      typing.replaceChildren(who, dots);
      typing.hidden = false;
      typingTimer = setTimeout(() => (typing.hidden = true), typingMs);
    },
  };
}

/** @type {(event: HistoryEvent, words: MessageWords) => string | undefined} */
function describeEvent(event, words) {
  if (event.type === "session_closed") return words.closed;
  if (event.type === "session_reopened") return words.reopened;
  if (event.type !== "handoff" || !event.assignee.name) return undefined;
  return words.joined.replace("{name}", () => event.assignee.name ?? "");
}

/** @type {(attachment: Attachment, locale: string) => HTMLElement} */
function file({ name, url, size }, locale) {
  const href = safeUrl(url);
  // Apart from the size, which may have another direction.
  const label = element("bdi", {}, name);
  const more = size === undefined ? "" : ` (${fileSize(size, locale)})`;
  return element("p", { class: "file" }, href ? link(href, label) : label, more);
}

/** @type {(bytes: number, locale: string) => string} */
function fileSize(bytes, locale) {
  const unit = bytes < 1e6 ? "kilobyte" : "megabyte";
  const format = new Intl.NumberFormat(locale, { style: "unit", unit, maximumFractionDigits: 1 });
  return format.format(bytes / (bytes < 1e6 ? 1e3 : 1e6));
}

/**
 * Returns a sender's picture, or the first letter of the name where there is none, or the
 * page's policy blocks it.
 *
 * @param {string | null | undefined} url
 * @param {string} name
 */
export function picture(url, name) {
  const letter = () => Array.from(name.trim())[0]?.toLocaleUpperCase() ?? "?";
  const frame = element("span", { class: "avatar", "aria-hidden": "true" });
  const src = safeUrl(url);
  if (!src?.startsWith("https:")) {
    frame.append(letter());
    return frame;
  }
  const image = element("img", { alt: "", referrerpolicy: "no-referrer", loading: "lazy" });
  image.addEventListener("error", () => frame.replaceChildren(letter()));
  setAttribute(image, "src", src);
  frame.append(image);
  return frame;
}
