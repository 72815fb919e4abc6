// Parts of the package's subscriptions that need no page and no service: the reader of
// server-sent events, the outbox, the queue of a loop, the readers of frames.

import assert from "node:assert/strict";
import { test } from "node:test";
import { runInNewContext } from "node:vm";
import { newEventReader } from "../../pkg/src/events.js";
import { newOutbox } from "../../pkg/src/outbox.js";
import { newQueue } from "../../pkg/src/queue.js";
import { readSession, readSessions } from "../../pkg/src/readers.js";

test("events are read wherever their stream is cut, and whatever ends its lines", () => {
  for (const end of ["\n", "\r\n", "\r"]) {
    const lines = ["retry: 1000", "", ": a comment", "", "id: 1", 'data: {"text":"ä 😀"}', ""];
    const stream = [...lines, "data:a", "data: b", "data:  c", "", "id: 2", "", "data: d"];
    const bytes = new TextEncoder().encode(stream.join(end) + end + end);
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      const seen = [];
      const feed = newEventReader((data) => seen.push(data));
      const decoder = new TextDecoder();
      for (const part of [bytes.slice(0, cut), bytes.slice(cut), new Uint8Array()]) {
        feed(decoder.decode(part, { stream: true }));
      }
      // A carriage return at the very end may be half of a line's end.
      if (end === "\r") feed("\n");
      assert.deepEqual(seen, ['{"text":"ä 😀"}', "a\nb\n c", "d"], `${JSON.stringify(end)} ${cut}`);
    }
  }
});

test("an event that is cut off is not handed over", () => {
  const seen = [];
  newEventReader((data) => seen.push(data))('data: {"seq":1}\n');
  assert.deepEqual(seen, []);
});

/** Returns an outbox whose posts answer in turn; `posts` are those that were made. */
function outboxOf(...answers) {
  const posts = [];
  const waits = [];
  const outbox = newOutbox({
    async post(message) {
      posts.push(message);
      const answer = await answers.shift();
      if (answer instanceof Error || answer?.code) throw answer;
      return { id: message.id, seq: posts.length };
    },
    pause: async (ms) => void waits.push(ms),
    waitMs: (failures) => failures,
  });
  return { outbox, posts, waits };
}

test("messages go out in order, one at a time, each under one id until it is stored", async () => {
  let release;
  const first = new Promise((resolve) => (release = resolve));
  const { outbox, posts, waits } = outboxOf(
    first.then(() => ({ code: "network_error" })),
    { code: "timeout" },
    { code: "rate_limited", status: 429, retryAfterMs: 7000 },
    { code: "storage_unavailable", status: 503 },
    undefined,
    { code: "token_unavailable" },
  );
  const sent = [outbox.send({ text: "a" }), outbox.send({ text: "b" })];
  await new Promise(setImmediate);
  assert.equal(posts.length, 1);
  release();
  const [a, b] = await Promise.all(sent);
  assert.deepEqual(
    posts.map(({ text }) => text),
    ["a", "a", "a", "a", "a", "b", "b"],
  );
  const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/;
  assert.match(a.id, uuid);
  assert.deepEqual([...new Set(posts.map(({ id }) => id))], [a.id, b.id]);
  // The waits grow, and begin again with the next message.
  assert.deepEqual(waits, [0, 1, 7000, 3, 0]);
});

test("a message that is refused is rejected, and the next one goes out", async () => {
  const refusal = { code: "message_id_reused", status: 409 };
  const { outbox, posts } = outboxOf(refusal, { code: "internal_error", status: 500 });
  const sent = [1, 2, 3].map((n) => outbox.send({ text: `${n}` }));
  await assert.rejects(sent[0], refusal);
  await assert.rejects(sent[1], { code: "internal_error" });
  assert.equal((await sent[2]).seq, 3);
  assert.equal(posts.length, 3);
});

test("the end rejects those that wait; the one on its way settles by itself", async () => {
  let release;
  const { outbox, posts } = outboxOf(new Promise((resolve) => (release = resolve)));
  const [first, second] = [outbox.send({ text: "a" }), outbox.send({ text: "b" })];
  outbox.end("closed");
  await assert.rejects(second, (reason) => reason === "closed");
  await assert.rejects(outbox.send({ text: "c" }), (reason) => reason === "closed");
  release();
  assert.equal((await first).seq, 1);
  assert.equal(posts.length, 1);
});

test("the end during a wait rejects the message that waits", async () => {
  let resume;
  let posts = 0;
  const outbox = newOutbox({
    async post() {
      posts += 1;
      throw Object.assign(new Error(), { code: "network_error" });
    },
    pause: () => new Promise((resolve) => (resume = resolve)),
    waitMs: () => 0,
  });
  const sent = outbox.send({ text: "a" });
  await new Promise(setImmediate);
  outbox.end("closed");
  resume();
  await assert.rejects(sent, (reason) => reason === "closed");
  assert.equal(posts, 1);
});

