// The inbox in pages of a real Chromium, over the real service, with visitors who write.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before } from "node:test";
import { root } from "../../scripts/wrangler.mjs";
import { startChromium } from "./chromium.mjs";
import { send, startRuntime } from "./runtime.mjs";

/** @import { Page } from "playwright-core" */

// By its address: it is minified, and its types are checked elsewhere.
const { createClient } = await import(`${root}pkg/dist/index.js`);
const axe = await readFile(`${root}node_modules/axe-core/axe.min.js`, "utf8");

export let runtime;
/** A client with the secret key. */
export let server;
let browser;
before(async () => {
  [runtime, browser] = await Promise.all([startRuntime(), startChromium()]);
  server = createClient({ baseUrl: runtime.baseUrl, token: runtime.keys.secret });
});
after(async () => {
  await browser?.close();
  await runtime?.stop();
});

/** Returns a client in the name of a new visitor. */
export async function newVisitor() {
  const { keys, baseUrl } = runtime;
  const asked = { path: "/widget/visitors", token: keys.publishable, origin: baseUrl };
  const { body } = await send(baseUrl, asked);
  return createClient({ baseUrl, token: body.token });
}

/** Opens a session of a new visitor with messages; returns the visitor and the id. */
export async function newConversation({ name = "Vi", texts = ["Hello"], ...request } = {}) {
  const visitor = await newVisitor();
  const contact = { name, email: `${name.replace(/\W/g, "").toLowerCase()}@example.com` };
  const { id } = await visitor.createSession({ channel: { type: "web" }, contact, ...request });
  for (const text of texts) await visitor.sendMessage(id, { text });
  return { visitor, id };
}

/** Makes an agent's token. */
export async function newAgent(name, more = {}) {
  const { token } = await server.createAgentToken({ id: name.toLowerCase(), name, ...more });
  return token;
}

/**
 * Opens the inbox of an agent by a sign-in link, until the test ends. At the end the page
 * must have reported nothing: no error, and no violation of its policy.
 *
 * @param {import("node:test").TestContext} t
 * @param {string} [name]
 * @param {{ token?: string, hash?: string, isChecked?: boolean } & Record<string, unknown>} [options]
 * @returns {Promise<{ page: Page, requests: any[], errors: string[], token: string }>}
 */
export async function openInbox(t, name = "Ann", options = {}) {
  const { token = await newAgent(name), hash = `#token=${token}` } = options;
  const { isChecked = true, ...ofContext } = options;
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    ...ofContext,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const requests = [];
  const errors = [];
  page.on("request", (request) => requests.push(request));
  page.on("console", (message) => {
    // A conversation that is left before its socket is open; one that others have changed
    // while it is closed, which is retried.
    if (/closed before the connection is established|status of 412/.test(message.text())) return;
    errors.push(`${message.type()}: ${message.text()}`);
  });
  page.on("pageerror", (error) => errors.push(String(error.stack)));
  page.on("dialog", (dialog) => {
    errors.push(`dialog: ${dialog.message()}`);
    return dialog.dismiss();
  });
  await page.addInitScript(() => {
    const seen = /** @type {any} */ (window);
    seen.violations = [];
    document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) =>
      seen.violations.push(`${violatedDirective} ${blockedURI}`),
    );
  });
  t.after(async () => {
    if (isChecked) {
      assert.deepEqual(errors, []);
      assert.deepEqual(await page.evaluate(() => /** @type {any} */ (window).violations), []);
    }
    await context.close();
  });
  await page.goto(`${runtime.baseUrl}/inbox${hash}`);
  return { page, requests, errors, token };
}

/** Returns the row of a session in the list. */
export const row = (page, id) => page.locator(`#list a[href="#/conversations/${id}"]`);

/** Opens a conversation by its row, and waits for its messages. */
export async function openConversation(page, id) {
  await row(page, id).click();
  // Until then, the messages are those of the conversation before.
  await page.locator(`#list a[aria-current="true"][href$="${id}"]`).waitFor();
  await page.locator("#entries .bubble").first().waitFor();
}

/** Returns a message of the open conversation by its text. */
export const bubble = (page, text) => page.locator("#entries .bubble", { hasText: text });

/** Types an answer, and sends it. */
export async function answer(page, text) {
  await page.locator("#text").fill(text);
  await page.getByRole("button", { name: "Send" }).click();
}

/** Returns the ids of the list's rows, in the order in which they are seen. */
export function listed(page) {
  return page.locator("#list > li").evaluateAll((items) =>
    items
      .map((item) => ({ id: item.dataset.id, top: item.getBoundingClientRect().top }))
      .sort((a, b) => a.top - b.top)
      .map(({ id }) => id),
  );
}

/** Waits until the list has exactly these sessions, in this order. */
export async function untilListed(page, ids) {
  let last;
  for (let tries = 0; tries < 1_000; tries += 1) {
    last = await listed(page);
    if (JSON.stringify(last) === JSON.stringify(ids)) return;
    await page.waitForTimeout(50);
  }
  assert.deepEqual(last, ids);
}

/** Returns the texts of a session's messages as its visitor reads them. */
export async function textsOf(client, id) {
  const texts = [];
  for await (const { event } of client.messages(id)) texts.push(event.content.text);
  return texts;
}

/** Describes the element that has the focus. */
export function focused(page) {
  return page.evaluate(() => {
    const element = /** @type {HTMLElement} */ (document.activeElement);
    return element.closest("li")?.dataset.id ?? (element.id || element.tagName.toLowerCase());
  });
}

/** Asserts that axe finds nothing to mend in a page. */
export async function assertAccessible(page, what) {
  await page.evaluate(axe);
  const violations = await page.evaluate(async () => {
    const { axe } = /** @type {any} */ (window);
    const rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
    const result = await axe.run({ runOnly: rules });
    return result.violations.map(({ id, nodes }) => ({
      id,
      nodes: nodes.map(({ html, failureSummary }) => `${html.slice(0, 200)} ${failureSummary}`),
    }));
  });
  assert.deepEqual(violations, [], what);
}
