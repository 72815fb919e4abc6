// The API reference in a real browser, as the service serves it.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startChromium } from "../support/chromium.mjs";
import { document as description } from "../support/contract.mjs";
import { startRuntime } from "../support/runtime.mjs";

let runtime;
let browser;

before(async () => {
  [runtime, browser] = await Promise.all([startRuntime(), startChromium()]);
});

after(async () => {
  await Promise.all([runtime?.stop(), browser?.close()]);
});

const operations = Object.entries(description.paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]) => ({
    method: method.toUpperCase(),
    path,
    ...operation,
  })),
);

/** Opens the reference, and records its activity until the test ends. */
async function openReference(t, { hash = "", ...options } = {}) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const requests = [];
  const errors = [];
  page.on("request", (request) => requests.push(request));
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  page.on("pageerror", (error) => errors.push(error.message));
  await page.addInitScript(() => {
    window.violations = [];
    document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) =>
      window.violations.push(`${violatedDirective} ${blockedURI}`),
    );
  });
  const answer = await page.goto(`${runtime.baseUrl}/docs${hash}`);
  await page.locator(".opblock").first().waitFor();
  t.after(async () => {
    const isForeign = (request) =>
      !request.url().startsWith("data:") && new URL(request.url()).origin !== runtime.baseUrl;
    assert.deepEqual(requests.filter(isForeign).map(String), []);
    assert.ok(requests.length >= 5);
    assert.deepEqual(errors, []);
    assert.deepEqual(await page.evaluate(() => window.violations), []);
    await context.close();
  });
  return { page, answer, requests };
}

const width = (page) => page.evaluate(() => document.documentElement.scrollWidth);

/** Clicks all of these: Playwright would scroll to each, and wait until it is still. */
const clickAll = (locator) =>
  locator.evaluateAll((elements) => elements.forEach((element) => element.click()));

test("the page is self-contained, by its own policy too", async (t) => {
  const { page, answer } = await openReference(t);
  const policy = answer.headers()["content-security-policy"];
  assert.match(policy, /^default-src 'none'; script-src 'self'; /);
  assert.doesNotMatch(policy, /unsafe|http|\*|,/);
  const inlined = await page.evaluate(
    () => document.querySelectorAll("script:not([src]), style, [onclick], [onload]").length,
  );
  assert.equal(inlined, 0);
});

test("every operation of the document is there, and no other", async (t) => {
  const { page } = await openReference(t);
  const shown = await page.locator(".opblock").evaluateAll((blocks) =>
    blocks.map((block) => {
      const text = (name) => block.querySelector(`.opblock-summary-${name}`).innerText.trim();
      return `${text("method")} ${text("path").replaceAll("\u200b", "")} ${text("description")}`;
    }),
  );
  const expected = operations.map(({ method, path, summary }) => `${method} ${path} ${summary}`);
  assert.deepEqual(shown.sort(), expected.sort());
});

test("a link opens its operation", async (t) => {
  for (const { operationId, tags } of [operations[0], operations.at(-1)]) {
    const { page } = await openReference(t, { hash: `#/${tags[0]}/${operationId}` });
    const open = page.locator(".opblock.is-open");
    await open.locator(".responses-table").first().waitFor();
    assert.deepEqual(await open.evaluateAll((blocks) => blocks.map(({ id }) => id)), [
      `operations-${tags[0]}-${operationId}`,
    ]);
  }
});

test("what a message says in angle brackets is shown", async (t) => {
  const { page } = await openReference(t, { hash: "#/Sessions/getChatSession" });
  await page.getByText("Authorization: Bearer <key>").first().waitFor();
});

test("nothing can be sent from it, and no key is asked for", async (t) => {
  const { page, requests } = await openReference(t, { hash: "#/Sessions/createChatSession" });
  await page.locator(".opblock.is-open .responses-table").first().waitFor();
  for (const name of [/try it out/i, /execute/i, /authorize/i]) {
    assert.equal(await page.getByRole("button", { name }).count(), 0, String(name));
  }
  assert.equal(await page.locator("input:visible, textarea:visible").count(), 0);
  assert.ok(requests.every((request) => request.method() === "GET"));
});

test("each operation has every answer of it, and a phone shows them without scrolling sideways", async (t) => {
  const { page } = await openReference(t, { viewport: { width: 390, height: 844 } });
  assert.equal(await width(page), 390);
  // One after the other: all at once, each that opens draws all others again.
  for (const { operationId, tags, responses, parameters } of operations) {
    const block = page.locator(`#operations-${tags[0]}-${operationId}`);
    const heading = block.locator(".opblock-summary-control");
    await clickAll(heading);
    await block.locator(".responses-table").first().waitFor();
    const codes = await block
      .locator("tr.response")
      .evaluateAll((rows) => rows.map((row) => row.dataset.code));
    assert.deepEqual(codes.sort(), Object.keys(responses).sort(), operationId);
    assert.equal(await block.locator("tr[data-param-name]").count(), parameters.length);
    assert.equal(await width(page), 390, operationId);
    const tabs = block.getByRole("tab", { name: "Schema" });
    await clickAll(tabs);
    const selected = block.getByRole("tab", { name: "Schema", selected: true });
    assert.equal(await selected.count(), await tabs.count());
    assert.equal(await width(page), 390, `${operationId}, schemas`);
    await clickAll(heading);
    await block.locator(".responses-table").first().waitFor({ state: "detached" });
  }
});

test("the page follows the colour scheme, and text stands out in both", async (t) => {
  const { page } = await openReference(t, { colorScheme: "light" });
  const colours = () =>
    page.evaluate(() => {
      const lightness = (colour) =>
        colour
          .match(/\d+/g)
          .slice(0, 3)
          .reduce((sum, part) => sum + Number(part), 0) / 765;
      const of = (selector, property) =>
        lightness(getComputedStyle(document.querySelector(selector))[property]);
      return {
        card: of(".opblock", "backgroundColor"),
        text: of(".opblock-summary-path a", "color"),
        prose: of(".info p", "color"),
      };
    });
  const light = await colours();
  assert.ok(light.card > 0.9 && light.text < 0.3 && light.prose < 0.3, JSON.stringify(light));
  await page.emulateMedia({ colorScheme: "dark" });
  const dark = await colours();
  assert.ok(dark.card < 0.3 && dark.text > 0.7 && dark.prose > 0.7, JSON.stringify(dark));
});

test("the document is for everyone, and the pages find each other", async (t) => {
  const { page } = await openReference(t);
  const answer = await fetch(`${runtime.baseUrl}/openapi.json`, {
    headers: { Origin: "https://elsewhere.example" },
  });
  assert.equal(answer.status, 200);
  assert.match(answer.headers.get("content-type"), /^application\/json/);
  assert.equal(answer.headers.get("access-control-allow-origin"), "*");
  assert.deepEqual(await answer.json(), description);

  // The demo page's key, which only `make start` puts there.
  await page.route("**/config.json", (route) => route.fulfill({ json: {} }));
  await page.getByRole("link", { name: "demo page" }).click();
  await page.getByRole("heading", { name: "What happens" }).waitFor();
  await page.getByRole("link", { name: "API reference" }).click();
  await page.locator(".opblock").first().waitFor();
});
