// <chat-launcher>: the button, and the calls for the page. All else is loaded when it is
// opened.

import { icon, element, setAttribute } from "../chat/dom.js";
import theme from "../chat/theme.css";
import style from "./button.css";
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
let attempts = 0;

/**
 * Imports the panel. A browser may keep a failed import: a retry has another address.
 *
 * @returns {Promise<typeof import("./panel.js")>}
 */
function importPanel() {
  const retry = attempts > 0 ? `?retry=${attempts}` : "";
  attempts += 1;
  return import(`${base}widget-panel.js${retry}`);
}

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
    if (before === "open" && !matchMedia("(max-width: 480px)").matches) this.#open(false);
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
    this.#become(token);
  }

  /** Shows the visitor's own conversations again. */
  logout() {
    this.#become(undefined);
  }

  /**
   * Adds attributes to the session: the present one, or the one that is opened next.
   *
   * @param {Record<string, string | number | boolean>} values
   */
  setCustomData(values) {
    for (const [key, value] of Object.entries(values)) {
      if (["string", "number", "boolean"].includes(typeof value)) this.#customData[key] = value;
      else console.warn(`chat-launcher: setCustomData: ${key} is no string, number or boolean`);
    }
    this.#panel?.then(
      (panel) => panel.setCustomData(this.#customData),
      () => {},
    );
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
    try {
      const { newPanel } = await importPanel();
      return await newPanel({
        host: this,
        frame: this.#frame,
        baseUrl: base,
        ...languageOf(this),
        token: this.#token,
        customData: this.#customData,
        closeLabel: this.#words.close,
        close: () => this.close(),
        emit: (name, detail) => this.#emit(name, detail),
        setUnread: (count) => this.#setUnread(count),
      });
    } catch (error) {
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
    if (token === this.#token) return;
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
    return `chat-sessions.launcher.${this.dataset.key}`;
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
