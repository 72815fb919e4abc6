// Export and removal of a person's data: all of it, and nothing of others', at once.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { send, startRuntime, until } from "../support/runtime.mjs";

let runtime;
before(async () => {
  runtime = await startRuntime();
});
after(() => runtime?.stop());

const create = (body, key) =>
  send(runtime.baseUrl, {
    token: runtime.keys.secret,
    headers: key ? { "Idempotency-Key": key } : {},
    body,
  });
const ask = (method, path, token = runtime.keys.secret) =>
  send(runtime.baseUrl, { method, path, token });

async function contactId(email) {
  const [{ id }] = await runtime.query("SELECT id FROM contacts WHERE email = ?", email);
  return id;
}

const usage = (answer) => runtime.usage(answer);

test("the export has every session, as it was sent, the oldest first", async () => {
  const contact = { email: "export@example.com", name: "Ex" };
  const ids = [];
  for (let order = 0; order < 30; order += 1) {
    ids.push((await create({ contact, custom_data: { order } })).body.id);
  }
  await create({ contact: { email: "somebody.else@example.com" } });
  const answer = await ask("GET", `/contacts/${await contactId(contact.email)}/export`);
  assert.equal(answer.status, 200);
  const { body } = answer;
  assert.deepEqual(
    body.sessions.map(({ id }) => id),
    [...ids].sort(),
  );
  for (const session of body.sessions) {
    assert.equal(session.custom_data.order, ids.indexOf(session.id));
    assert.ok(!("contact" in session));
  }
  assert.equal(body.contact.non_verified_name, "Ex");
  assert.equal(body.contact.verified_at, null);
  assert.equal((await usage(answer)).round_trips, 1);
});

test("nothing of a removed person is left in any table, and all of the others' is", async () => {
  const gone = { email: "gone@example.com", custom_data: { mark: "mark-5e2d" } };
  const stays = { email: "stays@example.com" };
  for (let round = 0; round < 5; round += 1) {
    await create({ contact: gone, custom_data: { mark: "mark-5e2d" } }, `gone-${round}`);
    await create({ contact: stays }, `stays-${round}`);
  }
  const id = await contactId(gone.email);
  const count = async (sql) => (await runtime.query(`SELECT count(*) AS n FROM ${sql}`))[0].n;
  const before = {
    sessions: await count("sessions"),
    contacts: await count("contacts"),
    keys: await count("idempotency_keys"),
  };
  const removed = await ask("DELETE", `/contacts/${id}`);
  assert.equal(removed.status, 204);
  assert.equal(removed.text, "");
  assert.equal((await usage(removed)).round_trips, 1);

  assert.equal(await count("sessions"), before.sessions - 5);
  assert.equal(await count("contacts"), before.contacts - 1);
  assert.equal(await count("idempotency_keys"), before.keys - 5);
  for (const table of ["sessions", "contacts", "idempotency_keys"]) {
    const rows = JSON.stringify(await runtime.query(`SELECT * FROM ${table}`));
    assert.ok(!rows.includes(id) && !rows.includes("gone") && !rows.includes("mark-5e2d"), table);
  }
  // The idempotency key was removed, so it is new.
  const again = await create({ contact: stays }, "gone-0");
  assert.equal(again.headers.get("idempotency-replayed"), null);
});

test("a person is found by one row, and their email is in no log", async () => {
  const email = "mark-77cd@example.com";
  await create({ contact: { email } });
  const path = `/contacts?email=${encodeURIComponent(email)}`;
  const found = await ask("GET", path);
  assert.deepEqual(
    found.body.items.map(({ email }) => email),
    [email],
  );
  const { round_trips, rows_read } = await usage(found);
  assert.deepEqual([round_trips, rows_read <= 2], [1, true]);
  await ask("GET", path, runtime.keys.publishable);
  const forbidden = (entry) => entry.route === "/contacts" && entry.status === 403;
  await until(() => runtime.log().some(forbidden));
  assert.ok(!runtime.lines.join("\n").includes("mark-77cd"));
});

test("a removal that races with creates leaves nothing half-written", async () => {
  for (let round = 0; round < 5; round += 1) {
    const contact = { email: `racing-${round}@example.com` };
    await create({ contact });
    const id = await contactId(contact.email);
    const answers = await Promise.all([
      ...Array.from({ length: 10 }, () => create({ contact })),
      ...Array.from({ length: 10 }, () => create({ contact_id: id })),
      ask("DELETE", `/contacts/${id}`),
    ]);
    const [{ status }] = answers.splice(-1);
    assert.equal(status, 204);
    // A create by email always succeeds, with a new contact if needed; one by id
    // succeeds only until the removal.
    answers.slice(0, 10).forEach(({ status }) => assert.equal(status, 201));
    answers.slice(10).forEach(({ status }) => assert.ok([201, 404].includes(status)));
    const left = await runtime.query("SELECT id FROM sessions WHERE contact_id = ?", id);
    assert.deepEqual(left, []);
    const dangling = await runtime.query(
      `SELECT count(*) AS n FROM sessions AS s WHERE contact_id IS NOT NULL AND NOT EXISTS
         (SELECT 1 FROM contacts AS c WHERE c.organization = s.organization AND c.id = s.contact_id)`,
    );
    assert.equal(dangling[0].n, 0);
  }
});
