// The built package in a real Chromium, as a page imports it: the same verdicts
// as the edge, and nothing invalid on the network.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { sessionRequestCasesInJson, shortForm } from "../support/cases.mjs";
import { startChromium } from "../support/chromium.mjs";
import { send, startRuntime } from "../support/runtime.mjs";

let runtime;
let browser;
let page;
before(async () => {
  [runtime, browser] = await Promise.all([startRuntime(), startChromium()]);
  page = await browser.newPage();
  await page.goto(`${runtime.baseUrl}/`);
});
after(async () => {
  await browser?.close();
  await runtime?.stop();
});

async function contactToken() {
  const { baseUrl, keys } = runtime;
  const path = "/widget/authenticate-user";
  const body = { email: "ann@example.com" };
  return (await send(baseUrl, { token: keys.secret, path, body })).body.token;
}

/** Calls createSession in the page; returns `{ created }` or the error's parts. */
function call(request, options = {}) {
  const { baseUrl, keys } = runtime;
  return page.evaluate(
    async ({ request, options }) => {
      const { createSession, ChatSessionError } = await import("/pkg/index.js");
      try {
        return { created: await createSession(request, options) };
      } catch (error) {
        const { name, message, code, status, errors, requestId, stack } = error;
        const isError = error instanceof Error && error instanceof ChatSessionError;
        return {
          isError,
          name,
          message,
          code,
          status,
          errors,
          requestId,
          hasStack: Boolean(stack),
        };
      }
    },
    { request, options: { baseUrl, token: keys.publishable, ...options } },
  );
}

test("importing the package loads no rules; the first call loads them once", async () => {
  const fresh = await browser.newPage();
  await fresh.goto(`${runtime.baseUrl}/favicon.svg`);
  const loads = [];
  fresh.on(
    "request",
    (request) => /wasm|fallback/.test(request.url()) && loads.push(request.url()),
  );
  await fresh.evaluate(() => import("/pkg/index.js"));
  assert.deepEqual(loads, []);
  const ids = await fresh.evaluate(
    async (options) => {
      const { createSession } = await import("/pkg/index.js");
      const sessions = await Promise.all([1, 2, 3].map(() => createSession({}, options)));
      return sessions.map(({ id }) => id);
    },
    { baseUrl: runtime.baseUrl, token: runtime.keys.publishable },
  );
  assert.equal(new Set(ids).size, 3);
  assert.deepEqual(loads, [`${runtime.baseUrl}/pkg/wasm.js`]);
  await fresh.close();
});

test("rules that cannot be loaded are a network_error, and the next call tries again", async () => {
  const fresh = await browser.newPage();
  await fresh.goto(`${runtime.baseUrl}/favicon.svg`);
  const open = () =>
    fresh.evaluate(
      async (options) => {
        const { createSession, ChatSessionError } = await import("/pkg/index.js");
        return createSession({}, options).then(
          () => "created",
          (error) => error instanceof ChatSessionError && error.code,
        );
      },
      { baseUrl: runtime.baseUrl, token: runtime.keys.publishable },
    );
  const rules = /wasm\.js|fallback\.js/;
  await fresh.route(rules, (route) => route.abort());
  assert.equal(await open(), "network_error");
  assert.equal(await open(), "network_error");
  await fresh.unroute(rules);
  assert.equal(await open(), "created");
  await fresh.close();
});

test("the call of the README gives an id, and the session is in D1", async () => {
  const { created } = await call({
    channel: { type: "web" },
    custom_data: { order_id: "ord_123", cart_value: 149.99 },
  });
  assert.deepEqual(Object.keys(created), ["id"]);
  const [row] = await runtime.query("SELECT * FROM sessions WHERE id = ?", created.id);
  assert.equal(row.channel, "web");
  assert.equal(row.custom_data, '{"order_id":"ord_123","cart_value":149.99}');
});

test("every case gets the edge's verdict, and an invalid one never reaches the network", async () => {
  const cases = await sessionRequestCasesInJson();
  const posts = [];
  const record = (request) => request.method() === "POST" && posts.push(request.url());
  page.on("request", record);
  const verdicts = await page.evaluate(
    async ({ texts, options }) => {
      const { createSession } = await import("/pkg/index.js");
      const verdicts = [];
      for (const text of texts) {
        try {
          await createSession(JSON.parse(text), options);
          verdicts.push({ status: 201 });
        } catch ({ status, code, errors }) {
          verdicts.push({ status, code, errors });
        }
      }
      return verdicts;
    },
    {
      texts: cases.map(({ text }) => text),
      // A publishable key may send less than the rules allow.
      options: { baseUrl: runtime.baseUrl, token: await contactToken() },
    },
  );
  page.off("request", record);

  const mismatches = cases.flatMap(({ name, expect }, index) => {
    const { status, code, errors } = verdicts[index];
    // The edge may reject a valid request of a contact token: for another contact.
    const isAccepted = status === 201 || code === "insufficient_scope";
    const verdict = isAccepted ? { status: 201 } : { status, code, errors: shortForm(errors) };
    return JSON.stringify(verdict) === JSON.stringify(expect)
      ? []
      : [`${name}: ${JSON.stringify(verdict)}`];
  });
  assert.deepEqual(mismatches, []);
  assert.ok(cases.length >= 150, `${cases.length} cases`);
  assert.equal(posts.length, cases.filter(({ expect }) => expect.status === 201).length);
});

