// Subscriptions in pages of a real Chromium, to the real service, each over a line of its
// own that a test cuts.

import assert from "node:assert/strict";
import { after, before } from "node:test";
import { root } from "../../scripts/wrangler.mjs";
import { startChromium } from "./chromium.mjs";
import { startLine } from "./line.mjs";
import { startRuntime } from "./runtime.mjs";

/** @import { Page } from "playwright-core" */

// By its address: it is minified, and its types are checked elsewhere.
const { createClient } = await import(`${root}pkg/dist/index.js`);

export let runtime;
/** A client with the secret key, beside every line. */
export let server;
/** Of the person whose sessions the pages follow. */
export let token;
let browser;
before(async () => {
  [runtime, browser] = await Promise.all([startRuntime(), startChromium()]);
  server = createClient({ baseUrl: runtime.baseUrl, token: runtime.keys.secret });
  ({ token } = await server.authenticateUser({ email: "ann@example.com" }));
});
after(async () => {
  await browser?.close();
  await runtime?.stop();
});

/** Opens a session of the person. */
export async function newSession() {
  const contact = { email: "ann@example.com", name: "Ann" };
  return (await server.createSession({ contact, verified: true })).id;
}

/** Sends `count` messages as an ai, whose texts are numbers. */
export async function fill(id, count, first = 1) {
  for (let n = first; n < first + count; n += 1) {
    await server.sendMessage(id, { sender: "ai", text: `${n}` });
  }
}

/** Opens a page on a line of its own, until the test ends. */
export async function openPage(t, { prepare = (_) => {}, entry = "index" } = {}) {
  const line = await startLine(runtime.baseUrl);
  // The tests pass functions to the page as text, which its policy would block.
  const context = await browser.newContext({ bypassCSP: true });
  const page = await context.newPage();
  const errors = [];
  const scripts = [];
  page.on("pageerror", (error) => errors.push(String(error.message ?? error)));
  page.on("response", (response) => scripts.push(new URL(response.url()).pathname));
  await prepare(page);
  await page.goto(`${line.baseUrl}/favicon.svg`);
  await page.evaluate(
    async ([baseUrl, token, entry]) => {
      const exports = await import(`/pkg/${entry}.js`);
      Object.assign(window, { ...exports, client: exports.createClient({ baseUrl, token }) });
    },
    [line.baseUrl, token, entry],
  );
  t.after(async () => {
    await context.close();
    await line.close();
  });
  return { page, line, context, errors, scripts };
}

/**
 * Subscribes in a page. `window.seen` is what its callbacks were called with, and
 * `window.subscription` the subscription; with `as`, under other names.
 *
 * @param {Page} page
 * @param {string} id
 */
export function subscribe(page, id, { after: start = 0, token: other = "", as = "" } = {}) {
  return page.evaluate(
    ([id, start, other, as]) => {
      /** @type {Record<string, unknown[]>} */
      const seen = { messages: [], sessions: [], typing: [], read: [], states: [] };
      const { client, createClient, location } = /** @type {any} */ (window);
      const own = other ? createClient({ baseUrl: location.origin, token: other }) : client;
      const subscription = own.subscribe(id, {
        after: start,
        onMessage: (entry) => seen.messages.push(entry),
        onSession: (session, entry) => seen.sessions.push({ session, entry }),
        onTyping: (typing) => seen.typing.push(typing),
        onRead: (read) => seen.read.push(read),
        onState: (state, error) => seen.states.push([state, error?.code].filter(Boolean).join(" ")),
      });
      Object.assign(window, { [`seen${as}`]: seen, [`subscription${as}`]: subscription });
    },
    [id, start, other, as],
  );
}

/** Waits until a function of the page returns a truthy value, and returns it. */
export async function until(page, isSo, argument) {
  try {
    const handle = await page.waitForFunction(isSo, argument, { polling: 20, timeout: 60_000 });
    return await handle.jsonValue();
  } catch (error) {
    const seen = await page.evaluate(() =>
      JSON.stringify(/** @type {any} */ (window).seen)?.slice(0, 5_000),
    );
    throw new Error(`waited in vain for ${isSo} ${JSON.stringify(argument)}: ${seen}`, {
      cause: error,
    });
  }
}

/** Waits until a page's subscription has a state. */
export function untilState(page, state, as = "") {
  return until(page, ([state, as]) => window[`subscription${as}`].state === state, [state, as]);
}

/** Returns the `seq` and the text of each message that a page has been given, in turn. */
export function shown(page, as = "") {
  return page.evaluate(
    (as) => window[`seen${as}`].messages.map(({ seq, event }) => `${seq} ${event.content.text}`),
    as,
  );
}

/** Asserts that a page ends with exactly the messages of the session, in order, each once. */
export async function assertWhole(page, id, as = "") {
  const expected = [];
  for await (const { seq, event } of server.messages(id)) {
    expected.push(`${seq} ${event.content.text}`);
  }
  await until(page, ([count, as]) => window[`seen${as}`].messages.length >= count, [
    expected.length,
    as,
  ]);
  assert.deepEqual(await shown(page, as), expected);
}
