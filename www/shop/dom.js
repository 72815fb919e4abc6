// Elements of the page by their ids, which index.html has.

/** @param {string} id */
export function byId(id) {
  return /** @type {HTMLElement} */ (document.getElementById(id));
}

/** @param {string} id */
export function input(id) {
  return /** @type {HTMLInputElement} */ (byId(id));
}

/**
 * Copies an element's text, and shows the result on the button.
 *
 * @param {Element} button
 * @param {Element} source
 */
export async function copy(button, source) {
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
