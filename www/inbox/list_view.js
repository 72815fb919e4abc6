// The list on the page. Only the rows in sight are elements, so that ten thousand sessions
// are as fast as ten. Elements are kept by session: one that has the focus is never moved.

import { element } from "../chat/dom.js";
import { byId } from "./dom.js";
import { fillRow } from "./list_row.js";

/** @import { Session } from "../pkg/index.js" */
/** @typedef {{ item: HTMLLIElement, link: HTMLAnchorElement, filledWith: string }} Row */

/** Height of a row, as in inbox.css. */
const rowHeightRem = 5.25;
/** Rows beyond each end of what is in sight. */
const spareRows = 8;

/**
 * Creates the view.
 *
 * @param {{
 *   signal: AbortSignal,
 *   markOf(id: string): "" | "Draft" | "Not sent",
 *   onNearEnd(): void,
 * }} options
 */
export function newListView({ signal, markOf, onNearEnd }) {
  /** @type {HTMLElement} */
  const scroller = byId("list-scroller");
  /** @type {HTMLElement} */
  const list = byId("list");
  /** @type {Map<string, Row>} */
  const rows = new Map();
  /** @type {Session[]} */
  let sessions = [];
  let isWhole = false;
  let openId = "";
  /** The row that Tab comes to. */
  let activeId = "";
  /** False while it is only the first one in sight. */
  let isChosen = false;
  let activeIndex = 0;
  let rowHeight = 0;
  /** Changes once a minute, for the times in the rows. */
  let minute = 0;
  let isDrawing = false;

  function measure() {
    rowHeight =
      rowHeightRem * Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
  }

  function draw() {
    isDrawing ||= Boolean(
      requestAnimationFrame(() => {
        isDrawing = false;
        if (!signal.aborted) drawNow();
      }),
    );
  }

  function drawNow() {
    if (scroller.clientHeight === 0) return;
    const first = Math.floor(scroller.scrollTop / rowHeight);
    const last = Math.ceil((scroller.scrollTop + scroller.clientHeight) / rowHeight);
    const from = Math.max(0, first - spareRows);
    const to = Math.min(sessions.length, last + spareRows);
    /** @type {Map<string, number>} */
    const wanted = new Map();
    for (let index = from; index < to; index += 1) wanted.set(sessions[index].id, index);
    const focusedId = idOf(document.activeElement);
    if (focusedId !== undefined && !wanted.has(focusedId)) {
      const index = sessions.findIndex(({ id }) => id === focusedId);
      if (index !== -1) wanted.set(focusedId, index);
    }
    list.style.height = `${sessions.length * rowHeight}px`;
    for (const [id, { item }] of rows) {
      if (wanted.has(id)) continue;
      rows.delete(id);
      item.remove();
    }
    if (!wanted.has(activeId) || !isChosen) {
      activeId = wanted.has(openId) ? openId : (sessions[first]?.id ?? "");
    }
    const ids = [...wanted].sort(([, a], [, b]) => a - b);
    for (const [, index] of ids) drawRow(sessions[index], index);
    order(ids.map(([id]) => /** @type {Row} */ (rows.get(id)).item));
    // The row with the focus has gone: the next one has it.
    if (focusedId !== undefined && !wanted.has(focusedId)) {
      focusIndex(Math.min(activeIndex, sessions.length - 1));
    }
    activeIndex = wanted.get(activeId) ?? activeIndex;
    if (to > sessions.length - spareRows && !isWhole) onNearEnd();
  }

  /**
   * @param {Session} session
   * @param {number} index
   */
  function drawRow(session, index) {
    const { id, updated_at, unread } = session;
    let row = rows.get(id);
    if (!row) {
      const link = element("a", { href: `#/conversations/${id}` });
      row = { item: element("li", {}, link), link, filledWith: "" };
      row.item.dataset.id = id;
      rows.set(id, row);
    }
    const { item, link } = row;
    const mark = markOf(id);
    const content = `${updated_at} ${unread.agent} ${mark} ${minute}`;
    if (row.filledWith !== content) {
      row.filledWith = content;
      fillRow(link, session, mark);
    }
    item.style.transform = `translateY(${index * rowHeight}px)`;
    item.setAttribute("aria-posinset", String(index + 1));
    item.setAttribute("aria-setsize", String(isWhole ? sessions.length : -1));
    link.tabIndex = id === activeId ? 0 : -1;
    if (id === openId) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }

  /**
   * Brings the elements into the order of the list, for screen readers: all but the one with
   * the focus, which would lose it.
   *
   * @param {HTMLElement[]} items
   */
  function order(items) {
    if (items.every((item, index) => list.children[index] === item)) return;
    const fixed = items.findIndex((item) => item.contains(document.activeElement));
    for (const item of items.slice(0, Math.max(fixed, 0))) list.insertBefore(item, items[fixed]);
    for (const item of items.slice(fixed + 1)) list.append(item);
  }

  /** @param {Element | null} target */
  function idOf(target) {
    return /** @type {HTMLElement | null} */ (target?.closest("#list > li"))?.dataset.id;
  }

  /** @param {number} index */
  function focusIndex(index) {
    const session = sessions[index];
    if (!session) return scroller.focus();
    activeId = session.id;
    activeIndex = index;
    const top = index * rowHeight;
    const bottom = top + rowHeight - scroller.clientHeight;
    if (scroller.scrollTop > top) scroller.scrollTop = top;
    else if (scroller.scrollTop < bottom) scroller.scrollTop = bottom;
    drawNow();
    rows.get(activeId)?.link.focus({ preventScroll: true });
    // The one that had it may be out of sight now.
    return drawNow();
  }

  /**
   * Keeps what a person reads where it is when rows come or go above it: most rows in sight
   * are moved by the same number of places.
   *
   * @param {Session[]} next
   */
  function shift(next) {
    if (scroller.scrollTop < rowHeight) return;
    const before = new Map(sessions.map(({ id }, index) => [id, index]));
    const from = Math.floor(scroller.scrollTop / rowHeight);
    const to = from + Math.ceil(scroller.clientHeight / rowHeight);
    /** @type {Map<number, number>} */
    const moves = new Map();
    for (const [index, { id }] of next.entries()) {
      const was = before.get(id);
      if (was === undefined || was < from || was > to) continue;
      moves.set(index - was, (moves.get(index - was) ?? 0) + 1);
    }
    const [places = 0] = [...moves].sort(([, a], [, b]) => b - a)[0] ?? [];
    if (places === 0) return;
    list.style.height = `${next.length * rowHeight}px`;
    scroller.scrollTop += places * rowHeight;
  }

  measure();
  scroller.addEventListener("scroll", draw, { signal, passive: true });
  const observer = new ResizeObserver(() => {
    measure();
    draw();
  });
  observer.observe(scroller);
  const timer = setInterval(() => {
    minute += 1;
    draw();
  }, 60_000);
  list.addEventListener(
    "focusin",
    ({ target }) => {
      activeId = idOf(/** @type {Element} */ (target)) ?? activeId;
      isChosen = true;
      draw();
    },
    { signal },
  );
  list.addEventListener(
    "keydown",
    (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const page = Math.max(1, Math.floor(scroller.clientHeight / rowHeight) - 1);
      const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page };
      /** @type {Record<string, number>} */
      const ends = { Home: 0, End: sessions.length - 1 };
      const step = /** @type {Record<string, number>} */ (steps)[event.key];
      if (step) move(step);
      else if (event.key in ends) focusIndex(ends[event.key]);
      else return;
      event.preventDefault();
    },
    { signal },
  );
  signal.addEventListener("abort", () => {
    observer.disconnect();
    clearInterval(timer);
    list.replaceChildren();
  });

  /** Moves the focus by a number of rows; from outside of the list it comes to the active row. */
  function move(/** @type {number} */ step) {
    const index = sessions.findIndex(({ id }) => id === activeId);
    const isInside = list.contains(document.activeElement);
    const next = isInside || activeId === openId ? index + step : index;
    focusIndex(Math.max(0, Math.min(sessions.length - 1, next)));
  }

  return {
    draw,
    move,
    /** Moves the focus into the list. */
    focus() {
      const index = sessions.findIndex(({ id }) => id === activeId);
      focusIndex(Math.max(0, index));
    },
    /**
     * @param {Session[]} next
     * @param {boolean} isAll True if there is no more to load.
     */
    show(next, isAll) {
      isWhole = isAll;
      if (next !== sessions) {
        shift(next);
        sessions = next;
      }
      draw();
    },
    /** Scrolls to the beginning, for another list. */
    toTop() {
      scroller.scrollTop = 0;
      isChosen = false;
    },
    /** @param {string} id */
    setOpen(id) {
      openId = id;
      if (id && sessions.some((session) => session.id === id)) {
        activeId = id;
        isChosen = true;
      }
      draw();
    },
  };
}
