// Links in what people write.

import { element } from "./dom.js";

/** Ends at spaces, quotes, angle brackets, and characters that change the direction. */
const addresses = /https?:\/\/[^\s<>"`\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gi;
const closing = { ")": "(", "]": "[", "}": "{" };

/**
 * Returns a text as strings and links, in order.
 *
 * @param {string} text
 * @returns {(string | HTMLAnchorElement)[]}
 */
export function linkify(text) {
  const parts = [];
  let end = 0;
  for (const { 0: found, index } of text.matchAll(addresses)) {
    const typed = withoutPunctuation(found);
    const url = safeUrl(typed);
    if (!url) continue;
    parts.push(text.slice(end, index), link(url, typed));
    end = index + typed.length;
  }
  parts.push(text.slice(end));
  return parts.filter((part) => part !== "");
}

/**
 * Returns a link that opens elsewhere, and tells that page nothing about this one.
 *
 * @param {string} href As {@link safeUrl} returns it.
 * @param {...(string | Node)} children
 */
export function link(href, ...children) {
  const attributes = { href, target: "_blank", rel: "noopener noreferrer nofollow" };
  return element("a", attributes, ...children);
}

/**
 * Returns an address of http or https, or undefined. One with a user's name is none: it
 * shows another host than the one that it leads to.
 *
 * @param {string | null | undefined} text
 */
export function safeUrl(text) {
  try {
    const { protocol, username, password, href } = new URL(text ?? "");
    const isSafe = /^https?:$/.test(protocol) && username === "" && password === "";
    return isSafe ? href : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Cuts off the end of the sentence that an address is in. A bracket stays if it was opened
 * in the address.
 *
 * @param {string} typed
 */
function withoutPunctuation(typed) {
  let kept = typed;
  for (;;) {
    const last = kept.slice(-1);
    const opening = /** @type {Record<string, string>} */ (closing)[last];
    const isOpened = opening && count(kept, opening) >= count(kept, last);
    if (isOpened || !/[.,:;!?'…»”’)\]}*_~]/.test(last)) return kept;
    kept = kept.slice(0, -1);
  }
}

/** @type {(text: string, character: string) => number} */
const count = (text, character) => text.split(character).length - 1;
