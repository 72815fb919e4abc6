// The package's calls beyond one request, in a real Chromium: retries,
// tokens, time-outs, aborts, options.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  answer,
  created,
  endpoint,
  page,
  refusal,
  run,
  runtime,
} from "../support/package_page.mjs";

const create = ({ createSession }, options) => createSession({}, options);
const keys = (sent) => sent.map(({ headers }) => headers["idempotency-key"]);

test("what fails in passing is tried again, with one Idempotency-Key", async (t) => {
  for (const failure of [{ status: 429 }, { status: 502 }, { status: 503 }, "connectionreset"]) {
    const sent = await answer(t, failure, { status: 504 });
    const { result } = await run(create);
    assert.equal(result.id, created.json.id);
    assert.equal(sent.length, 3);
    assert.match(keys(sent)[0], /^[0-9a-f-]{36}$/);
    assert.equal(new Set(keys(sent)).size, 1);
    assert.equal(new Set(sent.map(({ body }) => body)).size, 1);
    await page.unroute(endpoint);
  }
});

test("two calls are two sessions; a key that is given is sent", async (t) => {
  const sent = await answer(t);
  await run(create);
  await run(create);
  await run(create, undefined, { idempotencyKey: "order-42" });
  assert.notEqual(keys(sent)[0], keys(sent)[1]);
  assert.equal(keys(sent)[2], "order-42");
});

test("an idempotencyKey that is none is not sent as text; null is absent", async (t) => {
  const sent = await answer(t);
  const { result } = await run(async ({ createClient }, options) => {
    const client = createClient(options);
    const keys = [NaN, 0, 1, true, false, {}, [], () => "k", Symbol("k"), 1n, new String("k")];
    keys.push("", " ", "a b", "k\n", "\u{1f511}", "k".repeat(256));
    const errors = [];
    for (const idempotencyKey of keys) {
      errors.push(
        await client
          .createSession({}, { idempotencyKey })
          .catch(({ code, message }) => [code, message]),
      );
    }
    await client.createSession({}, { idempotencyKey: null });
    await client.createSession({}, { idempotencyKey: null });
    await client.createSession({}, { idempotencyKey: undefined });
    await client.createSession({}, { idempotencyKey: "k".repeat(255) });
    return errors;
  });
  for (const [code, message] of result) {
    assert.equal(code, "invalid_options");
    assert.match(message, /^options: idempotencyKey must /);
  }
  assert.equal(sent.length, 4, "no more than the last four");
  assert.equal(new Set(keys(sent)).size, 4);
  assert.ok(
    keys(sent).every((key) => /^[0-9a-f-]{36}$|^k{255}$/.test(key)),
    keys(sent).join(),
  );
});

test("a page without crypto.randomUUID has keys too", async (t) => {
  const sent = await answer(t);
  await run(async ({ createSession }, options) => {
    const { randomUUID } = Crypto.prototype;
    delete Crypto.prototype.randomUUID;
    try {
      await createSession({}, options);
      await createSession({}, options);
    } finally {
      Crypto.prototype.randomUUID = randomUUID;
    }
  });
  assert.match(keys(sent)[0], /^[0-9a-f-]{36}$/);
  assert.notEqual(keys(sent)[0], keys(sent)[1]);
});

test("a retry after a lost answer makes no second session", async () => {
  let isLost = false;
  await page.route(endpoint, async (route) => {
    if (isLost) return route.fallback();
    isLost = true;
    await route.fetch();
    return route.abort("connectionreset");
  });
  const [{ count: before }] = await runtime.query("SELECT count(*) AS count FROM sessions");
  const { result } = await run(create);
  await page.unroute(endpoint);
  const [{ count }] = await runtime.query("SELECT count(*) AS count FROM sessions");
  assert.equal(count, before + 1);
  assert.equal((await runtime.query("SELECT 1 FROM sessions WHERE id = ?", result.id)).length, 1);
});

test("after the last try the failure is told; retries: 0 is one try", async (t) => {
  const unavailable = refusal(503, "storage_unavailable", { "Retry-After": "0" });
  const sent = await answer(t, unavailable, unavailable, unavailable, unavailable);
  const error = await run(create);
  assert.equal(sent.length, 3);
  assert.equal(error.code, "storage_unavailable");
  assert.equal(error.status, 503);
  assert.equal(error.retryAfterMs, 0);
  await run(create, undefined, { retries: 0 });
  assert.equal(sent.length, 4);
});

test("what will not pass is not tried again", async (t) => {
  for (const status of [400, 403, 404, 409, 413, 422, 500]) {
    const sent = await answer(t, refusal(status, "not_found"));
    assert.equal((await run(create)).status, status);
    assert.equal(sent.length, 1);
    await page.unroute(endpoint);
  }
});

