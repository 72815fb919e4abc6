// Subscriptions of the package, in a real Chromium, to the real service: what a page is
// told, how it ends, and what it has loaded.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { createClient } from "../../pkg/dist/index.js";
import {
  assertWhole,
  fill,
  newSession,
  openPage,
  runtime,
  server,
  shown,
  subscribe,
  token,
  until,
  untilState,
} from "../support/live_page.mjs";
import { until as untilHere } from "../support/runtime.mjs";

test("a page sees what is written, by both sides, in order, each once", async (t) => {
  const id = await newSession();
  await fill(id, 120);
  const { page, errors } = await openPage(t);
  await subscribe(page, id);
  await assertWhole(page, id);
  await untilState(page, "live");
  const mine = randomUUID();
  const sent = await page.evaluate((id) => window.subscription.send({ id, text: "ä 😀" }), mine);
  assert.deepEqual(Object.keys(sent).sort(), ["created_at", "id", "seq"]);
  assert.deepEqual([sent.id, sent.seq], [mine, 121]);
  await server.sendMessage(id, { sender: "agent", agent: { name: "Ben" }, text: "Hello" });
  await assertWhole(page, id);
  const seen = await page.evaluate(() => window.seen);
  // Each is the entry of the history itself.
  const { items } = await createClient({ baseUrl: runtime.baseUrl, token }).history(id, {
    after: 120,
  });
  assert.deepEqual(
    seen.messages.slice(120),
    items.filter(({ event }) => event.type === "message"),
  );
  assert.deepEqual(seen.states, ["connecting", "live"]);
  assert.deepEqual(errors, []);
});

test("it begins after a seq, and tells of the session, also of what is no message", async (t) => {
  const id = await newSession();
  await fill(id, 3);
  const { page } = await openPage(t);
  await subscribe(page, id, { after: 2 });
  await untilState(page, "live");
  assert.deepEqual(await shown(page), ["3 3"]);
  await server.updateSession(id, { status: "closed_resolved" });
  await server.sendMessage(id, { sender: "contact", text: "Wait" });
  await server.sendMessage(id, {
    sender: "agent",
    agent: { id: "b", name: "Ben" },
    text: "I am here",
    should_take_over_session_from_ai: true,
  });
  await until(page, () => window.seen.messages.length === 3);
  const [hello, ...changes] = await page.evaluate(() => window.seen.sessions);
  assert.deepEqual([hello.session.id, hello.session.last_seq, hello.entry], [id, 3, undefined]);
  assert.deepEqual(
    changes.map(({ session, entry }) => [
      entry.event.type,
      entry.seq === session.last_seq,
      session.status,
      session.assignee.name,
    ]),
    [
      ["session_closed", true, "closed_resolved", hello.session.assignee.name],
      ["session_reopened", true, "open", hello.session.assignee.name],
      ["handoff", true, "open", "Ben"],
    ],
  );
  assert.deepEqual(
    (await shown(page)).map((text) => text.replace(/^\d+ /, "")),
    ["3", "Wait", "I am here"],
  );
});

test("what happened before is no news: the session stays as it is", async (t) => {
  const id = await newSession();
  await server.updateSession(id, { status: "closed_resolved" });
  await server.updateSession(id, { status: "open" });
  const { page } = await openPage(t);
  await subscribe(page, id);
  await until(page, () => window.seen.sessions.length === 3);
  const sessions = await page.evaluate(() => window.seen.sessions);
  assert.deepEqual(
    sessions.map(({ session, entry }) => [session.status, entry?.event.type]),
    [
      ["open", undefined],
      ["open", "session_closed"],
      ["open", "session_reopened"],
    ],
  );
});

test("typing and reading are seen on the other side, typing at most every 3 s", async (t) => {
  const id = await newSession();
  await fill(id, 2);
  const { page } = await openPage(t);
  await subscribe(page, id);
  await untilState(page, "live");
  const seen = [];
  const states = [];
  const mine = server.subscribe(id, {
    onTyping: (typing) => seen.push({ typing }),
    onRead: (read) => seen.push({ read }),
    onState: (state) => states.push(state),
  });
  t.after(() => mine.close());
  while (!states.includes("live")) await new Promise((resolve) => setTimeout(resolve, 20));
  await page.evaluate(() => {
    for (let key = 0; key < 20; key += 1) window.subscription.typing();
    window.subscription.markRead(1);
    window.subscription.markRead(2);
    window.subscription.markRead(1);
  });
  await until(page, () => window.seen.read.some(({ seq }) => seq === 2));
  while (seen.length < 3) await new Promise((resolve) => setTimeout(resolve, 20));
  await server.showTyping(id);
  await until(page, () => window.seen.typing.length > 0);
  const inPage = await page.evaluate(() => window.seen);
  assert.deepEqual(inPage.typing, [{ by: "agent" }]);
  const typed = seen.filter(({ typing }) => typing);
  assert.equal(typed.length, 1);
  assert.equal(typed[0].typing.by, "contact");
  const reads = seen.filter(({ read }) => read).map(({ read }) => read);
  assert.deepEqual(reads, [
    { by: "contact", seq: 1 },
    { by: "contact", seq: 2 },
  ]);
  assert.deepEqual(inPage.read, reads);
  assert.equal((await server.getSession(id)).read.contact, 2);
});