test("a message is copied when it is sent, its own id kept; what is none is left to the rules", async () => {
  const { outbox, posts } = outboxOf();
  const message = { id: "0190163d-8694-739b-aea5-966c26f8ad91", text: "a" };
  const sent = outbox.send(message);
  message.text = "b";
  assert.equal((await sent).id, message.id);
  assert.equal(posts[0].text, "a");
  const promise = Promise.resolve({ text: "a" });
  await outbox.send(promise);
  assert.equal(posts[1], promise);
});

test("a message of another frame, without a prototype or with toJSON has one id as well", async () => {
  const ofFrame = runInNewContext("({ text: 'a' })");
  class Draft {
    toJSON() {
      return { text: "a" };
    }
  }
  for (const message of [ofFrame, Object.assign(Object.create(null), { text: "a" }), new Draft()]) {
    const { outbox, posts } = outboxOf({ code: "timeout" });
    const { id } = await outbox.send(message);
    assert.deepEqual(
      posts.map((post) => ({ ...post })),
      [
        { text: "a", id },
        { text: "a", id },
      ],
    );
    assert.ok(id);
  }
});

/** Returns a reader and all that it hands over. */
function reading(read, subscribing) {
  const handed = [];
  const outlet = {
    signal: new AbortController().signal,
    notify: (callback, ...values) => callback?.(...values),
    push: (item) => handed.push(item),
  };
  const shared = { on: () => ({ path: "/events" }) };
  return { handed, reader: read({ shared, ...subscribing }, outlet) };
}

test("read marks only go forward, whatever order they arrive in", () => {
  const marks = [];
  const how = { onRead: (mark) => marks.push(mark) };
  const { reader } = reading(readSession, { id: { of: "a" }, how });
  reader.onHello({ last_seq: 9, session: { read: { contact: 0, agent: 3 } } });
  for (const seq of [3, 5, 4, 9]) reader.onFrame({ type: "read", by: "agent", seq });
  assert.deepEqual(
    marks.map(({ seq }) => seq),
    [5, 9],
  );
});

test("a beginning beyond the end of the log is its end", () => {
  const after = Number.MAX_SAFE_INTEGER;
  const { handed, reader } = reading(readSession, { id: { of: "a" }, how: { after } });
  reader.onHello({ last_seq: 9, session: { read: {} } });
  assert.equal(reader.path(), "/events?after=9");
  const data = { seq: 10, event: { type: "message" } };
  assert.equal(reader.onFrame({ type: "message.created", seq: 10, data }), true);
  assert.deepEqual(handed, [data]);
});

test("a list of changes whose connection ends counts as none", async () => {
  const lists = [];
  const client = {
    listSessions: ({ updated_after }) =>
      new Promise((resolve) => lists.push({ since: updated_after.getTime(), resolve })),
  };
  const { handed, reader } = reading(readSessions, { client, how: { since: 10_000 } });
  const session = { id: "a", updated_at: "2026-01-01T00:00:00.000Z" };
  const first = reader.onHello({ at: new Date(20_000).toISOString() });
  const second = reader.onHello({ at: new Date(30_000).toISOString() });
  lists[0].resolve({ items: [session], next: null });
  await first;
  assert.deepEqual(handed, []);
  const third = reader.onHello({ at: new Date(40_000).toISOString() });
  assert.deepEqual(
    lists.map(({ since }) => since),
    [5000, 5000, 5000],
  );
  lists[1].resolve({ items: [], next: null });
  lists[2].resolve({ items: [session], next: null });
  await Promise.all([second, third]);
  assert.deepEqual(handed, [{ type: "session.updated", session }]);
});

test("a queue hands over in order, and ends behind what is in it, or at once", async () => {
  const done = { done: true, value: undefined };
  let drained = 0;
  const failing = newQueue(() => (drained += 1));
  failing.push(1);
  failing.push(2);
  failing.end("lost");
  assert.deepEqual(await failing.next(), { done: false, value: 1 });
  assert.deepEqual(await failing.next(), { done: false, value: 2 });
  await assert.rejects(failing.next(), (error) => error === "lost");
  assert.deepEqual(await failing.next(), done);
  assert.equal(drained, 0);

  const closed = newQueue(() => (drained += 1));
  const [first, second, third] = [closed.next(), closed.next(), closed.next()];
  closed.push(1);
  closed.end();
  assert.deepEqual(await Promise.all([first, second, third]), [
    { done: false, value: 1 },
    done,
    done,
  ]);
  assert.equal(drained, 3);

  const waiting = newQueue(() => {});
  waiting.push(1);
  waiting.end();
  assert.deepEqual(await waiting.next(), done);

  const broken = newQueue(() => {});
  const [a, b] = [broken.next(), broken.next()];
  broken.end("lost");
  await assert.rejects(a, (error) => error === "lost");
  assert.deepEqual([await b, await broken.next()], [done, done]);
});
