// A conversation as it is shown: its messages live, and where to write the next one.

import { element } from "../chat/dom.js";
import { newId } from "../chat/id.js";
import { newMessageList } from "../chat/messages.js";
import { newComposer } from "./composer.js";
import { problemOf } from "./problems.js";
import { newReading } from "./reading.js";

/** @import { HistoryEntry, MessageEntry, Session, Subscription } from "../../pkg/index.js" */
/** @import { Times } from "../chat/times.js" */
/** @import { Outbox } from "./outbox.js" */
/** @import { Person } from "./person.js" */
/** @import { Beginning, Outgoing } from "./store.js" */
/** @import { Words } from "./words.js" */
/** @typedef {ReturnType<typeof newConversation>} Conversation */

/** Entries at first, and with each click for earlier ones. */
const pageSize = 50;
/** A connection that is back within it was never missed. */
const offlineMs = 1_500;
/** Closer to the end, new messages scroll into view. */
const endPx = 80;

let lastOrder = 0;

/**
 * Returns a conversation: of a session, or one that begins with the first message.
 *
 * @param {{
 *   words: Words,
 *   times: Times,
 *   person: Person,
 *   outbox: Outbox,
 *   greeting: string,
 *   session?: Session | undefined,
 *   beginning: Beginning,
 *   isVisible(): boolean,
 *   emit(name: string, detail: unknown): void,
 *   announce(text: string): void,
 *   onUnread(): void,
 *   onSession(session: Session): void,
 *   onNew(): void,
 *   onEnded(error: unknown): void,
 * }} parts
 */
