// Storage that never responds: a 503 in bounded time, and the retry stores exactly one
// session or message. The tests wait at the same time, each with a service of its own.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Conversations } from "../support/conversations.mjs";
import { assertUnavailable, boundMs, freshKey, shapesOf, startFaulty } from "../support/faults.mjs";
import { send, until } from "../support/runtime.mjs";

async function start(t) {
  const started = await startFaulty();
  t.after(() => started.runtime.stop());
  return started;
}

describe("storage that never responds", { concurrency: true }, () => {
  test("storage that never answers is given up in bounded time; the retry makes one session", async (t) => {
    const { ledger, withFault } = await start(t);
    // "true" if the silent database has stored the session, so that the retry is a
    // replay.
    const isReplay = { hang: null, mute: "true", "keys-hang": null };
    const attempts = Object.keys(isReplay).flatMap((fault) =>
      shapesOf(ledger).map((create) => ({ fault, create })),
    );
    await Promise.all(
      attempts.map(async ({ fault, create }) => {
        const started = performance.now();
        assertUnavailable(await withFault(create, fault));
        assert.ok(performance.now() - started < boundMs, `${fault} took too long`);
      }),
    );
    for (const { fault, create } of attempts) {
      const retried = await ledger.create(create);
      assert.equal(retried.status, 201);
      assert.equal(retried.headers.get("idempotency-replayed"), isReplay[fault], fault);
    }
    await ledger.assertWhole();
  });

  test("a batch that is done after it was given up is done once, whenever the retry comes", async (t) => {
    const { runtime, ledger, withFault } = await start(t);
    const lateBatches = () => runtime.lines.filter((line) => line === "late batch done").length;
    const retriedFirst = shapesOf(ledger);
    const retriedLast = shapesOf(ledger);
    const refused = [...retriedFirst, ...retriedLast].map((create) =>
      withFault(create, "late 8000"),
    );
    (await Promise.all(refused)).forEach(assertUnavailable);
    assert.equal(lateBatches(), 0);

    const retry = async (create, replayed) => {
      const { status, headers } = await ledger.create(create);
      assert.equal(status, 201);
      assert.equal(headers.get("idempotency-replayed"), replayed);
    };
    for (const create of retriedFirst) await retry(create, null);
    await until(() => lateBatches() === refused.length);
    for (const create of retriedLast) await retry(create, "true");
    await ledger.assertWhole();
  });

  test("reading from storage that fails or never answers", async (t) => {
    const { runtime, ledger, keyFor } = await start(t);
    const { body } = await ledger.create(ledger.next());
    const read = (fault) =>
      send(runtime.baseUrl, {
        method: "GET",
        path: `/chat/sessions/${body.id}`,
        token: keyFor(fault ?? ""),
        headers: fault ? { "X-Test-Fault": fault } : {},
      });
    const faults = ["before", "after", "hang", "keys-fail", "keys-hang"];
    (await Promise.all(faults.map(read))).forEach(assertUnavailable);
    assert.equal((await read()).status, 200);
  });

  test("a message and a history that storage never answers; the retry makes one message", async (t) => {
    const { runtime, ledger } = await start(t);
    const conversations = new Conversations(runtime, ledger);
    const session = await conversations.open();
    const lateBatches = () => runtime.lines.filter((line) => line === "late batch done").length;
    // Per fault two messages: one is sent again before a late batch is done, one after it.
    const attempts = ["hang", "mute", "late 8000", "keys-hang"].flatMap((fault) =>
      [0, 1].map((index) => ({
        fault,
        isEarly: index === 0,
        message: conversations.next(session),
      })),
    );
    const token = (fault) => (fault.startsWith("keys-") ? freshKey() : runtime.keys.secret);
    const history = (fault = "") =>
      send(runtime.baseUrl, {
        method: "GET",
        path: `/chat/sessions/${session}/history`,
        token: token(fault),
        headers: fault ? { "X-Test-Fault": fault } : {},
      });
    const started = performance.now();
    const refused = await Promise.all([
      ...attempts.map(({ fault, message }) =>
        conversations.send(message, { "X-Test-Fault": fault }, token(fault)),
      ),
      ...["hang", "mute", "keys-hang"].map(history),
    ]);
    assert.ok(performance.now() - started < boundMs);
    refused.forEach(assertUnavailable);
    assert.equal((await history()).status, 200);

    const retry = async ({ fault, isEarly, message }) => {
      const isStored = fault === "mute" || (fault.startsWith("late") && !isEarly);
      assert.equal((await conversations.send(message)).status, isStored ? 200 : 201, fault);
    };
    for (const attempt of attempts.filter(({ isEarly }) => isEarly)) await retry(attempt);
    await until(() => lateBatches() === 2);
    for (const attempt of attempts.filter(({ isEarly }) => !isEarly)) await retry(attempt);
    await conversations.assertWhole();
  });

  test("the cleanup ends, and logs why", async (t) => {
    const { runtime } = await start(t);
    const started = performance.now();
    const { outcome } = await runtime.runCron("hang");
    assert.equal(outcome, "ok");
    assert.ok(performance.now() - started < boundMs);
    const reason = "cleanup of idempotency_keys in DB failed: D1: no answer within 5000 ms";
    await until(() => runtime.lines.includes(reason));
  });

  test("a key that was used lately goes on without KV, for ten seconds", async (t) => {
    const { runtime, ledger } = await start(t);
    const withoutKeys = (create) =>
      ledger.create(create, { "X-Test-Fault": "keys-fail" }, runtime.keys.secret);
    assert.equal((await ledger.create(ledger.next())).status, 201);
    assert.equal((await withoutKeys(ledger.next())).status, 201);

    await new Promise((resolve) => setTimeout(resolve, 10_500));
    const create = ledger.next();
    assertUnavailable(await withoutKeys(create));
    assert.equal((await ledger.create(create)).status, 201);
    await ledger.assertWhole();
  });
});
