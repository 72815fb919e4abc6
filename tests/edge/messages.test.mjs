// Messages that race: each is stored once, in a log without a gap.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { Conversations } from "../support/conversations.mjs";
import { assertNothingHalfWritten } from "../support/ledger.mjs";
import { send, startRuntime } from "../support/runtime.mjs";

let runtime;
let conversations;
before(async () => {
  runtime = await startRuntime();
  conversations = new Conversations(runtime);
});
after(() => runtime?.stop());

const count = (answers, wanted) => answers.filter(({ status }) => status === wanted).length;
const read = async (id) =>
  (
    await send(runtime.baseUrl, {
      method: "GET",
      path: `/chat/sessions/${id}`,
      token: runtime.keys.secret,
    })
  ).body;
const texts = (length, sender) =>
  Array.from({ length }, (_, n) => ({
    sender: typeof sender === "function" ? sender(n) : sender,
    message: { id: randomUUID(), text: `${n}` },
  }));

test("of 100 racing sends, 16 of them one message, each is stored once and without a gap", async () => {
  const session = await conversations.open();
  const same = texts(1, "contact")[0];
  const bodies = [...texts(84, (n) => (n % 2 ? "contact" : "agent")), ...Array(16).fill(same)];
  // The retries among the others.
  bodies.sort((one, other) => (one.message.text < other.message.text ? -1 : 1));
  const answers = await Promise.all(bodies.map((body) => conversations.send({ session, body })));
  assert.equal(count(answers, 201), 85);
  assert.equal(count(answers, 200), 15);
  const ofSame = answers.filter(({ body }) => body.data.message.id === same.message.id);
  assert.equal(ofSame.length, 16);
  assert.equal(count(ofSame, 201), 1);
  assert.equal(new Set(ofSame.map(({ body }) => body.data.message.seq)).size, 1);
  assert.equal((await read(session)).last_seq, 85);
  await conversations.assertWhole();
});

test("racing sends of contacts, agents and programs to many sessions stay apart", async () => {
  const sessions = await Promise.all(Array.from({ length: 8 }, () => conversations.open()));
  const messages = Array.from({ length: 200 }, (_, n) => conversations.next(sessions[n % 8]));
  // Each third one is sent twice.
  const sent = [...messages, ...messages.filter((_, n) => n % 3 === 0)];
  const answers = await Promise.all(sent.map((message) => conversations.send(message)));
  assert.equal(count(answers, 201), messages.length);
  assert.equal(count(answers, 200), sent.length - messages.length);
  await conversations.assertWhole();
});

test("more than 99 unread messages are counted as 100, and none once the side has written", async () => {
  const session = await conversations.open();
  await Promise.all(texts(101, "contact").map((body) => conversations.send({ session, body })));
  assert.deepEqual((await read(session)).unread, { contact: 0, agent: 100 });
  await conversations.send({ session, body: texts(1, "agent")[0] });
  assert.deepEqual((await read(session)).unread, { contact: 1, agent: 0 });
  await conversations.assertWhole();
});

test("what a contact writes while the session is closed reopens it, just before the message", async () => {
  const session = await conversations.open();
  const close = (status) =>
    send(runtime.baseUrl, {
      method: "PATCH",
      path: `/chat/sessions/${session}`,
      token: runtime.keys.secret,
      body: { status },
    });
  const answers = await Promise.all(
    texts(60, "contact").flatMap((body, n) => [
      conversations.send({ session, body }),
      close(n % 2 ? "closed_resolved" : "closed_unresolved"),
    ]),
  );
  assert.equal(count(answers, 201), 60);
  assert.equal(count(answers, 200), 60);
  const entries = await conversations.read(session);
  const types = entries.map(({ event }) => event.type);
  const reopened = types.flatMap((type, index) => (type === "session_reopened" ? [index] : []));
  assert.ok(reopened.length > 0, "the closing and the messages did not race");
  for (const index of reopened) {
    assert.equal(types[index + 1], "message");
    // It was closed, and since then nobody wrote.
    assert.equal(types[index - 1], "session_closed");
  }
  const last = Math.max(types.lastIndexOf("session_closed"), types.lastIndexOf("session_reopened"));
  const { status } = await read(session);
  assert.equal(status, entries[last].event.status ?? "open");
  await conversations.assertWhole();
});

test("an entry is not older than the one before it, where the clock has gone back", async () => {
  const token = runtime.keys.secret;
  const { body: session } = await send(runtime.baseUrl, { token, body: {} });
  const path = `/chat/sessions/${session.id}`;
  const [first, second] = texts(2, "contact");
  await send(runtime.baseUrl, { token, path: `${path}/send`, body: first });
  const later = Date.now() + 60_000;
  await runtime.execute(
    "UPDATE entries SET created_at_ms = ? WHERE session_id = ?",
    later,
    session.id,
  );
  const sent = await send(runtime.baseUrl, { token, path: `${path}/send`, body: second });
  assert.equal(Date.parse(sent.body.data.message.created_at), later);
  const status = "closed_resolved";
  await send(runtime.baseUrl, { method: "PATCH", token, path, body: { status } });
  await send(runtime.baseUrl, { token, path: `${path}/messages/${first.message.id}/redact` });
  const { last_message_at } = await read(session.id);
  assert.equal(Date.parse(last_message_at), later);
  const times = await runtime.query(
    "SELECT created_at_ms FROM entries WHERE session_id = ?",
    session.id,
  );
  assert.deepEqual(times, Array(4).fill({ created_at_ms: later }));
});

