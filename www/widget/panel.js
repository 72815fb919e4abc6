// The opened launcher: a dialog with a conversation, the list of them, or the form before
// the first one. Loaded when the launcher is opened, and the package with it.

import { element, icon } from "../chat/dom.js";
import { newId } from "../chat/id.js";
import messageStyle from "../chat/messages.css";
import { newTimes } from "../chat/times.js";
import { newConversation } from "./conversation.js";
import { fieldsOf, newForm } from "./form.js";
import { newOutbox } from "./outbox.js";
import style from "./panel.css";
import { newPerson } from "./person.js";
import { problemOf, report } from "./problems.js";
import { newSessionList } from "./sessions.js";
import { watchViewport } from "./viewport.js";

/** @import { Session, Token } from "../../pkg/index.js" */
/** @import { Conversation } from "./conversation.js" */
/** @import { Outbox } from "./outbox.js" */
/** @import { Package, Person } from "./person.js" */
/** @import { Beginning } from "./store.js" */
/** @import { Words } from "./words.js" */
/** @typedef {Awaited<ReturnType<typeof newPanel>>} Panel */

const listMax = 25;
const cross = "M6 6l12 12M18 6 6 18";
const arrow = "M14.5 6 8.5 12l6 6";

/**
 * Returns the panel of a launcher.
 *
 * @param {{
 *   host: HTMLElement,
 *   frame: HTMLElement,
 *   baseUrl: string,
 *   language: string,
 *   tag: string,
 *   token: Token | undefined,
 *   customData: Record<string, string | number | boolean>,
 *   closeLabel: string,
 *   close(): void,
 *   emit(name: string, detail: unknown): void,
 *   setUnread(count: number): void,
 * }} parts
 */
