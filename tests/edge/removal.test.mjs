// Removal of sessions with long logs, alone and with their person: in steps, and at no point
// is an entry left without its session.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";
import { after, before, test } from "node:test";
import { assertNothingOrphaned } from "../support/ledger.mjs";
import { send, startRuntime, until } from "../support/runtime.mjs";

/** @import { DatabaseSync } from "node:sqlite" */

/** Entries of one step of a removal. */
const step = 1000;
const full = 100_000;

let runtime;
before(async () => {
  const worker = fileURLToPath(new URL("faults/worker.mjs", import.meta.url));
  runtime = await startRuntime({ worker });
});
after(() => runtime?.stop());

const ask = (method, path, headers = {}) =>
  send(runtime.baseUrl, { method, path, token: runtime.keys.secret, headers });
const count = async (sql) => (await runtime.query(`SELECT count(*) AS n FROM ${sql}`))[0].n;

/** Creates a session, and returns its id. */
async function newSession(body = {}, key = randomUUID()) {
  const headers = { "Idempotency-Key": key };
  const created = await send(runtime.baseUrl, { token: runtime.keys.secret, headers, body });
  assert.equal(created.status, 201);
  return created.body.id;
}

/** Stores entries in the logs of sessions, as many in each. Their ids have no order. */
function fill(/** @type {DatabaseSync} */ database, ids, count) {
  database.exec("BEGIN");
  for (const id of ids) {
    database.exec(`
      INSERT INTO entries (organization, session_id, seq, id, event, author, text, created_at_ms)
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})
      SELECT 'acme', '${id}', i, lower(hex(randomblob(16))), 'message', 'contact', 'mark-77ab ' || i, i
      FROM n;
      UPDATE sessions SET last_seq = ${count} WHERE organization = 'acme' AND id = '${id}'`);
  }
  database.exec("COMMIT");
}

test("a session with 100,000 entries is removed while others are served", async () => {
  const [id, other] = [await newSession(), await newSession()];
  await runtime.edit((database) => {
    fill(database, [id], full);
    fill(database, [other], 10);
  });
  const waits = [];
  let isDone = false;
  const others = async () => {
    while (!isDone) {
      const started = performance.now();
      assert.equal((await ask("GET", `/chat/sessions/${other}`)).status, 200);
      waits.push(performance.now() - started);
    }
  };
  const waiting = others();
  const started = performance.now();
  const removed = await ask("DELETE", `/chat/sessions/${id}`);
  const tookMs = performance.now() - started;
  isDone = true;
  await waiting;
  assert.equal(removed.status, 204, removed.text);
  const { round_trips, rows_read, rows_written } = await runtime.usage(removed);
  assert.equal(round_trips, full / step);
  assert.ok(rows_read <= 2.1 * full, `${rows_read} rows read`);
  assert.ok(rows_written <= 2.1 * full, `${rows_written} rows written`);
  waits.sort((one, other) => one - other);
  const wait = waits[Math.floor(waits.length * 0.9)];
  assert.ok(wait < tookMs / 5, `nine of ten others waited up to ${wait} of ${tookMs} ms`);

  assert.equal((await ask("GET", `/chat/sessions/${id}`)).status, 404);
  assert.equal((await ask("DELETE", `/chat/sessions/${id}`)).status, 404);
  assert.equal(await count("entries"), 10);
  assert.equal(await count(`idempotency_keys WHERE session_id = '${id}'`), 0);
  await assertNothingOrphaned(runtime);
  assert.equal((await ask("DELETE", `/chat/sessions/${other}`)).status, 204);
});

test("a short session is removed in one round trip, and a foreign one is not", async () => {
  const id = await newSession();
  await runtime.edit((database) => fill(database, [id], 20));
  const token = runtime.keys.otherSecret;
  const path = `/chat/sessions/${id}`;
  const foreign = await send(runtime.baseUrl, { method: "DELETE", path, token });
  assert.equal(foreign.status, 404);
  assert.equal(await count("entries"), 20);
  const removed = await ask("DELETE", path);
  assert.equal(removed.status, 204);
  assert.equal((await runtime.usage(removed)).round_trips, 1);
  assert.equal(await count("entries"), 0);
});