test("messages that race with read marks and redactions leave the right counts", async () => {
  const token = runtime.keys.secret;
  const email = "reader@example.com";
  const created = await send(runtime.baseUrl, {
    token,
    body: { contact: { email }, verified: true },
  });
  const authenticated = await send(runtime.baseUrl, {
    path: "/widget/authenticate-user",
    token,
    body: { email },
  });
  const path = `/chat/sessions/${created.body.id}`;
  const post = (end, body, as = token) =>
    send(runtime.baseUrl, { path: `${path}/${end}`, token: as, body });
  const bodies = texts(60, (n) => (n % 3 ? "contact" : "agent"));
  const first = bodies.splice(0, 12);
  for (const body of first) assert.equal((await post("send", body)).status, 201);
  const answers = await Promise.all(
    bodies.flatMap((body, n) => [
      post("send", body),
      post("read", { seq: n }, n % 2 ? token : authenticated.body.token),
      ...(n < first.length ? [post(`messages/${first[n].message.id}/redact`)] : []),
    ]),
  );
  assert.equal(count(answers, 201), 48);
  assert.equal(count(answers, 204), 48 + 12);
  const [{ entries, redacted }] = await runtime.query(
    `SELECT count(*) AS entries, count(*) FILTER (WHERE event = 'redacted') AS redacted
     FROM entries WHERE session_id = ?`,
    created.body.id,
  );
  assert.deepEqual({ entries, redacted }, { entries: 72, redacted: 12 });
  await assertNothingHalfWritten(runtime);
});

test("racing messages that name a contact link the session to one of them", async () => {
  const session = await conversations.open({});
  const people = Array.from({ length: 40 }, (_, n) => `linked-${n % 4}@example.com`);
  const answers = await Promise.all(
    texts(40, "contact").map((body, n) =>
      send(runtime.baseUrl, {
        path: `/chat/sessions/${session}/send`,
        token: runtime.keys.secret,
        body: { ...body, contact: { email: people[n], custom_data: { [`key_${n}`]: n } } },
      }),
    ),
  );
  assert.equal(count(answers, 201), 40);
  const { contact, last_seq } = await read(session);
  assert.ok(people.includes(contact.email));
  assert.equal(last_seq, 40);
  // The linked contact has the attributes of all, and nobody else was stored.
  assert.equal(Object.keys(contact.non_verified_custom_data).length, 40);
  const stored = await runtime.query("SELECT id FROM contacts WHERE email LIKE 'linked-%'");
  assert.deepEqual(stored, [{ id: contact.id }]);
});

test("a walk through a history, forwards or back, sees each entry once, where pages are cut too", async () => {
  const session = await conversations.open({});
  const long = texts(130, "contact").map(({ message, sender }) => ({
    sender,
    message: { ...message, text: "é".repeat(8000) },
  }));
  await Promise.all(long.map((body) => conversations.send({ session, body })));
  const page = async (query) => {
    const { status, text, body } = await send(runtime.baseUrl, {
      method: "GET",
      path: `/chat/sessions/${session}/history?${new URLSearchParams(query)}`,
      token: runtime.keys.secret,
    });
    assert.equal(status, 200, text);
    assert.ok(text.length < 1_100_000, `${text.length} characters`);
    return body;
  };
  /** Follows `next` or `previous` to its end; returns the entries of each page, and the last page. */
  const walk = async (order, direction, cursor) => {
    const seqs = [];
    let body;
    do {
      body = await page({ order, limit: 100, ...(cursor && { cursor }) });
      seqs.push(...body.items.map(({ seq }) => seq));
      cursor = body[direction];
    } while (cursor);
    return { seqs, body };
  };
  const all = Array.from({ length: 130 }, (_, index) => index + 1);
  for (const order of ["asc", "desc"]) {
    const there = await walk(order, "next");
    assert.deepEqual(there.seqs, order === "asc" ? all : all.toReversed(), order);
    const { seqs } = await walk(order, "previous", there.body.previous);
    const lastPage = there.body.items.map(({ seq }) => seq);
    assert.deepEqual(
      [...seqs, ...lastPage].sort((one, other) => one - other),
      all,
      order,
    );
  }
});

test("a log that is not what its session says would be seen", async () => {
  const session = await conversations.open();
  for (const { sender, message } of texts(4, (n) => (n < 2 ? "contact" : "agent"))) {
    const agent = sender === "agent" ? { name: "Ben" } : undefined;
    await conversations.send({ session, body: { sender, message, agent } });
  }
  const falsifications = {
    "logs with a gap, or that do not end at last_seq": ["entries", "seq", 9, "seq = 2"],
    "entries before whose time": ["entries", "created_at_ms", 1, "seq = 3"],
    "sessions with another last message": ["sessions", "last_message_seq", 3, "1"],
    "sessions that count other unread": ["sessions", "unread_by_contact", 1, "1"],
    "sessions with another assignee": ["sessions", "assignee_name", "Al", "1"],
    "sessions with another status": ["entries", "event", "session_closed", "seq = 1"],
  };
  for (const [what, [table, column, value, where]] of Object.entries(falsifications)) {
    const ofSession = `${table === "entries" ? "session_id" : "id"} = '${session}'`;
    const [row] = await runtime.query(`SELECT * FROM ${table} WHERE ${ofSession} AND ${where}`);
    const set = (value) =>
      runtime.execute(
        `UPDATE ${table} SET ${column} = ? WHERE ${ofSession} AND id = '${row.id}'`,
        value,
      );
    await set(value);
    await assert.rejects(
      assertNothingHalfWritten(runtime),
      new RegExp(`^AssertionError.*: ${what}`),
    );
    await set(row[column]);
    await assertNothingHalfWritten(runtime);
  }
});
