// The launcher in pages of a real Chromium, on host pages of a test's own, and the real
// service.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before } from "node:test";
import { root } from "../../scripts/wrangler.mjs";
import { startChromium } from "./chromium.mjs";
import { startRuntime } from "./runtime.mjs";
import { startSite } from "./site.mjs";

/** @import { BrowserContextOptions, Page } from "playwright-core" */

const { createClient } = await import(`${root}pkg/dist/index.js`);

/** A page that the publishable key lists. */
export let site;
export let runtime;
/** A client with the secret key: the other side of each conversation. */
export let server;
export let browser;
before(async () => {
  [site, browser] = await Promise.all([startSite(answer), startChromium()]);
  runtime = await startRuntime({ origins: [site.baseUrl] });
  server = createClient({ baseUrl: runtime.baseUrl, token: runtime.keys.secret });
});
after(async () => {
  await browser?.close();
  await Promise.all([runtime?.stop(), site?.close()]);
});

const axe = await readFile(`${root}node_modules/axe-core/axe.min.js`, "utf8");

/** Host pages by their paths: HTML, and headers. */
const pages = new Map();

function answer(request, response, path) {
  const page = pages.get(path);
  if (!page) return false;
  response.writeHead(200, { "Content-Type": "text/html; charset=utf-8", ...page.headers });
  response.end(page.html);
  return true;
}

/**
 * Opens a host page with the launcher, until the test ends. `attributes` are the script's,
 * `head` and `body` the page's own.
 *
 * @param {import("node:test").TestContext} t
 * @param {{
 *   attributes?: string,
 *   lang?: string,
 *   head?: string,
 *   body?: string,
 *   headers?: Record<string, string>,
 *   from?: string,
 *   hasScript?: boolean,
 *   key?: string,
 *   context?: any,
 *   prepare?: (page: Page) => unknown,
 *   options?: BrowserContextOptions,
 * }} [how]
 */
export async function openHost(t, how = {}) {
  const { attributes = "", lang = "en", head = "", headers = {}, options = {} } = how;
  const { from = runtime.baseUrl, key = runtime.keys.publishable, hasScript = true } = how;
  const body = how.body ?? "<main><h1>Shop</h1><p>Lamps and chairs.</p></main>";
  const path = `/host-${pages.size}`;
  const script = `<script type="module" src="${from}/widget.js" data-key="${key}" ${attributes}></script>`;
  const html = `<!doctype html><html lang="${lang}"><head><title>A shop</title>
    <link rel="icon" href="data:,">
    <meta name="viewport" content="width=device-width, initial-scale=1">${head}${hasScript ? script : ""}</head>
    <body>${body}</body></html>`;
  pages.set(path, { html, headers });
  const context = how.context ?? (await browser.newContext(options));
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const errors = [];
  const requests = [];
  page.on("pageerror", (error) => errors.push(String(error.message ?? error)));
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  page.on("request", (request) => requests.push(request));
  await how.prepare?.(page);
  await page.goto(site.baseUrl + path);
  if (!how.context) t.after(() => context.close());
  return { page, context, errors, requests, path, ...locators(page) };
}

/** @param {Page} page */
export function locators(page) {
  const dialog = page.getByRole("dialog");
  const field = dialog.locator("textarea");
  return {
    dialog,
    field,
    button: page.locator("chat-launcher .button"),
    /** The texts of the messages, `> ` before the visitor's own. */
    texts: () =>
      dialog.locator(".message").evaluateAll((items) =>
        items.map((item) => {
          const own = item.classList.contains("own") ? "> " : "";
          return own + item.querySelector(".bubble")?.textContent;
        }),
      ),
    async open() {
      await page.locator("chat-launcher .button").click();
      await dialog.waitFor();
    },
    /** @param {string} text */
    async write(text) {
      await field.fill(text);
      await field.press("Enter");
    },
  };
}

/** Waits until a value is as expected; fails with the last one. */
export async function eventually(read, isSo, ms = 60_000) {
  const end = Date.now() + ms;
  for (;;) {
    const value = await read();
    if (isSo(value)) return value;
    if (Date.now() > end) throw new Error(`waited in vain for ${isSo}: ${JSON.stringify(value)}`);
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}

/** Returns the sessions of the organization, the newest first. */
export async function sessions() {
  return (await server.listSessions({ limit: 100 })).items;
}

/**
 * Asserts that axe finds nothing to mend in a page, shadow tree included.
 *
 * @param {Page} page
 * @param {string} what
 */
export async function assertAccessible(page, what) {
  // Colours that still fade in have less contrast than they will have.
  await page.evaluate(async () => {
    const shown = document.querySelector("chat-launcher")?.shadowRoot;
    const fading = (shown?.getAnimations() ?? []).filter(
      ({ effect }) => effect?.getComputedTiming().iterations === 1,
    );
    await Promise.all(fading.map(({ finished }) => finished));
  });
  await page.evaluate(axe);
  const violations = await page.evaluate(async () => {
    const { axe } = /** @type {any} */ (window);
    const { violations } = await axe.run();
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
  });
  assert.deepEqual(violations, [], what);
}

/** Creates a session of a visitor who is not known, and returns the newest after `write`. */
export async function newestAfter(write) {
  const [before] = await sessions();
  await write();
  const [newest] = await eventually(
    sessions,
    ([first]) => first !== undefined && first.id !== before?.id && first.last_seq > 0,
  );
  return newest;
}

/** Returns the texts of a session's messages, as they are stored. */
export async function storedTexts(id) {
  const texts = [];
  for await (const { event } of server.messages(id)) texts.push(event.content.text);
  return texts;
}
