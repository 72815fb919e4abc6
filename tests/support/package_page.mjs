// The package in a page of a real Chromium, and the real service. Both run for all
// tests of a file.

import { after, before } from "node:test";
import { startChromium } from "./chromium.mjs";
import { startRuntime } from "./runtime.mjs";

export const endpoint = "**/chat/sessions";
/** The service's response to a create. */
export const created = { status: 201, json: { id: "0190163d-8694-739b-aea5-966c26f8ad91" } };

/** The service's response to a request that it rejects. */
export function refusal(statusCode, code, headers = {}) {
  const json = { statusCode, code, message: code, error: "", request_id: "r" };
  return { status: statusCode, headers, json };
}

export let runtime;
export let browser;
export let page;
before(async () => {
  [runtime, browser] = await Promise.all([startRuntime(), startChromium()]);
  // The tests pass functions to the page as text, which its policy would block.
  page = await browser.newPage({ bypassCSP: true });
  await page.goto(`${runtime.baseUrl}/favicon.svg`);
});
after(async () => {
  await browser?.close();
  await runtime?.stop();
});

/** Responds to the creates of a test in turn; returns the requests that were sent. */
export async function answer(t, ...answers) {
  const sent = [];
  await page.route(endpoint, (route) => {
    sent.push({ headers: route.request().headers(), body: route.request().postData() });
    const next = answers.shift() ?? created;
    return typeof next === "string" ? route.abort(next) : route.fulfill(next);
  });
  t.after(() => page.unroute(endpoint));
  return sent;
}

/**
 * Runs `inPage(package, options, argument)` in the page; returns its result, or the
 * parts of its error.
 */
export function run(inPage, argument, options = {}) {
  const all = { baseUrl: runtime.baseUrl, token: runtime.keys.publishable, ...options };
  return page.evaluate(
    async ([source, options, argument]) => {
      const exports = await import("/pkg/index.js");
      const started = performance.now();
      try {
        const result = await new Function(`return (${source})`)()(exports, options, argument);
        return { result, ms: performance.now() - started };
      } catch (error) {
        const { name, code, status, message, retryAfterMs, cause } = error;
        const isOurs = exports.isChatSessionError(error);
        const causeName = cause?.name;
        const ms = performance.now() - started;
        return { name, code, status, message, retryAfterMs, causeName, isOurs, ms };
      }
    },
    [String(inPage), all, argument],
  );
}
