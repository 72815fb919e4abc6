// The panel beside a conversation: who it is with, and what is proven of them.

import { element } from "../chat/dom.js";
import { byId } from "./dom.js";
import { channelName } from "./list_row.js";
import { answererName } from "./people.js";
import { times } from "./times.js";

/** @import { Contact, Scalar, Session } from "../pkg/index.js" */
/** @import { Agent } from "./session_token.js" */

/** @typedef {[name: string, value: Scalar | null | undefined]} Fact */

const statusNames = {
  open: "Open",
  closed_resolved: "Closed, resolved",
  closed_unresolved: "Closed, not resolved",
};

/**
 * Creates the view.
 *
 * @param {Agent} agent
 */
export function newDetails(agent) {
  const panel = byId("details-content");
  let shown = "";

  return {
    /** @param {Session | undefined} session */
    show(session) {
      const next = session ? JSON.stringify(visible(session)) : "";
      // A selection in the panel outlives changes of anything else.
      if (next === shown) return;
      shown = next;
      panel.replaceChildren(...(session ? sections(session, agent) : []));
    },
  };
}

/** @param {Session} session */
function visible({ read: _, unread: __, last_message: ___, last_seq: ____, ...rest }) {
  return rest;
}

/**
 * @param {Session} session
 * @param {Agent} agent
 */
function sections(session, agent) {
  const { verified, contact, ticket_number, channel, status, created_at, updated_at } = session;
  return [
    verification(session),
    ...(contact ? (verified ? verifiedContact(contact) : claimedContact(contact)) : []),
    section("Conversation", "", [
      ["Ticket", `#${ticket_number}`],
      ["Status", statusNames[status]],
      ["Channel", channelName(channel.type)],
      ["Answered by", answererName(session.assignee, agent)],
      ["Begun", times.full(created_at)],
      ["Last change", times.full(updated_at)],
      ["Id", session.id],
    ]),
    section("Attributes of the conversation", "", Object.entries(session.custom_data)),
  ].filter((part) => part !== undefined);
}

/** @param {Session} session */
function verification({ verified, contact }) {
  if (verified) {
    return element(
      "p",
      { class: "verdict verified" },
      element("strong", {}, "Verified"),
      " Your server vouched for who this is.",
    );
  }
  const text = contact
    ? " Anyone can type any name and email. Tell nothing that is private to this person."
    : " Nothing is known of who this is.";
  return element("p", { class: "verdict claimed" }, element("strong", {}, "Not verified"), text);
}

/** @param {Contact} contact */
function verifiedContact(contact) {
  return [
    section("Contact", "verified", [
      ["Name", contact.name],
      ["Email", contact.email],
      ["Phone", contact.phone_number],
      ...Object.entries(contact.custom_data),
    ]),
    section("Typed by the visitor", "not verified", [
      ["Name", contact.non_verified_name],
      ["Phone", contact.non_verified_phone_number],
      ...Object.entries(contact.non_verified_custom_data),
    ]),
  ];
}

/** @param {Contact} contact */
function claimedContact(contact) {
  return [
    section("Typed by the visitor", "not verified", [
      ["Name", contact.non_verified_name],
      ["Email", contact.email],
      ["Phone", contact.non_verified_phone_number],
      ...Object.entries(contact.non_verified_custom_data),
    ]),
    section("On file for this email or phone number", "perhaps somebody else", [
      ["Name", contact.name],
      ["Phone", contact.phone_number],
      ...Object.entries(contact.custom_data),
    ]),
  ];
}

/**
 * Returns a heading and its facts, without those that there are not.
 *
 * @param {string} title
 * @param {string} mark
 * @param {Fact[]} facts
 */
function section(title, mark, facts) {
  const known = facts.filter(([, value]) => value !== null && value !== undefined && value !== "");
  if (known.length === 0) return undefined;
  const heading = element("h2", {}, title);
  if (mark) {
    const kind = mark === "verified" ? "badge good" : "badge claim";
    heading.append(" ", element("span", { class: kind }, mark));
  }
  const list = element("dl");
  for (const [name, value] of known) {
    list.append(
      element("dt", { dir: "auto" }, name),
      element("dd", { dir: "auto" }, String(value)),
    );
  }
  return element("section", {}, heading, list);
}