test("Retry-After is waited for, as seconds and as a date", async (t) => {
  await answer(t, { status: 429, headers: { "Retry-After": "1" } });
  const { result, ms } = await run(create);
  assert.equal(result.id, created.json.id);
  assert.ok(ms >= 1000, `${ms} ms`);
  await page.unroute(endpoint);

  const date = new Date(Date.now() + 60_000).toUTCString();
  await answer(t, { status: 429, headers: { "Retry-After": date } });
  const { retryAfterMs } = await run(create, undefined, { retries: 0 });
  assert.ok(retryAfterMs > 50_000 && retryAfterMs <= 60_000, `${retryAfterMs} ms`);
});

test("a wait longer than the time-out is not begun", async (t) => {
  const limited = refusal(429, "rate_limited", { "Retry-After": "3600" });
  const sent = await answer(t, limited);
  const error = await run(create);
  assert.equal(error.code, "rate_limited");
  assert.equal(error.retryAfterMs, 3_600_000);
  assert.equal(sent.length, 1);
  assert.ok(error.ms < 5_000, `${error.ms} ms`);
});

test("a token may be a function; after a 401 it is asked once more", async (t) => {
  const refused = refusal(401, "invalid_token");
  const renewing = ({ createSession }, options) => {
    const asked = [];
    const token = async (refused) => `pk_${asked.push(refused ?? null)}`;
    return createSession({}, { ...options, token }).then(
      () => asked,
      ({ code }) => ({ code, asked }),
    );
  };
  let sent = await answer(t, refused);
  assert.deepEqual((await run(renewing)).result, [null, "pk_1"]);
  assert.deepEqual(
    sent.map(({ headers }) => headers.authorization),
    ["Bearer pk_1", "Bearer pk_2"],
  );
  assert.equal(new Set(keys(sent)).size, 1);
  await page.unroute(endpoint);

  sent = await answer(t, refused, refused, refused);
  const { result } = await run(renewing);
  assert.deepEqual(result, { code: "invalid_token", asked: [null, "pk_1"] });
  assert.equal(sent.length, 2);
  await page.unroute(endpoint);

  sent = await answer(t, refused, refused);
  assert.equal((await run(create)).code, "invalid_token");
  assert.equal(sent.length, 1, "a string stays what it is");
});

test("a function that gives no token is an error of its own", async () => {
  const failing = ({ createSession }, options) =>
    createSession({}, { ...options, token: () => Promise.reject(new RangeError("logged out")) });
  const error = await run(failing);
  assert.equal(error.code, "token_unavailable");
  assert.equal(error.causeName, "RangeError");
  assert.match(error.message, /token/);
});

test("a token that is a page, or an error's text, is never sent", async (t) => {
  const sent = await answer(t);
  const { result } = await run(async ({ createSession }, options) => {
    const texts = [
      undefined,
      null,
      "",
      42,
      {},
      "<!doctype html><title>Log in</title>",
      "<p>v1.2.3</p>",
      "Unauthorized",
      "Not Found",
      "null",
      "undefined",
      '{"error":"unauthorized"}',
      "Bearer pk_1",
      "pk_1\n",
      "secret words",
    ];
    const outcome = ({ code, message }) => ({ code, message });
    const given = [];
    for (const text of texts) {
      given.push(await createSession({}, { ...options, token: () => text }).catch(outcome));
      given.push(await createSession({}, { ...options, token: async () => text }).catch(outcome));
    }
    const stood = [];
    for (const token of texts) {
      stood.push(await createSession({}, { ...options, token }).catch(outcome));
    }
    return { given, stood };
  });
  for (const { code, message } of result.given) {
    assert.equal(code, "token_unavailable");
    assert.match(message, /token, a function, gave .*response\.ok/);
  }
  for (const { code, message } of result.stood) {
    assert.equal(code, "invalid_options");
    assert.match(message, /^options: token must be .*pk_…/);
    assert.doesNotMatch(message, /secret words/);
  }
  assert.equal(sent.length, 0);
  assert.equal(
    (await run(create, undefined, { token: "eyJh.eyJz.c2ln-_" })).result.id,
    created.json.id,
  );
});

test("the time-out covers the whole call, whatever hangs", async (t) => {
  await page.route(endpoint, () => {});
  t.after(() => page.unroute(endpoint));
  const hangs = [
    create,
    ({ createSession }, options) =>
      createSession({}, { ...options, token: () => new Promise(() => {}) }),
  ];
  for (const call of hangs) {
    const error = await run(call, undefined, { timeoutMs: 300 });
    assert.equal(error.name, "TimeoutError");
    assert.equal(error.code, "timeout");
    assert.equal(error.causeName, "TimeoutError");
    assert.equal(error.isOurs, true);
    assert.ok(error.ms >= 295 && error.ms < 2_000, `${error.ms} ms`);
  }
});

