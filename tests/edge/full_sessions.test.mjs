// Sessions whose log has no room: agents and servers are told so, and what a contact writes
// is stored in another session of theirs, once.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { assertNothingHalfWritten, assertNothingOrphaned } from "../support/ledger.mjs";
import { allowedOrigin, send, startRuntime } from "../support/runtime.mjs";

/** @import { Answer } from "../support/runtime.mjs" */

/** The most entries of a log. */
const most = 100_000;
const custom_data = { order_id: "ord_123" };

let runtime;
before(async () => {
  runtime = await startRuntime();
});
after(() => runtime?.stop());

/** @type {(method: string, path: string, rest?: { token?: string, body?: any }) => Promise<Answer>} */
const ask = (method, path, { token = runtime.keys.secret, body } = {}) =>
  send(runtime.baseUrl, { method, path, token, body });
const read = async (id, token = undefined) =>
  (await ask("GET", `/chat/sessions/${id}`, { token })).body;
const history = async (id, query = "") =>
  (await ask("GET", `/chat/sessions/${id}/history${query}`)).body;
const newMessage = (text = "Hello") => ({ id: randomUUID(), text });
const post = (id, body, token = runtime.keys.secret) =>
  ask("POST", `/chat/sessions/${id}/send`, { token, body });

/** Creates a contact's session with so many entries; returns its id and the contact's token. */
async function newSession(entries) {
  const authenticated = await ask("POST", "/widget/authenticate-user", {
    body: { email: `${randomUUID()}@example.com` },
  });
  const { token, contact } = authenticated.body;
  const id = await openAndFill(token, entries);
  return { id, token, contact };
}

/**
 * Creates a session with a token, and stores so many messages in it; returns its id.
 * @type {(token: string, entries: number, contact?: { name: string }) => Promise<string>}
 */
async function openAndFill(token, entries, contact) {
  const body = { channel: { type: "slack" }, custom_data, contact };
  const { id } = (await ask("POST", "/chat/sessions", { token, body })).body;
  await runtime.execute(
    `INSERT INTO entries (organization, session_id, seq, id, event, author, text, created_at_ms)
     WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?2)
     SELECT 'acme', ?1, i, '0190163d-8694-7000-8000-' || printf('%012x', i), 'message', 'contact',
       'Hello', i FROM n`,
    id,
    entries,
  );
  await runtime.execute(
    `UPDATE sessions SET last_seq = ?2, last_message = 'Hello', last_message_seq = ?2,
       last_message_at_ms = ?2, read_by_contact = ?2, unread_by_agent = 100 WHERE id = ?1`,
    id,
    entries,
  );
  return id;
}

/** Asserts that a message went to another session than it was sent to; returns that one's id. */
function assertMoved({ status, body, text }, expected = 201) {
  assert.equal(status, expected, text);
  assert.match(body.data.session_id, /^[0-9a-f-]{36}$/);
  return body.data.session_id;
}

function assertFull({ status, body, text }) {
  assert.equal(status, 409, text);
  assert.equal(body.code, "session_full");
}

test("at 99,999 entries one more fits, and two do not", async () => {
  const { id, token } = await newSession(most - 1);
  const agent = { name: "Ben" };
  const takesOver = { sender: "agent", agent, should_take_over_session_from_ai: true };
  assertFull(await post(id, { ...takesOver, message: newMessage() }));
  assert.equal((await read(id)).last_seq, most - 1);
  const message = newMessage();
  const fits = await post(id, { message }, token);
  assert.equal(fits.status, 201, fits.text);
  assert.equal(fits.body.data.session_id, undefined);
  assert.equal(fits.body.data.message.seq, most);
  for (const sender of ["agent", "ai", "contact"]) {
    assertFull(await post(id, { sender, message: newMessage() }));
  }
  assertMoved(await post(id, { message: newMessage() }, token));
  // The session's own messages are still found there.
  const again = await post(id, { message }, token);
  assert.equal(again.status, 200);
  assert.deepEqual(again.body, fits.body);
  const { last_seq, last_message } = await read(id);
  assert.deepEqual({ last_seq, last_message }, { last_seq: most, last_message: "Hello" });
  await assertNothingHalfWritten(runtime);
});

test("a closed session with one free place is not reopened: the message goes on elsewhere", async () => {
  const { id, token } = await newSession(most - 2);
  const closed = await ask("PATCH", `/chat/sessions/${id}`, {
    body: { status: "closed_resolved" },
  });
  assert.equal(closed.status, 200);
  assertFull(await post(id, { sender: "contact", message: newMessage() }));
  const message = newMessage("More");
  const next = assertMoved(await post(id, { message }, token));
  assert.equal((await read(id)).status, "closed_resolved");
  assert.equal((await read(id)).last_seq, most - 1);
  assert.equal((await read(next)).status, "open");
  // An agent's message does not reopen it, and fits.
  const answered = await post(id, { sender: "agent", message: newMessage() });
  assert.equal(answered.body.data.message.seq, most);
  assert.equal(assertMoved(await post(id, { message }, token), 200), next);
  await assertNothingHalfWritten(runtime);
});

