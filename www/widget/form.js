// The form before the first conversation: asks who the visitor is.

import { element, setAttribute } from "../chat/dom.js";

/** @import { Client } from "../../pkg/index.js" */
/** @import { ContactDraft } from "./store.js" */
/** @import { Words } from "./words.js" */

/** Fields by their names in `data-ask`. */
const fields = {
  name: { member: "name", autocomplete: "name", type: "text" },
  email: { member: "email", autocomplete: "email", type: "email" },
  phone: { member: "phone_number", autocomplete: "tel", type: "tel" },
};

/**
 * Returns the fields of `data-ask`, such as `name?,email`: a question mark makes one
 * optional.
 *
 * @param {string | undefined} ask
 */
export function fieldsOf(ask = "") {
  return ask.split(",").flatMap((part) => {
    const name = part.trim().replace(/\?$/, "");
    if (!Object.hasOwn(fields, name)) return [];
    const known = /** @type {keyof typeof fields} */ (name);
    return [{ name: known, isOptional: part.trim().endsWith("?"), ...fields[known] }];
  });
}

/**
 * Returns the form. What is valid is the service's to say: its rules are asked before
 * `onDone` gets the contact. Where they cannot be loaded, the form shows the words of
 * `wordsOf` and keeps what is typed.
 *
 * @param {{
 *   words: Words,
 *   greeting: string,
 *   ask: ReturnType<typeof fieldsOf>,
 *   client: Client,
 *   onDone(contact: ContactDraft): void,
 *   wordsOf(error: unknown): string,
 * }} parts
 */
export function newForm({ words, greeting, ask, client, onDone, wordsOf }) {
  const rows = ask.map(({ name, member, isOptional, type, autocomplete }) => {
    const id = `field-${name}`;
    const problem = element("p", { class: "problem", id: `${id}-problem` });
    const input = element("input", {
      id,
      name,
      type,
      autocomplete,
      "aria-describedby": problem.id,
      "aria-required": isOptional ? undefined : "true",
      oninput: () => show(row, ""),
    });
    const note = isOptional ? ` (${words.optional})` : "";
    const label = element("label", { for: id }, words[name] + note);
    const row = {
      member,
      name,
      isOptional,
      input,
      problem,
      element: element("div", {}, label, input, problem),
    };
    return row;
  });
  const button = element("button", { class: "primary" }, words.start);
  const failure = element("p", { class: "problem", role: "alert" });
  const form = element(
    "form",
    { class: "form", novalidate: true, onsubmit: submit },
    element("p", { class: "greeting" }, greeting),
    ...rows.map((row) => row.element),
    failure,
    button,
  );

  /** @type {(row: typeof rows[0], text: string) => void} */
  function show({ input, problem }, text) {
    problem.textContent = text;
    setAttribute(input, "aria-invalid", text === "" ? undefined : "true");
  }

  /** @param {Event} event */
  async function submit(event) {
    event.preventDefault();
    if (button.getAttribute("aria-busy")) return;
    const filled = rows.filter(({ input }) => input.value.trim() !== "");
    const contact = Object.fromEntries(filled.map(({ member, input }) => [member, input.value]));
    failure.textContent = "";
    setAttribute(button, "aria-busy", "true");
    try {
      await client.load();
      const errors = client.validateSession({ contact });
      for (const row of rows) {
        const isMissing = !row.isOptional && row.input.value.trim() === "";
        const isInvalid = errors.some(({ path }) => path === `/contact/${row.member}`);
        const invalid = row.name === "email" ? words.invalidEmail : words.invalid;
        show(row, isMissing ? words.required : isInvalid ? invalid : "");
      }
      const wrong = rows.find(({ problem }) => problem.textContent !== "");
      if (wrong) wrong.input.focus();
      else onDone(contact);
    } catch (error) {
      failure.textContent = wordsOf(error);
    } finally {
      setAttribute(button, "aria-busy", undefined);
    }
  }

  return { element: form, focus: () => rows[0]?.input.focus() };
}
