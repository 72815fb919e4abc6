// Keys that work wherever the focus is, but where a person types.

import { element } from "../chat/dom.js";
import { byId, isComposing, takesText } from "./dom.js";

/** @typedef {{ keys: string[], shown: string, does: string, run(): unknown }} Shortcut */

const isMac = /^(Mac|iP)/.test(navigator.platform);
const storageName = "chat-sessions-inbox-single-keys";

/**
 * Installs the shortcuts.
 *
 * @param {{ shortcuts: Shortcut[], onEscape(): void, signal: AbortSignal }} options
 */
export function installShortcuts({ shortcuts, onEscape, signal }) {
  /** @type {HTMLDialogElement} */
  const dialog = byId("shortcuts-dialog");
  /** @type {HTMLInputElement} */
  const box = byId("single-keys");
  box.checked = read() !== "off";
  box.addEventListener("change", () => write(box.checked ? "on" : "off"), { signal });

  signal.addEventListener("abort", () => dialog.close());
  const help = { keys: ["?"], shown: "?", does: "Show this list", run: showHelp };
  function showHelp() {
    dialog.showModal();
    byId("shortcuts-done").focus();
  }
  const all = [...shortcuts, help];
  byId("show-shortcuts").addEventListener("click", help.run, { signal });
  const others = [
    { shown: "Enter", does: "Open the conversation" },
    { shown: `${isMac ? "⌘" : "Ctrl"} Enter`, does: "Send what is typed" },
    { shown: "Esc", does: "Leave what you are in" },
  ];
  byId("shortcuts").replaceChildren(
    ...[...all, ...others].flatMap(({ shown, does }) => [
      element("dt", {}, ...keys(shown)),
      element("dd", {}, does),
    ]),
  );

  addEventListener(
    "keydown",
    (event) => {
      if (event.defaultPrevented || isComposing(event)) return;
      if (document.querySelector("dialog[open]")) return;
      if (event.key === "Escape") {
        onEscape();
        return;
      }
      if (takesText(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
      // In a part that scrolls, arrows scroll it.
      if (event.key.startsWith("Arrow") && event.target !== document.body) return;
      const shortcut = box.checked ? all.find(({ keys }) => keys.includes(event.key)) : undefined;
      if (!shortcut) return;
      event.preventDefault();
      shortcut.run();
    },
    { signal },
  );
}

/** @param {string} shown */
function keys(shown) {
  return shown.split(" ").map((key) => element("kbd", {}, key));
}

function read() {
  try {
    return localStorage.getItem(storageName);
  } catch {
    return null;
  }
}

/** @param {string} value */
function write(value) {
  try {
    localStorage.setItem(storageName, value);
  } catch {
    // It holds until the page is left.
  }
}
