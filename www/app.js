// The demo page: a form around one call of the package. The package validates; this page
// shows its errors.

import { ChatSessionError, createSession } from "./pkg/index.js";

const byId = (id) => document.getElementById(id);
const form = byId("form");
const start = byId("start");
const outcome = byId("outcome");
const summary = byId("summary");

/** Fields of the contact: their inputs, and the element that shows their errors. */
const contactFields = ["email", "name", "phone_number"].map((member) => ({
  member,
  subject: byId(member).labels[0].textContent,
  inputs: [byId(member)],
  error: byId(`${member}-error`),
}));

/** The attribute rows, in their order on the page. */
const rows = [];
let rowsMade = 0;

addRow("order_id", "ord_123");
addRow("cart_value", "149.99");
byId("base_url").value ||= location.origin;
showSample();

form.addEventListener("submit", submit);
form.addEventListener("input", (event) => {
  forgetErrorsOf(event.target);
  showSample();
});
byId("add").addEventListener("click", () => {
  addRow().key.focus();
  showSample();
});
byId("copy-sample").addEventListener("click", (event) => {
  copy(event.currentTarget, byId("sample"));
});
await fillInKey();

// Sending

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

/** Returns the request of the form; empty fields are left out. */
function request() {
  const contact = filled(contactFields.map(({ member, inputs: [{ value }] }) => [member, value]));
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
  return { baseUrl: byId("base_url").value.trim(), token: byId("token").value.trim() };
}

function filled(entries) {
  return entries.filter(([, text]) => text !== "");
}

/** Converts a text to a number or a boolean if it spells one. */
function scalar(text) {
  const word = text.trim();
  if (word === "true" || word === "false") return word === "true";
  return spellsNumber(word) ? Number(word) : text;
}

function spellsNumber(word) {
  const [, digits] = word.match(/^-?((?:0|[1-9]\d*)(?:\.\d+)?)(?:e[+-]?\d+)?$/i) ?? [];
  // A double holds 15 digits of any number. A longer one, such as an order
  // number, would arrive as a different number: it stays text.
  return digits !== undefined && digits.replace(/^0?\.?0*|\./g, "").length <= 15;
}

// Attribute rows

function addRow(key = "", value = "") {
  const element = byId("row").content.firstElementChild.cloneNode(true);
  const find = (selector) => element.querySelector(selector);
  const row = {
    element,
    subject: "This",
    key: find(".key"),
    value: find(".value"),
    type: find(".type"),
    error: find(".error"),
    remove: find(".remove"),
  };
  row.inputs = [row.key, row.value];
  row.key.value = key;
  row.value.value = value;
  identify(row);
  row.key.addEventListener("input", forgetRepeatedKeys);
  row.remove.addEventListener("click", () => removeRow(row));
  rows.push(row);
  byId("rows").append(element);
  return row;
}

/** Links a row's labels, inputs and error by unique ids. */
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

function addError({ error, inputs }, text, wrong = inputs) {
  error.textContent = `${error.textContent} ${text}`.trim();
  for (const input of wrong) input.setAttribute("aria-invalid", "true");
}

function clearErrors({ error, inputs }) {
  error.textContent = "";
  for (const input of inputs) input.removeAttribute("aria-invalid");
}

/** Clears the errors of the field that is being edited. */
function forgetErrorsOf(input) {
  const field = [...contactFields, ...rows].find(({ inputs }) => inputs.includes(input));
  if (field) clearErrors(field);
}

/** Returns the fields of an error with this path. */
function fieldsAt(path) {
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

function showFailure(error) {
  if (error instanceof ChatSessionError && error.errors.length > 0) {
    showFieldErrors(error.errors);
    showRefusal(error);
  } else {
    showError(error);
  }
}

function showFieldErrors(errors) {
  for (const { path, message } of errors) {
    const fields = fieldsAt(path);
    for (const field of fields) addError(field, `${field.subject} ${message}.`);
    if (fields.length === 0) {
      summary.append(element("p", {}, element("code", { textContent: path }), ` ${message}.`));
    }
  }
}

/** Shows that the marked fields are invalid, and focuses the first. */
function showRefusal({ code, requestId }) {
  showError({
    message: requestId
      ? "The service refused the request. What has to change is marked above."
      : "Nothing was sent. What has to change is marked above.",
    code,
    requestId,
  });
  (form.querySelector("[aria-invalid=true]") ?? summary).focus();
}

function showError({ code, message, requestId }) {
  show(
    "bad",
    element("p", { className: "title", textContent: "Not started" }),
    element("p", { id: "message", textContent: message }),
    reference(code, requestId),
  );
}

/** Details that a developer looks up, or quotes when reporting a problem. */
function reference(code, requestId) {
  const part = (label, id, textContent) =>
    textContent ? [element("span", {}, label, element("code", { id, textContent }))] : [];
  return element(
    "p",
    { className: "reference" },
    ...part("Code ", "code", code),
    ...part("Request ", "request-id", requestId),
  );
}

function show(kind, ...children) {
  outcome.replaceChildren(element("div", { className: `notice ${kind}` }, ...children));
  // Enter in a field far above submits the form too.
  outcome.scrollIntoView({ block: "nearest" });
}

// Connection

/** Fills in the key that `make start` wrote for this page, if there is one. */
async function fillInKey() {
  const token = byId("token");
  const key = await configuredKey();
  // Keeps a key that was typed meanwhile.
  token.value ||= key ?? "";
  if (key === undefined) {
    byId("command").textContent = keyCommand();
    byId("token-hint").hidden = false;
    byId("connection").open = true;
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

function typeName(key, value) {
  if (value === "") return key === "" ? "" : "left out";
  return typeof scalar(value);
}

/** Returns the nodes of a value's JSON, coloured by type. */
function json(value, indent) {
  if (typeof value !== "object") return [literal(value)];
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

function literal(value, className = typeof value) {
  const textContent = typeof value === "string" ? JSON.stringify(value) : String(value);
  return element("span", { className, textContent });
}

/** Returns a string that is shown clipped, and copied whole. */
function clipped(value) {
  const textContent = JSON.stringify(value).slice(1, -1);
  const inner = element("span", { className: "clipped", textContent });
  return element("span", { className: "string" }, '"', inner, '"');
}

// Helpers

/** Creates an element; text is never parsed as markup. */
function element(tag, properties, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

/** Copies an element's text, and shows the result on the button. */
async function copy(button, source) {
  const label = button.firstElementChild;
  try {
    await navigator.clipboard.writeText(source.textContent);
    label.textContent = "Copied";
  } catch {
    // No clipboard access, as over plain http: select the text instead.
    getSelection().selectAllChildren(source);
    label.textContent = "Selected";
  }
  setTimeout(() => (label.textContent = "Copy"), 2000);
}
