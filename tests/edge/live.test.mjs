// Following a session: the same log over WebSockets and server-sent events, from any
// entry on, in order.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { People, eventsOf, follow, followEvents, protocol } from "../support/live.mjs";
import { allowedOrigin, send, startRuntime, until } from "../support/runtime.mjs";

let runtime;
let people;
let secret;
before(async () => {
  runtime = await startRuntime();
  people = new People(runtime);
  secret = runtime.keys.secret;
});
after(() => runtime?.stop());

/** The two transports, as one: how to connect, and how to end. */
const transports = { WebSocket: follow, "server-sent events": followEvents };

/** Returns a session with this many messages. */
async function sessionOf(messages) {
  const session = await people.open();
  for (let n = 1; n <= messages; n += 1) await people.say(session, `message ${n}`);
  return session;
}

const change = (session, body) =>
  people.post(`/chat/sessions/${session}`, secret, body, { method: "PATCH" });

for (const [name, connect] of Object.entries(transports)) {
  describe(name, () => {
    const open = (session, query = "", more = {}) =>
      connect(runtime.baseUrl, { path: eventsOf(session, query), token: secret, ...more });

    test("begins with hello, then has the history's own items, then what is new", async () => {
      const session = await sessionOf(3);
      const live = await open(session);
      await until(() => live.seqs.length === 3);
      const { body: listed } = await send(runtime.baseUrl, {
        method: "GET",
        path: `/chat/sessions/${session}`,
        token: secret,
      });
      const hello = { type: "hello", session_id: session, last_seq: 3, session: listed };
      assert.deepEqual(live.frames[0], hello);

      await people.say(session, "message 4");
      await people.say(session, "from Ben", { sender: "agent", agent: { name: "Ben" } });
      await change(session, { status: "closed_resolved" });
      await people.say(session, "still there?");
      const [first] = await people.history(session);
      const redacted = `/chat/sessions/${session}/messages/${first.id}/redact`;
      await people.post(redacted, secret);

      const items = await people.history(session);
      await until(() => live.seqs.length === items.length);
      assert.deepEqual(
        items.map(({ event }) => event.type),
        [
          ...["message", "message", "message", "message", "message"],
          ...["session_closed", "session_reopened", "message", "redacted"],
        ],
      );
      const expected = items.map((data) => ({
        type: data.event.type === "message" ? "message.created" : "session.updated",
        session_id: session,
        seq: data.seq,
        data,
      }));
      // It was followed before the redaction, and read afterwards.
      const { content, attachments } = live.entries[0].data.event;
      assert.deepEqual([content.text, attachments], ["message 1", []]);
      assert.deepEqual(live.entries.slice(1), expected.slice(1));
      assert.equal(live.entries.at(-1).data.event.redacted_seq, 1);
      assert.equal(live.frames.length, 1 + items.length);

      const later = await open(session);
      await until(() => later.seqs.length === items.length);
      assert.deepEqual(later.entries, expected);
      await Promise.all([live.close(), later.close()]);
    });

    test("goes on after any entry; beyond the last one is the last one", async () => {
      const session = await sessionOf(4);
      for (const [query, seqs] of /** @type {[string, number[]][]} */ ([
        ["?after=0", [1, 2, 3, 4]],
        ["?after=2", [3, 4]],
        ["?after=4", []],
        ["?after=5", []],
        ["?after=99999999999999999999", []],
        ["?after=3&other=1", [4]],
      ])) {
        const live = await open(session, query);
        await until(() => live.frames.length === 1 + seqs.length);
        assert.deepEqual(live.seqs, seqs, query);
        assert.equal(live.frames[0].last_seq, 4);
        await live.close();
      }
      const beyond = await open(session, "?after=400");
      await until(() => beyond.frames.length === 1);
      await people.say(session, "message 5");
      await until(() => beyond.seqs.length === 1);
      assert.deepEqual(beyond.seqs, [5]);
      await beyond.close();
    });

    test("pages of a long log come without a gap, and what is new meanwhile behind them", async () => {
      const session = await sessionOf(0);
      const say = (n) => people.say(session, `message ${n}`);
      await Promise.all(Array.from({ length: 230 }, (_, n) => say(n)));
      const [live] = await Promise.all([open(session), say(230), say(231)]);
      await until(() => live.seqs.length === 232);
      assert.deepEqual(
        live.seqs,
        Array.from({ length: 232 }, (_, index) => index + 1),
      );
      await live.close();
    });

    test("every credential follows what it may read", async () => {
      const [agent, visitor, ann] = await Promise.all([
        people.agent(),
        people.visitor(),
        people.contact("ann.live@example.com"),
      ]);
      const own = await people.open({ contact_id: ann.id, verified: true });
      const visited = await people.open({}, visitor);
      for (const [token, session, origin] of [
        [secret, own, undefined],
        [secret, visited, undefined],
        [agent, own, undefined],
        [agent, visited, "https://desk.example.net"],
        [ann.token, own, undefined],
        [ann.token, own, "https://anywhere.example.net"],
        [visitor, visited, undefined],
        [visitor, visited, allowedOrigin],
      ]) {
        const live = await open(session, "", { token, origin });
        await until(() => live.frames.length === 1);
        assert.equal(live.frames[0].session_id, session);
        await live.close();
      }
    });

    test("a typing or a read of somebody else comes without a seq", async () => {
      const session = await sessionOf(2);
      const live = await open(session);
      const agent = await people.agent({ id: "ben", name: "Ben" });
      await people.post(`/chat/sessions/${session}/typing`, agent);
      await people.post(`/chat/sessions/${session}/read`, agent, { seq: 1 });
      await until(() => live.of("read").length === 1);
      assert.deepEqual(live.of("typing"), [{ type: "typing", by: "agent", name: "Ben" }]);
      assert.deepEqual(live.of("read"), [{ type: "read", by: "agent", seq: 1 }]);
      await live.close();
    });

    test("a note among agents is a place without content to its visitor", async () => {
      const visitor = await people.visitor();
      const session = await people.open({}, visitor);
      const agent = await people.agent({ id: "ben", name: "Ben" });
      const [early, agents] = [
        await open(session, "", { token: visitor }),
        await open(session, "", { token: agent }),
      ];
      await people.post(`/chat/sessions/${session}/notes`, agent, { text: "A VIP" });
      await people.say(session, "hello", { token: agent });
      const late = await open(session, "", { token: visitor });
      await until(() => [early, late, agents].every((live) => live.seqs.length === 2));
      for (const live of [early, late]) {
        assert.deepEqual(live.seqs, [1, 2]);
        assert.deepEqual(live.entries[0].data.event, { type: "internal" });
        assert.equal(JSON.stringify(live.frames).includes("VIP"), false);
      }
      assert.equal(agents.entries[0].data.event.content.text, "A VIP");
      await Promise.all([early, late, agents].map((live) => live.close()));
    });

    test("a session that is removed ends its connections", async () => {
      const session = await sessionOf(1);
      const live = await open(session);
      await until(() => live.seqs.length === 1);
      await people.post(`/chat/sessions/${session}`, secret, undefined, { method: "DELETE" });
      if ("closed" in live) assert.equal(await live.closed(), 4404);
      else await live.ended();
    });
  });
}

