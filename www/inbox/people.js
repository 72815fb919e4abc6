// Names of who takes part in a conversation, and what is proven of them.

/** @import { Assignee, Session } from "../pkg/index.js" */
/** @import { Agent } from "./session_token.js" */

/**
 * Returns the name of a session's contact. In a session that nobody vouched for it is a
 * claim: anyone can type anyone's email, so the name that is on file for the email is not
 * this person's.
 *
 * @param {Session} session
 * @returns {{ name: string, isClaim: boolean }}
 */
export function contactOf({ verified, contact, ticket_number }) {
  const claimed = contact?.non_verified_name || undefined;
  if (verified) {
    const name = contact?.name || contact?.email || contact?.phone_number;
    if (name) return { name, isClaim: false };
    if (claimed) return { name: claimed, isClaim: true };
  }
  const phone = contact?.non_verified_phone_number || contact?.phone_number;
  const name = claimed || contact?.email || phone;
  return name
    ? { name, isClaim: true }
    : { name: `Visitor ${ticket_number}`, isClaim: !verified && contact !== undefined };
}

/**
 * Says who answers in a session.
 *
 * @param {Assignee} assignee
 * @param {Agent} agent
 */
export function answererName({ type, id, name }, agent) {
  if (type === "none") return "nobody yet";
  if (type === "ai") return name || "a bot";
  return id === agent.id ? "you" : name || "an agent";
}

/** Returns the first letter of a name, for the circle beside it. */
export function initial(/** @type {string} */ name) {
  return [...new Intl.Segmenter().segment(name.trim())][0]?.segment.toUpperCase() ?? "?";
}

/** @param {number} count */
export function countText(count) {
  return count > 99 ? "99+" : String(count);
}