test("an abort rejects with exactly the signal's reason, whenever it comes", async (t) => {
  await page.route(endpoint, () => {});
  t.after(() => page.unroute(endpoint));
  const outcomes = await page.evaluate(
    async (options) => {
      const { createSession } = await import("/pkg/index.js");
      const outcomes = [];
      const reasons = ["a string", undefined, 42, { an: "object" }, new RangeError("an error")];
      for (const reason of reasons) {
        for (const when of ["before", "meanwhile"]) {
          const controller = new AbortController();
          const abort = () => controller.abort(reason);
          if (when === "before") abort();
          const call = createSession({}, { ...options, signal: controller.signal });
          if (when === "meanwhile") setTimeout(abort, 50);
          outcomes.push(
            await call.then(
              () => "created",
              (error) => error === controller.signal.reason,
            ),
          );
        }
      }
      const timeout = await createSession(
        {},
        { ...options, signal: AbortSignal.timeout(20) },
      ).catch((error) => error instanceof DOMException && error.name);
      const ofNull = new AbortController();
      ofNull.abort(null);
      const nothing = await createSession({}, { ...options, signal: ofNull.signal }).catch(
        (error) => error,
      );
      return { outcomes, timeout, nothing };
    },
    { baseUrl: runtime.baseUrl, token: runtime.keys.publishable },
  );
  assert.deepEqual(outcomes.outcomes, Array(10).fill(true));
  assert.equal(outcomes.timeout, "TimeoutError");
  assert.equal(outcomes.nothing, null);
});

test("an abort ends the request and the waiting between tries", async (t) => {
  const sent = await answer(t, { status: 503, headers: { "Retry-After": "2" } });
  const { result } = await run(async ({ createSession }, options) => {
    const controller = new AbortController();
    const call = createSession({}, { ...options, signal: controller.signal });
    setTimeout(() => controller.abort("enough"), 200);
    const started = performance.now();
    const reason = await call.catch((error) => error);
    return { reason, ms: performance.now() - started };
  });
  assert.equal(result.reason, "enough");
  assert.ok(result.ms < 1_500, `${result.ms} ms`);
  await page.waitForTimeout(2_500);
  assert.equal(sent.length, 1);
});

test("options that are wrong are told before anything happens", async () => {
  for (const [options, message] of [
    [{ timeoutMs: 0 }, /timeoutMs/],
    [{ timeoutMs: "soon" }, /timeoutMs/],
    [{ retries: -1 }, /retries/],
    [{ signal: {} }, /signal/],
    [{ timeoutMs: "500" }, /timeoutMs/],
    [{ timeoutMs: true }, /timeoutMs/],
    [{ retries: "2" }, /retries/],
    [{ retries: true }, /retries/],
    [{ signal: null }, /signal .*leave it out/],
    [{ signal: 1 }, /signal/],
    [{ baseUrl: 7 }, /baseUrl .*https:/],
    [{ baseUrl: null }, /baseUrl .*https:/],
    [{ baseUrl: "" }, /baseUrl .*https:/],
    [{ baseUrl: "chat.example.com" }, /baseUrl .*https:/],
    [{ baseUrl: "//chat.example.com" }, /baseUrl .*https:/],
    [{ baseUrl: "./api" }, /baseUrl .*https:/],
    [{ baseUrl: "https://[" }, /baseUrl .*https:/],
    [{ baseUrl: "localhost:8787" }, /baseUrl .*http:.*localhost:/],
    [{ baseUrl: "ws://127.0.0.1:1" }, /baseUrl .*http:.*ws:/],
    [{ baseUrl: "file:///tmp" }, /baseUrl .*http:/],
    [{ baseUrl: "data:text/html,hi" }, /baseUrl .*http:/],
    [{ baseUrl: `${runtime.baseUrl}/?a=b` }, /baseUrl .*\?/],
    [{ baseUrl: `${runtime.baseUrl}/?` }, /baseUrl .*\?/],
    [{ baseUrl: `${runtime.baseUrl}/#a` }, /baseUrl .*#/],
    [{ baseUrl: `${runtime.baseUrl}#` }, /baseUrl .*#/],
    [{ baseUrl: "https://ann@chat.example.com" }, /baseUrl .*user name/],
    [{ baseUrl: "https://:secret@chat.example.com" }, /baseUrl .*password/],
    [{ token: {} }, /token/],
  ]) {
    const error = await run(create, undefined, options);
    assert.equal(error.code, "invalid_options", JSON.stringify(options));
    assert.match(error.message, message);
    assert.doesNotMatch(error.message, /secret/);
  }
  for (const options of [{ timeoutMs: null }, { retries: null }, { baseUrl: "/" }]) {
    assert.ok((await run(create, undefined, options)).result.id, JSON.stringify(options));
  }
  const without = await run(({ createSession }) => createSession({}));
  assert.equal(without.code, "invalid_options");
});
