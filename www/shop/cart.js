// The shop's cart. It is this page's own: nothing of it is stored.

import { element } from "../chat/dom.js";
import { byId } from "./dom.js";

/** @typedef {{ id: string, name: string, price: number }} Product */
/** @typedef {ReturnType<typeof newCart>} Cart */

const euros = new Intl.NumberFormat("en", {
  style: "currency",
  currency: "EUR",
  maximumFractionDigits: 0,
});
const quantityMax = 99;

/**
 * Returns the cart; calls back when it has changed.
 *
 * @param {() => void} onChange
 */
export function newCart(onChange) {
  /** @type {Map<string, { product: Product, quantity: number }>} */
  const lines = new Map();
  for (const item of document.querySelectorAll("[data-product]")) {
    const { product: id = "", name = "", price } = /** @type {HTMLElement} */ (item).dataset;
    const product = { id, name, price: Number(price) };
    item.querySelector(".add")?.addEventListener("click", () => change(product, 1));
  }

  /** @type {(product: Product, by: number) => void} */
  function change(product, by) {
    const quantity = Math.min((lines.get(product.id)?.quantity ?? 0) + by, quantityMax);
    if (quantity > 0) lines.set(product.id, { product, quantity });
    else lines.delete(product.id);
    show();
    onChange();
  }

  function show() {
    const { cart_items: count, cart_value: value } = data();
    const summary = `${count} ${count === 1 ? "lamp" : "lamps"}, ${euros.format(value)}`;
    byId("cart-summary").textContent = count === 0 ? "empty" : summary;
    byId("cart-total").textContent = euros.format(value);
    byId("cart-empty").hidden = count > 0;
    const list = byId("cart-lines");
    const focused = document.activeElement?.getAttribute("aria-label");
    const hadFocus = list.contains(document.activeElement);
    list.replaceChildren(...Array.from(lines.values(), line));
    if (!hadFocus) return;
    const buttons = Array.from(list.querySelectorAll("button"));
    const same = buttons.find((button) => button.getAttribute("aria-label") === focused);
    (same ?? buttons[0] ?? byId("cart-link")).focus();
  }

  /** @param {{ product: Product, quantity: number }} of */
  function line({ product, quantity }) {
    const { name, price } = product;
    /** @type {(sign: string, label: string, by: number) => Element} */
    const button = (sign, label, by) =>
      element(
        "button",
        { type: "button", "aria-label": label, onclick: () => change(product, by) },
        sign,
      );
    return element(
      "li",
      {},
      element("span", { class: "what" }, name),
      button("−", `One ${name} less`, -1),
      element("span", { class: "quantity" }, `${quantity}`),
      button("+", `One ${name} more`, 1),
      element("span", { class: "price" }, euros.format(price * quantity)),
    );
  }

  /** Returns what the agent sees of the cart. */
  function data() {
    const all = Array.from(lines.values());
    return {
      cart_value: all.reduce((sum, { product, quantity }) => sum + product.price * quantity, 0),
      cart_items: all.reduce((sum, { quantity }) => sum + quantity, 0),
      cart: all.map(({ product, quantity }) => `${quantity} × ${product.name}`).join(", "),
    };
  }

  show();
  return { data, add: change };
}
