// Costs of a request that depend on no machine: the calls between WebAssembly and
// JavaScript, and the headers that are read. And a platform that rejects a header.

import assert from "node:assert/strict";
import { test } from "node:test";
import { newKey, newRecord, recordName } from "../../scripts/keys.mjs";
import { calls, instances, newBindings, requestOf, respond } from "../support/in_process.mjs";

/**
 * Calls of one create: a few for each header, statement and bound value, and to ring the inbox;
 * three to look for webhooks; none for each byte.
 */
const callsMax = 205;

const key = newKey("secret");
const record = JSON.stringify(newRecord(key, { org: "acme", kind: "secret" }));
const env = await newBindings({ [recordName(key)]: record });
const body = JSON.stringify({
  channel: { type: "web" },
  custom_data: { order_id: "ord_123", cart_value: 149.99 },
  contact: { email: "ann@example.com", name: "Ann" },
});
const headers = {
  authorization: `Bearer ${key}`,
  "content-type": "application/json",
  "content-length": String(body.length),
};

/** @param {Record<string, string>} more */
async function create(more = {}, read = []) {
  return respond(requestOf({ headers: { ...headers, ...more }, body, read }), env);
}

test("a create crosses between WebAssembly and JavaScript few times", async (t) => {
  // The first ones fill caches.
  for (let count = 0; count < 3; count += 1) assert.equal((await create()).status, 201);
  calls.length = 0;
  const response = await create();
  const { length } = calls;
  assert.equal(response.status, 201);
  assert.match((await response.json()).id, /^[0-9a-f-]{36}$/);
  const counts = Object.groupBy(calls, (name) => name);
  t.diagnostic(`${length} calls`);
  const shown = Object.entries(counts).map(([name, group]) => `${group?.length} ${name}`);
  assert.ok(length <= callsMax, `${length} calls:\n${shown.join("\n")}`);
});

test("a create reads the headers that it needs, each once", async () => {
  const read = [];
  assert.equal((await create({}, read)).status, 201);
  assert.deepEqual(read.sort(), [
    "authorization",
    "cf-connecting-ip",
    "content-encoding",
    "content-length",
    "content-type",
    "idempotency-key",
    "if-match",
    "if-none-match",
    "origin",
    "x-d1-bookmark",
  ]);
});

test("a response header that the platform rejects is left out, and nothing panics", async (t) => {
  const errors = t.mock.method(console, "error", () => {});
  const before = instances;
  for (const origin of ["https://a\nb", "https://\u0101.example", "\0"]) {
    assert.throws(() => new Headers().set("access-control-allow-origin", origin), TypeError);
    const response = await create({ origin });
    assert.equal(response.status, 403);
    assert.equal((await response.json()).code, "secret_key_in_browser");
    assert.equal(response.headers.get("access-control-allow-origin"), null);
    assert.match(response.headers.get("access-control-expose-headers"), /X-Request-Id/);
    const [message] = errors.mock.calls.at(-1)?.arguments ?? [];
    assert.match(message, /^header access-control-allow-origin was left out/);
  }
  assert.equal((await create()).status, 201);
  assert.equal(instances, before);
});
