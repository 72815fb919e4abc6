// The frames that clients send: each is what a request of its own is, in order, and a wrong
// one harms nobody else.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { People, eventsOf, follow, followEvents } from "../support/live.mjs";
import { allowedOrigin, send, startRuntime, until } from "../support/runtime.mjs";

let runtime;
let people;
let secret;
let agent;
before(async () => {
  runtime = await startRuntime();
  people = new People(runtime);
  ({ secret } = runtime.keys);
  agent = await people.agent({ id: "ben", name: "Ben" });
});
after(() => runtime?.stop());

const open = async (session, token = secret, more = {}) => {
  const live = await follow(runtime.baseUrl, { path: eventsOf(session), token, ...more });
  await until(() => live.frames.length === 1);
  return live;
};

/** Returns a visitor's session and token, and the sockets of both sides. */
async function conversation() {
  const token = await people.visitor();
  const session = await people.open({ contact: { name: "Ann" } }, token);
  const [visitor, ben] = [
    await open(session, token, { origin: allowedOrigin }),
    await open(session, agent),
  ];
  const close = () => Promise.all([visitor.close(), ben.close()]);
  return { session, token, visitor, ben, close };
}

test("send: an ack with its place, and the message on every side, its author's too", async () => {
  const { session, token, visitor, ben, close } = await conversation();
  const id = randomUUID();
  const attachments = [{ name: "a.png", url: "https://files.example.com/a.png" }];
  const { created_at, ...ack } = await visitor.ask({ type: "send", id, text: "hi", attachments });
  assert.deepEqual(ack, { type: "ack", id, seq: 1 });
  const author = { id: "ben", name: "Ben" };
  const reply = { type: "send", id: randomUUID(), text: "Hello Ann", agent: author };
  assert.equal((await ben.ask(reply)).seq, 2);
  await until(() => visitor.seqs.length === 2 && ben.seqs.length === 2);
  assert.equal(visitor.entries[0].data.created_at, created_at);
  await people.assertWhole(visitor, session, token);
  await people.assertWhole(ben, session, agent);
  assert.equal(ben.entries[0].data.id, id);
  assert.deepEqual(
    ben.entries.map(({ data }) => data.event.sender.type),
    ["contact", "human_agent"],
  );
  await close();
});

test("a secret key's frame says who speaks: contact, agent or ai", async () => {
  const session = await people.open();
  const live = await open(session);
  for (const [sender, type] of [
    ["contact", "contact"],
    ["agent", "human_agent"],
    ["ai", "ai"],
  ]) {
    const { seq } = await live.ask({ type: "send", id: randomUUID(), text: sender, sender });
    await until(() => live.seqs.includes(seq));
    assert.equal(live.entries.at(-1).data.event.sender.type, type);
  }
  const absent = await live.ask({ type: "send", id: randomUUID(), text: "who?" });
  assert.deepEqual([absent.type, absent.errors[0].path], ["nack", "/sender"]);
  await live.close();
});

test("send, again: the same ack and no second message; other content is message_id_reused", async () => {
  const { session, visitor, ben, close } = await conversation();
  const frame = { type: "send", id: randomUUID(), text: "once" };
  const first = await visitor.ask(frame);
  assert.deepEqual(await visitor.ask(frame), first);
  const other = await visitor.ask({ ...frame, text: "twice" });
  assert.deepEqual([other.type, other.id, other.code], ["nack", frame.id, "message_id_reused"]);
  // A request and a frame are the same function.
  const path = `/chat/sessions/${session}/send`;
  const message = { id: frame.id, text: "once" };
  const body = { sender: "contact", message };
  const replay = await send(runtime.baseUrl, { path, token: secret, body });
  assert.deepEqual([replay.status, replay.body.data.message.seq], [200, first.seq]);
  await ben.ask({ type: "send", id: randomUUID(), text: "after all of it" });
  await until(() => ben.seqs.length === 2 && visitor.seqs.length === 2);
  assert.deepEqual(ben.seqs, [1, 2]);
  await close();
});

