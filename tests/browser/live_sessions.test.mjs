// Subscriptions to all sessions of an organization: by Node.js and by an agent's page.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createClient } from "../../pkg/dist/index.js";
import { startLine } from "../support/line.mjs";
import { startRuntime, until } from "../support/runtime.mjs";

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

let runtime;
let line;
/** A client over the line, and one beside it. */
let agent;
let server;
before(async () => {
  runtime = await startRuntime();
  line = await startLine(runtime.baseUrl);
  server = createClient({ baseUrl: runtime.baseUrl, token: runtime.keys.secret });
  const { token } = await server.createAgentToken({ name: "Ben" });
  agent = createClient({ baseUrl: line.baseUrl, token });
});
after(async () => {
  await line?.close();
  await runtime?.stop();
});

/** Follows all sessions until the test ends; returns the changes and the states. */
function follow(t, how) {
  const seen = { changes: [], states: [] };
  const subscription = agent.subscribeSessions({
    onSession: (session, type) => seen.changes.push({ type, session }),
    onState: (state) => seen.states.push(state),
    ...how,
  });
  t.after(() => subscription.close());
  return { ...seen, subscription };
}

const newSession = async () => (await server.createSession({})).id;

for (const transport of ["WebSocket", "server-sent events"]) {
  test(`${transport}: sessions are told of as they are opened and change`, async (t) => {
    const { WebSocket } = globalThis;
    t.after(() => (globalThis.WebSocket = WebSocket));
    if (transport !== "WebSocket") globalThis.WebSocket = undefined;
    const { changes, states } = follow(t);
    await until(() => states.includes("live"));
    const id = await newSession();
    await until(() => changes.some(({ session }) => session.id === id));
    await server.sendMessage(id, { sender: "contact", text: "Hello" });
    await until(() => changes.some(({ session }) => session.last_message === "Hello"));
    assert.equal(changes[0].type, "session.created");
    assert.deepEqual(changes.at(-1), {
      type: "session.updated",
      session: (await server.listSessions({ limit: 1 })).items[0],
    });
  });
}

test("no change is missed while the line is down", async (t) => {
  const ids = [await newSession(), await newSession()];
  const { changes, states } = follow(t);
  await until(() => states.includes("live"));
  for (let round = 1; round <= 5; round += 1) {
    line.down();
    await until(() => states.at(-1) === "waiting");
    const opened = await newSession();
    for (const id of [...ids, opened]) {
      await server.sendMessage(id, { sender: "ai", text: `${round}` });
    }
    const lives = states.filter((state) => state === "live").length;
    line.down(false);
    // Live means that what was missed has been handed over.
    await until(() => states.filter((state) => state === "live").length > lives);
    for (const id of [...ids, opened]) {
      const latest = changes.findLast(({ session }) => session.id === id);
      assert.equal(latest?.session.last_message, `${round}`);
    }
  }
});

test("what was listed before an event and comes behind it takes nothing back", async (t) => {
  const id = await newSession();
  const { fetch } = globalThis;
  t.after(() => (globalThis.fetch = fetch));
  let arrived = (_) => {};
  const isListed = new Promise((resolve) => (arrived = resolve));
  let release = () => {};
  const gate = new Promise((resolve) => (release = resolve));
  globalThis.fetch = async (request, init) => {
    const response = await fetch(request, init);
    // A slow network.
    if (/updated_after/.test(request.url ?? request)) {
      arrived(await response.clone().text());
      await gate;
    }
    return response;
  };
  const { changes, states } = follow(t, { since: new Date(Date.now() - 60_000) });
  assert.ok((await isListed).includes(id));
  await server.sendMessage(id, { sender: "ai", text: "newer" });
  const ofSession = () => changes.filter(({ session }) => session.id === id);
  await until(() => ofSession().length > 0);
  assert.deepEqual(states, ["connecting"]);
  release();
  await until(() => states.includes("live"));
  assert.deepEqual(
    ofSession().map(({ session }) => session.last_message),
    ["newer"],
  );
});

test("more than a page of changes is listed, since the time that a program names", async (t) => {
  const since = new Date();
  await sleep(6_000);
  const ids = [];
  for (let n = 0; n < 105; n += 1) ids.push(await newSession());
  const seen = new Set();
  const subscription = agent.subscribeSessions({ since: new Date(since.getTime() + 5_500) });
  t.after(() => subscription.close());
  for await (const { type, session } of subscription) {
    assert.equal(type, "session.updated");
    seen.add(session.id);
    if (ids.every((id) => seen.has(id))) break;
  }
  assert.equal(subscription.state, "ended");
});

test("options that cannot be are told as an error of the subscription", async () => {
  for (const subscription of [
    agent.subscribeSessions({ since: "yesterday" }),
    agent.subscribe("id", { after: -1 }),
    agent.subscribe("id", { after: "7" }),
    agent.subscribe(undefined),
    agent.subscribe("id", { signal: "now" }),
    createClient({ baseUrl: "here", token: "sk_" }).subscribe("id"),
    createClient({ baseUrl: line.baseUrl, token: "a token" }).subscribe("id"),
  ]) {
    await assert.rejects(subscription.next(), { code: "invalid_options" });
    assert.equal(subscription.state, "ended");
    assert.deepEqual(await subscription.next(), { done: true, value: undefined });
  }
});

test("a token that cannot be had is waited for: the page may be offline", async (t) => {
  const id = await newSession();
  let failures = 0;
  const token = () => {
    failures += 1;
    if (failures === 1) throw new TypeError("fetch failed");
    return failures === 2 ? "<html>" : runtime.keys.secret;
  };
  const states = [];
  const client = createClient({ baseUrl: line.baseUrl, token });
  const subscription = client.subscribe(id, {
    onState: (state, error) => states.push(error ? `${state} ${error.code}` : state),
  });
  t.after(() => subscription.close());
  await until(() => states.includes("live"));
  assert.deepEqual(states, [
    "connecting",
    "waiting token_unavailable",
    "connecting",
    "waiting token_unavailable",
    "connecting",
    "live",
  ]);
});
