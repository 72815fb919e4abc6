// Which conversations the list has: filters, and the search.

import { element, setAttribute } from "../chat/dom.js";
import { byId } from "./dom.js";
import { channelName } from "./list_row.js";

/** @import { Filter, Search } from "./conversations.js" */

const channels = [
  ..."web email api whatsapp sms messenger instagram slack phone_voice web_voice".split(" "),
];

/**
 * Creates the view.
 *
 * @param {{
 *   signal: AbortSignal,
 *   onFilter(change: Partial<Filter>): void,
 *   onSearch(search: Search | undefined): void,
 * }} options
 */
export function newFilters({ signal, onFilter, onSearch }) {
  const group = byId("filters");
  /** @type {HTMLSelectElement} */
  const channel = byId("channel");
  /** @type {HTMLInputElement} */
  const text = byId("search-text");
  const error = byId("search-error");
  if (channel.length === 1) {
    channel.append(...channels.map((value) => element("option", { value }, channelName(value))));
  }

  /** @param {any} event */
  function onClick({ target }) {
    const { status, toggle } = target.closest("button")?.dataset ?? {};
    const isOn = target.closest("button")?.getAttribute("aria-pressed") === "true";
    if (status) onFilter({ status });
    else if (toggle) onFilter({ [toggle]: !isOn });
  }

  /** @param {string} rule */
  function showError(rule) {
    error.textContent = rule;
    setAttribute(text, "aria-invalid", rule ? "true" : undefined);
  }

  function clear() {
    text.value = "";
    showError("");
  }

  group.addEventListener("click", onClick, { signal });
  channel.addEventListener("change", () => onFilter({ channel: channel.value }), { signal });
  text.addEventListener("input", () => showError(""), { signal });
  byId("search").addEventListener(
    "submit",
    (/** @type {Event} */ event) => {
      event.preventDefault();
      const typed = text.value.trim();
      if (typed === "") return onSearch(undefined);
      const search = parseSearch(typed);
      if (search) return onSearch(search);
      return showError("Type a whole email address, or a ticket number such as 42.");
    },
    { signal },
  );
  byId("clear-search").addEventListener(
    "click",
    () => {
      clear();
      onSearch(undefined);
      text.focus();
    },
    { signal },
  );

  return {
    clear,
    /**
     * @param {Filter} filter
     * @param {Search | undefined} search
     */
    show(filter, search) {
      for (const each of group.querySelectorAll("button")) {
        const { status, toggle } = each.dataset;
        const isOn = status ? status === filter.status : filter[/** @type {"isMine"} */ (toggle)];
        each.setAttribute("aria-pressed", String(isOn));
      }
      channel.value = filter.channel;
      group.hidden = search !== undefined;
      byId("result").hidden = search === undefined;
      byId("result-text").textContent = search ? resultText(search) : "";
    },
    /** @param {string} text */
    showUnread(text) {
      byId("unread-count").textContent = text;
    },
  };
}

/** @param {Search} search */
function resultText(search) {
  return "email" in search
    ? `Conversations of ${search.email}`
    : `Conversation #${search.ticket_number}`;
}

/**
 * @param {string} typed
 * @returns {Search | undefined}
 */
function parseSearch(typed) {
  const number = /^#?(\d{1,15})$/.exec(typed)?.[1];
  if (number !== undefined && Number(number) > 0) return { ticket_number: Number(number) };
  // The service has the rule of an email; this tells one from a name.
  return /^\S+@\S+$/.test(typed) ? { email: typed } : undefined;
}
