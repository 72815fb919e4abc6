// Lines of subscriptions that break, in a real Chromium: nothing is lost, doubled or out of
// order, and what was written offline goes out once.

import assert from "node:assert/strict";
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

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
/** The WebSockets of a page are refused, so that it has server-sent events. */
const withoutSockets = { prepare: (page) => page.addInitScript(() => delete window.WebSocket) };

for (const transport of ["WebSocket", "server-sent events"]) {
  const options = transport === "WebSocket" ? {} : withoutSockets;

  test(`${transport}: a line that is cut again and again loses and doubles nothing`, async (t) => {
    const id = await newSession();
    const { page, line, errors } = await openPage(t, options);
    await subscribe(page, id);
    const cutting = (async () => {
      for (let cuts = 0; cuts < 20; cuts += 1) {
        await sleep(Math.random() * 300);
        line.cut();
      }
    })();
    const sending = page.evaluate(async () => {
      const sent = [];
      for (let n = 1; n <= 60; n += 1) {
        sent.push(window.subscription.send({ text: `from the page ${n}` }));
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      return (await Promise.all(sent)).map(({ seq }) => seq);
    });
    await Promise.all([fill(id, 60), cutting]);
    const seqs = await sending;
    assert.deepEqual(
      seqs,
      [...seqs].sort((a, b) => a - b),
    );
    await assertWhole(page, id);
    const texts = (await shown(page)).map((text) => text.replace(/^\d+ /, ""));
    const fromPage = texts.filter((text) => text.startsWith("from"));
    const numbers = (count) => Array.from({ length: count }, (_, n) => n + 1);
    assert.deepEqual(
      fromPage,
      numbers(60).map((n) => `from the page ${n}`),
    );
    assert.equal(texts.length, 120);
    assert.deepEqual(errors, []);
  });

  test(`${transport}: an end by the service's word is final, and is told`, async (t) => {
    const id = await newSession();
    const { page } = await openPage(t, options);
    // A GET of the page's own origin has no header that tells a browser from a server.
    const secret = transport === "WebSocket" ? runtime.keys.secret : "";
    const ends = await page.evaluate(
      async ([id, expired, publishable, secret, own]) => {
        const { createClient, isChatSessionError, location } = window;
        const baseUrl = location.origin;
        const end = async (token, id) => {
          const states = [];
          const client = createClient({ baseUrl, token });
          const subscription = id
            ? client.subscribe(id, { onState: (state) => states.push(state) })
            : client.subscribeSessions({ onState: (state) => states.push(state) });
          const late = subscription.send({ text: "a" }).catch(({ code }) => code);
          const error = await subscription.next().catch((error) => error);
          const next = await subscription.next();
          await new Promise((resolve) => setTimeout(resolve, 100));
          const { code, status } = error;
          return [isChatSessionError(error), code, status, states.join(), next.done, await late];
        };
        const missing = "00000000-0000-4000-8000-000000000000";
        return {
          expired: await end(expired, id),
          publishable: await end(publishable, id),
          ...(secret && { secret: await end(secret, id) }),
          missing: await end(own, missing),
          inbox: (await end(own)).slice(0, 5),
        };
      },
      [id, `${token}x`, runtime.keys.publishable, secret, token],
    );
    const states = "connecting,ended";
    assert.deepEqual(ends, {
      expired: [true, "invalid_token", 401, states, true, "invalid_token"],
      publishable: [true, "insufficient_scope", 403, states, true, "insufficient_scope"],
      ...(secret && {
        secret: [true, "secret_key_in_browser", 403, states, true, "secret_key_in_browser"],
      }),
      missing: [true, "session_not_found", 404, states, true, "session_not_found"],
      inbox: [true, "insufficient_scope", 403, states, true],
    });
  });

  test(`${transport}: a rejected token is renewed once, by a call with it`, async (t) => {
    const id = await newSession();
    const { page } = await openPage(t, options);
    const result = await page.evaluate(
      async ([id, good]) => {
        const calls = [];
        const baseUrl = window.location.origin;
        const bad = `${good}x`;
        const renewing = (rejected) => {
          calls.push(rejected === bad ? "rejected" : typeof rejected);
          return rejected ? good : bad;
        };
        const subscription = window.createClient({ baseUrl, token: renewing }).subscribe(id);
        while (subscription.state !== "live") await new Promise((end) => setTimeout(end, 20));
        subscription.close();
        const stubborn = [];
        const token = (rejected) => {
          stubborn.push(rejected === bad ? "rejected" : typeof rejected);
          return bad;
        };
        const ended = window.createClient({ baseUrl, token }).subscribe(id);
        const { code } = await ended.next().catch((error) => error);
        return { calls, stubborn, code };
      },
      [id, token],
    );
    assert.deepEqual(result, {
      calls: ["undefined", "rejected"],
      stubborn: ["undefined", "rejected"],
      code: "invalid_token",
    });
  });
}

test("where sockets are refused, events are sent, and stay", async (t) => {
  const id = await newSession();
  await fill(id, 2);
  const { page, line } = await openPage(t);
  line.refuseSockets();
  await subscribe(page, id);
  await assertWhole(page, id);
  await untilState(page, "live");
  assert.equal(line.upgrades, 1);
  // The next attempt is by what has worked.
  line.cut();
  await until(page, () => window.seen.states.filter((state) => state === "live").length === 2);
  await server.sendMessage(id, { sender: "ai", text: "3" });
  await assertWhole(page, id);
  assert.equal(line.upgrades, 1);
});

test("a WebSocket that throws is one that is refused", async (t) => {
  const id = await newSession();
  await fill(id, 1);
  const prepare = (page) =>
    page.addInitScript(() => {
      window.WebSocket = class {
        constructor() {
          throw new DOMException("no", "SecurityError");
        }
      };
    });
  const { page } = await openPage(t, { prepare });
  await subscribe(page, id);
  await assertWhole(page, id);
});

test("a lost frame is a gap, which is never shown: the line is opened again", async (t) => {
  const id = await newSession();
  await fill(id, 1);
  let lost = 0;
  const prepare = (page) =>
    page.routeWebSocket("**/events*", (route) => {
      route.connectToServer().onMessage((message) => {
        const { seq } = JSON.parse(message);
        if (seq === 3 && lost === 0) lost += 1;
        else {
          route.send(message);
          // Doubled frames are dropped.
          if (seq) route.send(message);
        }
      });
    });
  const { page, line } = await openPage(t, { prepare });
  await subscribe(page, id);
  await fill(id, 5, 2);
  await assertWhole(page, id);
  assert.equal(lost, 1);
  assert.equal(line.upgrades, 2);
});

test("a restart is no refusal, and one in the middle of the log is gone on with at once", async (t) => {
  const id = await newSession();
  await fill(id, 6);
  let sockets = 0;
  const prepare = (page) =>
    page.routeWebSocket("**/events*", (route) => {
      sockets += 1;
      if (sockets === 1) {
        route.close({ code: 1012 });
        return;
      }
      const service = route.connectToServer();
      let frames = 0;
      service.onMessage((message) => {
        frames += 1;
        // Two entries each.
        if (frames <= 3) route.send(message);
        if (frames === 3) route.close({ code: 1012 });
      });
    });
  const { page } = await openPage(t, { prepare });
  await subscribe(page, id);
  await assertWhole(page, id);
  await until(
    page,
    () => window.seen.states.filter((state) => state === "waiting network_error").length > 1,
  );
  assert.deepEqual(await page.evaluate(() => window.seen.states.slice(0, 8)), [
    "connecting",
    "waiting network_error",
    "connecting",
    "live",
    "connecting",
    "live",
    "connecting",
    "live",
  ]);
  assert.equal(sockets, 4);
});

test("a log that was restored, and is shorter than what a page has, goes on at its end", async (t) => {
  const id = await newSession();
  await fill(id, 3);
  const { page, line } = await openPage(t);
  await subscribe(page, id, { after: 4 });
  await untilState(page, "live");
  await fill(id, 3, 4);
  await until(page, () => window.seen.messages.length === 3);
  assert.deepEqual(await shown(page), ["4 4", "5 5", "6 6"]);
  assert.equal(line.upgrades, 1);
});

test("offline and online again, in two pages: what was written meanwhile goes out once", async (t) => {
  const id = await newSession();
  const [ann, ben] = [await openPage(t), await openPage(t)];
  await Promise.all([subscribe(ann.page, id), subscribe(ben.page, id)]);
  await Promise.all([untilState(ann.page, "live"), untilState(ben.page, "live")]);
  await ann.context.setOffline(true);
  ann.line.down();
  await untilState(ann.page, "waiting");
  const sending = ann.page.evaluate(async () => {
    const sent = [1, 2, 3].map((n) => window.subscription.send({ text: `offline ${n}` }));
    return (await Promise.all(sent)).map(({ seq }) => seq);
  });
  await fill(id, 2);
  await assertWhole(ben.page, id);
  await sleep(2_000);
  // A page that is offline waits to be online again.
  const attempts = await ann.page.evaluate(
    () => window.seen.states.filter((state) => state === "connecting").length,
  );
  assert.ok(attempts <= 2, `${attempts} attempts`);
  const before = Date.now();
  ann.line.down(false);
  await ann.context.setOffline(false);
  await untilState(ann.page, "live");
  // At once, and not after the 15 to 30 s of a page that is offline.
  assert.ok(Date.now() - before < 12_000, `${Date.now() - before} ms`);
  assert.deepEqual(await sending, [3, 4, 5]);
  await Promise.all([assertWhole(ann.page, id), assertWhole(ben.page, id)]);
  const states = await ann.page.evaluate(() => window.seen.states);
  assert.ok(states.includes("waiting network_error"), states.join());
});

test("the first subscription of a page that is offline begins when it is online", async (t) => {
  const id = await newSession();
  await fill(id, 1);
  const { page, line } = await openPage(t);
  line.down();
  await subscribe(page, id);
  await until(page, () => window.seen.states.includes("waiting network_error"));
  const closed = await page.evaluate(async (id) => {
    const subscription = window.client.subscribe(id);
    const send = subscription.send({ text: "never" }).catch(() => "rejected");
    await new Promise((resolve) => setTimeout(resolve, 100));
    subscription.close();
    return [(await subscription.next()).done, await send];
  }, id);
  assert.deepEqual(closed, [true, "rejected"]);
  line.down(false);
  await assertWhole(page, id);
});

test("a half-open line is noticed when the page is seen again, or its clock has jumped", async (t) => {
  const id = await newSession();
  const { page, line } = await openPage(t);
  await subscribe(page, id);
  await untilState(page, "live");
  const noticed = async (happen) => {
    const lives = await page.evaluate(() => window.seen.states.length);
    line.freeze();
    await server.sendMessage(id, { sender: "ai", text: `${lives}` });
    const before = Date.now();
    await happen();
    await assertWhole(page, id);
    return Date.now() - before;
  };
  const seen = await noticed(() =>
    page.evaluate(() => document.dispatchEvent(new Event("visibilitychange"))),
  );
  assert.ok(seen > 2_500 && seen < 15_000, `${seen} ms`);
  const online = await noticed(() =>
    page.evaluate(() => window.dispatchEvent(new Event("online"))),
  );
  assert.ok(online > 2_500 && online < 15_000, `${online} ms`);
  // The laptop was asleep: its clock has gone on.
  const jumped = await noticed(() =>
    page.evaluate(() => {
      const { now } = Date;
      Date.now = () => now() + 3_600_000;
    }),
  );
  assert.ok(jumped > 2_500 && jumped < 15_000, `${jumped} ms`);
});

test("a line that is well stays, whatever the page and the clock do", async (t) => {
  const id = await newSession();
  const { page, line } = await openPage(t);
  await subscribe(page, id);
  await untilState(page, "live");
  await page.evaluate(() => {
    document.dispatchEvent(new Event("visibilitychange"));
    window.dispatchEvent(new Event("online"));
    const { now } = Date;
    Date.now = () => now() + 3_600_000;
  });
  await sleep(9_000);
  assert.deepEqual(await page.evaluate(() => window.seen.states), ["connecting", "live"]);
  assert.equal(line.upgrades, 1);
});

test("pings go out every 25 s; 10 s without an answer end the line", async (t) => {
  const id = await newSession();
  const { page, line } = await openPage(t, { prepare: (page) => page.clock.install() });
  await subscribe(page, id);
  await untilState(page, "live");
  const sent = [];
  page.on("websocket", (socket) => socket.on("framesent", ({ payload }) => sent.push(payload)));
  await page.evaluate(() => {
    const { send } = WebSocket.prototype;
    window.pings = 0;
    WebSocket.prototype.send = function (data) {
      if (data === "ping") window.pings += 1;
      return send.call(this, data);
    };
  });
  await page.clock.runFor(26_000);
  assert.equal(await page.evaluate(() => window.pings), 1);
  await sleep(300);
  await page.clock.runFor(20_000);
  assert.deepEqual(await page.evaluate(() => window.seen.states), ["connecting", "live"]);
  line.freeze();
  await page.clock.runFor(20_000);
  await until(page, () => window.seen.states.length > 2);
  await untilState(page, "live");
  assert.equal(await page.evaluate(() => window.seen.states.at(2)), "waiting network_error");
});

test("silent events end: they have a comment every 15 s", async (t) => {
  const id = await newSession();
  const prepare = async (page) => {
    await withoutSockets.prepare(page);
    await page.clock.install();
  };
  const { page, line } = await openPage(t, { prepare });
  await subscribe(page, id);
  await untilState(page, "live");
  // Real comments are too slow for the page's clock.
  await page.clock.runFor(30_000);
  assert.deepEqual(await page.evaluate(() => window.seen.states), ["connecting", "live"]);
  line.freeze();
  await server.sendMessage(id, { sender: "ai", text: "late" });
  await page.clock.runFor(15_000);
  await assertWhole(page, id);
});

test("too many connections are not retried for a minute", async (t) => {
  const id = await newSession();
  const client = createClient({ baseUrl: runtime.baseUrl, token });
  const open = Array.from({ length: 10 }, () => client.subscribe(id));
  t.after(() => open.forEach((subscription) => subscription.close()));
  while (open.some(({ state }) => state !== "live")) await sleep(20);
  const { page, line } = await openPage(t, { prepare: (page) => page.clock.install() });
  await subscribe(page, id);
  await untilState(page, "waiting");
  await page.evaluate(() => window.dispatchEvent(new Event("online")));
  await page.clock.runFor(58_000);
  assert.deepEqual(await page.evaluate(() => window.seen.states), [
    "connecting",
    "waiting rate_limited",
  ]);
  assert.equal(line.upgrades, 1);
  open.pop().close();
  await sleep(1_000);
  // Not further than the attempt: its own time-out goes by the same clock.
  while (line.upgrades === 1) await page.clock.runFor(1_000);
  await untilState(page, "live");
  assert.equal(line.upgrades, 2);
});

test("a page in the back/forward cache has no line, and has one when it is back", async (t) => {
  const id = await newSession();
  const { page, line } = await openPage(t);
  await subscribe(page, id);
  await untilState(page, "live");
  await page.evaluate(() => window.dispatchEvent(new PageTransitionEvent("pagehide")));
  await untilState(page, "waiting");
  await fill(id, 2);
  await sleep(1_000);
  assert.deepEqual(await shown(page), []);
  assert.equal(line.upgrades, 1);
  await page.evaluate(() =>
    window.dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true })),
  );
  await assertWhole(page, id);
});

test("a message waits while the service is away, also where the line to it is never open", async (t) => {
  const id = await newSession();
  const { page, line } = await openPage(t);
  await page.route("**/events*", (route) => route.abort());
  line.refuseSockets();
  await subscribe(page, id);
  let failures = 0;
  await page.route("**/send", (route) => {
    failures += 1;
    return failures > 4 ? route.fallback() : route.abort("connectionreset");
  });
  const sent = await page.evaluate(() => window.subscription.send({ text: "Hello" }));
  assert.equal(sent.seq, 1);
  assert.notEqual(await page.evaluate(() => window.subscription.state), "live");
});
