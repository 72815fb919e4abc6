// Contact tokens end with the key that asked for them, and when their person's tokens are
// revoked; and what the checks cost.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { send, startRuntime } from "../support/runtime.mjs";

let runtime;
before(async () => {
  runtime = await startRuntime();
});
after(() => runtime?.stop());

const path = "/widget/authenticate-user";
const authenticate = (email, token = runtime.keys.secret) =>
  send(runtime.baseUrl, { token, path, body: { email } });
const create = (token, body = {}, headers = {}) => send(runtime.baseUrl, { token, body, headers });
const get = (token, path = "/chat/sessions") =>
  send(runtime.baseUrl, { method: "GET", token, path });

test("a revoked token writes nothing, in the round trip that it would have anyway", async () => {
  const { body: ann } = await authenticate("ann@example.com");
  const tables = async () => [
    await runtime.query("SELECT * FROM sessions ORDER BY id"),
    await runtime.query("SELECT * FROM idempotency_keys ORDER BY key"),
    await runtime.query("SELECT * FROM contacts ORDER BY id"),
    await runtime.query("SELECT * FROM ticket_counters ORDER BY organization"),
  ];
  const idempotent = { "Idempotency-Key": "before" };
  const resume = { resume: true, channel: { type: "web" } };
  const { body: session } = await create(ann.token, resume, idempotent);
  const ofContact = `/contacts/${ann.contact.id}/tokens`;
  const revocation = { method: "DELETE", path: ofContact, token: runtime.keys.secret };
  const revoked = await send(runtime.baseUrl, revocation);
  assert.equal(revoked.status, 204);
  assert.deepEqual(await runtime.usage(revoked), { round_trips: 1, rows_read: 1, rows_written: 1 });

  const before = await tables();
  const contact = { name: "Mallory", custom_data: { a: 1 } };
  for (const ask of [
    () => create(ann.token),
    () => create(ann.token, { contact }),
    () => create(ann.token, { contact }, { "Idempotency-Key": "after" }),
    () => create(ann.token, resume, idempotent),
    () => create(ann.token, { ...resume, contact }),
    () => create(ann.token, { resume: true, contact }),
    () => create(ann.token, { resume: true, contact }, { "Idempotency-Key": "after" }),
    () => get(ann.token),
    () => get(ann.token, "/chat/sessions?status=open"),
    () => get(ann.token, `/chat/sessions/${session.id}`),
  ]) {
    const answer = await ask();
    assert.equal(answer.status, 401, ask.toString());
    assert.equal(answer.body.code, "invalid_token");
    const { round_trips, rows_written } = await runtime.usage(answer);
    assert.deepEqual({ round_trips, rows_written }, { round_trips: 1, rows_written: 0 });
  }
  assert.deepEqual(await tables(), before);

  // A token that is signed in the same second as the revocation is valid.
  const again = await authenticate("ann@example.com");
  assert.equal((await get(again.body.token, `/chat/sessions/${session.id}`)).status, 200);
});

test("the check of a token costs one row read", async () => {
  const { body: bob } = await authenticate("bob@example.com");
  const { body: session } = await create(bob.token);
  const read = `/chat/sessions/${session.id}`;
  const rowsRead = async (answer) => (await runtime.usage(answer)).rows_read;
  const byKey = await rowsRead(await get(runtime.keys.secret, read));
  assert.equal(await rowsRead(await get(bob.token, read)), byKey + 1);
});

test("tokens end with the key that asked for them, and no others", async () => {
  const { body: cy } = await authenticate("cy@example.com");
  const { body: other } = await authenticate("cy@example.com", runtime.keys.otherSecret);
  assert.equal((await create(cy.token)).status, 201);
  await runtime.revoke(runtime.keys.secret);
  const revokedAt = performance.now();
  let answer;
  do {
    await setTimeout(50);
    answer = await get(cy.token);
  } while (answer.status === 200 && performance.now() - revokedAt < 11_000);
  assert.equal(answer.status, 401);
  assert.equal(answer.body.code, "invalid_token");
  for (const refused of [await create(cy.token), await authenticate("cy@example.com")]) {
    assert.equal(refused.status, 401);
  }
  assert.equal((await create(other.token)).status, 201);
});
