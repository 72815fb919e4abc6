// The frame around the messages of the open conversation.

import { element } from "../chat/dom.js";
import { newDetails } from "./details.js";
import { button, byId } from "./dom.js";
import { badge, channelName } from "./list_row.js";
import { answererName, contactOf } from "./people.js";

/** @import { Session, SessionStatus } from "../pkg/index.js" */
/** @import { Agent } from "./session_token.js" */

/**
 * Creates the view.
 *
 * @param {{
 *   agent: Agent,
 *   signal: AbortSignal,
 *   onStatus(status: SessionStatus): void,
 *   onRetry(): void,
 * }} options
 */
export function newConversationView({ agent, signal, onStatus, onRetry }) {
  const title = byId("title");
  const facts = byId("facts");
  const statusAction = byId("status-action");
  const notice = byId("notice");
  const failure = byId("open-failed");
  /** @type {HTMLDialogElement} */
  const dialog = byId("close-dialog");
  const details = newDetails(agent);
  /** @type {SessionStatus} */
  let status = "open";

  statusAction.addEventListener(
    "click",
    () => {
      if (statusAction.getAttribute("aria-disabled") === "true") return;
      if (status !== "open") onStatus("open");
      else {
        dialog.returnValue = "";
        dialog.showModal();
      }
    },
    { signal },
  );
  dialog.addEventListener(
    "close",
    () => {
      if (dialog.returnValue) onStatus(/** @type {SessionStatus} */ (dialog.returnValue));
    },
    { signal },
  );

  /** @param {"open" | "open-failed" | "nothing-open"} shown */
  function choose(shown) {
    for (const id of ["open", "open-failed", "nothing-open"]) byId(id).hidden = id !== shown;
    byId("details").classList.toggle("empty", shown !== "open");
  }

  return {
    showLoading() {
      choose("open");
      byId("timeline").setAttribute("aria-busy", "true");
    },
    /** @param {Session} session */
    show(session) {
      choose("open");
      byId("timeline").removeAttribute("aria-busy");
      const { name, isClaim } = contactOf(session);
      status = session.status;
      title.replaceChildren(element("span", { dir: "auto" }, name));
      facts.replaceChildren(
        session.verified
          ? badge("Verified", "good")
          : badge("Not verified", isClaim ? "claim" : ""),
        element("span", {}, `#${session.ticket_number}`),
        element("span", {}, channelName(session.channel.type)),
        element("span", { dir: "auto" }, `Answered by ${answererName(session.assignee, agent)}`),
      );
      statusAction.textContent = status === "open" ? "Close" : "Reopen";
      details.show(session);
    },
    showBusy(/** @type {boolean} */ isBusy) {
      // Not `disabled`, which would take the focus away.
      statusAction.setAttribute("aria-disabled", String(isBusy));
      if (isBusy) notice.textContent = "";
    },
    showNotice(/** @type {string} */ text) {
      notice.textContent = text;
    },
    /**
     * @param {string} text
     * @param {boolean} canRetry
     */
    showFailure(text, canRetry) {
      failure.replaceChildren(element("p", { role: "alert" }, text));
      if (canRetry) failure.append(button("Try again", onRetry));
      failure.append(element("a", { href: "#/" }, "Back to the list"));
      choose("open-failed");
    },
    clear() {
      title.replaceChildren();
      facts.replaceChildren();
      notice.textContent = "";
      details.show(undefined);
      choose("nothing-open");
    },
  };
}
