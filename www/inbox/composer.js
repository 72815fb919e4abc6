// Where an agent writes: an answer, or a note that visitors never see. What is typed is
// kept for each conversation.

import { setAttribute } from "../chat/dom.js";
import { byId, isComposing } from "./dom.js";

/** @import { Session } from "../pkg/index.js" */
/** @import { Storage } from "./storage.js" */
/** @typedef {ReturnType<typeof newComposer>} Composer */
/** @typedef {"answer" | "note"} Mode */
/** @typedef {{ mode: Mode, answer: string, note: string }} Draft */

const labels = { answer: "Answer", note: "Note" };

/**
 * Creates the view. `onSend` returns true if it took the message.
 *
 * @param {{
 *   storage: Storage,
 *   signal: AbortSignal,
 *   onSend(message: { kind: Mode, text: string, takesOver: boolean }): boolean,
 *   onTyping(): void,
 *   onDraft(): void,
 * }} options
 */
export function newComposer({ storage, signal, onSend, onTyping, onDraft }) {
  /** @type {HTMLTextAreaElement} */
  const text = byId("text");
  const form = byId("composer");
  const hint = byId("composer-hint");
  const takeOver = byId("take-over");
  const takeOverLabel = byId("take-over-label");
  /** @type {HTMLElement[]} */
  const modeButtons = [...form.querySelectorAll("[data-mode]")];
  let id = "";
  /** @type {Draft} */
  let draft = { mode: "answer", answer: "", note: "" };
  /** @type {Session | undefined} */
  let session;
  /** The one whom the box was last offered about. */
  let offeredAbout = "";

  function save() {
    if (!id) return;
    const isEmpty = draft.answer === "" && draft.note === "";
    storage.set(`draft:${id}`, isEmpty ? undefined : draft);
    onDraft();
  }

  function draw() {
    const { mode } = draft;
    const isNote = mode === "note";
    form.classList.toggle("note", isNote);
    for (const each of modeButtons) {
      setAttribute(each, "aria-pressed", String(each.dataset.mode === mode));
    }
    byId("text-label").textContent = labels[mode];
    byId("send").textContent = isNote ? "Add note" : "Send";
    const isClosed = session !== undefined && session.status !== "open";
    hint.textContent = isNote
      ? "Only agents see notes."
      : isClosed
        ? "This conversation is closed. An answer does not reopen it."
        : "";
    const bot = session?.assignee.type === "ai" ? (session.assignee.name ?? "the bot") : "";
    takeOverLabel.hidden = isNote || bot === "";
    byId("take-over-text").textContent = `Take over from ${bot}`;
    if (bot !== "" && offeredAbout !== `${id} ${bot}`) takeOver.checked = true;
    offeredAbout = `${id} ${bot}`;
  }

  /** @param {Mode} mode */
  function setMode(mode) {
    draft.mode = mode;
    text.value = draft[mode];
    draw();
  }

  text.addEventListener(
    "input",
    () => {
      draft[draft.mode] = text.value;
      save();
      // Nobody is told of a note.
      if (draft.mode === "answer") onTyping();
    },
    { signal },
  );
  text.addEventListener(
    "keydown",
    (event) => {
      if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || isComposing(event)) return;
      event.preventDefault();
      form.requestSubmit();
    },
    { signal },
  );
  form.addEventListener(
    "submit",
    (/** @type {SubmitEvent} */ event) => {
      event.preventDefault();
      const { mode } = draft;
      const written = draft[mode];
      text.focus();
      if (written.trim() === "" || !id) return;
      const takesOver = mode === "answer" && !takeOverLabel.hidden && takeOver.checked;
      if (!onSend({ kind: mode, text: written, takesOver })) return;
      draft[mode] = "";
      text.value = "";
      save();
      if (mode === "note") setMode("answer");
    },
    { signal },
  );
  for (const each of modeButtons) {
    each.addEventListener(
      "click",
      () => {
        setMode(/** @type {Mode} */ (each.dataset.mode));
        text.focus();
      },
      { signal },
    );
  }

  return {
    /** @param {string} next The session to write to. */
    open(next) {
      id = next;
      session = undefined;
      draft = { mode: "answer", answer: "", note: "", ...storage.get(`draft:${id}`) };
      setMode(draft.mode);
    },
    /** @param {Session} next */
    setSession(next) {
      session = next;
      draw();
    },
    /** @param {Mode} mode */
    focus(mode) {
      setMode(mode);
      text.focus();
    },
    /**
     * Takes a message back, to be edited.
     *
     * @param {Mode} mode
     * @param {string} written
     */
    takeBack(mode, written) {
      draft[mode] = draft[mode] === "" ? written : `${written}\n\n${draft[mode]}`;
      save();
      setMode(mode);
      text.focus();
    },
  };
}

/**
 * Returns true if something is typed in a conversation, and not sent.
 *
 * @param {Storage} storage
 * @param {string} id
 */
export function hasDraft(storage, id) {
  return storage.get(`draft:${id}`) !== undefined;
}
