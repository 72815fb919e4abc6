// A Worker that is newer than its database: it says so, and writes nothing that would be
// wrong.

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { migrations } from "../support/migrations.mjs";
import { send, startRuntime, until } from "../support/runtime.mjs";

/** @import { Ask } from "../support/runtime.mjs" */

const folders = [];
async function startUnmigrated() {
  folders.push(await mkdtemp(join(tmpdir(), "chat-sessions-schema-")));
  return startRuntime({ data: folders.at(-1) });
}

let runtime;
before(async () => {
  runtime = await startUnmigrated();
});
after(async () => {
  await runtime?.stop();
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

/** The migration without which a create could be wrong. */
const uniqueNumbers = "0013_unique_ticket_numbers.sql";
const nobody = "0190163d-8694-7000-8000-00000000dead";
const contact = { email: "ann@example.com", name: "Ann", phone_number: "+15550100" };
const web = { type: "web" };
/** Each operation, and its status on a database that is as new as the Worker. */
const operations = /** @type {[string, [number, Ask]][]} */ (
  Object.entries({
    "a create": [201, { body: {} }],
    "a create with a contact": [201, { body: { contact } }],
    "a verified create": [201, { body: { contact, verified: true } }],
    "a create with a key": [201, { body: { contact }, headers: { "Idempotency-Key": "key" } }],
    "a create for a contact": [404, { body: { contact_id: nobody } }],
    "a resume": [201, { body: { contact, channel: web, verified: true, resume: true } }],
    "a get": [404, { method: "GET", path: `/chat/sessions/${nobody}` }],
    "a list": [200, { method: "GET" }],
    "a list by status": [200, { method: "GET", path: "/chat/sessions?status=open" }],
    "a list of changes": [200, { method: "GET", path: "/chat/sessions?updated_after=2020-01-01" }],
    "an update": [
      404,
      { method: "PATCH", path: `/chat/sessions/${nobody}`, body: { status: "open" } },
    ],
    "an authentication": [201, { path: "/widget/authenticate-user", body: contact }],
    "a revocation": [404, { method: "DELETE", path: `/contacts/${nobody}/tokens` }],
    "a look-up of a person": [200, { method: "GET", path: "/contacts?email=ann%40example.com" }],
    "an export": [404, { method: "GET", path: `/contacts/${nobody}/export` }],
    "a removal of a session": [404, { method: "DELETE", path: `/chat/sessions/${nobody}` }],
    "a removal": [404, { method: "DELETE", path: `/contacts/${nobody}` }],
  })
);
const session = "0190163d-8694-7000-8000-0000000000a1";
const hello = { sender: "contact", message: { text: "Hello" } };
/** Operations of a log, each on a session that every migration but the first finds. */
const ofLog = /** @type {[string, [number, Ask]][]} */ (
  Object.entries({
    "a message": [201, { path: `/chat/sessions/${session}/send`, body: hello }],
    "a message of a contact": [
      201,
      { path: `/chat/sessions/${session}/send`, body: { ...hello, contact } },
    ],
    "a history": [200, { method: "GET", path: `/chat/sessions/${session}/history` }],
    "a read mark": [204, { path: `/chat/sessions/${session}/read`, body: { seq: 1 } }],
    "a note": [201, { path: `/chat/sessions/${session}/notes`, body: { text: "Hello" } }],
    "a redaction": [404, { path: `/chat/sessions/${session}/messages/${nobody}/redact` }],
  })
);
const isCreate = (name) => /create|resume/.test(name);

async function ask([name, [expected, request]]) {
  const answer = await send(runtime.baseUrl, { token: runtime.keys.secret, ...request });
  // A second resume finds the session of the first.
  const isRight = answer.status === expected || (name === "a resume" && answer.status === 200);
  if (isRight) return answer;
  const { status, body, headers, text } = answer;
  assert.equal(status, 503, `${name}: ${text}`);
  assert.equal(body.code, "schema_outdated", name);
  assert.equal(headers.get("retry-after"), "30");
  assert.match(body.message, /make deploy.*npx wrangler d1 migrations apply DB --remote/);
  assert.doesNotMatch(text, /no such|SQLITE|sessions_|column|index/i);
  return answer;
}

test("on a database at any earlier migration, an operation is right or says what to run", async () => {
  for (const name of migrations.slice(0, migrations.indexOf(uniqueNumbers))) {
    for (const operation of operations) {
      const { status } = await ask(operation);
      if (isCreate(operation[0])) assert.equal(status, 503, `${operation[0]} before ${name}`);
    }
    await runtime.migrate(name);
  }
  for (const operation of operations) {
    const { status } = await ask(operation);
    if (isCreate(operation[0])) assert.equal(status, 503, operation[0]);
  }
  assert.deepEqual(await runtime.query("SELECT * FROM sessions"), []);
  const cause = /^D1: D1_ERROR: (no such|.* has no) (column|index).*: SQLITE_ERROR$/;
  await until(() => runtime.log().some((entry) => cause.test(entry.cause ?? "")));

  const later = migrations.slice(migrations.indexOf(uniqueNumbers));
  for (const name of later) {
    await runtime.migrate(name);
    for (const operation of operations) {
      const { status, text } = await ask(operation);
      if (name === migrations.at(-1)) assert.ok(status < 500, `${operation[0]}: ${text}`);
    }
  }
});

test("no message is stored, and no log read, before the migrations of logs are there", async () => {
  await runtime.stop();
  runtime = await startUnmigrated();
  const logs = migrations.findIndex((name) => name.includes("messages"));
  let stored = 0;
  for (const [index, name] of migrations.entries()) {
    for (const operation of ofLog) {
      const { status } = await ask(operation);
      if (index <= logs) assert.equal(status, 503, `${operation[0]} before ${name}`);
      if (status === 201) stored += 1;
    }
    await runtime.migrate(name);
    if (index === 0) {
      await runtime.execute(
        `INSERT INTO sessions (organization, id, channel, verified, custom_data, ticket_number,
           created_at_ms, updated_at_ms) VALUES ('acme', '${session}', 'web', 0, '{}', 1, 1, 1)`,
      );
    }
    const [{ updated_at_ms }] = await runtime.query("SELECT updated_at_ms FROM sessions");
    if (index < logs) assert.equal(updated_at_ms, 1, name);
    // A migration that no message needs comes after some are stored.
    if (stored === 0) {
      assert.deepEqual(await runtime.query("SELECT * FROM contacts"), [], name);
    }
  }
  for (const operation of ofLog) {
    const { status, text } = await ask(operation);
    assert.ok(status < 500, `${operation[0]}: ${text}`);
    if (status === 201) stored += 1;
  }
  const entries = await runtime.query("SELECT seq FROM entries ORDER BY seq");
  assert.deepEqual(
    entries.map(({ seq }) => seq),
    Array.from({ length: stored }, (_, index) => index + 1),
  );
});

test("sessions that share a number get numbers of their own, the oldest keeps it", async (t) => {
  const old = await startUnmigrated();
  t.after(() => old.stop());
  const index = migrations.indexOf(uniqueNumbers);
  for (const name of migrations.slice(0, index)) await old.migrate(name);
  const id = (number) => `0190163d-8694-7000-8000-${String(number).padStart(12, "0")}`;
  const positionOf = (id) => Number(id.slice(-1));
  /** Stores a session as a Worker does that counts on a trigger which is not there. */
  const store = (organization, number, ticketNumber) =>
    old.execute(
      `INSERT INTO sessions (organization, id, channel, verified, custom_data, ticket_number,
         created_at_ms, updated_at_ms)
       VALUES ('${organization}', '${id(number)}', 'web', 0, '{}', ${ticketNumber}, 1, 1)`,
    );
  await store("acme", 1, 1);
  await store("acme", 2, 2);
  await old.execute("DROP TRIGGER sessions_take_ticket_number");
  for (const number of [3, 4, 5]) await store("acme", number, 3);
  await store("acme", 6, 2);
  await store("globex", 7, 3);
  await old.execute(
    "INSERT INTO ticket_counters (organization, last_ticket_number) VALUES ('initech', 7)",
  );
  await store("initech", 8, 4);
  await store("initech", 9, 4);

  for (const name of migrations.slice(index)) await old.migrate(name);
  const rows = await old.query(
    "SELECT organization, id, ticket_number, updated_at_ms > 1 AS is_changed FROM sessions ORDER BY id",
  );
  assert.deepEqual(
    rows.map((row) => [row.organization, positionOf(row.id), row.ticket_number]),
    [
      ...[1, 2, 3].map((number) => ["acme", number, number]),
      ...[4, 5, 6].map((number) => ["acme", number, number]),
      ["globex", 7, 3],
      ["initech", 8, 4],
      // 7 was given to a session that is gone.
      ["initech", 9, 8],
    ],
  );
  const changed = rows.filter((row) => row.is_changed).map(({ id }) => positionOf(id));
  assert.deepEqual(changed, [4, 5, 6, 9]);

  // The trigger is still missing, and the next numbers are right.
  const numbers = [];
  for (let count = 0; count < 3; count += 1) {
    const token = old.keys.secret;
    const { body } = await send(old.baseUrl, { token, body: {} });
    const path = `/chat/sessions/${body.id}`;
    const session = await send(old.baseUrl, { method: "GET", path, token });
    numbers.push(session.body.ticket_number);
  }
  assert.deepEqual(numbers, [7, 8, 9]);
  await assert.rejects(store("acme", 99, 9), /UNIQUE constraint failed/);
});
