// A row of the list.

import { element } from "../chat/dom.js";
import { contactOf, countText, initial } from "./people.js";
import { times } from "./times.js";

/** @import { Session } from "../pkg/index.js" */

/**
 * Fills the link of a row.
 *
 * @param {HTMLElement} link
 * @param {Session} session
 * @param {"" | "Draft" | "Not sent"} mark
 */
export function fillRow(link, session, mark) {
  const { name, isClaim } = contactOf(session);
  const { unread, assignee, status, channel, ticket_number, last_message, created_at } = session;
  const at = session.last_message_at ?? created_at;
  const count = unread.agent;
  link.classList.toggle("unread", count > 0);
  const people = line(element("span", { class: "name", dir: "auto" }, name));
  people.append(element("time", { datetime: at }, times.brief(at)));

  const preview = line();
  if (mark) preview.append(badge(mark, "draft"));
  preview.append(
    element("span", { class: "preview", dir: "auto" }, last_message ?? "No message yet"),
  );
  if (count > 0) {
    preview.append(element("span", { class: "count" }, countText(count)));
    preview.append(element("span", { class: "unseen" }, " unread"));
  }

  const facts = line(element("span", {}, `#${ticket_number}`), channelName(channel.type));
  facts.classList.add("fine");
  if (assignee.type === "ai") facts.append(badge("Bot", "bot"));
  if (assignee.type === "human") {
    facts.append(element("span", { class: "answerer", dir: "auto" }, assignee.name ?? "Agent"));
  }
  if (status === "closed_resolved") facts.append(badge("Resolved"));
  if (status === "closed_unresolved") facts.append(badge("Not resolved"));
  if (isClaim) facts.append(badge("not verified", "claim"));

  link.replaceChildren(
    element("span", { class: "initial", "aria-hidden": "true" }, initial(name)),
    people,
    preview,
    facts,
  );
}

/** @param {(Node | string)[]} children */
function line(...children) {
  return element("span", { class: "line" }, ...children);
}

/** @param {string} text */
export function badge(text, kind = "") {
  return element("span", { class: `badge ${kind}` }, text);
}

/** @param {string} type */
export function channelName(type) {
  return type === "api" || type === "sms" ? type.toUpperCase() : type.replaceAll("_", " ");
}
