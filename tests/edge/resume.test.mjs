// Resuming: a contact has one open session on a channel, also after concurrent creates.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { assertNothingHalfWritten } from "../support/ledger.mjs";
import { send, startRuntime } from "../support/runtime.mjs";

/** @import { Answer } from "../support/runtime.mjs" */

let runtime;
before(async () => {
  runtime = await startRuntime();
});
after(() => runtime?.stop());

/** @type {(body: any, options?: { token?: string, key?: string }) => Promise<Answer>} */
const create = (body, { token = runtime.keys.secret, key } = {}) =>
  send(runtime.baseUrl, { token, headers: key ? { "Idempotency-Key": key } : {}, body });
const together = (count, ask) => Promise.all(Array.from({ length: count }, (_, i) => ask(i)));
const count = (answers, wanted) => answers.filter(({ status }) => status === wanted).length;
const openSessions = (email) =>
  runtime.query(
    `SELECT s.id, s.channel FROM sessions AS s JOIN contacts AS c ON c.id = s.contact_id
     WHERE c.email = ? AND s.status = 'open'`,
    email,
  );
const close = (id) =>
  send(runtime.baseUrl, {
    method: "PATCH",
    path: `/chat/sessions/${id}`,
    token: runtime.keys.secret,
    body: { status: "closed_resolved" },
  });

test("100 concurrent resumes of a person nobody knows give one contact with one open session", async () => {
  const email = "hundred@example.com";
  const body = { channel: { type: "web" }, contact: { email }, verified: true, resume: true };
  const answers = await together(100, () => create(body));
  assert.equal(count(answers, 201), 1);
  assert.equal(count(answers, 200), 99);
  assert.equal(new Set(answers.map(({ body }) => body.id)).size, 1);
  assert.equal((await openSessions(email)).length, 1);
  const sessions = await runtime.query("SELECT id FROM sessions");
  assert.equal(sessions.length, 1);
  await assertNothingHalfWritten(runtime);
});

test("so do 100 with keys of their own, and each key stays with that session", async () => {
  const email = "keyed@example.com";
  const body = { channel: { type: "web" }, contact: { email }, verified: true, resume: true };
  const ask = (index) => create(body, { key: `resume-${index}` });
  const answers = await together(100, ask);
  assert.equal(count(answers, 201), 1);
  assert.equal(count(answers, 200), 99);
  const again = await together(100, ask);
  for (const [index, { status, headers, body }] of again.entries()) {
    assert.equal(body.id, answers[0].body.id);
    assert.equal(status, answers[index].status);
    assert.equal(headers.get("idempotency-replayed"), "true");
  }
  assert.equal((await openSessions(email)).length, 1);
  await assertNothingHalfWritten(runtime);
});

test("a session on each channel, with resumes and closings racing for ten rounds", async () => {
  const email = "channels@example.com";
  const channels = ["web", "email", "sms", "whatsapp"];
  for (let round = 0; round < 10; round += 1) {
    const before = await openSessions(email);
    const [answers] = await Promise.all([
      together(40, (index) =>
        create({
          channel: { type: channels[index % 4] },
          contact: { email },
          verified: true,
          resume: true,
        }),
      ),
      together(before.length, (index) => close(before[index].id)),
    ]);
    assert.equal(count(answers, 200) + count(answers, 201), 40);
    const open = await openSessions(email);
    assert.ok(open.length <= 4);
    assert.equal(new Set(open.map(({ channel }) => channel)).size, open.length);
  }
  await assertNothingHalfWritten(runtime);
});

test("the database itself holds no second one", async () => {
  const { body } = await create({
    contact: { email: "held@example.com" },
    verified: true,
    resume: true,
  });
  const columns = `contact_id, channel, status, verified, custom_data, ticket_number, created_at_ms,
    updated_at_ms, is_resumable`;
  const copy = `INSERT INTO sessions (organization, id, ${columns}) SELECT organization, '0190163d-8694-7000-8000-00000000ffff',
    ${columns} FROM sessions WHERE id = '${body.id}'`;
  await assert.rejects(runtime.execute(copy), /UNIQUE constraint failed: sessions/);
});

test("resuming is one round trip, and writes nothing where nothing is new", async () => {
  const contact = { email: "cost@example.com", name: "Cost" };
  const first = await runtime.usage(await create({ contact, verified: true, resume: true }));
  assert.equal(first.round_trips, 1);
  assert.ok(first.rows_written <= 9, JSON.stringify(first));
  const again = await runtime.usage(await create({ contact, verified: true, resume: true }));
  assert.deepEqual([again.round_trips, again.rows_written], [1, 0], JSON.stringify(again));
  const keyed = await runtime.usage(
    await create({ contact, verified: true, resume: true }, { key: "cost" }),
  );
  assert.equal(keyed.round_trips, 1);
  assert.ok(keyed.rows_written <= 3, JSON.stringify(keyed));
});

test("resuming reads a few rows, however many sessions the person has", async () => {
  const email = "crowded@example.com";
  const channel = { type: "web" };
  const resume = (key) =>
    create({ channel, contact: { email }, verified: true, resume: true }, { key });
  const { body: first } = await create({ channel, contact: { email }, verified: true });
  const [{ contact_id }] = await runtime.query(
    "SELECT contact_id FROM sessions WHERE id = ?",
    first.id,
  );
  // Newer ones: of strangers, of another channel, and closed.
  for (const [kind, values] of [
    ["0", "'web', 'open', 0"],
    ["1", "'sms', 'open', 1"],
    ["2", "'web', 'closed_resolved', 1"],
  ]) {
    await runtime.execute(
      `INSERT INTO sessions (organization, id, contact_id, channel, status, verified, custom_data,
         ticket_number, created_at_ms, updated_at_ms)
       WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50000)
       SELECT 'acme', 'f${kind}000000-0000-7000-8000-' || printf('%012x', i), '${contact_id}', ${values},
         '{}', 1${kind}00000 + i, 1, 2 FROM n`,
    );
  }
  for (const [key, most] of /** @type {const} */ ([
    [undefined, 10],
    ["crowded", 15],
  ])) {
    const resumed = await resume(key);
    assert.equal(resumed.status, 200);
    assert.equal(resumed.body.id, first.id);
    const { rows_read } = await runtime.usage(resumed);
    assert.ok(rows_read <= most, `${rows_read} rows read`);
  }
  await close(first.id);
  const created = await resume();
  assert.equal(created.status, 201);
  const { rows_read } = await runtime.usage(created);
  assert.ok(rows_read <= 10, `${rows_read} rows read`);
});
