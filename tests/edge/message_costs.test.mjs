// The D1 usage of messages and of histories: D1's own figures, the same with a million
// messages as with a thousand.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { send, startRuntime } from "../support/runtime.mjs";

let runtime;
before(async () => {
  runtime = await startRuntime();
});
after(() => runtime?.stop());

/** Session that gets most of the messages, and has nearly as many as a log can. */
const long = "0190163d-8694-7000-8000-000000000000";
const longest = 99_000;

/** Stores sessions of 100 messages each, and brings the long one to a length. */
function fill(database, { from, to, length }) {
  const session = "'0190163d-8694-7000-8000-' || printf('%012x', i)";
  const upTo = (first, last) =>
    `RECURSIVE n(i) AS (SELECT ${first} UNION ALL SELECT i + 1 FROM n WHERE i < ${last})`;
  database.exec(`BEGIN;
    DROP INDEX entries_by_id;
    INSERT INTO ticket_counters (organization, last_ticket_number) VALUES ('acme', 1000000)
      ON CONFLICT DO NOTHING;
    INSERT INTO sessions (organization, id, channel, verified, custom_data, ticket_number,
      created_at_ms, updated_at_ms, last_seq, last_message, last_message_seq, last_message_at_ms,
      unread_by_agent)
    WITH ${upTo(from, to)}
    SELECT 'acme', ${session}, 'web', 0, '{}', 1000 + i, 1, i, 100, 'Hello', 100, i, 100 FROM n
      ORDER BY i;
    INSERT INTO entries (organization, session_id, seq, id, event, author, text, created_at_ms)
    WITH ${upTo(from, to)}, s(seq) AS (SELECT 1 UNION ALL SELECT seq + 1 FROM s WHERE seq < 100)
    SELECT 'acme', ${session}, seq, '0190163d-8694-7000-9000-' || printf('%012x', seq), 'message',
      'contact', 'Where is my order number ' || seq || '?', seq
    FROM n CROSS JOIN s ORDER BY i, seq;
    INSERT INTO entries (organization, session_id, seq, id, event, author, text, created_at_ms)
    WITH ${upTo("(SELECT last_seq + 1 FROM sessions WHERE id = '" + long + "')", length)}
    SELECT 'acme', '${long}', i, '0190163d-8694-7000-a000-' || printf('%012x', i), 'message',
      'contact', 'Where is my order number ' || i || '?', i FROM n WHERE i <= ${length};
    UPDATE sessions SET last_seq = ${length}, last_message_seq = ${length} WHERE id = '${long}';
    CREATE UNIQUE INDEX entries_by_id ON entries (organization, session_id, id);
    COMMIT`);
}

const ask = async (expected, request) => {
  const answer = await send(runtime.baseUrl, { token: runtime.keys.secret, ...request });
  assert.equal(answer.status, expected, answer.text);
  return { ...answer, cost: await runtime.usage(answer) };
};
const newSession = async (body = {}, token = runtime.keys.secret) =>
  (await ask(201, { token, body })).body.id;
const newMessage = () => ({ id: randomUUID(), text: "Hello" });
const post = async (session, body, { expected = 201, token = runtime.keys.secret } = {}) =>
  (
    await ask(expected, {
      path: `/chat/sessions/${session}/send`,
      token,
      body: { sender: "contact", message: newMessage(), ...body },
    })
  ).cost;
const history = async (session, query = "", token = runtime.keys.secret) =>
  ask(200, { method: "GET", path: `/chat/sessions/${session}/history${query}`, token });
const authenticate = async (email) =>
  (await ask(201, { path: "/widget/authenticate-user", body: { email } })).body.token;

/** Rows that a message writes: its entry with one index, its session with two. */
const written = 5;
/** Rows that a message reads at most, whatever is in it. */
const readMax = 30;

function assertCost({ round_trips, rows_read, rows_written }, expected, what) {
  assert.deepEqual({ round_trips, rows_written }, { round_trips: 1, rows_written: expected }, what);
  assert.ok(rows_read <= readMax, `${what}: ${rows_read} rows read`);
}

test("a message is one round trip, and five rows", async () => {
  const session = await newSession();
  const agent = { name: "Ben" };
  assertCost(await post(session), written, "the first one");
  assertCost(await post(session), written, "the second one");
  assertCost(await post(session, { custom_data: { a: 1 } }), written, "one with attributes");
  const answering = await post(session, { sender: "agent", agent });
  assertCost(answering, written, "an agent's");
  const handoff = { sender: "ai", should_take_over_session_from_ai: true };
  assertCost(await post(session, handoff), written + 2, "a handoff");

  const close = () =>
    ask(200, {
      method: "PATCH",
      path: `/chat/sessions/${session}`,
      body: { status: "closed_resolved" },
    });
  assertCost((await close()).cost, 6, "closing writes its entry");
  assertCost((await close()).cost, 4, "closing once more writes none");
  // Its entry, and the session with two indexes of its status.
  assertCost(await post(session), written + 5, "one that reopens");
});

