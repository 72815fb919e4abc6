// The one whose conversations are shown: the visitor, or who is logged in.

import { personName, visitorName } from "./names.js";
import { newStore } from "./store.js";

/** @import { Client, Token } from "../../pkg/index.js" */
/** @typedef {typeof import("../../pkg/index.js")} Package */
/**
 * `subject` is the contact that the token names; a visitor has none. `isKnown` tells that
 * there may be sessions: for others, nothing is requested. `adopt` takes another token of
 * the same person, and returns false for one of somebody else; it rejects where the page's
 * function does.
 *
 * @typedef {{
 *   client: Client,
 *   isVisitor: boolean,
 *   subject: string | undefined,
 *   isKnown(): Promise<boolean>,
 *   adopt(token: Token): Promise<boolean>,
 *   store: import("./store.js").Store,
 * }} Person
 */

/**
 * Returns the person with a token, or the visitor of a key.
 *
 * @param {Package} chat
 * @param {{ baseUrl: string, key: string, token: Token | undefined }} options
 * @returns {Promise<Person>}
 */
export async function newPerson({ createClient, createVisitor }, { baseUrl, key, token }) {
  if (token === undefined) {
    const visitor = createVisitor({ baseUrl, key });
    const client = createClient({ baseUrl, token: visitor });
    return {
      client,
      isVisitor: true,
      subject: undefined,
      isKnown: visitor.isKnown,
      adopt: async () => false,
      store: newStore(visitorName(key)),
    };
  }
  let source = token;
  const read = async (/** @type {string | undefined} */ rejected = undefined) =>
    typeof source === "function" ? source(rejected) : source;
  let known = await read();
  const subject = subjectOf(known);
  /**
   * Asks the page for another token only when the service has rejected the last one.
   *
   * @param {string} [rejected]
   */
  const renewed = async (rejected) => {
    if (rejected === known) known = await read(rejected);
    return known;
  };
  return {
    client: createClient({ baseUrl, token: renewed }),
    isVisitor: false,
    subject,
    isKnown: async () => true,
    store: newStore(personName(key, subject)),
    async adopt(other) {
      const token = typeof other === "function" ? await other() : other;
      if (subjectOf(token) !== subject) return false;
      source = other;
      known = token;
      return true;
    },
  };
}

/**
 * Returns the contact that a token names. Not verified: it only tells whose drafts are
 * whose.
 *
 * @param {string} token
 */
function subjectOf(token) {
  try {
    const claims = token.split(".")[1] ?? "";
    return `${JSON.parse(atob(claims.replace(/-/g, "+").replace(/_/g, "/"))).sub}`;
  } catch {
    return "unknown";
  }
}
