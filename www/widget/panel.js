// The opened launcher: a dialog with a conversation, the list of them, or the form before
// the first one. Loaded when the launcher is opened, and the package with it.

import { element } from "../chat/dom.js";
import { newId } from "../chat/id.js";
import messageStyle from "../chat/messages.css";
import { newTimes } from "../chat/times.js";
import { newConversations } from "./conversations.js";
import { newDialog } from "./dialog.js";
import { fieldsOf, newForm } from "./form.js";
import style from "./panel.css";
import { newPerson } from "./person.js";
import { problemOf, report } from "./problems.js";
import { newSessionList } from "./sessions.js";

/** @import { Token } from "../../pkg/index.js" */
/** @import { Conversations } from "./conversations.js" */
/** @import { View } from "./dialog.js" */
/** @import { Package, Person } from "./person.js" */
/** @import { ContactDraft, CustomData } from "./store.js" */
/** @import { Words } from "./words.js" */
/** @typedef {Awaited<ReturnType<typeof newPanel>>} Panel */

/**
 * Returns the panel of a launcher. `retry` is a query for the addresses of what is imported;
 * `onOtherPerson` is called when somebody else is there than before, without a log-out.
 *
 * @param {{
 *   host: HTMLElement,
 *   frame: HTMLElement,
 *   baseUrl: string,
 *   retry: string,
 *   language: string,
 *   tag: string,
 *   token: Token | undefined,
 *   customData: () => CustomData,
 *   closeLabel: string,
 *   close(): void,
 *   emit(name: string, detail: unknown): void,
 *   setUnread(count: number): void,
 *   onOtherPerson(): void,
 * }} parts
 */
