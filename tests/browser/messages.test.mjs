// Messages through the package, in a real Chromium, against the real service.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { beforeEach, test } from "node:test";
import { createClient } from "../../pkg/dist/index.js";
import { flatMessageCases, shortForm } from "../support/cases.mjs";
import { page, run, runtime } from "../support/package_page.mjs";

let server;
let token;
// Not `before`: it does not wait for that of the page.
beforeEach(async () => {
  if (server) return;
  server = createClient({ baseUrl: runtime.baseUrl, token: runtime.keys.secret });
  ({ token } = await server.authenticateUser({ email: "ann@example.com" }));
});

/** Opens a session of the person whose token the page has. */
async function newSession() {
  const contact = { email: "ann@example.com" };
  return (await server.createSession({ contact, verified: true })).id;
}

/** Sends `count` messages as an ai. */
async function fill(id, count) {
  for (let n = 1; n <= count; n += 1) {
    await server.sendMessage(id, { sender: "ai", text: `${n}` });
  }
}

test("every case gets the edge's verdict, and an invalid one never reaches the network", async () => {
  const cases = await flatMessageCases();
  const sent = [];
  const record = (request) => request.url().endsWith("/send") && sent.push(request.url());
  page.on("request", record);
  const { result: verdicts } = await run(
    async ({ createClient }, options, { id, requests }) => {
      const client = createClient(options);
      const verdicts = [];
      for (const request of requests) {
        try {
          await client.sendMessage(id, JSON.parse(request));
          verdicts.push({ status: 201 });
        } catch ({ status, code, errors }) {
          verdicts.push({ status, code, errors });
        }
      }
      return verdicts;
    },
    { id: await newSession(), requests: cases.map(({ request }) => JSON.stringify(request)) },
    { token },
  );
  page.off("request", record);
  const mismatches = cases.flatMap(({ name, expect }, index) => {
    const { status, code, errors } = verdicts[index];
    // A person does not write as an agent, and may have sent the same id before.
    const isAccepted = status === 201 || ["insufficient_scope", "message_id_reused"].includes(code);
    const verdict = isAccepted ? { status: 201 } : { status, code, errors: shortForm(errors) };
    return JSON.stringify(verdict) === JSON.stringify(expect)
      ? []
      : [`${name}: ${JSON.stringify(verdict)}`];
  });
  assert.deepEqual(mismatches, []);
  assert.ok(cases.length >= 60, `${cases.length} cases`);
  assert.equal(sent.length, cases.filter(({ expect }) => expect.status === 201).length);
});

test("a message is sent once under its id, and comes back in the history", async () => {
  const id = await newSession();
  const message = {
    id: randomUUID(),
    text: "Where is my order? 😀",
    attachments: [
      { name: "a.pdf", url: "https://files.example.com/a.pdf", type: "application/pdf", size: 7 },
    ],
  };
  const { result } = await run(
    async ({ createClient }, options, { id, message }) => {
      const client = createClient(options);
      return {
        first: await client.sendMessage(id, message),
        again: await client.sendMessage(id, message),
        other: await client.sendMessage(id, { text: "And my refund?" }),
        reused: await client.sendMessage(id, { ...message, text: "!" }).catch(({ code }) => code),
        page: await client.history(id),
        session: await client.getSession(id),
      };
    },
    { id, message },
    { token },
  );
  const { first, again, other, page: history } = result;
  assert.deepEqual(Object.keys(first).sort(), ["created_at", "id", "seq"]);
  assert.deepEqual([first.id, first.seq], [message.id, 1]);
  assert.deepEqual(again, { ...first, replayed: true });
  assert.match(other.id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-/);
  assert.equal(other.seq, 2);
  assert.equal(result.reused, "message_id_reused");
  assert.deepEqual(
    history.items.map(({ id, seq, event }) => [id, seq, event.type, event.content.text]),
    [
      [message.id, 1, "message", message.text],
      [other.id, 2, "message", "And my refund?"],
    ],
  );
  assert.deepEqual(history.items[0].event.attachments, message.attachments);
  assert.deepEqual([history.next, history.last_seq], [null, 2]);
  assert.equal(result.session.last_message, "And my refund?");
});

test("a retry after a lost answer makes no second message, with or without an id", async () => {
  for (const message of [{ text: "Hello" }, { id: randomUUID(), text: "Hello" }]) {
    const id = await newSession();
    const bodies = [];
    await page.route("**/send", async (route) => {
      bodies.push(route.request().postData());
      if (bodies.length > 1) return route.fallback();
      await route.fetch();
      return route.abort("connectionreset");
    });
    const { result } = await run(
      ({ createClient }, options, { id, message }) =>
        createClient(options).sendMessage(id, message),
      { id, message },
      { token },
    );
    await page.unroute("**/send");
    assert.equal(bodies.length, 2);
    assert.equal(bodies[0], bodies[1]);
    assert.equal(result.replayed, true);
    const { items, last_seq } = await server.history(id);
    assert.deepEqual([items.map((item) => item.id), last_seq], [[result.id], 1]);
  }
});