test("a nack names every violation at once, by the frame's own paths", async () => {
  const { visitor, ben, close } = await conversation();
  const paths = ({ errors }) => errors.map(({ path }) => path).sort();
  const attachments = [{ name: "", url: "http://files.example.com/a" }];
  const wrong = await visitor.ask({ type: "send", id: randomUUID(), text: " ", attachments });
  assert.deepEqual([wrong.type, wrong.code], ["nack", "invalid_request"]);
  assert.deepEqual(paths(wrong), ["/attachments/0/name", "/attachments/0/url", "/text"]);
  const body = { type: "send", id: randomUUID(), text: "x".repeat(8_001), agent: { name: "" } };
  assert.deepEqual(paths(await ben.ask(body)), ["/agent/name", "/text"]);
  const badId = await visitor.ask({ type: "send", id: "7", text: "hi" });
  assert.deepEqual([badId.id, paths(badId)], ["7", ["/id"]]);
  // As somebody else.
  const forbidden = await visitor.ask({
    type: "send",
    id: randomUUID(),
    text: "x",
    sender: "agent",
  });
  assert.deepEqual([forbidden.type, forbidden.code], ["nack", "insufficient_scope"]);
  const stranger = { id: "eve", name: "Eve" };
  const asEve = await ben.ask({ type: "send", id: randomUUID(), text: "x", agent: stranger });
  assert.equal(asEve.type, "nack");
  // And both go on.
  assert.equal((await visitor.ask({ type: "send", id: randomUUID(), text: "ok" })).type, "ack");
  assert.equal((await ben.ask({ type: "send", id: randomUUID(), text: "ok" })).type, "ack");
  await close();
});

test("read and typing reach the others, by name; typing is not echoed to any tab of its sender", async () => {
  const { session, token, visitor, ben, close } = await conversation();
  const tab = await open(session, token);
  const server = await open(session);
  await visitor.ask({ type: "send", id: randomUUID(), text: "hi" });
  visitor.send({ type: "typing" });
  await until(() => ben.of("typing").length === 1 && server.of("typing").length === 1);
  assert.deepEqual(ben.of("typing")[0].by, "contact");
  ben.send({ type: "typing" });
  await until(() => visitor.of("typing").length === 1 && tab.of("typing").length === 1);
  assert.deepEqual(visitor.of("typing"), [{ type: "typing", by: "agent", name: "Ben" }]);
  ben.send({ type: "read", seq: 1 });
  await until(() =>
    [visitor, tab, ben, server].every((live) => live.of("read").some(({ by }) => by === "agent")),
  );
  assert.deepEqual(visitor.of("read").at(-1), { type: "read", by: "agent", seq: 1 });
  const { read } = await people.post(`/chat/sessions/${session}`, secret, undefined, {
    method: "GET",
  });
  assert.deepEqual(read, { contact: 1, agent: 1 });
  // Each has only what the other side typed.
  assert.deepEqual(
    [visitor, tab, ben, server].map((live) => live.of("typing").map(({ by }) => by)),
    [["agent"], ["agent"], ["contact"], ["contact", "agent"]],
  );
  await Promise.all([close(), tab.close(), server.close()]);
});

