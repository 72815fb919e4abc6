// <chat-launcher>: the button, and the calls for the page. All else is loaded when it is
// opened.

import { icon, element, setAttribute } from "../chat/dom.js";
import theme from "../chat/theme.css";
import style from "./button.css";
import { removePersons, visitorName } from "./names.js";
import { phoneQuery } from "./viewport.js";
import { buttonWords, languageOf } from "./words.js";

/** @import { Token } from "../../pkg/index.js" */
/** @import { Panel } from "./panel.js" */

const bubble =
  "M12 3.5c-5 0-9 3.4-9 7.7 0 2.4 1.3 4.6 3.3 6L5.5 21l4.2-2.4c.7.2 1.5.2 2.3.2 5 0 9-3.4 9-7.6s-4-7.7-9-7.7z";
const chevron = "m6 9.5 6 6 6-6";
const countMax = 99;
/** A second click of a double click comes within it. */
const doubleClickMs = 400;

/** The address of this file, and with it the service's. */
const base = new URL(".", import.meta.url).href;
/** Counts failed loads. A browser may keep a failed import: a retry has another address. */
let failures = 0;

export class ChatLauncher extends HTMLElement {
  static observedAttributes = ["data-lang", "data-theme", "data-side"];

  #frame = element("div", { class: "chat" });
  #badge = element("span", { class: "badge", hidden: true });
  #count = element("span", { class: "unseen", role: "status" });
  #note = element("p", { class: "note", role: "alert", hidden: true });
  #button = element("button", {
    class: "button",
    part: "button",
    type: "button",
    "aria-haspopup": "dialog",
    "aria-expanded": "false",
    onclick: () => this.#click(),
  });
  /** @type {Promise<Panel> | undefined} */
  #panel;
  #isOpen = false;
  #unread = 0;
  #clickedAt = -doubleClickMs;
  /** @type {Token | undefined} */
  #token;
  /** @type {Record<string, string | number | boolean>} */
  #customData = {};
  /** Attributes that were set before the last `identify`: not for another person. */
  #earlierKeys = /** @type {string[]} */ ([]);
  /** @type {MutationObserver | undefined} */
  #observer;

  constructor() {
    super();
    const root = this.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(theme + style);
    root.adoptedStyleSheets = [sheet];
    this.#button.append(icon(bubble), icon(chevron), this.#badge);
    this.#frame.append(this.#note, this.#button, this.#count);
    root.append(this.#frame);
  }

  connectedCallback() {
    this.#label();
    this.#observer = new MutationObserver(() => this.#relabel());
    this.#observer.observe(document.documentElement, { attributeFilter: ["lang"] });
    if (!this.dataset.key) console.error("chat-launcher: data-key, a publishable key, is missing");
    this.#emit("ready");
    // Goes on as the visitor has left it in this tab, on the page before this one.
    const before = this.#recall();
    if (before === "open" && !matchMedia(phoneQuery).matches) this.#open(false);
    else if (before) this.#load().catch(() => {});
  }

  disconnectedCallback() {
    this.#observer?.disconnect();
    this.#drop();
    this.#show(false);
  }

  attributeChangedCallback() {
    if (this.isConnected) this.#relabel();
  }

  get isOpen() {
    return this.#isOpen;
  }

  /** The messages that the visitor has not read. */
  get unread() {
    return this.#unread;
  }

  /** @returns {Promise<void>} */
  open() {
    return this.#open(true);
  }

  close() {
    if (!this.#isOpen) return;
    this.#show(false);
    this.#remember("closed");
    this.#panel?.then(
      (panel) => panel.hide(),
      () => {},
    );
    this.#emit("close");
  }

  toggle() {
    if (this.#isOpen) this.close();
    else void this.open();
  }

  /**
   * Shows the conversations of the person who is logged in: a contact token, or a function
   * that gives one.
   *
   * @param {Token} token
   */
  identify(token) {
    if (token === this.#token) return;
    this.#earlierKeys = this.#token === undefined ? [] : Object.keys(this.#customData);
    this.#become(token);
  }

  /** Removes what people left who were logged in; shows the visitor's conversations again. */
  logout() {
    removePersons(this.dataset.key ?? "");
    if (this.#token === undefined) return;
    this.#customData = {};
    this.#earlierKeys = [];
    this.#become(undefined);
  }

  /**
   * Adds attributes to the session: the present one, or the one that is opened next. One
   * that is undefined or null is not sent any more.
   *
   * @param {Record<string, string | number | boolean | null | undefined>} values
   */
  setCustomData(values) {
    for (const [key, value] of Object.entries(values)) {
      this.#earlierKeys = this.#earlierKeys.filter((earlier) => earlier !== key);
      if (value === undefined || value === null) delete this.#customData[key];
      else if (["string", "number", "boolean"].includes(typeof value))
        this.#customData[key] = value;
      else console.warn(`chat-launcher: setCustomData: ${key} is no string, number or boolean`);
    }
  }

  /**
   * Listens to an event: `open`, `close`, `message` or `unread`. Returns a function that
   * ends it.
   *
   * @param {string} name
   * @param {(detail: any) => void} listener
   */
  on(name, listener) {
    /** @param {Event} event */
    const call = (event) => listener(/** @type {CustomEvent} */ (event).detail);
    this.addEventListener(`chat:${name}`, call);
    return () => this.removeEventListener(`chat:${name}`, call);
  }

  #click() {
    const now = performance.now();
    const isDouble = now - this.#clickedAt < doubleClickMs;
    this.#clickedAt = now;
    if (!isDouble) this.toggle();
  }

  /** @param {boolean} isByVisitor False: the focus stays where it is. */
  async #open(isByVisitor) {
    if (this.#isOpen) return;
    this.#show(true);
    this.#note.hidden = true;
    setAttribute(this.#button, "aria-busy", "true");
    try {
      const panel = await this.#load();
      if (!this.#isOpen) return;
      this.#remember("open");
      this.#emit("open");
      panel.show(isByVisitor);
    } catch (error) {
      console.error("chat-launcher: the chat could not be loaded", error);
      this.#show(false);
      this.#note.textContent = this.#words.notLoaded;
      this.#note.hidden = false;
    } finally {
      setAttribute(this.#button, "aria-busy", false);
    }
  }

  /** @returns {Promise<Panel>} */
  #load() {
    return (this.#panel ??= this.#newPanel());
  }

  async #newPanel() {
    const retry = failures > 0 ? `?retry=${failures}` : "";
    try {
      /** @type {typeof import("./panel.js")} */
      const { newPanel } = await import(`${base}widget-panel.js${retry}`);
      return await newPanel({
        host: this,
        frame: this.#frame,
        baseUrl: base,
        retry,
        ...languageOf(this),
        token: this.#token,
        customData: () => this.#customData,
        closeLabel: this.#words.close,
        close: () => this.close(),
        emit: (name, detail) => this.#emit(name, detail),
        setUnread: (count) => this.#setUnread(count),
        onOtherPerson: () => {
          for (const key of this.#earlierKeys) delete this.#customData[key];
        },
      });
    } catch (error) {
      failures += 1;
      this.#panel = undefined;
      throw error;
    }
  }

  #drop() {
    this.#panel?.then(
      (panel) => panel.destroy(),
      () => {},
    );
    this.#panel = undefined;
  }

  /** @param {Token | undefined} token */
  #become(token) {
    this.#token = token;
    this.#panel?.then(
      (panel) => panel.become(token),
      () => {},
    );
  }

  /** @param {boolean} isOpen */
  #show(isOpen) {
    this.#isOpen = isOpen;
    this.#label();
  }

  /** @param {number} count */
  #setUnread(count) {
    if (count === this.#unread) return;
    this.#unread = count;
    this.#label();
    this.#emit("unread", { count });
  }

  get #words() {
    return buttonWords[languageOf(this).language];
  }

  #label() {
    const { open, close, unread } = this.#words;
    const count = this.#unread > countMax ? `${countMax}+` : `${this.#unread}`;
    const more = this.#unread > 0 ? unread.replace("{count}", count) : "";
    this.#button.setAttribute(
      "aria-label",
      this.#isOpen ? close : [open, more].filter(Boolean).join(". "),
    );
    this.#button.setAttribute("aria-expanded", `${this.#isOpen}`);
    this.#badge.hidden = more === "" || this.#isOpen;
    this.#badge.textContent = count;
    this.#count.textContent = this.#isOpen ? "" : more;
    this.#frame.dir = languageOf(this).direction;
    setAttribute(this.#frame, "lang", languageOf(this).language);
    setAttribute(this.#frame, "data-theme", this.dataset.theme);
    setAttribute(this.#frame, "data-side", this.dataset.side);
  }

  /** Words the launcher anew, in the language that it has now. */
  #relabel() {
    const before = this.#frame.lang;
    this.#label();
    if (this.#frame.lang === before || !this.#panel) return;
    this.#drop();
    if (!this.#isOpen) return;
    this.#isOpen = false;
    void this.#open(false);
  }

  /** @type {(name: string, detail?: unknown) => void} */
  #emit(name, detail = {}) {
    this.dispatchEvent(new CustomEvent(`chat:${name}`, { detail, bubbles: true, composed: true }));
  }

  get #name() {
    return visitorName(this.dataset.key ?? "");
  }

  /** @param {"open" | "closed"} state */
  #remember(state) {
    try {
      sessionStorage.setItem(this.#name, state);
    } catch {
      // The browser denies it: the next page begins closed.
    }
  }

  #recall() {
    try {
      return sessionStorage.getItem(this.#name);
    } catch {
      return null;
    }
  }
}