test("two subscriptions of one session are two: closing one leaves the other", async (t) => {
  const id = await newSession();
  const { page } = await openPage(t);
  // As <StrictMode> does: an effect, its end, the effect again.
  const states = await page.evaluate(async (id) => {
    const states = [];
    const effect = (n) => {
      const tell = (text) => states.push(`${n} ${text}`);
      return window.client.subscribe(id, { onState: tell, onMessage: () => tell("message") });
    };
    effect(1).close();
    const second = effect(2);
    while (second.state !== "live") await new Promise((resolve) => setTimeout(resolve, 20));
    second.close();
    effect(3).close();
    await new Promise((resolve) => setTimeout(resolve, 100));
    return states;
  }, id);
  // The end of one is told before the beginning of the next.
  assert.deepEqual(
    states.filter((state) => !/^[13] connecting/.test(state)),
    ["1 ended", "2 connecting", "2 live", "2 ended", "3 ended"],
  );
  await subscribe(page, id);
  await subscribe(page, id, { as: "2" });
  await Promise.all([untilState(page, "live"), untilState(page, "live", "2")]);
  await fill(id, 2);
  await assertWhole(page, id, "2");
  await page.evaluate(() => window.subscription.close());
  await fill(id, 2, 3);
  await assertWhole(page, id, "2");
  assert.deepEqual(await shown(page), ["1 1", "2 2"]);
});

test("a loop has every entry, ends when it is closed, and leaving it closes the line", async (t) => {
  const id = await newSession();
  await fill(id, 5);
  await server.updateSession(id, { status: "closed_resolved" });
  const { page } = await openPage(t);
  const closed = [];
  page.on("websocket", (socket) => socket.on("close", () => closed.push(socket.url())));
  const result = await page.evaluate(async (id) => {
    const { client } = window;
    const take = async (subscription, enough) => {
      const seqs = [];
      for await (const { seq } of subscription) {
        seqs.push(seq);
        if (enough(seq)) break;
      }
      return seqs;
    };
    const broken = await take(client.subscribe(id, { after: 1 }), (seq) => seq === 6);

    // Entries wait for a loop that begins late.
    const late = client.subscribe(id);
    while (late.state !== "live") await new Promise((resolve) => setTimeout(resolve, 20));
    await new Promise((resolve) => setTimeout(resolve, 200));
    const all = await take(late, (seq) => seq === 6);

    const open = client.subscribe(id, { after: 6 });
    const pending = take(open, () => false);
    open.close();
    const controller = new AbortController();
    const aborted = take(client.subscribe(id, { signal: controller.signal }), (seq) => {
      if (seq === 2) controller.abort();
      return false;
    });
    const both = [];
    const callbacks = client.subscribe(id, { onMessage: ({ seq }) => both.push(seq) });
    const iterated = await take(callbacks, (seq) => seq === 6);
    return {
      broken,
      all,
      late: late.state,
      pending: await pending,
      aborted: await aborted,
      both,
      iterated,
    };
  }, id);
  assert.deepEqual(result, {
    broken: [2, 3, 4, 5, 6],
    all: [1, 2, 3, 4, 5, 6],
    late: "ended",
    pending: [],
    aborted: [1, 2],
    both: [1, 2, 3, 4, 5],
    iterated: [1, 2, 3, 4, 5, 6],
  });
  await untilHere(() => closed.length >= 4);
});

test("a slow loop holds the line back, and has every entry in the end", async (t) => {
  const id = await newSession();
  await fill(id, 1_050);
  const { page, line } = await openPage(t);
  await page.evaluate((id) => {
    window.states = [];
    window.late = window.client.subscribe(id, { onState: (state) => window.states.push(state) });
  }, id);
  await until(page, () => window.states.includes("waiting"));
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  const { upgrades } = line;
  const seqs = await page.evaluate(async () => {
    const seqs = [];
    for await (const { seq } of window.late) {
      seqs.push(seq);
      if (seq === 1_050) break;
    }
    return seqs;
  });
  assert.deepEqual(
    seqs,
    Array.from({ length: 1_050 }, (_, n) => n + 1),
  );
  assert.equal(upgrades, 1);
  assert.equal(line.upgrades, 2);
});

test("what a callback throws is the page's own error, and breaks nothing", async (t) => {
  const id = await newSession();
  await fill(id, 3);
  const { page, errors } = await openPage(t);
  const seqs = await page.evaluate(async (id) => {
    const fail = () => {
      throw new Error("a fault of the page");
    };
    const seqs = [];
    await new Promise((resolve) => {
      window.client.subscribe(id, {
        onState: fail,
        onSession: fail,
        onMessage({ seq }) {
          seqs.push(seq);
          if (seq === 3) resolve();
          fail();
        },
      });
    });
    return seqs;
  }, id);
  assert.deepEqual(seqs, [1, 2, 3]);
  // Two states, a session, three messages.
  await until(page, () => true);
  assert.deepEqual(errors, Array(6).fill("a fault of the page"));
});