export function newConversation(parts) {
  const { words, times, person, outbox, beginning, isVisible, emit, announce, onUnread } = parts;
  const { client, store } = person;
  let id = parts.session?.id;
  const reading = newReading(parts.session);
  let isClosed = false;
  /** @type {Subscription | undefined} */
  let subscription;
  /** The `seq` of the last entry when it was connected first: later ones are news. */
  let knownSeq = -1;
  let firstSeq = 0;
  let lastSeq = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let offlineTimer;
  /**
   * Messages that are stored, and not seen in the history yet.
   *
   * @type {Map<string, Outgoing>}
   */
  const stored = new Map();

  const list = newMessageList({
    words,
    times,
    label: words.messages,
    isOwn: ({ type }) => type === "contact",
    onRetry: (messageId) => outbox.retry(messageId),
    onDiscard: (messageId) => outbox.discard(messageId),
  });
  const more = { class: "quiet", type: "button", hidden: true };
  const earlier = element("button", { ...more, onclick: loadEarlier }, words.earlier);
  const greeting = element("p", { class: "greeting" }, parts.greeting);
  const scroll = element("div", {
    class: "scroll",
    tabindex: "0",
    role: "group",
    "aria-label": words.messages,
    onscroll,
  });
  scroll.append(greeting, earlier, list.element);
  const latest = element("button", { ...more, class: "latest", onclick: toEnd }, words.latest);
  const offline = element("p", { class: "offline", role: "status" });
  const anew = element(
    "button",
    { class: "quiet", type: "button", onclick: parts.onNew },
    words.anew,
  );
  const ended = element(
    "div",
    { class: "ended", hidden: true },
    element("p", {}, words.ended),
    anew,
  );
  const composer = newComposer({
    words,
    text: store.draft(id ?? "new"),
    onSend: send,
    onInput(text) {
      store.setDraft(id ?? "new", text);
      if (text !== "") subscription?.typing();
    },
  });
  const view = element("div", { class: "view" }, offline, scroll, latest, ended, composer.element);

  /** @param {string} text */
  function send(text) {
    lastOrder = Math.max(lastOrder + 1, Date.now());
    store.setDraft(id ?? "new", "");
    const to = id ? { session: id } : { beginning };
    outbox.send({ id: newId(), text, order: lastOrder, ...to });
    toEnd();
  }

  /** Shows what is on its way. */
  function refresh() {
    // Another tab may have sent the first message.
    const begun = id ? undefined : store.begun();
    if (begun?.key === beginning.key) void onBegun(begun.id, true);
    const isMine = (/** @type {Outgoing} */ message) =>
      id ? message.session === id : message.beginning?.key === beginning.key;
    const waiting = store
      .outgoing()
      .filter((message) => isMine(message) && !stored.has(message.id));
    const isStuck = outbox.isInTrouble();
    const shown = [
      ...[...stored.values()].map((message) => ({ ...pending(message), isSent: true })),
      ...waiting.map((message) => {
        if (message.error) {
          return { ...pending(message), error: words[problemOf(message.error, person.isVisitor)] };
        }
        return isStuck ? { ...pending(message), error: words.unsent } : pending(message);
      }),
    ];
    keepFocus(() => list.setPending(shown));
  }

  /** @type {(sessionId: string, isResumed: boolean) => Promise<void>} */
  async function onBegun(sessionId, isResumed) {
    if (id) return;
    id = sessionId;
    store.setDraft(id, store.draft("new"));
    store.setDraft("new", "");
    const resumed = isResumed ? await client.getSession(id).catch(() => undefined) : undefined;
    knownSeq = resumed?.last_seq ?? 0;
    if (resumed) reading.onSession(resumed);
    if (!isClosed) follow(Math.max(0, knownSeq - pageSize));
  }

  /** @param {Outgoing} message */
  const pending = ({ id, text, order }) => ({ id, text, at: new Date(order).toISOString() });

  /** @param {number} after The `seq` before the first entry to show. */
  function follow(after) {
    firstSeq = after + 1;
    lastSeq = after;
    earlier.hidden = after === 0;
    subscription = client.subscribe(/** @type {string} */ (id), {
      after,
      onMessage,
      onSession,
      onTyping: ({ by, name }) =>
        by === "agent" && keepEnd(() => list.showTyping(name || words.someone)),
      onRead({ by, seq }) {
        if (by === "agent") list.setRead(seq);
        else reading.onRead(seq, lastSeq);
        onUnread();
      },
      onState(state, error) {
        if (state === "ended" && error) parts.onEnded(error);
        if (state === "live") showOffline(false);
        else if (state === "waiting") offlineTimer ??= setTimeout(showOffline, offlineMs, true);
      },
    });
  }

  /** @param {boolean} is */
  function showOffline(is) {
    clearTimeout(offlineTimer);
    offlineTimer = undefined;
    offline.textContent = is ? words.offline : "";
  }

  /** @type {(session: Session, entry?: HistoryEntry) => void} */
  function onSession(session, entry) {
    if (entry) show(entry);
    else {
      if (knownSeq < 0) knownSeq = session.last_seq;
      reading.onSession(session);
      parts.onSession(session);
    }
    list.setRead(session.read.agent);
    keepEnd(() => (ended.hidden = session.status === "open"));
    seen();
  }

  /** @param {MessageEntry} entry */
  function onMessage(entry) {
    const { id: messageId, seq, event } = entry;
    stored.delete(messageId);
    const isOwn = event.sender.type === "contact";
    show(entry, isOwn);
    refresh();
    const isNew = seq > knownSeq;
    if (isNew) emit("message", { session_id: id, entry, own: isOwn });
    reading.onMessage(seq, isOwn);
    if (isNew && !isOwn) {
      const files = event.attachments.map(({ name }) => name);
      const name = event.sender.name || words.someone;
      announce(`${name}: ${[event.content.text, ...files].filter(Boolean).join(", ")}`);
    }
    seen();
  }

  /** @type {(entry: HistoryEntry, isOwn?: boolean) => void} */
  function show(entry, isOwn = false) {
    lastSeq = entry.seq;
    greeting.hidden = true;
    const isNews = entry.seq > knownSeq && !isOwn;
    keepEnd(() => list.add(entry), isNews);
  }

  function seen() {
    if (isVisible() && reading.mark(lastSeq)) subscription?.markRead(lastSeq);
    onUnread();
  }

  const isAtEnd = () => scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < endPx;

  /** @type {(change: () => void, isNews?: boolean) => void} */
  function keepEnd(change, isNews = false) {
    const wasAtEnd = isAtEnd();
    keepFocus(change);
    if (wasAtEnd) toEnd();
    else if (isNews) latest.hidden = false;
  }

  /**
   * Runs a change, and focuses the messages if it has removed or hidden what had the focus.
   *
   * @param {() => void} change
   */
  function keepFocus(change) {
    const root = /** @type {Document | ShadowRoot} */ (view.getRootNode());
    const hadFocus = view.contains(root.activeElement);
    change();
    const { activeElement: focused } = root;
    // One that is hidden loses the focus later.
    if (hadFocus && !focused?.getClientRects().length) scroll.focus({ preventScroll: true });
  }

  function toEnd() {
    scroll.scrollTop = scroll.scrollHeight;
    hideLatest();
  }

  function hideLatest() {
    keepFocus(() => (latest.hidden = true));
  }

  function onscroll() {
    if (isAtEnd()) hideLatest();
  }

  async function loadEarlier() {
    if (!id || earlier.getAttribute("aria-busy")) return;
    earlier.setAttribute("aria-busy", "true");
    try {
      const query = { before: firstSeq, limit: pageSize, order: /** @type {const} */ ("desc") };
      const { items } = await client.history(id, query);
      const fromEnd = scroll.scrollHeight - scroll.scrollTop;
      list.addEarlier(items.reverse());
      firstSeq = items[0]?.seq ?? 1;
      keepFocus(() => (earlier.hidden = firstSeq <= 1));
      scroll.scrollTop = scroll.scrollHeight - fromEnd;
    } catch {
      // The button stays, for another try.
    } finally {
      earlier.removeAttribute("aria-busy");
    }
  }

  const onConnection = () => !subscription && showOffline(!navigator.onLine);
  for (const name of ["online", "offline"]) addEventListener(name, onConnection);
  document.addEventListener("visibilitychange", seen);
  onConnection();
  if (parts.session) follow(Math.max(0, parts.session.last_seq - pageSize));
  refresh();

  return {
    element: view,
    beginning,
    get id() {
      return id;
    },
    get unread() {
      return reading.unread;
    },
    get isOpen() {
      return ended.hidden;
    },
    refresh,
    seen,
    toEnd,
    focus: composer.focus,
    /** Fits the field to its text, which it cannot while it is not shown. */
    layOut() {
      composer.check();
      toEnd();
    },
    /** @param {Outgoing} message */
    onSent(message) {
      const isMine = id !== undefined && message.session === id;
      const isFirst = message.beginning?.key === beginning.key;
      if ((isMine || isFirst) && !list.has(message.id)) stored.set(message.id, message);
    },
    onBegun,
    close() {
      isClosed = true;
      clearTimeout(offlineTimer);
      subscription?.close();
      for (const name of ["online", "offline"]) removeEventListener(name, onConnection);
      document.removeEventListener("visibilitychange", seen);
    },
  };
}