test("a removal that breaks off is continued, and what is left reads as the session", async () => {
  const id = await newSession();
  await runtime.edit((database) => fill(database, [id], 5 * step));
  const path = `/chat/sessions/${id}`;
  const before = await ask("GET", path);
  const fault = { "X-Test-Fault": "without DELETE FROM sessions 2" };
  const failed = await ask("DELETE", path, fault);
  assert.equal(failed.status, 503);
  assert.equal(failed.body.code, "storage_unavailable");

  const [left] = await runtime.query("SELECT min(seq) AS first, count(*) AS n FROM entries");
  assert.deepEqual(left, { first: 2 * step + 1, n: 3 * step }, "the oldest go first");
  assert.deepEqual((await ask("GET", path)).body, before.body);
  await assertNothingOrphaned(runtime);

  // A message that arrives between two requests goes too.
  await runtime.execute(
    `INSERT INTO entries (organization, session_id, seq, id, event, author, created_at_ms)
     VALUES ('acme', '${id}', ${5 * step + 1}, 'late', 'message', 'contact', 1)`,
  );
  const continued = await ask("DELETE", path);
  assert.equal(continued.status, 204);
  assert.equal((await runtime.usage(continued)).round_trips, 4);
  assert.equal(await count("entries"), 0);
  assert.equal(await count("sessions"), 0);
});

test("a person is removed with the logs of their sessions, a bounded part a step", async () => {
  const contact = { email: "talkative@example.com" };
  const ids = [];
  for (let session = 0; session < 30; session += 1) ids.push(await newSession({ contact }));
  const other = await newSession({ contact: { email: "other@example.com" } });
  await runtime.edit((database) => {
    fill(database, ids, 100);
    fill(database, [other], 10);
  });
  const [{ contact_id: person }] = await runtime.query(
    `SELECT contact_id FROM sessions WHERE id = '${ids[0]}'`,
  );
  const path = `/contacts/${person}`;
  const failed = await ask("DELETE", path, { "X-Test-Fault": "without DELETE FROM sessions 2" });
  assert.equal(failed.status, 503);
  assert.equal(await count("entries"), 1000 + 10);
  assert.equal(await count(`sessions WHERE contact_id = '${person}'`), 10);
  assert.equal(await count(`contacts WHERE id = '${person}'`), 1);
  await assertNothingOrphaned(runtime);

  const removed = await ask("DELETE", path);
  assert.equal(removed.status, 204);
  assert.equal(await count("entries"), 10);
  assert.equal(await count(`contacts WHERE id = '${person}'`), 0);
  await assertNothingOrphaned(runtime);
  assert.equal((await ask("DELETE", `/chat/sessions/${other}`)).status, 204);
});

test("the database itself keeps entries from losing their session", async () => {
  const id = await newSession();
  await runtime.edit((database) => fill(database, [id], 1));
  const remove = runtime.execute(`DELETE FROM sessions WHERE id = '${id}'`);
  await assert.rejects(remove, /FOREIGN KEY constraint failed/);
  assert.equal((await ask("DELETE", `/chat/sessions/${id}`)).status, 204);
});

test("a kill in the middle of a removal leaves nothing half-written", async (t) => {
  const separate = await startRuntime({ isSeparate: true });
  t.after(() => separate.stop());
  const token = separate.keys.secret;
  const entries = async () => {
    const [row] = await separate.query("SELECT count(*) AS n FROM entries");
    return Number(row?.n);
  };
  let request;
  const newFull = async () => {
    const { body } = await send(separate.baseUrl, { token, body: {} });
    request = { method: "DELETE", path: `/chat/sessions/${body.id}`, token };
    await separate.edit((database) => fill(database, [body.id], full));
  };
  await newFull();
  for (let crashes = 0; crashes < 2;) {
    const left = await entries();
    const removing = send(separate.baseUrl, request).then(
      () => "done",
      () => "interrupted",
    );
    await until(async () => (await entries()) !== left);
    await separate.crash();
    await separate.restart();
    assert.equal((await entries()) % step, 0, "whole steps");
    await assertNothingOrphaned(separate);
    // On a slow machine, the kill may come too late.
    if ((await removing) === "interrupted") crashes += 1;
    else await newFull();
  }
  assert.ok((await entries()) > 0, "the removal was interrupted");
  assert.equal((await send(separate.baseUrl, request)).status, 204);
  assert.equal(await entries(), 0);
});
