// Elements, made without markup: text is text, whoever wrote it.

/**
 * Returns a new element. An attribute that is a function listens to the event of its name,
 * without `on`; one that is true is present, one that is undefined or false absent.
 *
 * @template {keyof HTMLElementTagNameMap} Name
 * @param {Name} name
 * @param {Record<string, any>} [attributes]
 * @param {...(Node | string | undefined)} children
 * @returns {HTMLElementTagNameMap[Name]}
 */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(key.slice(2), value);
    else setAttribute(made, key, value);
  }
  made.append(...children.filter((child) => child !== undefined));
  return made;
}

/**
 * Sets an attribute, or removes it where the value is undefined or false.
 *
 * @param {Element} of
 * @param {string} name
 * @param {string | number | boolean | undefined} value
 */
export function setAttribute(of, name, value) {
  if (value === undefined || value === false) of.removeAttribute(name);
  else of.setAttribute(name, value === true ? "" : `${value}`);
}

const svg = "http://www.w3.org/2000/svg";

/**
 * Returns a drawing of 24 by 24, which assistive technology skips.
 *
 * @param {string} path
 */
export function icon(path) {
  const drawing = document.createElementNS(svg, "svg");
  drawing.setAttribute("viewBox", "0 0 24 24");
  drawing.setAttribute("aria-hidden", "true");
  const line = document.createElementNS(svg, "path");
  line.setAttribute("d", path);
  drawing.append(line);
  return drawing;
}