test("a contact's message to a full session is in another one of theirs, once", async () => {
  const { id, token, contact } = await newSession(most);
  const message = newMessage("More");
  const first = await post(id, { message, custom_data: { said: true } }, token);
  const next = assertMoved(first);
  assert.equal(first.body.data.message.seq, 1);

  const session = await read(next, token);
  assert.equal(session.contact.id, contact.id);
  assert.deepEqual(session.channel, { type: "slack" });
  assert.deepEqual(session.custom_data, { ...custom_data, said: true });
  assert.equal(session.status, "open");
  assert.deepEqual([session.last_seq, session.last_message], [1, "More"]);
  const listed = (await ask("GET", "/chat/sessions", { token })).body.items;
  assert.deepEqual(listed.map((session) => session.id).sort(), [id, next].sort());

  for (let retry = 0; retry < 3; retry += 1) {
    const again = await post(id, { message, custom_data: { said: true } }, token);
    assert.equal(assertMoved(again, 200), next);
    assert.equal(again.headers.get("idempotency-replayed"), "true");
    assert.deepEqual(again.body, first.body);
  }
  const reused = await post(id, { message: { ...message, text: "Other" } }, token);
  assert.equal(reused.status, 409);
  assert.equal(reused.body.code, "message_id_reused");

  const second = await post(id, { message: newMessage("And more") }, token);
  assert.equal(assertMoved(second), next);
  assert.equal(second.body.data.message.seq, 2);
  // To the session itself, as a client that has read the answer sends it.
  const third = await post(next, { message: newMessage("Still more") }, token);
  assert.equal(third.body.data.session_id, undefined);
  assert.equal(third.body.data.message.seq, 3);
  const { items } = await history(next);
  assert.deepEqual(
    items.map(({ event }) => event.content.text),
    ["More", "And more", "Still more"],
  );
  await assertNothingHalfWritten(runtime);
});

test("of 40 racing messages to a full session, 8 of them one, all are in one other session", async () => {
  const { id, token } = await newSession(most);
  const same = newMessage("the same");
  const messages = Array.from({ length: 40 }, (_, n) => (n % 5 ? newMessage(`${n}`) : same));
  const answers = await Promise.all(messages.map((message) => post(id, { message }, token)));
  const places = new Set(answers.map((answer) => answer.body.data.session_id));
  assert.equal(places.size, 1, [...places].join());
  assert.equal(answers.filter(({ status }) => status === 201).length, 33);
  const { items } = await history([...places][0]);
  assert.deepEqual(
    items.map(({ seq }) => seq),
    Array.from({ length: 33 }, (_, index) => index + 1),
  );
  await assertNothingHalfWritten(runtime);
});

test("when the other session is closed it reopens, when it is removed there is a new one", async () => {
  const { id, token } = await newSession(most);
  const next = assertMoved(await post(id, { message: newMessage() }, token));
  await ask("PATCH", `/chat/sessions/${next}`, { body: { status: "closed_unresolved" } });
  assert.equal(assertMoved(await post(id, { message: newMessage() }, token)), next);
  assert.equal((await read(next)).status, "open");
  assert.equal((await read(next)).last_seq, 4);

  assert.equal((await ask("DELETE", `/chat/sessions/${next}`)).status, 204);
  const message = newMessage();
  const another = assertMoved(await post(id, { message }, token));
  assert.notEqual(another, next);
  assert.equal((await read(another)).last_seq, 1);
  assert.equal(assertMoved(await post(id, { message }, token), 200), another);
  await assertNothingOrphaned(runtime);
});

test("a full session that continues a full one is passed too", async () => {
  const { id, token } = await newSession(most);
  const next = assertMoved(await post(id, { message: newMessage() }, token));
  await runtime.execute(
    `INSERT INTO entries (organization, session_id, seq, id, event, author, text, created_at_ms)
     SELECT organization, ?1, seq, id, event, author, text, created_at_ms FROM entries
     WHERE session_id = ?2 AND seq > 1`,
    next,
    id,
  );
  await runtime.execute("UPDATE sessions SET last_seq = ?2 WHERE id = ?1", next, most);
  const message = newMessage();
  const third = assertMoved(await post(id, { message }, token));
  assert.ok(![id, next].includes(third));
  assert.equal(assertMoved(await post(next, { message }, token), 200), third);
});

test("a visitor's message is in another session of that visitor, and an agent's is refused", async () => {
  const { body: visitor } = await send(runtime.baseUrl, {
    path: "/widget/visitors",
    token: runtime.keys.publishable,
    origin: allowedOrigin,
  });
  const { body: agent } = await ask("POST", "/agents/tokens", { body: { name: "Ben" } });
  const id = await openAndFill(visitor.token, most, { name: "Ann" });
  assertFull(await post(id, { message: newMessage() }, agent.token));
  const message = newMessage("More");
  const next = assertMoved(await post(id, { message }, visitor.token));
  assert.equal(assertMoved(await post(id, { message }, visitor.token), 200), next);
  assert.equal((await read(next, visitor.token)).last_message, "More");
  const { items } = (await ask("GET", `/chat/sessions/${next}/history`, visitor)).body;
  assert.deepEqual(items[0].event.sender, { type: "contact", name: "Ann" });
  const { status } = await post(next, { message: newMessage() }, agent.token);
  assert.equal(status, 201);
});
