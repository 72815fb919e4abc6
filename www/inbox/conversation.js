// The open conversation: what was written, what is written now, and what an agent does.

import { announce, byId } from "./dom.js";
import { newComposer } from "./composer.js";
import { newConversationView } from "./conversation_view.js";
import { isTheirs, newStatusChanges } from "./closing.js";
import { isSignedOut } from "./outbox.js";
import { contactOf } from "./people.js";
import { newTimeline } from "./timeline.js";

/** @import { Client, HistoryEntry, Session, Subscription } from "../pkg/index.js" */
/** @import { Agent } from "./session_token.js" */
/** @import { Outbox } from "./outbox.js" */
/** @import { Storage } from "./storage.js" */
/**
 * `newest` is the `seq` of the last entry on the page, `written` that of the contact's last
 * message.
 *
 * @typedef {{
 *   id: string,
 *   controller: AbortController,
 *   subscription?: Subscription | undefined,
 *   session?: Session | undefined,
 *   newest: number,
 *   written: number,
 *   hasEarlier: boolean,
 *   isLoadingEarlier: boolean,
 *   unmarked?: HistoryEntry[] | undefined,
 * }} Open
 */

const pageSize = 50;

/**
 * Creates the part of the page.
 *
 * @param {{
 *   client: Client,
 *   agent: Agent,
 *   outbox: Outbox,
 *   storage: Storage,
 *   signal: AbortSignal,
 *   onSession(session: Session): void,
 *   onDraft(): void,
 *   onGone(id: string): void,
 *   onElsewhere(id: string, text: string, session: Session | undefined): void,
 *   onError(error: any): void,
 * }} options
 */
