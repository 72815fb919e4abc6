// The cron trigger: idempotency keys are kept for at least a day, then removed.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { send, startRuntime, until } from "../support/runtime.mjs";

let runtime;
before(async () => {
  runtime = await startRuntime({ variables: { RETENTION_DAYS: "30" } });
});
after(() => runtime?.stop());

const dayMs = 24 * 60 * 60 * 1000;
const create = (key) =>
  send(runtime.baseUrl, {
    token: runtime.keys.secret,
    headers: { "Idempotency-Key": key },
    body: {},
  });
const age = (key, ms) =>
  runtime.execute(
    `UPDATE idempotency_keys SET created_at_ms = created_at_ms - ${ms} WHERE key LIKE '% ${key}'`,
  );

async function tidy() {
  const { outcome } = await runtime.runCron();
  assert.equal(outcome, "ok");
}

test("only keys older than a day are forgotten, however many they are", async () => {
  for (const key of ["old", "almost", "new"]) assert.equal((await create(key)).status, 201);
  await age("old", dayMs + 60_000);
  await age("almost", dayMs - 60_000);
  // More than one batch of old ones.
  await runtime.execute(
    `INSERT INTO idempotency_keys (organization, key, fingerprint, session_id, created_at_ms)
     WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500)
     SELECT 'acme', 'secret:crowd-' || i, 'f', 's', 0 FROM n`,
  );

  await tidy();
  const keys = await runtime.query("SELECT key FROM idempotency_keys ORDER BY key");
  assert.deepEqual(
    keys.map(({ key }) => key.split(" ").at(-1)),
    ["almost", "new"],
  );
  await until(() => runtime.lines.some((line) => line.includes('"idempotency_keys":2501')));

  const replayed = async (key) => (await create(key)).headers.get("idempotency-replayed");
  assert.equal(await replayed("almost"), "true");
  assert.equal(await replayed("old"), null);
});

test("sessions are removed once they have been closed for RETENTION_DAYS, and only then", async () => {
  const newSession = async (token = runtime.keys.secret) => {
    const body = { contact: { email: "kept@example.com" } };
    return (await send(runtime.baseUrl, { token, body })).body.id;
  };
  const update = (id, status, token = runtime.keys.secret) =>
    send(runtime.baseUrl, {
      method: "PATCH",
      path: `/chat/sessions/${id}`,
      token,
      body: { status },
    });
  const names = ["open", "reopened", "closed lately", "closed long ago", "another's"];
  const ids = {};
  for (const name of names) {
    const token = name === "another's" ? runtime.keys.otherSecret : runtime.keys.secret;
    ids[name] = await newSession(token);
    if (name !== "open") await update(ids[name], "closed_resolved", token);
    if (name === "reopened") await update(ids[name], "open", token);
  }
  const days = (count) => count * dayMs + 60_000;
  for (const [name, ms] of [
    ["open", days(90)],
    ["reopened", days(90)],
    ["closed lately", days(29)],
    ["closed long ago", days(30)],
    ["another's", days(31)],
  ]) {
    await runtime.execute(
      `UPDATE sessions SET created_at_ms = created_at_ms - ${ms}, updated_at_ms = updated_at_ms - ${ms}
       WHERE id = '${ids[name]}'`,
    );
  }
  // More than one batch of old ones.
  await runtime.execute(
    `INSERT INTO sessions (organization, id, channel, status, verified, custom_data, ticket_number,
       created_at_ms, updated_at_ms)
     WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500)
     SELECT 'acme', 'crowd-' || i, 'web', 'closed_unresolved', 0, '{}', 1000 + i, 0, i FROM n`,
  );

  await tidy();
  const left = (await runtime.query("SELECT id FROM sessions")).map(({ id }) => id);
  for (const name of names) {
    const isKept = ["open", "reopened", "closed lately"].includes(name);
    assert.equal(left.includes(ids[name]), isKept, name);
  }
  assert.ok(left.every((id) => !id.startsWith("crowd-")));
  const line = await until(() => runtime.lines.find((line) => line.includes('"sessions":2502')));
  // Three batches of sessions, one of keys.
  const { removed } = JSON.parse(line.match(/\{.*\}/)[0]);
  assert.equal(removed.d1.round_trips, 4);
  const contacts = await runtime.query("SELECT id FROM contacts WHERE email = 'kept@example.com'");
  assert.equal(contacts.length, 2, "contacts stay");
});
