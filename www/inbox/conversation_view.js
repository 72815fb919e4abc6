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
 *   onStatus(id: string, status: SessionStatus): void,
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
  /** @type {Session | undefined} */
  let shown;
  /** The session that the dialog was opened for. */
  let askedId = "";

  statusAction.addEventListener(
    "click",
    () => {
      if (!shown || statusAction.getAttribute("aria-disabled") === "true") return;
      if (shown.status !== "open") onStatus(shown.id, "open");
      else {
        askedId = shown.id;
        dialog.returnValue = "";
        dialog.showModal();
      }
    },
    { signal },
  );
  dialog.addEventListener(
    "close",
    () => {
      if (dialog.returnValue) {
        onStatus(askedId, /** @type {SessionStatus} */ (dialog.returnValue));
      }
    },
    { signal },
  );

  /** @param {"open" | "open-failed" | "nothing-open"} part */
  function choose(part) {
    for (const id of ["open", "open-failed", "nothing-open"]) byId(id).hidden = id !== part;
    byId("details").classList.toggle("empty", part !== "open");
  }

  /** Leaves nothing to close or to reopen. */
  function clearStatus() {
    shown = undefined;
    statusAction.hidden = true;
    if (dialog.open) dialog.close("");
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
      shown = session;
      title.replaceChildren(element("span", { dir: "auto" }, name));
      facts.replaceChildren(
        session.verified
          ? badge("Verified", "good")
          : badge("Not verified", isClaim ? "claim" : ""),
        element("span", {}, `#${session.ticket_number}`),
        element("span", {}, channelName(session.channel.type)),
        element("span", { dir: "auto" }, `Answered by ${answererName(session.assignee, agent)}`),
      );
      statusAction.textContent = session.status === "open" ? "Close" : "Reopen";
      statusAction.hidden = false;
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
      clearStatus();
      failure.replaceChildren(element("p", { role: "alert" }, text));
      if (canRetry) failure.append(button("Try again", onRetry));
      failure.append(element("a", { href: "#/" }, "Back to the list"));
      choose("open-failed");
    },
    clear() {
      clearStatus();
      title.replaceChildren();
      facts.replaceChildren();
      notice.textContent = "";
      details.show(undefined);
      choose("nothing-open");
    },
  };
}