export function newConversation(options) {
  const { client, agent, outbox, storage, signal } = options;
  const { onSession, onDraft, onGone, onElsewhere, onError } = options;
  /** @type {Open | undefined} */
  let current;
  const view = newConversationView({
    agent,
    signal,
    // A dialog may be answered after another conversation has been opened.
    onStatus: (id, status) => current?.id === id && changes.set(current, status),
    onRetry: reload,
  });
  const changes = newStatusChanges({
    client,
    onError,
    isShown: (conversation) => conversation === current,
    onBusy: showBusy,
    onDone(session) {
      onSession(session);
      announce(session.status === "open" ? "Reopened" : "Closed");
    },
    onNotDone({ id, session }, why) {
      if (id === current?.id) view.showNotice(why);
      else onElsewhere(id, why, session);
    },
  });
  const timeline = newTimeline({
    agent,
    signal,
    onEarlier: loadEarlier,
    onEnd: markRead,
    onRetry: (id) => current && outbox.retry(current.id, id),
    onEdit: takeBack,
  });
  const composer = newComposer({
    storage,
    signal,
    onDraft,
    onTyping: () => current?.subscription?.typing(),
    onSend(message) {
      if (!current) return false;
      outbox.add(current.id, message);
      timeline.setPending(outbox.of(current.id), true);
      return true;
    },
  });
  document.addEventListener("visibilitychange", markRead, { signal });
  signal.addEventListener("abort", close);

  /** @param {string} pendingId */
  function takeBack(pendingId) {
    if (!current) return;
    const pending = outbox.of(current.id).find(({ id }) => id === pendingId);
    if (!pending) return;
    outbox.remove(current.id, (id) => id === pendingId);
    composer.takeBack(pending.kind, pending.text);
  }

  /** Tells that the messages in sight have been read. */
  function markRead() {
    if (!current?.session || document.visibilityState !== "visible" || !timeline.isAtEnd) return;
    if (current.written > current.session.read.agent)
      current.subscription?.markRead(current.written);
  }

  /** @param {Session} session */
  function show(session) {
    if (!current) return;
    current.session = session;
    timeline.setSession(session);
    view.show(session);
    composer.setSession(session);
    if (current.unmarked) markNew(current.unmarked, session.read.agent);
    markRead();
  }

  /**
   * @param {HistoryEntry[]} entries
   * @param {number} read
   */
  function markNew(entries, read) {
    if (current) current.unmarked = undefined;
    const first = entries.find(({ seq, event }) => seq > read && isTheirs(event));
    if (first) timeline.markNew(first.id);
  }

  /** @param {Open} mine */
  async function load(mine) {
    const known = { signal: mine.controller.signal };
    view.showLoading();
    try {
      const { items } = await client.history(mine.id, { order: "desc", limit: pageSize }, known);
      if (mine !== current) return;
      const entries = items.reverse();
      mine.newest = entries.at(-1)?.seq ?? 0;
      mine.written = entries.findLast(({ event }) => isTheirs(event))?.seq ?? 0;
      mine.hasEarlier = (entries[0]?.seq ?? 1) > 1;
      mine.unmarked = entries;
      const ids = new Set(entries.map(({ id }) => id));
      outbox.remove(mine.id, (id) => ids.has(id));
      timeline.showEarlier(mine);
      timeline.addEarlier(entries);
      timeline.setPending(outbox.of(mine.id), true);
      if (mine.session) show(mine.session);
      follow(mine);
    } catch (error) {
      if (mine !== current || mine.controller.signal.aborted) return;
      failed(mine, error);
    }
  }

  /** @param {Open} mine */
  function follow(mine) {
    mine.subscription = client.subscribe(mine.id, {
      after: mine.newest,
      signal: mine.controller.signal,
      onMessage: (entry) => mine === current && take(mine, entry),
      onSession(session, entry) {
        if (mine !== current) return;
        if (entry) take(mine, entry);
        // The list's session is as new, and has what this one does not follow.
        const { status, assignee } = session;
        show(entry && mine.session ? { ...mine.session, status, assignee } : session);
        if (mine.session) onSession(mine.session);
      },
      onTyping({ by, name }) {
        if (mine !== current) return;
        const contact = mine.session ? contactOf(mine.session).name : "The visitor";
        timeline.showTyping(by === "contact" ? contact : (name ?? "Another agent"));
      },
      onRead({ by, seq }) {
        if (mine !== current || !mine.session) return;
        mine.session = { ...mine.session, read: { ...mine.session.read, [by]: seq } };
        if (by === "contact") timeline.setRead(seq);
      },
      onState(state, error) {
        if (state === "ended" && error && mine === current) failed(mine, error);
      },
    });
  }

  /**
   * @param {Open} mine
   * @param {HistoryEntry} entry
   */
  function take(mine, entry) {
    const { id, seq, event } = entry;
    mine.newest = seq;
    timeline.add(entry);
    outbox.remove(mine.id, (each) => each === id);
    if (!isTheirs(event)) return;
    mine.written = seq;
    markRead();
    const name = mine.session ? contactOf(mine.session).name : "The visitor";
    if (event.type === "message") announce(`${name}: ${event.content.text.slice(0, 300)}`);
  }

  async function loadEarlier() {
    const mine = current;
    if (!mine?.hasEarlier || mine.isLoadingEarlier) return;
    mine.isLoadingEarlier = true;
    timeline.showEarlier({ hasEarlier: true, isLoading: true });
    let hasFailed = false;
    try {
      const range = {
        before: timeline.first,
        order: /** @type {const} */ ("desc"),
        limit: pageSize,
      };
      const page = await client.history(mine.id, range, { signal: mine.controller.signal });
      if (mine !== current) return;
      mine.hasEarlier = (page.items.at(-1)?.seq ?? 1) > 1;
      timeline.addEarlier(page.items.reverse());
    } catch (error) {
      if (mine !== current) return;
      hasFailed = true;
      onError(error);
    }
    mine.isLoadingEarlier = false;
    timeline.showEarlier({ hasEarlier: mine.hasEarlier, hasFailed });
  }

  /**
   * @param {Open} mine
   * @param {any} error
   */
  function failed(mine, error) {
    onError(error);
    if (isSignedOut(error)) return;
    if (error.code === "session_not_found") {
      view.showFailure("This conversation does not exist, or was deleted.", false);
      onGone(mine.id);
    } else view.showFailure(`The conversation cannot be shown: ${error.message}`, true);
  }

  function reload() {
    if (current) open(current.id, current.session, true);
  }

  function close() {
    if (!current) return;
    const { id, controller } = current;
    current = undefined;
    controller.abort();
    outbox.remove(id, (_, state) => state === "sent");
    timeline.clear();
    view.clear();
  }

  /**
   * @param {string} id
   * @param {Session | undefined} known The session, if the list has it.
   */
  function open(id, known, isAgain = false) {
    if (current?.id === id && !isAgain) return;
    close();
    current = {
      id,
      controller: new AbortController(),
      session: known,
      newest: 0,
      written: 0,
      hasEarlier: false,
      isLoadingEarlier: false,
    };
    timeline.clear();
    composer.open(id);
    showBusy();
    if (known) {
      view.show(known);
      composer.setSession(known);
    }
    load(current);
  }

  function showBusy() {
    if (current) view.showBusy(changes.isChanging(current.id));
  }

  return {
    open,
    close,
    get id() {
      return current?.id ?? "";
    },
    /** @param {"answer" | "note"} mode */
    write(mode) {
      if (current) composer.focus(mode);
    },
    focusTitle: () => byId("title").focus(),
    /**
     * Takes a session as it is now.
     *
     * @param {Session} session
     */
    apply(session) {
      if (session.id !== current?.id) return;
      if (current.session && current.session.updated_at > session.updated_at) return;
      show(session);
    },
    /** @param {string} id The session whose messages on their way have changed. */
    showPending(id) {
      if (id !== current?.id) return;
      outbox.remove(id, (each, state) => state === "sent" && timeline.has(each));
      const pending = outbox.of(id);
      timeline.setPending(pending, false);
      const failed = pending.find(({ state }) => state === "failed");
      if (failed) announce(`Not sent: ${failed.why}`);
    },
  };
}
