// Opens a dialog beside the page, or over all of it on a phone, where it stays above the
// keyboard.

/** Media query of screens that the dialog takes all of; panel.css has it, too. */
export const phoneQuery = "(max-width: 480px), (max-height: 420px)";

/**
 * Returns how to open and close a dialog.
 *
 * @param {HTMLDialogElement} dialog
 */
export function watchViewport(dialog) {
  const phone = matchMedia(phoneQuery);
  const { visualViewport } = window;

  function fit() {
    if (!visualViewport) return;
    dialog.style.setProperty("--height", `${visualViewport.height}px`);
    dialog.style.setProperty("--top", `${visualViewport.offsetTop}px`);
  }

  function open() {
    fit();
    // Not `show()`, which would move the focus.
    if (phone.matches) dialog.showModal();
    else dialog.setAttribute("open", "");
  }

  function change() {
    if (!dialog.open) return;
    const { activeElement } = /** @type {ShadowRoot} */ (dialog.getRootNode());
    dialog.close();
    open();
    if (activeElement instanceof HTMLElement) activeElement.focus();
  }

  phone.addEventListener("change", change);
  for (const name of ["resize", "scroll"]) visualViewport?.addEventListener(name, fit);

  return {
    open() {
      if (!dialog.open) open();
    },
    close: () => dialog.close(),
    end() {
      phone.removeEventListener("change", change);
      for (const name of ["resize", "scroll"]) visualViewport?.removeEventListener(name, fit);
    },
  };
}
