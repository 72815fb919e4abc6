// Storage that fails at any point of a send: a 503, nothing half-written, and the retry
// stores exactly one message. Storage that never responds is in time_outs.test.mjs.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Conversations } from "../support/conversations.mjs";
import { assertUnavailable, startFaulty } from "../support/faults.mjs";
import { send } from "../support/runtime.mjs";

let runtime;
let conversations;
let token;
before(async () => {
  const started = await startFaulty();
  ({ runtime } = started);
  conversations = new Conversations(runtime, started.ledger);
  const authenticated = await send(runtime.baseUrl, {
    path: "/widget/authenticate-user",
    token: runtime.keys.secret,
    body: { email: "tokened@example.com" },
  });
  ({ token } = authenticated.body);
});
after(() => runtime?.stop());

/** Contact with an email that no other session has. */
let people = 0;
const someone = () => ({
  email: `someone-${(people += 1)}@example.com`,
  name: "Ann",
  custom_data: {},
});

/** Messages of each shape, to a session made for it; `entries` are those that it adds. */
const shapes = {
  "a contact's": async () => {
    const { session, body } = conversations.next(await conversations.open());
    return { entries: 1, session, body: { sender: "contact", message: body.message } };
  },
  "one that hands over": async () => {
    const message = conversations.next(await conversations.open());
    Object.assign(message.body, {
      sender: "agent",
      agent: { name: "Ben" },
      should_take_over_session_from_ai: true,
    });
    return { entries: 2, ...message };
  },
  "one that reopens, with attributes": async () => {
    const session = await conversations.open();
    await change(session, "closed_resolved");
    const { body } = conversations.next(session);
    const custom_data = { reopened: true };
    return { entries: 2, session, body: { sender: "contact", message: body.message, custom_data } };
  },
  "one that links a new contact": async () => {
    const session = await conversations.open({});
    const { body } = conversations.next(session);
    const contact = someone();
    return { entries: 1, session, body: { sender: "contact", message: body.message, contact } };
  },
  "one with a contact's token": async () => {
    const session = await conversations.open({
      contact: { email: "tokened@example.com", custom_data: {} },
      verified: true,
    });
    const { body } = conversations.next(session);
    const contact = { name: "Tok", custom_data: {} };
    return {
      entries: 1,
      session,
      token,
      body: { sender: "contact", message: body.message, contact },
    };
  },
};

const change = (session, status) =>
  send(runtime.baseUrl, {
    method: "PATCH",
    path: `/chat/sessions/${session}`,
    token: runtime.keys.secret,
    body: { status },
  });

/** Returns everything that a send could change. */
async function stored() {
  const tables = ["sessions", "entries", "contacts"];
  return Promise.all(tables.map((table) => runtime.query(`SELECT * FROM ${table}`)));
}

const logLength = async (session) => (await conversations.read(session)).length;

test("a send that fails before or at any of its statements writes nothing; the retry does it once", async () => {
  // The largest batch has eight statements: the failure comes before, between and after
  // them.
  const positions = Array.from({ length: 9 }, (_, position) => `at ${position}`);
  for (const fault of ["before", ...positions]) {
    for (const [shape, make] of Object.entries(shapes)) {
      const { entries, token, ...message } = await make();
      const length = await logLength(message.session);
      const before = await stored();
      assertUnavailable(await conversations.send(message, { "X-Test-Fault": fault }, token));
      assert.deepEqual(await stored(), before, `${shape}, ${fault}`);
      assert.equal((await conversations.send(message, {}, token)).status, 201, shape);
      assert.equal(await logLength(message.session), length + entries, shape);
    }
  }
  await conversations.assertWhole();
});

test("a send whose answer is lost was done as a whole; the retry is a replay, which writes nothing", async () => {
  for (const [shape, make] of Object.entries(shapes)) {
    const { entries, token, ...message } = await make();
    const length = await logLength(message.session);
    assertUnavailable(await conversations.send(message, { "X-Test-Fault": "after" }, token));
    assert.equal(await logLength(message.session), length + entries, shape);
    const before = await stored();
    assert.equal((await conversations.send(message, {}, token)).status, 200, shape);
    assert.deepEqual(await stored(), before, shape);
  }
  await conversations.assertWhole();
});

test("a full session: whatever fails on the way to the next one, the retry stores the message once", async () => {
  const sessions = async () => (await runtime.query("SELECT id FROM sessions")).length;
  const positions = Array.from({ length: 4 }, (_, position) => `at ${position} continued_in`);
  for (const fault of ["without continued_in", ...positions]) {
    const { body: session } = await send(runtime.baseUrl, { token, body: {} });
    await runtime.execute("UPDATE sessions SET last_seq = 100000 WHERE id = ?", session.id);
    const { body } = conversations.next(session.id);
    const post = (headers = {}) =>
      send(runtime.baseUrl, {
        path: `/chat/sessions/${session.id}/send`,
        token,
        headers,
        body: { message: body.message },
      });
    const before = await stored();
    const count = await sessions();
    assertUnavailable(await post({ "X-Test-Fault": fault }));
    assert.deepEqual(await stored(), before, fault);
    const answers = [await post(), await post()];
    assert.deepEqual(
      answers.map(({ status }) => status),
      [201, 200],
    );
    assert.equal(answers[0].body.data.message.seq, 1);
    assert.deepEqual(answers[0].body, answers[1].body);
    assert.equal(await sessions(), count + 1);
  }
});

test("a history that fails at any of its statements is a 503, and then is read", async () => {
  const { session } = await shapes["one with a contact's token"]();
  const read = (fault) =>
    send(runtime.baseUrl, {
      method: "GET",
      path: `/chat/sessions/${session}/history`,
      token,
      headers: fault ? { "X-Test-Fault": fault } : {},
    });
  for (const fault of ["before", "at 0", "at 1", "at 2", "at 3", "after"]) {
    assertUnavailable(await read(fault));
    assert.equal((await read()).status, 200);
  }
});
