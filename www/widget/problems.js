// Errors, in words for people.

/** @import { Words } from "./words.js" */

/** @type {Record<string, keyof Words>} */
const byCode = {
  network_error: "offline",
  timeout: "offline",
  rate_limited: "busy",
  quota_exceeded: "busy",
  session_not_found: "gone",
  body_too_large: "tooLong",
  origin_not_allowed: "unavailable",
  insufficient_scope: "unavailable",
  invalid_options: "unavailable",
  secret_key_in_browser: "unavailable",
};

/**
 * Returns the words for an error's code.
 *
 * @param {string | undefined} code
 * @param {boolean} isVisitor
 * @returns {keyof Words}
 */
export function problemOf(code, isVisitor) {
  const isOfToken = code === "invalid_token" || code === "token_unavailable";
  if (isOfToken) return isVisitor ? "unavailable" : "signedOut";
  return byCode[code ?? ""] ?? "failed";
}

/**
 * Tells the page's developer about an error, in the console.
 *
 * @param {any} error
 * @param {string} key
 */
export function report(error, key) {
  if (error?.code === "network_error" || error?.code === "timeout") return;
  if (error?.code === "origin_not_allowed") {
    console.error(
      `chat-launcher: the key ${key.slice(0, 11)}… does not list the origin of this page: make key KIND=publishable ORIGINS=${location.origin} ORG=…`,
    );
  } else {
    console.error("chat-launcher:", error);
  }
}
