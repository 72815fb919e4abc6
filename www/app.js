// The demo page: a form around one call of the package. The package validates; this page
// shows its errors.

import { ChatSessionError, createSession } from "./pkg/index.js";

/** @import { CreatedSession, FieldError, NewSession } from "./pkg/index.js" */
/** @typedef {{ code?: string | undefined, requestId?: string | undefined }} Reference */
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
 *   isRepeated: boolean,
 * }} Row
 */

const form = byId("form");
const start = /** @type {HTMLButtonElement} */ (byId("start"));
const outcome = byId("outcome");
const summary = byId("summary");

/** Fields of the contact: their inputs, and the element that shows their errors. */
const contactFields = ["email", "name", "phone_number"].map((member) => ({
  member,
  subject: input(member).labels?.[0].textContent ?? "",
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

addRow("order_id", "ord_123");
addRow("cart_value", "149.99");
input("base_url").value ||= location.origin;
showSample();

form.addEventListener("submit", submit);
form.addEventListener("input", (event) => {
  forgetErrorsOf(/** @type {HTMLInputElement} */ (event.target));
  showSample();
});
byId("add").addEventListener("click", () => {
  addRow().key.focus();
  showSample();
});
byId("copy-sample").addEventListener("click", (event) => {
  copy(/** @type {Element} */ (event.currentTarget), byId("sample"));
});
await fillInKey();

// Sending

/** @param {Event} event */
async function submit(event) {
  event.preventDefault();
  [...contactFields, ...rows].forEach(clearErrors);
  summary.replaceChildren();
  outcome.replaceChildren();
  if (showRepeatedKeys()) {
    showRefusal({});
    return;
  }
  const done = showWaiting();
  try {
    showCreated(await createSession(request(), options()));
    done();
  } catch (error) {
    done();
    showFailure(error);
  }
}

/**
 * Returns the request of the form; empty fields are left out.
 *
 * @returns {NewSession}
 */
function request() {
  const contact = filled(contactFields.map(({ member }) => [member, input(member).value]));
  const customData = filled(rows.map(({ key, value }) => [key.value, value.value])).map(
    ([key, text]) => [key, scalar(text)],
  );
  // Not by assignment, which would treat `__proto__` specially.
  return {
    channel: { type: "web" },
    ...(customData.length > 0 && { custom_data: Object.fromEntries(customData) }),
    ...(contact.length > 0 && { contact: Object.fromEntries(contact) }),
  };
}

function options() {
  return { baseUrl: input("base_url").value.trim(), token: input("token").value.trim() };
}

/** @param {[name: string, text: string][]} entries */
function filled(entries) {
  return entries.filter(([, text]) => text !== "");
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

// Attribute rows

function addRow(key = "", value = "") {
  const template = /** @type {HTMLTemplateElement} */ (byId("row"));
  const element = /** @type {Element} */ (template.content.firstElementChild?.cloneNode(true));
  /** @type {(selector: string) => any} */
  const find = (selector) => element.querySelector(selector);
  /** @type {Row} */
  const row = {
    element,
    subject: "This",
    key: find(".key"),
    value: find(".value"),
    inputs: [find(".key"), find(".value")],
    type: find(".type"),
    error: find(".error"),
    remove: find(".remove"),
    isRepeated: false,
  };
  row.key.value = key;
  row.value.value = value;
  identify(row);
  row.key.addEventListener("input", forgetRepeatedKeys);
  row.remove.addEventListener("click", () => removeRow(row));
  rows.push(row);
  byId("rows").append(element);
  return row;
}

/**
 * Links a row's labels, inputs and error by unique ids.
 *
 * @param {Row} row
 */
function identify({ element, key, value, type, error }) {
  rowsMade += 1;
  for (const [name, part] of Object.entries({ key, value, type, error })) {
    part.id = `${name}-${rowsMade}`;
  }
  const [keyLabel, valueLabel] = element.querySelectorAll("label");
  keyLabel.htmlFor = key.id;
  valueLabel.htmlFor = value.id;
  key.setAttribute("aria-describedby", error.id);
  value.setAttribute("aria-describedby", `${type.id} ${error.id}`);
}

/** @param {Row} row */
function removeRow(row) {
  const index = rows.indexOf(row);
  rows.splice(index, 1);
  row.element.remove();
  // The focused element has been removed.
  (rows[index]?.key ?? byId("add")).focus();
  forgetRepeatedKeys();
  showSample();
}

/** Marks each row whose key is in an earlier row; returns true if there is one. */
function showRepeatedKeys() {
  const seen = new Set();
  for (const row of rows) {
    const key = row.key.value;
    row.isRepeated = key !== "" && seen.has(key);
    if (row.isRepeated) addError(row, "This key is already used.", [row.key]);
    seen.add(key);
  }
  return rows.some(({ isRepeated }) => isRepeated);
}

/** Clears the marks of repeated keys: an edit of the other row may fix them too. */
function forgetRepeatedKeys() {
  for (const row of rows) {
    if (row.isRepeated) clearErrors(row);
    row.isRepeated = false;
  }
}

// Errors beside their fields

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

/**
 * Clears the errors of the field that is being edited.
 *
 * @param {HTMLInputElement} edited
 */
function forgetErrorsOf(edited) {
  const field = [...contactFields, ...rows].find(({ inputs }) => inputs.includes(edited));
  if (field) clearErrors(field);
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

// The result

/** Shows that a response is pending; returns a function that ends it. */
function showWaiting() {
  const hadFocus = document.activeElement === start;
  /** @param {boolean} isWaiting */
  const show = (isWaiting) => {
    start.disabled = isWaiting;
    start.setAttribute("aria-busy", String(isWaiting));
    byId("start-label").textContent = isWaiting ? "Starting…" : "Start chat";
  };
  show(true);
  return () => {
    show(false);
    // A disabled button loses the focus: restore it.
    if (hadFocus && document.activeElement === document.body) start.focus();
  };
}

/** @param {CreatedSession} created */
function showCreated({ id }) {
  const code = element("code", { id: "session-id", textContent: id });
  const button = element(
    "button",
    { type: "button", className: "copy" },
    element("span", { textContent: "Copy" }),
    element("span", { className: "visually-hidden", textContent: " the session id" }),
  );
  button.addEventListener("click", () => copy(button, code));
  show(
    "good",
    element("p", { className: "title", textContent: "Chat started" }),
    element("div", { className: "id" }, code, button),
  );
}

/** @param {any} error */
function showFailure(error) {
  if (error instanceof ChatSessionError && error.errors.length > 0) {
    showFieldErrors(error.errors);
    showRefusal(error);
  } else {
    showError(error);
  }
}

/** @param {FieldError[]} errors */
function showFieldErrors(errors) {
  for (const { path, message } of errors) {
    const fields = fieldsAt(path);
    for (const field of fields) addError(field, `${field.subject} ${message}.`);
    if (fields.length === 0) {
      summary.append(element("p", {}, element("code", { textContent: path }), ` ${message}.`));
    }
  }
}

/**
 * Shows that the marked fields are invalid, and focuses the first.
 *
 * @param {Reference} error
 */
function showRefusal({ code, requestId }) {
  showError({
    message: requestId
      ? "The service rejected the request. What has to change is marked above."
      : "Nothing was sent. What has to change is marked above.",
    code,
    requestId,
  });
  /** @type {HTMLElement} */ (form.querySelector("[aria-invalid=true]") ?? summary).focus();
}

/** @param {Reference & { message: string }} error */
function showError({ code, message, requestId }) {
  show(
    "bad",
    element("p", { className: "title", textContent: "Not started" }),
    element("p", { id: "message", textContent: message }),
    reference(code, requestId),
  );
}

/**
 * Details that a developer looks up, or quotes when reporting a problem.
 *
 * @param {string | undefined} code
 * @param {string | undefined} requestId
 */
function reference(code, requestId) {
  /** @type {(label: string, id: string, textContent: string | undefined) => Element[]} */
  const part = (label, id, textContent) =>
    textContent ? [element("span", {}, label, element("code", { id, textContent }))] : [];
  return element(
    "p",
    { className: "reference" },
    ...part("Code ", "code", code),
    ...part("Request ", "request-id", requestId),
  );
}

/**
 * @param {"good" | "bad"} kind
 * @param {Element[]} children
 */
function show(kind, ...children) {
  outcome.replaceChildren(element("div", { className: `notice ${kind}` }, ...children));
  // Enter in a field far above submits the form too.
  outcome.scrollIntoView({ block: "nearest" });
}

// Connection

/** Fills in the key that `make start` wrote for this page, if there is one. */
async function fillInKey() {
  const token = input("token");
  const key = await configuredKey();
  // Keeps a key that was typed meanwhile.
  token.value ||= key ?? "";
  if (key === undefined) {
    byId("command").textContent = keyCommand();
    byId("token-hint").hidden = false;
    /** @type {HTMLDetailsElement} */ (byId("connection")).open = true;
  }
  showSample();
}

/** Reads the key of config.json, which a deployed service does not have. */
async function configuredKey() {
  try {
    const response = await fetch("config.json");
    const { publishableKey } = await response.json();
    return typeof publishableKey === "string" ? publishableKey : undefined;
  } catch {
    return undefined;
  }
}

function keyCommand() {
  const isLocal = /^(localhost|127\.|\[::1\])/.test(location.hostname);
  const command = `make key ORG=… KIND=publishable ORIGINS=${location.origin}`;
  return isLocal ? command : `${command} REMOTE=1`;
}

// The code sample

/** Shows the call with the form's values, and each attribute's type. */
function showSample() {
  const { baseUrl, token } = options();
  byId("sample").replaceChildren(
    "import { createSession } from ",
    literal(new URL("pkg/index.js", location.href).href),
    ";\n\nconst { id } = await createSession(\n  ",
    ...json(request(), "  "),
    ",\n  {\n    baseUrl: ",
    literal(baseUrl),
    ",\n    token: ",
    clipped(token || "pk_…"),
    ",\n  },\n);",
  );
  for (const { key, value, type, remove } of rows) {
    type.textContent = typeName(key.value, value.value);
    remove.setAttribute("aria-label", `Remove attribute ${key.value}`.trim());
  }
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
 * Returns the nodes of a value's JSON, coloured by type.
 *
 * @param {unknown} value
 * @param {string} indent
 * @returns {(string | Element)[]}
 */
function json(value, indent) {
  if (typeof value !== "object" || value === null) return [literal(value)];
  const inner = `${indent}  `;
  return [
    "{\n",
    ...Object.entries(value).flatMap(([name, member], index) => [
      `${index > 0 ? ",\n" : ""}${inner}`,
      literal(name, "name"),
      ": ",
      ...json(member, inner),
    ]),
    `\n${indent}}`,
  ];
}

/**
 * @param {unknown} value
 * @param {string} [className]
 */
function literal(value, className = typeof value) {
  const textContent = typeof value === "string" ? JSON.stringify(value) : String(value);
  return element("span", { className, textContent });
}

/**
 * Returns a string that is shown clipped, and copied whole.
 *
 * @param {string} value
 */
function clipped(value) {
  const textContent = JSON.stringify(value).slice(1, -1);
  const inner = element("span", { className: "clipped", textContent });
  return element("span", { className: "string" }, '"', inner, '"');
}

// Helpers

/**
 * Returns an element of index.html.
 *
 * @param {string} id
 */
function byId(id) {
  return /** @type {HTMLElement} */ (document.getElementById(id));
}

/** @param {string} id */
function input(id) {
  return /** @type {HTMLInputElement} */ (byId(id));
}

/**
 * Creates an element; text is never parsed as markup.
 *
 * @param {string} tag
 * @param {object} properties
 * @param {(string | Element)[]} children
 */
function element(tag, properties, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

/**
 * Copies an element's text, and shows the result on the button.
 *
 * @param {Element} button
 * @param {Element} source
 */
async function copy(button, source) {
  const label = /** @type {Element} */ (button.firstElementChild);
  try {
    await navigator.clipboard.writeText(source.textContent);
    label.textContent = "Copied";
  } catch {
    // No clipboard access, as over plain http: select the text instead.
    getSelection()?.selectAllChildren(source);
    label.textContent = "Selected";
  }
  setTimeout(() => (label.textContent = "Copy"), 2000);
}
