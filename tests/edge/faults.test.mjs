// Storage that fails at any point of a create: a 503, and the retry creates exactly one
// session. Storage that never responds is in time_outs.test.mjs.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import {
  assertUnavailable,
  boundMs,
  countSessions,
  freshKey,
  shapesOf,
  startFaulty,
} from "../support/faults.mjs";
import { until } from "../support/runtime.mjs";

let runtime;
let ledger;
let withFault;
before(async () => {
  ({ runtime, ledger, withFault } = await startFaulty());
});
after(() => runtime?.stop());

const sessions = () => countSessions(runtime);
const shapes = () => shapesOf(ledger);

test("the Worker under test is the real one", async () => {
  for (const create of shapes()) assert.equal((await ledger.create(create)).status, 201);
  await ledger.assertWhole();
});

test("a batch that is lost on its way writes nothing; the retry does it once", async () => {
  for (const fault of ["before", "keys-fail"]) {
    for (const create of shapes()) {
      const before = await sessions();
      assertUnavailable(await withFault(create, fault));
      assert.equal(await sessions(), before);
      await ledger.assertWhole();

      const retried = await ledger.create(create);
      assert.equal(retried.status, 201);
      assert.equal(retried.headers.get("idempotency-replayed"), null);
      await ledger.assertWhole();
    }
  }
});

test("a batch that fails at any of its statements writes nothing; the retry does it once", async () => {
  // The largest batch has five statements: the failure comes before, between and after
  // them.
  for (let position = 0; position <= 5; position += 1) {
    for (const create of shapes()) {
      const before = await sessions();
      assertUnavailable(await withFault(create, `at ${position}`));
      assert.equal(await sessions(), before);
      await ledger.assertWhole();
      assert.equal((await ledger.create(create)).status, 201);
      await ledger.assertWhole();
    }
  }
});

test("an answer that is lost was done as a whole; the retry gives the same session", async () => {
  for (const create of shapes()) {
    const before = await sessions();
    assertUnavailable(await withFault(create, "after"));
    assert.equal(await sessions(), before + 1);
    const retried = await ledger.create(create);
    assert.equal(retried.status, 201);
    assert.equal(retried.headers.get("idempotency-replayed"), "true");
    assert.equal(await sessions(), before + 1);
    await ledger.assertWhole();
  }
});

test("going on with an open session: whatever failed, the retry gets that session", async () => {
  const goOn = (fault) => ({
    key: randomUUID(),
    body: {
      channel: { type: "web" },
      custom_data: {},
      verified: true,
      resume: true,
      contact: { email: "back@example.com", custom_data: { [fault]: true } },
    },
  });
  const first = await ledger.create(goOn("none"));
  assert.equal(first.status, 201);
  /** Returns the keys of the contact's attributes: each create adds its fault. */
  const kept = async () => {
    const [{ data }] = await runtime.query(
      "SELECT custom_data AS data FROM contacts WHERE email = 'back@example.com'",
    );
    return Object.keys(JSON.parse(data));
  };

  const positions = Array.from({ length: 6 }, (_, position) => `at ${position}`);
  for (const fault of ["before", ...positions, "after", "mute"]) {
    const before = { sessions: await sessions(), kept: await kept() };
    const isDone = fault === "after" || fault === "mute";
    const create = goOn(fault);
    assertUnavailable(await withFault(create, fault));
    assert.deepEqual(await kept(), isDone ? [...before.kept, fault] : before.kept);

    const retried = await ledger.create(create);
    assert.equal(retried.status, 200, fault);
    assert.equal(retried.body.id, first.body.id, fault);
    assert.equal(retried.headers.get("session-resumed"), "true");
    assert.equal(retried.headers.get("idempotency-replayed"), isDone ? "true" : null, fault);
    assert.equal(await sessions(), before.sessions);
    assert.deepEqual(await kept(), [...before.kept, fault]);
    await ledger.assertWhole();
  }
});

test("the cleanup ends when the database fails, and logs why", async () => {
  const { outcome } = await runtime.runCron("before");
  assert.equal(outcome, "ok");
  const reason = "cleanup of idempotency_keys in DB failed: D1: injected fault";
  await until(() => runtime.lines.includes(reason));
});

test("a limiter that fails, mumbles or never answers lets all through, and is logged", async () => {
  for (const fault of ["limiter-fail", "limiter-hang", "limiter-mumble"]) {
    assert.equal((await withFault(ledger.next(), fault)).status, 201, fault);
  }
  const warnings = () => runtime.log().flatMap(({ warning }) => warning ?? []);
  await until(() => warnings().length === 3);
  assert.match(warnings()[0], /^rate limiter: injected fault$/);
  assert.match(warnings()[1], /^rate limiter: no answer within 500 ms$/);
  assert.match(warnings()[2], /^rate limiter: ./);
});

test("a panic costs the requests in its instance; none hangs, and the next one works", async () => {
  /** Returns the status; undefined if the connection was closed. */
  const statusOf = async (create, fault, token) => {
    const started = performance.now();
    const status = await ledger.create(create, { "X-Test-Fault": fault }, token).then(
      ({ status, text }) => {
        assert.doesNotMatch(text, /injected|\.rs\b/);
        return status;
      },
      () => undefined,
    );
    assert.ok(performance.now() - started < boundMs, `${fault} took too long`);
    return status;
  };
  const assertFailed = (status) => assert.ok(status === undefined || status === 500, `${status}`);

  for (let round = 0; round < 2; round += 1) {
    const create = ledger.next();
    // It waits for KV, which never responds, when its instance is discarded.
    const waiting = statusOf(ledger.next(), "keys-hang", freshKey());
    await new Promise((resolve) => setTimeout(resolve, 200));
    assertFailed(await statusOf(create, "panic"));
    // The next instance has no stale state.
    for (const next of [create, ...shapes()]) {
      assert.equal((await ledger.create(next)).status, 201);
    }
    assertFailed(await waiting);
  }
  await ledger.assertWhole();
});

test("the log says why, and the answers did not", async () => {
  const causes = new Set(runtime.log().flatMap(({ cause }) => cause ?? []));
  for (const cause of [
    "D1: injected fault",
    "KV: injected fault",
    "D1: no answer within 5000 ms",
  ]) {
    assert.ok(causes.has(cause), cause);
  }
});