test("history goes forwards and backwards, page by page", async () => {
  const id = await newSession();
  await fill(id, 7);
  const seqs = async (query) => (await server.history(id, query)).items.map(({ seq }) => seq);
  assert.deepEqual(await seqs({ limit: 3 }), [1, 2, 3]);
  assert.deepEqual(await seqs({ limit: 3, order: "desc" }), [7, 6, 5]);
  assert.deepEqual(await seqs({ after: 5 }), [6, 7]);
  assert.deepEqual(await seqs({ before: 3 }), [1, 2]);
  const first = await server.history(id, { limit: 3 });
  const second = await server.history(id, { limit: 3, cursor: first.next });
  assert.deepEqual(
    second.items.map(({ seq }) => seq),
    [4, 5, 6],
  );
  await assert.rejects(server.history(id, { after: 1, before: 3 }), { code: "invalid_request" });
  await assert.rejects(server.history(id, { cursor: null }), { code: "invalid_options" });
});

test("messages are iterated over every page, and other events are left out", async () => {
  const id = await newSession();
  await fill(id, 120);
  await server.updateSession(id, { status: "closed_resolved" });
  await server.updateSession(id, { status: "open" });
  await fill(id, 5);
  const { result } = await run(
    async ({ createClient }, options, id) => {
      const client = createClient(options);
      const all = await Array.fromAsync(client.messages(id));
      const late = await Array.fromAsync(client.messages(id, { after: 120 }));
      const none = await Array.fromAsync(client.messages(id, { after: all.at(-1).seq }));
      const three = [];
      for await (const { seq } of client.messages(id)) {
        three.push(seq);
        if (three.length === 3) break;
      }
      const controller = new AbortController();
      const seen = [];
      const aborted = await (async () => {
        for await (const { seq } of client.messages(id, {}, { signal: controller.signal })) {
          seen.push(seq);
          if (seq === 2) controller.abort("enough");
        }
      })().catch((reason) => reason);
      const missing = await client
        .messages("x")
        .next()
        .catch(({ code }) => code);
      return {
        texts: all.map(({ event }) => event.content.text),
        types: [...new Set(all.map(({ event }) => event.type))],
        late: late.map(({ event }) => event.content.text),
        none: none.length,
        three,
        seen,
        aborted,
        missing,
      };
    },
    id,
    { token },
  );
  const numbers = (count) => Array.from({ length: count }, (_, n) => `${n + 1}`);
  assert.deepEqual(result.texts, [...numbers(120), ...numbers(5)]);
  assert.deepEqual(result.types, ["message"]);
  assert.deepEqual(result.late, numbers(5));
  assert.equal(result.none, 0);
  assert.deepEqual([result.three, result.seen, result.aborted], [[1, 2, 3], [1, 2], "enough"]);
  assert.equal(result.missing, "session_not_found");
});

test("a session is marked as read up to a message, and never back", async () => {
  const id = await newSession();
  await fill(id, 3);
  const { result } = await run(
    async ({ createClient }, options, id) => {
      const client = createClient(options);
      const states = [];
      for (const seq of [2, 1, 99]) {
        const answer = await client.markRead(id, seq);
        const { read, unread } = await client.getSession(id);
        states.push([answer === undefined, read.contact, unread.contact]);
      }
      const code = (call) => call.catch(({ code }) => code);
      return {
        states,
        wrong: await code(client.markRead(id, -1)),
        missing: await code(client.markRead("x", 1)),
      };
    },
    id,
    { token },
  );
  assert.deepEqual(result.states, [
    [true, 2, 1],
    [true, 2, 1],
    [true, 3, 0],
  ]);
  assert.deepEqual([result.wrong, result.missing], ["invalid_request", "session_not_found"]);
  // The agents' mark is another one.
  await server.sendMessage(id, { sender: "contact", text: "Thank you" });
  assert.equal((await server.getSession(id)).unread.agent, 1);
  await server.markRead(id, 4);
  const { read, unread } = await server.getSession(id);
  assert.deepEqual([read, unread.agent], [{ contact: 4, agent: 4 }, 0]);
});

test("what a full session has no room for is in another one, which the answer names", async () => {
  const id = await newSession();
  await fill(id, 1);
  await runtime.execute("UPDATE sessions SET last_seq = 100000 WHERE id = ?", id);
  const message = { id: randomUUID(), text: "Is anybody there?" };
  const { result } = await run(
    async ({ createClient }, options, { id, message }) => {
      const client = createClient(options);
      const first = await client.sendMessage(id, message);
      return { first, again: await client.sendMessage(id, message) };
    },
    { id, message },
    { token },
  );
  const { first, again } = result;
  assert.notEqual(first.session_id, id);
  assert.deepEqual(Object.keys(first).sort(), ["created_at", "id", "seq", "session_id"]);
  assert.deepEqual(again, { ...first, replayed: true });
  const { items } = await server.history(first.session_id);
  assert.deepEqual(
    items.map(({ id, event }) => [id, event.content.text]),
    [[message.id, message.text]],
  );
  const late = server.sendMessage(id, { sender: "ai", text: "Hello" });
  await assert.rejects(late, { code: "session_full", status: 409 });
});
