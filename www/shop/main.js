// The page at /: a shop with the launcher, and a panel that shows what the launcher does.

import { element } from "../chat/dom.js";
import { newCart } from "./cart.js";
import { showCode, startCode } from "./code.js";
import { byId, input } from "./dom.js";
import { watchRequests } from "./requests.js";
import { startRules } from "./rules.js";

/** @import { ChatLauncher } from "../widget/launcher.js" */

const publishableKey = /^pk_[0-9a-f]{64}$/;
let key = "";
/** @type {ChatLauncher | undefined} */
let launcher;
/** Keys of attributes that the launcher has from the form. */
let formKeys = /** @type {string[]} */ ([]);

watchRequests();
const cart = newCart(() => {
  rules.judge();
  launcher?.setCustomData(cart.data());
  show();
});
const rules = startRules({
  cart: () => cart.data(),
  onChange: show,
  onCommit: setFormData,
});
startCode();
// Something to ask about.
cart.add({ id: "pebble", name: "Pebble", price: 129 }, 1);
byId("ask").addEventListener("click", () => launcher?.open());
await start();

async function start() {
  const configured = (await fetchJson("config.json"))?.publishableKey;
  if (typeof configured !== "string") {
    askForKey();
    return;
  }
  use(configured);
  // Written by `make start` only, beside the key: it signs in whoever reads it.
  const inbox = (await fetchJson("local.json"))?.inbox;
  if (typeof inbox === "string") byId("inbox").setAttribute("href", inbox);
}

/**
 * Puts the launcher on the page, after the page's own work.
 *
 * @param {string} chosen
 */
async function use(chosen) {
  key = chosen;
  byId("key-missing").hidden = true;
  show();
  await import(new URL("widget.js", document.baseURI).href);
  launcher = /** @type {any} */ (
    element(/** @type {any} */ ("chat-launcher"), {
      "data-key": key,
      "data-ask": "name?,email?",
      "data-title": "Lumen & Lathe",
      "data-greeting": "Hello! Ask us about a lamp, or about your order.",
    })
  );
  launcher?.setCustomData(cart.data());
  setFormData(rules.attributes());
  document.body.append(/** @type {ChatLauncher} */ (launcher));
}

/**
 * Gives the launcher the attributes of the form, without those that have gone from it.
 *
 * @param {import("./code.js").CustomData} data
 */
function setFormData(data) {
  if (!launcher) return;
  const gone = formKeys.filter((known) => !Object.hasOwn(data, known));
  launcher.setCustomData({ ...Object.fromEntries(gone.map((known) => [known, null])), ...data });
  formKeys = Object.keys(data);
}

/** Says how to make a key, as a deployed service needs it, and takes one. */
function askForKey() {
  const isLocal = /^(localhost|127\.|\[::1\])/.test(location.hostname);
  const command = `make key ORG=… KIND=publishable ORIGINS=${location.origin}`;
  byId("command").textContent = isLocal ? command : `${command} REMOTE=1`;
  byId("key-missing").hidden = false;
  byId("key-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const typed = input("key").value.trim();
    const isKey = publishableKey.test(typed);
    byId("key-error").textContent = isKey
      ? ""
      : "A publishable key is pk_ and 64 characters from 0 to f.";
    if (isKey) {
      use(typed);
      byId("ask").focus();
    } else {
      input("key").setAttribute("aria-invalid", "true");
      input("key").focus();
    }
  });
  show();
}

function show() {
  showCode({
    baseUrl: location.origin,
    key: key || "pk_…",
    customData: rules.customData(),
    contact: rules.contact(),
  });
}

/**
 * Reads a file that a deployed service does not have.
 *
 * @param {string} path
 * @returns {Promise<any>}
 */
async function fetchJson(path) {
  try {
    return await (await fetch(path, { cache: "no-store" })).json();
  } catch {
    return undefined;
  }
}