export async function newPanel(parts) {
  const { host, frame, baseUrl, emit, setUnread } = parts;
  let { token, customData } = parts;
  const { key = "", ask, title, greeting } = host.dataset;
  /** @type {[Package, { default: Words }]} */
  const [chat, { default: words }] = await Promise.all([
    import(`${baseUrl}pkg/index.js`),
    import(`${baseUrl}widget-words-${parts.language}.js`),
  ]);
  const times = newTimes(parts.tag);

  const heading = element("h2", { id: "title" });
  const back = element(
    "button",
    { class: "plain back", type: "button", "aria-label": words.back, onclick: showList },
    icon(arrow),
  );
  const close = element(
    "button",
    { class: "plain", type: "button", "aria-label": parts.closeLabel, onclick: parts.close },
    icon(cross),
  );
  const body = element("div", { class: "body" });
  const news = element("p", { class: "unseen", role: "status" });
  const head = element("header", { class: "head" }, back, heading, close);
  const dialog = element(
    "dialog",
    { part: "dialog", "aria-labelledby": "title", tabindex: "-1", onkeydown, oncancel },
    head,
    body,
    news,
  );
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(messageStyle + style);
  const root = /** @type {ShadowRoot} */ (frame.getRootNode());
  root.adoptedStyleSheets.push(sheet);
  frame.append(dialog);
  const viewport = watchViewport(dialog);

  let isShown = false;
  /** Counts what is shown: the response to a request of before is late. */
  let turn = 0;
  /** @type {Person | undefined} */
  let person;
  /** @type {Outbox | undefined} */
  let outbox;
  /** @type {Session[]} */
  let sessions = [];
  /** @type {string | null} */
  let next = null;
  /** @type {Conversation | undefined} */
  let conversation;
  /** @type {{ element: HTMLElement, focus?(): void } | undefined} */
  let view;

  /** @param {typeof view} shown */
  function setView(shown) {
    turn += 1;
    const hadFocus = dialog.contains(root.activeElement);
    view = shown;
    body.replaceChildren(...(shown ? [shown.element] : []));
    showBack();
    if (hadFocus) focusView();
  }

  function showBack() {
    const isList = Boolean(view?.element.querySelector(".sessions"));
    heading.textContent = isList ? words.conversations : title || words.title;
    back.hidden = isList || (sessions.length === 0 && !conversation?.id);
  }

  /** Focuses the view; on touch screens not its field, which would raise the keyboard. */
  function focusView() {
    if (matchMedia("(pointer: coarse)").matches || !view?.focus) dialog.focus();
    else view.focus();
  }

  /** Finds who is there, and shows where they were. */
  async function start() {
    setView({ element: element("p", { class: "loading" }, words.loading) });
    const mine = turn;
    try {
      const found = await newPerson(chat, { baseUrl, key, token });
      if (mine !== turn) return;
      person = found;
      outbox = newPersonsOutbox(found);
      const isKnown = await found.isKnown();
      if (mine !== turn) return;
      if (isKnown) await list();
      if (mine !== turn) return;
      const begun = found.store.outgoing().find(({ beginning }) => beginning)?.beginning;
      const open = sessions.find(({ status }) => status === "open");
      if (begun) converse(undefined, begun);
      else if (open) converse(open);
      else if (sessions.length > 0) showSessions();
      else startAnew();
    } catch (error) {
      if (mine === turn) fail(error);
    }
  }

  /** @param {Person} of */
  function newPersonsOutbox(of) {
    return newOutbox({
      person: of,
      key,
      customData: () => customData,
      onBegun(beginning, id, isResumed) {
        if (conversation?.beginning.key !== beginning.key) return;
        void conversation.onBegun(id, isResumed);
        showBack();
      },
      onMoved(from, to) {
        if (conversation?.id === from) void openSession(to);
      },
      onLost(beginning, session) {
        if (conversation?.id === session) converse(undefined, beginning);
      },
      onSent: (message) => conversation?.onSent(message),
      onChange: () => conversation?.refresh(),
    });
  }

  /** Reads the first page of the person's sessions. */
  async function list(cursor = /** @type {string | undefined} */ (undefined)) {
    const mine = turn;
    const page = await person?.client.listSessions({ limit: listMax, cursor });
    if (!page || mine !== turn) return;
    const found = page.items.filter(({ channel }) => channel.type === "web");
    sessions = cursor ? [...sessions, ...found] : found;
    next = page.next;
    countUnread();
  }

  /** @type {(session: Session | undefined, beginning?: Beginning) => void} */
  function converse(session, beginning = { key: newId(), resume: !hasOpen() }) {
    if (!person || !outbox) return;
    conversation?.close();
    conversation = newConversation({
      words,
      times,
      person,
      outbox,
      greeting: greeting || words.greeting,
      session,
      beginning,
      isVisible: () => isShown && document.visibilityState === "visible" && isConversing(),
      emit,
      announce: (text) => (news.textContent = text),
      onUnread: countUnread,
      onNew: startAnew,
      onEnded: fail,
    });
    setView(conversation);
    conversation.layOut();
    conversation.seen();
  }

  const isConversing = () => view !== undefined && view === conversation;
  const hasOpen = () => sessions.some(({ status }) => status === "open");

  /** @param {string} id */
  async function openSession(id) {
    const mine = turn;
    try {
      const session = await person?.client.getSession(id);
      if (mine === turn) converse(session);
    } catch (error) {
      if (mine === turn) fail(error);
    }
  }

  /** Begins a conversation: with the form, where the page asks for it. */
  function startAnew() {
    const wanted = fieldsOf(ask);
    if (!person) return;
    const { isVisitor, client, store } = person;
    if (!isVisitor || wanted.length === 0 || store.contact()) {
      converse(undefined);
      return;
    }
    conversation?.close();
    conversation = undefined;
    const onDone = (/** @type {import("./store.js").ContactDraft} */ contact) => {
      store.setContact(contact);
      converse(undefined);
    };
    setView(
      newForm({
        words,
        greeting: greeting || words.greeting,
        ask: wanted,
        client,
        onDone,
        onFailed: fail,
      }),
    );
  }

  async function showList() {
    conversation?.close();
    conversation = undefined;
    showSessions();
    const mine = turn;
    try {
      await list();
      if (mine === turn) showSessions();
    } catch (error) {
      // The list as it was is better than none.
      report(error, key);
    }
  }

  function showSessions() {
    const onMore = async () => {
      const mine = turn;
      await list(next ?? undefined).catch((error) => report(error, key));
      if (mine === turn) showSessions();
    };
    setView(
      newSessionList({
        words,
        times,
        sessions,
        onOpen: converse,
        onNew: startAnew,
        onMore: next === null ? undefined : onMore,
      }),
    );
  }

  /** @param {any} error */
  function fail(error) {
    report(error, key);
    conversation?.close();
    conversation = undefined;
    const text = words[problemOf(error?.code, token === undefined)];
    const retry = element(
      "button",
      { class: "primary", type: "button", onclick: restart },
      words.retry,
    );
    const message = element("p", { role: "alert" }, text);
    setView({
      element: element("div", { class: "failure" }, message, retry),
      focus: () => retry.focus(),
    });
    const mine = turn;
    addEventListener("online", () => mine === turn && restart(), { once: true });
  }

  function stop() {
    turn += 1;
    outbox?.end();
    conversation?.close();
    person = outbox = conversation = undefined;
    sessions = [];
    setUnread(0);
  }

  function restart() {
    stop();
    void start();
  }

  function countUnread() {
    const others = sessions.filter(({ id }) => id !== conversation?.id);
    const count = others.reduce(
      (sum, { unread }) => sum + unread.contact,
      conversation?.unread ?? 0,
    );
    setUnread(count);
  }

  /** @param {KeyboardEvent} event */
  function onkeydown(event) {
    if (event.key !== "Escape" || event.isComposing) return;
    event.stopPropagation();
    parts.close();
  }

  /** @param {Event} event */
  function oncancel(event) {
    event.preventDefault();
    parts.close();
  }

  // A visitor who was here before may have been answered meanwhile.
  void start();

  return {
    /** @param {boolean} isByVisitor */
    show(isByVisitor) {
      isShown = true;
      viewport.open();
      if (isByVisitor) {
        dialog.focus();
        focusView();
      }
      conversation?.layOut();
      conversation?.seen();
    },
    hide() {
      const hadFocus = dialog.contains(root.activeElement);
      isShown = false;
      viewport.close();
      if (hadFocus) /** @type {HTMLElement | null} */ (root.querySelector(".button"))?.focus();
    },
    /** @param {Token | undefined} other The person who is logged in; the visitor without. */
    async become(other) {
      token = other;
      if (other !== undefined && (await person?.adopt(other).catch(() => false))) return;
      if (token !== other) return;
      // The next one at this computer reads no drafts.
      if (person && !person.isVisitor) person.store.clear();
      restart();
    },
    /** @param {typeof customData} values */
    setCustomData(values) {
      customData = values;
    },
    destroy() {
      stop();
      viewport.close();
      viewport.end();
      dialog.remove();
      root.adoptedStyleSheets = root.adoptedStyleSheets.filter((other) => other !== sheet);
    },
  };
}
