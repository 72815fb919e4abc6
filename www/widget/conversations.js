// The conversations of one person: their sessions, and those that are followed.

import { newId } from "../chat/id.js";
import { newConversation } from "./conversation.js";
import { newOutbox } from "./outbox.js";
import { report } from "./problems.js";

/** @import { MessageEntry, Session } from "../../pkg/index.js" */
/** @import { Times } from "../chat/times.js" */
/** @import { Conversation } from "./conversation.js" */
/** @import { Person } from "./person.js" */
/** @import { Beginning, CustomData } from "./store.js" */
/** @import { Words } from "./words.js" */
/** @typedef {ReturnType<typeof newConversations>} Conversations */

const pageSize = 25;

/**
 * Returns the conversations of a person. `show` shows one, `isVisible` tells that it is seen,
 * `isShowing` that it is seen or would be if the launcher were open. `onChange` is called
 * when something about the sessions has changed, `onNew` when the person wants another one,
 * `onFailed` when the one that is shown has ended with an error.
 *
 * @param {{
 *   person: Person,
 *   key: string,
 *   words: Words,
 *   times: Times,
 *   greeting: string,
 *   customData: () => CustomData,
 *   show(conversation: Conversation): void,
 *   isShowing(conversation: Conversation): boolean,
 *   isVisible(conversation: Conversation): boolean,
 *   emit(name: string, detail: unknown): void,
 *   announce(text: string): void,
 *   onChange(): void,
 *   onNew(): void,
 *   onFailed(error: unknown): void,
 * }} parts
 */
export function newConversations(parts) {
  const { person, key, isShowing, onChange, onFailed } = parts;
  const { client, store } = person;
  let isEnded = false;
  /** @type {Session[]} */
  let sessions = [];
  /** Cursor of the next page of them; undefined before the first one. */
  let next = /** @type {string | null | undefined} */ (undefined);
  /** @type {Conversation | undefined} */
  let conversation;
  /** The conversation before it, which is followed, too. */
  let earlier = /** @type {Conversation | undefined} */ (undefined);

  const followed = () => [conversation, earlier].filter((each) => each !== undefined);
  const withId = (/** @type {string} */ id) => followed().find((each) => each.id === id);

  const outbox = newOutbox({
    person,
    key,
    customData: parts.customData,
    onBegun(beginning, id, isResumed) {
      const begun = followed().find((each) => each.beginning.key === beginning.key);
      if (begun) void begun.onBegun(id, isResumed);
      else void refresh();
      onChange();
    },
    onMoved(from, to) {
      const full = withId(from);
      if (full && isShowing(full)) void move(full, from, to);
      else leave(full, from, to);
    },
    onLost(beginning, session) {
      const gone = withId(session);
      const wasShown = gone && isShowing(gone);
      leave(gone, session, "new");
      if (wasShown) converse(undefined, beginning);
    },
    onSent: (message) => followed().forEach((each) => each.onSent(message)),
    onChange: () => followed().forEach((each) => each.refresh()),
  });

  /** Shows the session that continues a full one. */
  async function move(
    /** @type {Conversation} */ full,
    /** @type {string} */ from,
    /** @type {string} */ to,
  ) {
    try {
      const session = await client.getSession(to);
      // The person may have left it meanwhile.
      const isShown = isShowing(full);
      leave(full, from, to);
      if (isShown) converse(session);
    } catch (error) {
      if (isShowing(full)) onFailed(error);
    }
  }

  /**
   * Leaves a conversation, whose draft goes to another one.
   *
   * @param {Conversation | undefined} left
   * @param {string} from
   * @param {string} to
   */
  function leave(left, from, to) {
    store.moveDraft(from, to);
    if (left) end(left);
    void refresh();
  }

  /** Reads a page of the sessions: the first one, or the one with a cursor. */
  async function list(cursor = /** @type {string | undefined} */ (undefined)) {
    const page = await client.listSessions({ limit: pageSize, cursor });
    if (isEnded) return;
    const found = page.items.filter(({ channel }) => channel.type === "web");
    const others = sessions.filter((known) => found.every(({ id }) => id !== known.id));
    // A first page that is read again leaves the later ones, unless it is the only one.
    const isAll = !cursor && page.next === null;
    sessions = isAll ? found : [...others, ...found];
    if (cursor || isAll || next === undefined) next = page.next;
    onChange();
  }

  /** Reads a page where the sessions as they were are better than an error. */
  async function refresh(cursor = /** @type {string | undefined} */ (undefined)) {
    await list(cursor).catch((error) => isEnded || report(error, key));
  }

  /** @type {(name: string, detail: { session_id: string, entry: MessageEntry }) => void} */
  function emit(name, detail) {
    parts.emit(name, detail);
    const { created_at: last_message_at, event } = detail.entry;
    const last_message = event.content.text || (event.attachments[0]?.name ?? null);
    sessions = sessions.map((session) =>
      session.id === detail.session_id ? { ...session, last_message, last_message_at } : session,
    );
  }

  /**
   * Shows the conversation of a session, or one that begins.
   *
   * @type {(session: Session | undefined, beginning?: Beginning) => void}
   */
  function converse(session, beginning = { key: newId(), resume: false }) {
    const known = session && withId(session.id);
    // The one before is followed meanwhile, rather one that is open.
    const others = followed().filter((each) => each.id && each !== known);
    const kept = others.find(({ isOpen }) => isOpen) ?? others[0];
    for (const each of followed()) if (each !== known && each !== kept) each.close();
    /** @type {Conversation} */
    const shown =
      known ??
      newConversation({
        ...parts,
        outbox,
        session,
        beginning,
        isVisible: () => parts.isVisible(shown),
        emit,
        onUnread: onChange,
        onSession(found) {
          sessions = [found, ...sessions.filter(({ id }) => id !== found.id)];
          onChange();
        },
        onEnded: (error) => onEnded(shown, error),
      });
    [conversation, earlier] = [shown, kept];
    parts.show(shown);
    shown.layOut();
    shown.seen();
  }

  /** @param {Conversation} ended */
  function end(ended) {
    ended.close();
    if (conversation === ended) conversation = undefined;
    if (earlier === ended) earlier = undefined;
  }

  /** @type {(ended: Conversation, error: any) => void} */
  function onEnded(ended, error) {
    if (error.code === "session_not_found" && ended.id) {
      store.moveDraft(ended.id, "new");
      sessions = sessions.filter(({ id }) => id !== ended.id);
    }
    if (isShowing(ended)) onFailed(error);
    end(ended);
    onChange();
  }

  return {
    list,
    refresh,
    converse,
    /** Returns the sessions. Those that are followed know best what has been read. */
    sessions: () =>
      sessions.map((session) => {
        const live = withId(session.id);
        if (!live) return session;
        return { ...session, unread: { ...session.unread, contact: live.unread } };
      }),
    get next() {
      return next ?? undefined;
    },
    get conversation() {
      return conversation;
    },
    /** There is a session that the person may go back to. */
    hasSessions: () => sessions.length > 0 || followed().some(({ id }) => id),
    unread() {
      const others = sessions.filter(({ id }) => !withId(id));
      const counts = [
        ...others.map(({ unread }) => unread.contact),
        ...followed().map(({ unread }) => unread),
      ];
      return counts.reduce((sum, count) => sum + count, 0);
    },
    /** Follows nothing any more; what is on its way stays so. */
    close: () => followed().forEach(end),
    end() {
      isEnded = true;
      outbox.end();
      followed().forEach(end);
    },
  };
}
