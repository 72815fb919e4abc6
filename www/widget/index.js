// The entry, /widget.js: defines <chat-launcher>, and puts one on the page where it is
// loaded by a script with a key.

import { ChatLauncher } from "./launcher.js";

const name = "chat-launcher";
/** The page's own work comes first, but not for ever. */
const idleMaxMs = 2_000;

// A page may load it twice.
if (!customElements.get(name)) {
  customElements.define(name, ChatLauncher);
  const scripts = Array.from(document.querySelectorAll("script[data-key]"));
  const own = scripts.find(
    (script) => /** @type {HTMLScriptElement} */ (script).src === import.meta.url,
  );
  if (own instanceof HTMLElement) whenIdle(() => append(own));
}

/** @param {() => void} work */
function whenIdle(work) {
  if (document.readyState !== "complete") {
    addEventListener("load", () => whenIdle(work), { once: true });
  } else if (typeof requestIdleCallback === "function") {
    requestIdleCallback(work, { timeout: idleMaxMs });
  } else {
    setTimeout(work);
  }
}

/** @param {HTMLElement} script Its attributes are those of the element. */
function append(script) {
  if (document.querySelector(name)) return;
  const launcher = document.createElement(name);
  for (const [key, value] of Object.entries(script.dataset)) launcher.dataset[key] = value;
  document.body.append(launcher);
}

export { ChatLauncher };
