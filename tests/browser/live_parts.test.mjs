// Parts of the package's subscriptions that need no page and no service: the reader of
// server-sent events, the outbox, the queue of a loop.

import assert from "node:assert/strict";
import { test } from "node:test";
import { newEventReader } from "../../pkg/src/events.js";
import { newOutbox } from "../../pkg/src/outbox.js";
import { newQueue } from "../../pkg/src/queue.js";

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