export async function newPanel(parts) {
  const { host, frame, baseUrl, retry, customData, emit, setUnread } = parts;
  let { token } = parts;
  const { key = "", ask, title } = host.dataset;
  /** @type {[Package, { default: Words }]} */
  const [chat, { default: words }] = await Promise.all([
    import(`${baseUrl}pkg/index.js${retry}`),
    import(`${baseUrl}widget-words-${parts.language}.js${retry}`),
  ]);
  const greeting = host.dataset.greeting || words.greeting;
  const times = newTimes(parts.tag);
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(messageStyle + style);
  const root = /** @type {ShadowRoot} */ (frame.getRootNode());
  root.adoptedStyleSheets.push(sheet);
  const { close: onClose, closeLabel } = parts;
  const dialog = newDialog({ frame, words, closeLabel, onBack: showList, onClose });
  const listing = newSessionList({
    words,
    times,
    onOpen: (session) => conversations?.converse(session),
    onNew: () => startAnew(false),
    onMore: () => void conversations?.refresh(conversations.next),
  });

  let isShown = false;
  /** Counts what is shown: the response to a request of before is late. */
  let turn = 0;
  /** The one who is there; undefined while that is being found out. */
  let person = /** @type {Person | undefined} */ (undefined);
  /** The one who was there last. */
  let previous = /** @type {Person | undefined} */ (undefined);
  /** @type {Conversations | undefined} */
  let conversations;
  let hasFailed = false;

  /** @param {View} shown */
  function setView(shown) {
    turn += 1;
    hasFailed = false;
    dialog.setView(shown);
    showSessions();
  }

  /** Shows what has changed about the sessions. */
  function showSessions() {
    const isList = dialog.isShowing(listing);
    const heading = isList ? words.conversations : title || words.title;
    dialog.setHead(heading, !isList && Boolean(conversations?.hasSessions()));
    setUnread(conversations?.unread() ?? 0);
    if (isList && conversations) {
      listing.show(conversations.sessions(), conversations.next !== undefined);
    }
  }

  /** Finds who is there, and shows where they were. */
  async function start() {
    setView({ element: element("p", { class: "loading" }, words.loading) });
    const mine = turn;
    try {
      const found = await newPerson(chat, { baseUrl, key, token });
      if (mine !== turn) return;
      if (previous && previous.subject !== found.subject) leave(previous);
      person = found;
      const of = newPersonsConversations(found);
      conversations = of;
      const isKnown = await found.isKnown();
      if (mine !== turn) return;
      if (isKnown) await of.list();
      if (mine !== turn) return;
      const begun = found.store.outgoing().find(({ beginning }) => beginning)?.beginning;
      const open = of.sessions().find(({ status }) => status === "open");
      if (begun) of.converse(undefined, begun);
      else if (open) of.converse(open);
      else if (of.hasSessions()) showList();
      // Another tab may begin the same one.
      else startAnew(true);
    } catch (error) {
      if (mine === turn) fail(error);
    }
  }

  /** @param {Person} of */
  function newPersonsConversations(of) {
    return newConversations({
      person: of,
      key,
      words,
      times,
      greeting,
      customData,
      emit,
      show: setView,
      isShowing: dialog.isShowing,
      isVisible: (conversation) =>
        isShown && document.visibilityState === "visible" && dialog.isShowing(conversation),
      announce: dialog.announce,
      onChange: showSessions,
      onNew: () => startAnew(false),
      onFailed: fail,
    });
  }

  /**
   * Removes what a person who was logged in left: the next one at this computer reads no
   * drafts.
   *
   * @param {Person} who
   */
  function leave({ subject, store }) {
    if (subject === undefined) return;
    store.clear();
    parts.onOtherPerson();
  }

  /**
   * Begins a conversation: with the form, where the page asks for it.
   *
   * @param {boolean} resume False: the person wants a new one.
   */
  function startAnew(resume) {
    if (!person) return;
    const { isVisitor, client, store } = person;
    const wanted = fieldsOf(ask);
    const begin = () => conversations?.converse(undefined, { key: newId(), resume });
    if (!isVisitor || wanted.length === 0 || store.contact()) {
      begin();
      return;
    }
    const onDone = (/** @type {ContactDraft} */ contact) => {
      store.setContact(contact);
      begin();
    };
    setView(newForm({ words, greeting, ask: wanted, client, onDone, wordsOf }));
  }

  function showList() {
    setView(listing);
    void conversations?.refresh();
  }

  /** @param {any} error */
  function wordsOf(error) {
    report(error, key);
    return words[problemOf(error?.code, token === undefined)];
  }

  /** @param {any} error */
  function fail(error) {
    conversations?.close();
    const message = element("p", { role: "alert" }, wordsOf(error));
    const again = { class: "primary", type: "button", onclick: restart };
    const button = element("button", again, words.retry);
    setView({
      element: element("div", { class: "failure" }, message, button),
      focus: () => button.focus(),
    });
    hasFailed = true;
    const mine = turn;
    addEventListener("online", () => mine === turn && restart(), { once: true });
  }

  function stop() {
    turn += 1;
    conversations?.end();
    previous = person ?? previous;
    person = conversations = undefined;
    dialog.announce("");
    setUnread(0);
  }

  function restart() {
    stop();
    void start();
  }

  // A visitor who was here before may have been answered meanwhile.
  void start();

  return {
    /** @param {boolean} isByVisitor */
    show(isByVisitor) {
      isShown = true;
      dialog.open(isByVisitor);
      conversations?.conversation?.layOut();
      conversations?.conversation?.seen();
      if (dialog.isShowing(listing)) void conversations?.refresh();
    },
    hide() {
      isShown = false;
      dialog.close();
    },
    /** @param {Token | undefined} other The person who is logged in; the visitor without. */
    async become(other) {
      token = other;
      const shown = person;
      if (other === undefined || shown?.subject === undefined) {
        const left = shown ?? previous;
        if (other === undefined && left) leave(left);
        restart();
        return;
      }
      // Until it is known whose the token is, nobody writes as the one who was there.
      dialog.setCovered(true);
      try {
        const isSame = await shown.adopt(other);
        if (token !== other || person !== shown) return;
        if (isSame && !hasFailed) {
          dialog.setCovered(false);
          conversations?.conversation?.seen();
          return;
        }
        if (!isSame) leave(shown);
        restart();
      } catch (error) {
        if (token === other && person === shown) fail(error);
      }
    },
    destroy() {
      stop();
      dialog.destroy();
      root.adoptedStyleSheets = root.adoptedStyleSheets.filter((other) => other !== sheet);
    },
  };
}
