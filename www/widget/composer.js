// Where a message is written.

import { element, icon } from "../chat/dom.js";

/** @import { Words } from "./words.js" */

const plane = "M4 12 20 4.5 15.5 20l-3.7-6.2zm0 0 7.8 1.8L20 4.5";
/** As the service counts: code points. */
const textMaxChars = 8_000;

/**
 * Returns a form for a message. `onSend` gets its text, `onInput` each change of it.
 *
 * @param {{ words: Words, text: string, onSend(text: string): void, onInput(text: string): void }} parts
 */
export function newComposer({ words, text, onSend, onInput }) {
  const field = element("textarea", {
    rows: 1,
    "aria-label": words.placeholder,
    placeholder: words.placeholder,
    enterkeyhint: "send",
    autocomplete: "off",
    oninput: changed,
    onkeydown,
  });
  const button = element("button", { class: "send", "aria-label": words.send }, icon(plane));
  const problem = element("p", { class: "problem", role: "alert", hidden: true });
  const form = element("form", { class: "composer", onsubmit: submit }, field, button, problem);
  field.value = text;
  check();

  function check() {
    const isTooLong = Array.from(field.value).length > textMaxChars;
    problem.hidden = !isTooLong;
    problem.textContent = isTooLong ? words.tooLong : "";
    button.disabled = isTooLong || field.value.trim() === "";
    // Empty, it has the direction of its placeholder.
    field.dir = field.value === "" ? "" : "auto";
    // As high as its text: the style sheet has the limits.
    field.style.height = "auto";
    if (field.value !== "") field.style.height = `${field.scrollHeight + 2}px`;
  }

  function changed() {
    check();
    onInput(field.value);
  }

  /** @param {KeyboardEvent} event */
  function onkeydown(event) {
    // A composition of characters ends with Enter, too. In Safari it has ended before the
    // key, which is 229 then.
    const isComposing = event.isComposing || event.keyCode === 229;
    if (event.key !== "Enter" || event.shiftKey || isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  }

  /** @param {Event} event */
  function submit(event) {
    event.preventDefault();
    const text = field.value;
    if (button.disabled) return;
    field.value = "";
    check();
    onSend(text);
    field.focus();
  }

  return { element: form, focus: () => field.focus(), check };
}