test("what a message says of its contact costs the contact's rows", async () => {
  const contact = { email: "cost@example.com", name: "Ann" };
  const session = await newSession();
  // The contact with two indexes, and the session with two of its contact.
  assertCost(await post(session, { contact }), written + 5, "a new contact");
  assertCost(await post(session, { contact }), written, "one who says nothing new");
  const renamed = { contact: { ...contact, name: "Ann Lee" } };
  assertCost(await post(session, renamed), written + 1, "one with another name");
  const token = await authenticate(contact.email);
  const own = await newSession({}, token);
  assertCost(await post(own, {}, { token }), written, "with a token");
  assertCost((await history(own, "", token)).cost, 0, "a history with a token");
});

test("what is not stored writes nothing", async () => {
  const session = await newSession();
  const message = newMessage();
  const contact = { email: "replayed@example.com" };
  const body = { message, contact, custom_data: { a: 1 } };
  await post(session, body);
  assertCost(await post(session, body, { expected: 200 }), 0, "a retry");
  const other = { message: { ...message, text: "Other" } };
  assertCost(await post(session, other, { expected: 409 }), 0, "another's id");
  assertCost(await post(randomUUID(), {}, { expected: 404 }), 0, "no session");
  const refused = await post(session, { message: { text: " " } }, { expected: 400 });
  assert.deepEqual(refused, { round_trips: 0, rows_read: 0, rows_written: 0 });
});

test("a read mark and a redaction cost few rows, a full session two more round trips", async () => {
  const token = await authenticate("full@example.com");
  const session = await newSession({}, token);
  const message = newMessage();
  await post(session, { message });
  await post(session);
  const path = `/chat/sessions/${session}`;
  const read = await ask(204, { path: `${path}/read`, body: { seq: 1 } });
  assertCost(read.cost, 1, "a read mark");
  const redacted = await ask(204, { path: `${path}/messages/${message.id}/redact` });
  assertCost(redacted.cost, 5, "a redaction");

  await runtime.execute("UPDATE sessions SET last_seq = 100000 WHERE id = ?", session);
  const toFull = async (body, expected) => {
    const { round_trips, rows_written } = await post(session, body, { expected, token });
    return { round_trips, rows_written };
  };
  const body = { message: newMessage() };
  assert.deepEqual(await toFull(body, 201), { round_trips: 3, rows_written: 12 }, "the first one");
  assert.deepEqual(await toFull({}, 201), { round_trips: 3, rows_written: written });
  assert.deepEqual(await toFull(body, 200), { round_trips: 3, rows_written: 0 }, "a retry");
});

/** Returns the costs of requests to a session with a long log, in turn. */
async function costsOfLog(session) {
  const { last_seq } = (await history(session, "?limit=1")).body;
  const message = newMessage();
  const agent = { id: "17", name: `Ben ${randomUUID()}` };
  const costs = {
    "a contact's": await post(session, { message }),
    "a retry": await post(session, { message }, { expected: 200 }),
    "an agent's": await post(session, { sender: "agent" }),
    "a handoff": await post(session, {
      sender: "agent",
      agent,
      should_take_over_session_from_ai: true,
    }),
  };
  /** @type {[string, string, number][]} */
  const pages = [
    ["the first page", "", 50],
    ["the last page", "?order=desc", 50],
    ["one entry", "?limit=1", 1],
    ["a hundred", "?limit=100", 100],
    ["the last hundred", "?limit=100&order=desc", 100],
    ["a page near the end", `?limit=20&after=${last_seq - 40}`, 20],
    ["a page of the middle", `?limit=20&before=${Math.floor(last_seq / 2)}&order=desc`, 20],
    ["nothing new", `?after=${last_seq + 4}`, 0],
  ];
  for (const [name, query, items] of pages) {
    const { body, cost } = await history(session, query);
    assert.equal(body.items.length, items, name);
    assert.ok(cost.rows_read <= items + 2, `${name} read ${cost.rows_read} rows`);
    costs[name] = cost;
  }
  return costs;
}

test("messages and histories cost with a million messages what they cost with a thousand", async () => {
  await runtime.edit((database) => fill(database, { from: 0, to: 9, length: 100 }));
  const small = await costsOfLog(long);
  await runtime.edit((database) => fill(database, { from: 10, to: 9_020, length: longest }));
  const [{ entries }] = await runtime.query("SELECT count(*) AS entries FROM entries");
  assert.ok(entries >= 1_000_000, `${entries} entries`);
  assert.deepEqual(await costsOfLog(long), small);
  const [, other] = await runtime.query("SELECT id FROM sessions WHERE last_seq = 100 LIMIT 2");
  assert.deepEqual(await costsOfLog(other.id), small);
});
