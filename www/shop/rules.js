// A request of the visitor's own, held against the service's rules while it is typed: the
// package has them, this page shows their errors beside the fields.

import { element } from "../chat/dom.js";
import { byId, input } from "./dom.js";

/** @import { ValidationError } from "../pkg/index.js" */
/** @typedef {import("./code.js").CustomData} CustomData */
/**
 * A part of the form that shows its own errors, which begin with `subject`.
 *
 * @typedef {{ subject: string, inputs: HTMLInputElement[], error: HTMLElement }} Field
 */
/**
 * An attribute.
 *
 * @typedef {Field & {
 *   element: Element,
 *   key: HTMLInputElement,
 *   value: HTMLInputElement,
 *   type: HTMLElement,
 *   remove: HTMLElement,
 * }} Row
 */

/**
 * Starts the form. `onChange` is called at every edit, `onCommit` with attributes that are
 * valid, when an edit of them has ended. Returns what reads the form.
 *
 * @param {{ cart(): CustomData, onChange(): void, onCommit(data: CustomData): void }} parts
 */
export function startRules({ cart, onChange, onCommit }) {
  /** Fields of the contact: their inputs, and the element that shows their errors. */
  const contactFields = ["email", "name", "phone_number"].map((member) => ({
    member,
    subject: input(member).labels?.[0]?.textContent ?? "",
    inputs: [input(member)],
    error: byId(`${member}-error`),
  }));
  /**
   * The attribute rows, in their order on the page.
   *
   * @type {Row[]}
   */
  const rows = [];
  let rowsMade = 0;
  /** @type {((request: unknown) => ValidationError[]) | undefined} */
  let validate;

  const form = byId("form");
  addRow("order_id", "ord_123");
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", changed);
  form.addEventListener("change", commit);
  byId("add").addEventListener("click", () => {
    addRow().key.focus();
    changed();
  });
  loadRules();

  async function loadRules() {
    try {
      const rules = await import("../pkg/index.js");
      await rules.load();
      validate = rules.validateSession;
      judge();
    } catch {
      showVerdict("The rules could not be loaded.", false);
    }
  }

  function changed() {
    judge();
    onChange();
  }

  function commit() {
    if (judge()) onCommit(attributes());
  }

  /** Shows the verdict on what is typed; returns true if the service would accept it. */
  function judge() {
    for (const { key, value, type, remove } of rows) {
      type.textContent = typeName(key.value, value.value);
      remove.setAttribute("aria-label", `Remove attribute ${key.value}`.trim());
    }
    if (!validate) return false;
    [...contactFields, ...rows].forEach(clearErrors);
    const repeated = showRepeatedKeys();
    const errors = validate({
      channel: { type: "web" },
      custom_data: customData(),
      contact: contact(),
    });
    const elsewhere = [];
    for (const { path, message } of errors) {
      const fields = fieldsAt(path);
      for (const field of fields) addError(field, `${field.subject} ${message}.`);
      if (fields.length === 0) elsewhere.push(`${path} ${message}.`);
    }
    const count = errors.length + repeated;
    const refusal = count === 1 ? "Refused: one error" : `Refused: ${count} errors`;
    showVerdict(count === 0 ? "Accepted" : [refusal, ...elsewhere].join(". "), count === 0);
    return count === 0;
  }

  /** Returns the contact; empty fields are left out. */
  function contact() {
    return Object.fromEntries(
      filled(contactFields.map(({ member }) => [member, input(member).value])),
    );
  }

  function attributes() {
    const typed = filled(rows.map(({ key, value }) => [key.value, value.value]));
    // Not by assignment, which would treat `__proto__` specially.
    return Object.fromEntries(typed.map(([key, text]) => [key, scalar(text)]));
  }

  /** @returns {CustomData} */
  function customData() {
    return Object.fromEntries([...Object.entries(cart()), ...Object.entries(attributes())]);
  }

  // Attribute rows

  function addRow(key = "", value = "") {
    const template = /** @type {HTMLTemplateElement} */ (byId("row"));
    const made = /** @type {Element} */ (template.content.firstElementChild?.cloneNode(true));
    /** @type {(selector: string) => any} */
    const find = (selector) => made.querySelector(selector);
    /** @type {Row} */
    const row = {
      element: made,
      subject: "This",
      key: find(".key"),
      value: find(".value"),
      inputs: [find(".key"), find(".value")],
      type: find(".type"),
      error: find(".error"),
      remove: find(".remove"),
    };
    row.key.value = key;
    row.value.value = value;
    rowsMade += 1;
    identify(row, rowsMade);
    row.remove.addEventListener("click", () => removeRow(row));
    rows.push(row);
    byId("rows").append(made);
    return row;
  }

  /** @param {Row} row */
  function removeRow(row) {
    const index = rows.indexOf(row);
    rows.splice(index, 1);
    row.element.remove();
    // The focused element has been removed.
    (rows[index]?.key ?? byId("add")).focus();
    changed();
    commit();
  }

  /** Marks each row whose key is the cart's or in an earlier row; returns their number. */
  function showRepeatedKeys() {
    const seen = new Set(Object.keys(cart()));
    let count = 0;
    for (const row of rows) {
      const key = row.key.value;
      if (key !== "" && seen.has(key)) {
        addError(row, "This key is already used.", [row.key]);
        count += 1;
      }
      seen.add(key);
    }
    return count;
  }

  /**
   * Returns the fields of an error with this path.
   *
   * @param {string} path
   * @returns {Field[]}
   */
  function fieldsAt(path) {
    /** @param {string[]} keys */
    const pointer = (...keys) =>
      keys.map((key) => `/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
    return [
      ...contactFields.filter(({ member }) => pointer("contact", member) === path),
      ...rows.filter(
        ({ key, value }) => value.value !== "" && pointer("custom_data", key.value) === path,
      ),
    ];
  }

  return { customData, contact, attributes, judge };
}

/**
 * Links a row's labels, inputs and error by unique ids.
 *
 * @param {Row} row
 * @param {number} number
 */
function identify({ element: made, key, value, type, error }, number) {
  for (const [name, part] of Object.entries({ key, value, type, error })) {
    part.id = `${name}-${number}`;
  }
  const [keyLabel, valueLabel] = made.querySelectorAll("label");
  keyLabel?.setAttribute("for", key.id);
  valueLabel?.setAttribute("for", value.id);
  key.setAttribute("aria-describedby", error.id);
  value.setAttribute("aria-describedby", `${type.id} ${error.id}`);
}

/** @type {(text: string, isGood: boolean) => void} */
function showVerdict(text, isGood) {
  const mark = element("span", { "aria-hidden": "true" }, isGood ? "✓ " : "✕ ");
  const verdict = byId("verdict");
  verdict.className = isGood ? "accepted" : "refused";
  // Announced when it is another one.
  if (verdict.textContent !== `${mark.textContent}${text}`) verdict.replaceChildren(mark, text);
}

/**
 * @param {Field} field
 * @param {string} text
 * @param {HTMLInputElement[]} [wrong]
 */
function addError({ error, inputs }, text, wrong = inputs) {
  error.textContent = `${error.textContent} ${text}`.trim();
  for (const each of wrong) each.setAttribute("aria-invalid", "true");
}

/** @param {Field} field */
function clearErrors({ error, inputs }) {
  error.textContent = "";
  for (const each of inputs) each.removeAttribute("aria-invalid");
}

/** @param {[name: string, text: string][]} entries */
function filled(entries) {
  return entries.filter(([, text]) => text !== "");
}

/**
 * @param {string} key
 * @param {string} value
 */
function typeName(key, value) {
  if (value === "") return key === "" ? "" : "left out";
  return typeof scalar(value);
}

/**
 * Converts a text to a number or a boolean if it spells one.
 *
 * @param {string} text
 */
function scalar(text) {
  const word = text.trim();
  if (word === "true" || word === "false") return word === "true";
  return spellsNumber(word) ? Number(word) : text;
}

/** @param {string} word */
function spellsNumber(word) {
  const [, digits] = word.match(/^-?((?:0|[1-9]\d*)(?:\.\d+)?)(?:e[+-]?\d+)?$/i) ?? [];
  // A double holds 15 digits of any number. A longer one, such as an order
  // number, would arrive as a different number: it stays text.
  return digits !== undefined && digits.replace(/^0?\.?0*|\./g, "").length <= 15;
}