test("a token travels as a subprotocol, in either order, and is not echoed; or as a header", async () => {
  const session = await sessionOf(0);
  const path = eventsOf(session);
  const bearer = `bearer.${secret}`;
  const headers = { Authorization: `Bearer ${secret}` };
  for (const [protocols, chosen, more] of /** @type {any[]} */ ([
    [[protocol, bearer], protocol, {}],
    [[bearer, protocol], protocol, {}],
    [[protocol], protocol, { headers }],
    [[], "", { headers }],
  ])) {
    const live = await follow(runtime.baseUrl, { path, protocols, ...more });
    await until(() => live.frames.length === 1);
    assert.equal(live.protocol, chosen);
    await live.close();
  }
});

test("events have the seq of their entry as id, and Last-Event-ID wins over after", async () => {
  const session = await sessionOf(4);
  const open = (query, headers = {}) =>
    followEvents(runtime.baseUrl, { path: eventsOf(session, query), token: secret, headers });
  const all = await open("");
  await until(() => all.seqs.length === 4);
  assert.equal(all.blocks[0], "retry: 1000");
  assert.deepEqual(all.ids, [undefined, "1", "2", "3", "4"]);
  await people.post(`/chat/sessions/${session}/read`, secret, { seq: 2 });
  await until(() => all.of("read").length === 1);
  assert.equal(all.ids.at(-1), undefined, "a client does not go on from what somebody has read");
  for (const [query, id, seqs] of [
    ["", "3", [4]],
    ["?after=0", "3", [4]],
    ["?after=4", "1", [2, 3, 4]],
    ["?after=3", "", [4]],
    ["?after=1", "77", []],
  ]) {
    const live = await open(query, { "Last-Event-ID": id });
    await until(() => live.frames.length === 1 + seqs.length);
    assert.deepEqual(live.seqs, seqs, `${query} ${id}`);
    await live.close();
  }
  const { status, body } = await open("", { "Last-Event-ID": "3x" });
  assert.deepEqual([status, body.errors[0].path], [400, "/Last-Event-ID"]);
  await all.close();
});

test("a page reads a stream: CORS as elsewhere, nothing stored on the way", async () => {
  const session = await sessionOf(1);
  const agent = await people.agent();
  const origin = "https://desk.example.net";
  const path = eventsOf(session);
  const live = await followEvents(runtime.baseUrl, { path, token: agent, origin });
  const named = ["content-type", "cache-control", "access-control-allow-origin"];
  assert.deepEqual(
    named.map((name) => live.headers.get(name)),
    ["text/event-stream", "no-store", origin],
  );
  await live.close();
});
