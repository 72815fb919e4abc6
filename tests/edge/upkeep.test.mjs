// The cron trigger: keys are kept for a day at least, and forgotten after it.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { send, startRuntime } from "../support/runtime.mjs";

let runtime;
before(async () => {
  runtime = await startRuntime({ args: ["--test-scheduled"] });
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
    `UPDATE idempotency_keys SET created_at_ms = created_at_ms - ${ms} WHERE key = 'secret:${key}'`,
  );

test("only keys older than a day are forgotten, however many they are", async () => {
  for (const key of ["old", "almost", "new"]) assert.equal((await create(key)).status, 201);
  await age("old", dayMs + 60_000);
  await age("almost", dayMs - 60_000);
  // More than one batch of old ones.
  await runtime.execute(
    `INSERT INTO idempotency_keys WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500)
     SELECT 'acme', 'secret:crowd-' || i, 'f', 's', 0 FROM n`,
  );

  const answer = await fetch(`${runtime.baseUrl}/__scheduled?cron=23+4+*+*+*`);
  assert.equal(answer.status, 200);
  const keys = await runtime.query("SELECT key FROM idempotency_keys ORDER BY key");
  assert.deepEqual(
    keys.map(({ key }) => key),
    ["secret:almost", "secret:new"],
  );
  assert.ok(runtime.lines.some((line) => line.includes('"idempotency_keys_removed":2501')));

  const replayed = async (key) => (await create(key)).headers.get("idempotency-replayed");
  assert.equal(await replayed("almost"), "true");
  assert.equal(await replayed("old"), null);
});