test("a refusal here is the refusal of the edge, word for word", async () => {
  const request = {
    contact_id: "42",
    channel: {},
    verified: 1,
    custom_data: { "a/b": null },
    contact: { email: "x" },
  };
  const here = await call(request);
  const response = await fetch(`${runtime.baseUrl}/chat/sessions`, {
    method: "POST",
    headers: { Authorization: `Bearer ${runtime.keys.secret}`, "Content-Type": "application/json" },
    body: JSON.stringify(request),
  });
  const there = await response.json();
  assert.equal(here.isError, true);
  assert.equal(here.name, "ChatSessionError");
  assert.equal(here.hasStack, true);
  assert.equal(here.status, there.statusCode);
  assert.equal(here.code, there.code);
  assert.equal(here.message, there.message);
  assert.deepEqual(here.errors, there.errors);
  assert.equal(here.requestId, undefined);
});

test("a refusal of the edge arrives as an error with its parts", async () => {
  const refused = await call({}, { token: `pk_${"0".repeat(64)}` });
  assert.equal(refused.isError, true);
  assert.equal(refused.code, "invalid_token");
  assert.equal(refused.status, 401);
  assert.deepEqual(refused.errors, []);
  assert.match(refused.requestId, /^[0-9a-f-]{36}$/);

  const claimed = await call({ verified: true });
  assert.equal(claimed.code, "verification_required");
  const secret = await call({}, { token: runtime.keys.secret });
  assert.equal(secret.code, "secret_key_in_browser");
});

test("bad options and an unreachable service are errors with a code", async () => {
  assert.equal((await call({}, { baseUrl: undefined })).code, "invalid_options");
  assert.equal((await call({}, { token: "" })).code, "invalid_options");
  assert.equal((await call({}, { token: "a\nb" })).code, "invalid_options");
  assert.equal((await call({}, { baseUrl: "https://[" })).code, "invalid_options");
  assert.equal((await call({}, { baseUrl: "http://127.0.0.1:1" })).code, "network_error");
});

test("what JSON cannot say is a field error, and undefined is left out", async () => {
  const errors = await page.evaluate(
    async (options) => {
      const { createSession } = await import("/pkg/index.js");
      const cyclic = {};
      cyclic.self = cyclic;
      const throwing = Object.defineProperty({}, "a", {
        enumerable: true,
        get() {
          throw new Error("no");
        },
      });
      const request = {
        channel: undefined,
        custom_data: {
          absent: undefined,
          nan: NaN,
          infinity: Infinity,
          big: 10n,
          date: new Date(),
          cyclic,
          call() {},
          symbol: Symbol("s"),
          lone: "\ud800",
          array: [],
        },
        contact: throwing,
      };
      return createSession(request, options).catch((error) =>
        error.errors.map(({ path, code }) => `${path} ${code}`).sort(),
      );
    },
    { baseUrl: runtime.baseUrl, token: runtime.keys.publishable },
  );
  assert.deepEqual(errors, [
    "/contact invalid_type",
    "/custom_data/array invalid_type",
    "/custom_data/big invalid_type",
    "/custom_data/call invalid_type",
    "/custom_data/cyclic invalid_type",
    "/custom_data/date invalid_type",
    "/custom_data/infinity not_finite",
    "/custom_data/lone ill_formed_unicode",
    "/custom_data/nan not_finite",
    "/custom_data/symbol invalid_type",
  ]);
});

test("a body over the limit is refused before the network", async () => {
  const custom_data = Object.fromEntries(
    Array.from({ length: 17 }, (_, index) => [`key_${index}`, "x".repeat(4096)]),
  );
  const { code, status } = await call({ custom_data }, { token: await contactToken() });
  assert.deepEqual({ code, status }, { code: "body_too_large", status: 413 });
});

test("the smaller limits of a publishable key are checked before the network", async () => {
  const attributes = (count, chars) =>
    Object.fromEntries(
      Array.from({ length: count }, (_, index) => [`key_${index}`, "x".repeat(chars)]),
    );
  const sent = [];
  const record = (request) => request.method() === "POST" && sent.push(request.url());
  page.on("request", record);
  const refused = async (custom_data) => {
    const { code, errors } = await call({ custom_data, contact: { custom_data } });
    return [code, ...shortForm(errors)];
  };
  assert.deepEqual(await refused(attributes(21, 1)), [
    "invalid_request",
    "/contact/custom_data too_many_keys",
    "/custom_data too_many_keys",
  ]);
  assert.deepEqual(await refused(attributes(1, 1025)), [
    "invalid_request",
    "/contact/custom_data/key_0 too_long",
    "/custom_data/key_0 too_long",
  ]);
  assert.deepEqual(await refused(attributes(16, 1024)), ["body_too_large"]);
  assert.deepEqual(sent, []);
  page.off("request", record);
  const { created } = await call({ custom_data: attributes(15, 1024) });
  assert.match(created.id, /^[0-9a-f-]{36}$/);
});
