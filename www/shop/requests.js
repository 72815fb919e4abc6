// Requests of this page's launcher, shown as they happen: method, pattern of the path,
// status, duration and bytes. Headers, bodies and queries are not looked at, so that no
// token, and nothing that somebody writes, is shown here.

import { element } from "../chat/dom.js";
import { byId } from "./dom.js";

/** @typedef {{ result: Element, took: Element, bytes: Element }} Row */

const shownMax = 200;
const uuid = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi;
/** The API, and none of the page's files. */
const api = /^\/(?:chat|widget|contacts|agents)\//;

/** @type {Record<string, string>} */
const purposes = {
  "POST /widget/visitors": "a token for a visitor",
  "POST /chat/sessions": "opens the session",
  "GET /chat/sessions": "the visitor’s sessions",
  "GET /chat/sessions/{id}": "the session",
  "PATCH /chat/sessions/{id}": "changes the session",
  "POST /chat/sessions/{id}/send": "sends the message",
  "GET /chat/sessions/{id}/history": "earlier messages",
  "POST /chat/sessions/{id}/read": "moves the read mark",
  "POST /chat/sessions/{id}/typing": "shows typing",
  "GET /chat/sessions/{id}/events": "messages as they are written",
  "LIVE /chat/sessions/{id}/events": "messages as they are written",
};

let count = 0;
let total = 0;

/** Watches the page's requests from now on: before the launcher is loaded. */
export function watchRequests() {
  const request = window.fetch;
  window.fetch = async (resource, init) => {
    const isRequest = resource instanceof Request;
    const method = (init?.method ?? (isRequest ? resource.method : "GET")).toUpperCase();
    const path = patternOf(isRequest ? resource.url : `${resource}`);
    if (path === undefined) return request(resource, init);
    const started = performance.now();
    const row = addRow(method, path);
    try {
      const sent = await sizeOfRequest(resource, init);
      const response = await request(resource, init);
      row.result.textContent = `${response.status}`;
      row.result.className = response.ok ? "ok" : "failed";
      row.took.textContent = duration(started);
      // Before the response is handed on: its reader aborts the request when it has read.
      const received = isWhole(response) ? (await response.clone().arrayBuffer()).byteLength : 0;
      total += sent + received;
      showBytes(row, sent, received);
      showSum();
      return response;
    } catch (/** @type {any} */ error) {
      const isAborted = error.name === "AbortError";
      row.result.textContent = isAborted ? "ended" : "no answer";
      row.result.className = isAborted ? "" : "failed";
      row.took.textContent = duration(started);
      throw error;
    }
  };

  window.WebSocket = class extends WebSocket {
    #row;
    #received = 0;
    #sent = 0;

    /**
     * @param {string | URL} url
     * @param {string | string[]} [protocols]
     */
    constructor(url, protocols) {
      super(url, protocols);
      const path = patternOf(this.url);
      if (path === undefined) return;
      this.#row = addRow("LIVE", path);
      const { result, took } = this.#row;
      const started = performance.now();
      this.addEventListener("open", () => {
        result.textContent = "open";
        result.className = "ok";
        took.textContent = duration(started);
      });
      this.addEventListener("message", ({ data }) => {
        this.#received += sizeOf(data);
        this.#count(sizeOf(data));
      });
      this.addEventListener("close", ({ code }) => {
        result.textContent = `closed ${code}`;
        result.className = code === 1000 || code === 1005 ? "" : "failed";
      });
    }

    /** @param {Parameters<WebSocket["send"]>[0]} data */
    send(data) {
      super.send(data);
      this.#sent += sizeOf(data);
      this.#count(sizeOf(data));
    }

    /** @param {number} bytes */
    #count(bytes) {
      if (!this.#row) return;
      total += bytes;
      showBytes(this.#row, this.#sent, this.#received);
      showSum();
    }
  };
}

/**
 * Returns a path of the API with its ids replaced; undefined for what is not of the API.
 *
 * @param {string} url
 */
function patternOf(url) {
  const { host, pathname } = new URL(url, location.href);
  return host === location.host && api.test(pathname)
    ? pathname.replaceAll(uuid, "{id}")
    : undefined;
}

/**
 * Returns true for a response that ends by itself.
 *
 * @param {Response} response
 */
function isWhole({ body, headers }) {
  return body !== null && (headers.get("Content-Type") ?? "").startsWith("application/json");
}

/**
 * @param {RequestInfo | URL} resource
 * @param {RequestInit | undefined} init
 */
async function sizeOfRequest(resource, init) {
  if (!(resource instanceof Request)) return sizeOf(init?.body);
  return (await resource.clone().arrayBuffer()).byteLength;
}

/** @param {unknown} body */
function sizeOf(body) {
  if (typeof body === "string") return new TextEncoder().encode(body).length;
  return body instanceof ArrayBuffer || ArrayBuffer.isView(body) ? body.byteLength : 0;
}

/** @param {number} started */
function duration(started) {
  return `${Math.round(performance.now() - started)} ms`;
}

/**
 * @param {string} method
 * @param {string} path
 * @returns {Row}
 */
function addRow(method, path) {
  const result = element("td", {}, "…");
  const took = element("td", { class: "number" });
  const bytes = element("td", { class: "number" });
  const name = element(
    "th",
    { scope: "row" },
    element("span", { class: `method ${method.toLowerCase()}` }, method),
    " ",
    element("span", { class: "path" }, path),
    element("span", { class: "purpose" }, purposes[`${method} ${path}`] ?? ""),
  );
  byId("requests-none").hidden = true;
  const scroll = byId("requests-scroll");
  scroll.hidden = false;
  const body = /** @type {Element} */ (byId("requests").querySelector("tbody"));
  const isAtEnd = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 40;
  body.append(element("tr", {}, name, result, took, bytes));
  if (body.childElementCount > shownMax) body.firstElementChild?.remove();
  // Follows what happens, unless an earlier one is being read.
  if (isAtEnd) scroll.scrollTop = scroll.scrollHeight;
  count += 1;
  showSum();
  return { result, took, bytes };
}

/**
 * @param {Row} row
 * @param {number} sent
 * @param {number} received
 */
function showBytes({ bytes }, sent, received) {
  const parts = [];
  if (sent > 0) parts.push(`↑ ${sent}`);
  if (received > 0) parts.push(`↓ ${received}`);
  bytes.textContent = parts.join(" ") || "0";
}

function showSum() {
  const size = total < 1000 ? `${total} B` : `${(total / 1000).toFixed(1)} kB`;
  byId("requests-sum").textContent = `${count} ${count === 1 ? "request" : "requests"}, ${size}`;
}