test("wrong frames are answered or close their own connection, and the others go on", async () => {
  const session = await people.open();
  const witness = await open(session);
  const deep = (depth) => `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;
  const padded = (bytes) => `{"type":"shout"${" ".repeat(bytes - 16)}}`;
  const closing = {
    "not JSON": "hello",
    "an empty frame": "",
    "a number": "1",
    "a list": "[]",
    null: "null",
    "a text": '"typing"',
    "half an object": '{"type":"typing"',
    "65,537 bytes": padded(65_537),
    "a megabyte": padded(1_000_000),
    "no UTF-8, which the runtime replaces": Buffer.from([0x22, 0xff, 0xfe, 0x22]),
    bytes: Buffer.from('{"type":"typing"}'),
    "no bytes": Buffer.alloc(0),
  };
  for (const [name, frame] of Object.entries(closing)) {
    const live = await open(session);
    live.send(frame, { binary: name.includes("bytes") && Buffer.isBuffer(frame) });
    assert.equal(await live.closed(), 4400, name);
    assert.match(live.reason ?? "", /^a frame must /);
  }

  const unknown = await open(session);
  for (const [frame, id, code] of [
    [{}, null, "invalid_request"],
    [{ type: "shout", id: "a" }, "a", "invalid_request"],
    [{ type: 7, id: 7 }, null, "invalid_request"],
    [{ type: "hello", id: "b" }, "b", "invalid_request"],
    [{ type: "read" }, null, "invalid_request"],
    [{ type: "read", seq: -1 }, null, "invalid_request"],
    [{ type: "read", seq: "1" }, null, "invalid_request"],
    [{ type: "send", id: "c" }, "c", "invalid_request"],
    ['{"type":"typing","type":"read"}', null, "invalid_request"],
    ['{"type":"send","text":"\\ud800","id":"d"}', "d", "invalid_request"],
    [deep(10_000), null, "invalid_request"],
    [padded(65_536), null, "invalid_request"],
  ]) {
    const before = unknown.of("nack").length;
    unknown.send(frame);
    const nack = await until(() => unknown.of("nack")[before]);
    assert.deepEqual([nack.id, nack.code], [id, code], JSON.stringify(frame).slice(0, 80));
  }

  assert.equal(witness.code, undefined);
  const { seq } = await witness.ask({ type: "send", id: randomUUID(), text: "on", sender: "ai" });
  await until(() => witness.seqs.includes(seq) && unknown.seqs.includes(seq));
  await Promise.all([witness.close(), unknown.close()]);
});

test("more than 20 frames within a second: 4429 for their connection alone", async () => {
  const session = await people.open();
  const [fast, slow] = [await open(session), await open(session)];
  for (let n = 0; n < 50; n += 1) fast.send({ type: "typing" });
  assert.equal(await fast.closed(), 4429);
  assert.equal(fast.reason, "rate_limited");
  for (let n = 0; n < 10; n += 1) slow.send({ type: "typing" });
  assert.equal(
    (await slow.ask({ type: "send", id: randomUUID(), text: "x", sender: "ai" })).type,
    "ack",
  );
  // A ping is no frame: the object does not see it.
  for (let n = 0; n < 50; n += 1) slow.send("ping");
  await until(() => slow.frames.filter((frame) => frame === "pong").length === 50);
  assert.equal(slow.code, undefined);
  await slow.close();
});

test("frames of one connection are done in their order, however fast they come", async () => {
  const { session, visitor, ben, close } = await conversation();
  const ids = Array.from({ length: 18 }, () => randomUUID());
  for (const id of ids) visitor.send({ type: "send", id, text: `pipelined ${id}` });
  await until(() => visitor.of("ack").length === ids.length && ben.seqs.length === ids.length);
  assert.deepEqual(
    visitor.of("ack").map(({ id, seq }) => [id, seq]),
    ids.map((id, index) => [id, index + 1]),
  );
  assert.deepEqual(
    (await people.history(session)).map(({ id }) => id),
    ids,
  );
  await close();
});

test("a message that is too many is a nack, and the connection stays", async () => {
  const { session, token, visitor, close } = await conversation();
  const text = "many";
  const path = `/chat/sessions/${session}/send`;
  const post = () => send(runtime.baseUrl, { path, token, body: { message: { text } } });
  const answers = await Promise.all(Array.from({ length: 61 }, post));
  assert.ok(answers.some(({ status }) => status === 429));
  const nack = await visitor.ask({ type: "send", id: randomUUID(), text });
  assert.deepEqual([nack.type, nack.code], ["nack", "rate_limited"]);
  assert.equal(visitor.code, undefined);
  await close();
});

test("a contact's frame to a closed session reopens it, and both entries come", async () => {
  const { session, visitor, ben, close } = await conversation();
  const status = { status: "closed_resolved" };
  await people.post(`/chat/sessions/${session}`, secret, status, { method: "PATCH" });
  const ack = await visitor.ask({ type: "send", id: randomUUID(), text: "wait!" });
  assert.equal(ack.seq, 3);
  await until(() => ben.seqs.length === 3);
  assert.deepEqual(
    ben.entries.map(({ data }) => data.event.type),
    ["session_closed", "session_reopened", "message"],
  );
  await close();
});

test("a visitor sees their own name and no contact; nothing of another session", async () => {
  const [mine, other] = [await conversation(), await conversation()];
  assert.equal("contact" in mine.visitor.frames[0].session, false);
  assert.equal(mine.ben.frames[0].session.contact.non_verified_name, "Ann");
  await mine.visitor.ask({ type: "send", id: randomUUID(), text: "mine" });
  mine.visitor.send({ type: "typing" });
  await until(() => mine.ben.of("typing").length === 1);
  await until(() => mine.visitor.seqs.length === 1);
  const { sender } = mine.visitor.entries[0].data.event;
  assert.deepEqual([sender.type, sender.name], ["contact", "Ann"]);
  assert.equal(mine.ben.entries[0].data.event.sender.name, null);

  // By what is certain to come later.
  await other.ben.ask({ type: "send", id: randomUUID(), text: "to the other" });
  await until(() => other.visitor.seqs.length === 1);
  for (const live of [other.visitor, other.ben]) {
    assert.ok(live.frames.every((frame) => (frame.session_id ?? other.session) === other.session));
    assert.deepEqual(live.of("typing"), []);
  }
  const events = await followEvents(runtime.baseUrl, {
    path: eventsOf(mine.session),
    token: mine.token,
  });
  await until(() => events.seqs.length === 1);
  assert.equal("contact" in events.frames[0].session, false);
  assert.equal(events.entries[0].data.event.sender.name, "Ann");
  await Promise.all([mine.close(), other.close(), events.close()]);
});