test("closing ends everything: nothing is told, sends reject, one on its way arrives", async (t) => {
  const id = await newSession();
  const { page } = await openPage(t);
  await subscribe(page, id);
  await untilState(page, "live");
  const result = await page.evaluate(async () => {
    const { subscription } = window;
    const first = subscription.send({ text: "on its way" });
    const second = subscription.send({ text: "behind it" });
    subscription.close();
    subscription.typing();
    subscription.markRead(7);
    const name = (promise) =>
      promise.then(
        ({ seq }) => seq,
        ({ name }) => name,
      );
    return Promise.all([name(first), name(second), name(subscription.send({ text: "late" }))]);
  });
  assert.deepEqual(result, [1, "AbortError", "AbortError"]);
  await fill(id, 1);
  await new Promise((resolve) => setTimeout(resolve, 300));
  const { messages, states } = await page.evaluate(() => window.seen);
  assert.deepEqual(messages, []);
  assert.deepEqual(states, ["connecting", "live", "ended"]);
  assert.equal(await page.evaluate(() => window.subscription.state), "ended");
  const { items } = await server.history(id);
  assert.deepEqual(
    items.map(({ event }) => event.content.text),
    ["on its way", "1"],
  );
});

test("an aborted signal rejects with its reason", async (t) => {
  const id = await newSession();
  const { page } = await openPage(t);
  const reasons = await page.evaluate(async (id) => {
    const controller = new AbortController();
    const early = window.client.subscribe(id, { signal: AbortSignal.abort("early") });
    const late = window.client.subscribe(id, { signal: controller.signal });
    while (late.state !== "live") await new Promise((resolve) => setTimeout(resolve, 20));
    controller.abort("late");
    const reason = (promise) =>
      promise.then(
        () => "sent",
        (reason) => reason,
      );
    const reasons = [
      await reason(early.send({ text: "a" })),
      await reason(late.send({ text: "a" })),
    ];
    return [...reasons, early.state, late.state, (await early.next()).done];
  }, id);
  assert.deepEqual(reasons, ["early", "late", "ended", "ended", true]);
});

test("a message that breaks a rule never reaches the network, and holds no other up", async (t) => {
  const id = await newSession();
  const { page } = await openPage(t);
  await subscribe(page, id);
  const posts = [];
  page.on("request", (request) => request.url().endsWith("/send") && posts.push(request.url()));
  const results = await page.evaluate(async () => {
    const { subscription } = window;
    const sends = [{ text: "a" }, { text: " " }, Promise.resolve({ text: "b" }), { text: "c" }];
    const sent = sends.map((message) => subscription.send(message));
    return Promise.all(
      sent.map((send) =>
        send.then(
          ({ seq }) => seq,
          ({ code, errors }) => [code, errors[0]?.path],
        ),
      ),
    );
  });
  assert.deepEqual(results, [1, ["invalid_request", "/text"], ["malformed_json", undefined], 2]);
  assert.equal(posts.length, 2);
});

test("a page that never subscribes loads none of it, the first subscription once", async (t) => {
  const id = await newSession();
  const { page, scripts } = await openPage(t);
  await page.evaluate((id) => window.client.getSession(id), id);
  const loaded = () => scripts.filter((path) => path.startsWith("/pkg/"));
  assert.deepEqual(loaded(), ["/pkg/index.js", "/pkg/wasm.js"]);
  await subscribe(page, id);
  await subscribe(page, id, { as: "2" });
  await Promise.all([untilState(page, "live"), untilState(page, "live", "2")]);
  assert.deepEqual(loaded(), ["/pkg/index.js", "/pkg/wasm.js", "/pkg/live.js"]);
});

test("without import(), as in a service worker, it is in the package", async (t) => {
  const id = await newSession();
  await fill(id, 2);
  const { page, scripts } = await openPage(t, { entry: "static" });
  await subscribe(page, id);
  await assertWhole(page, id);
  assert.deepEqual(scripts.filter((path) => path.startsWith("/pkg/")).sort(), [
    "/pkg/fallback.js",
    "/pkg/live.js",
    "/pkg/static.js",
  ]);
});

test("Node.js follows a session by a secret key, with WebSocket and without", async () => {
  const { WebSocket } = globalThis;
  for (const constructor of [WebSocket, undefined]) {
    globalThis.WebSocket = constructor;
    try {
      const id = await newSession();
      await fill(id, 3);
      const texts = [];
      const subscription = server.subscribe(id);
      for await (const { event } of subscription) {
        texts.push(event.content.text);
        if (texts.length === 3) await subscription.send({ sender: "ai", text: "4" });
        if (texts.length === 4) break;
      }
      assert.deepEqual(texts, ["1", "2", "3", "4"]);
    } finally {
      globalThis.WebSocket = WebSocket;
    }
  }
});
