// As many connections as there may be: 1,000 to one session; with LONG, also one to each
// of 1,000 sessions.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { People, eventsOf, follow, followEvents } from "../support/live.mjs";
import { startRuntime, until } from "../support/runtime.mjs";

const most = 1_000;

let runtime;
let people;
let token;
before(async () => {
  runtime = await startRuntime();
  people = new People(runtime);
  token = runtime.keys.secret;
});
after(() => runtime?.stop());

/** Calls `call` `most` times, 50 at a time; returns what it returned. */
async function many(call) {
  const results = /** @type {any[]} */ ([]);
  while (results.length < most) {
    const begun = results.length;
    results.push(...(await Promise.all(Array.from({ length: 50 }, (_, n) => call(begun + n)))));
  }
  return results;
}

const open = async (session) => {
  const live = await follow(runtime.baseUrl, { path: eventsOf(session), token });
  await until(() => live.frames.length > 0 || live.code !== undefined);
  return live;
};

test("1,000 connections to a session see each message once; the next one is refused, until one ends", async () => {
  const session = await people.open();
  const sockets = await many(() => open(session));
  const next = await open(session);
  assert.deepEqual([next.code, next.reason, next.frames], [4429, "rate_limited", []]);
  const path = eventsOf(session);
  const events = await followEvents(runtime.baseUrl, { path, token });
  assert.equal(events.status, 429);
  for (const text of ["one", "two", "three"]) await people.say(session, text);
  await until(() => sockets.every((live) => live.seqs.length === 3));
  assert.ok(sockets.every((live) => live.seqs.join() === "1,2,3" && live.code === undefined));
  await sockets[0].close();
  const late = await open(session);
  await until(() => late.seqs.length === 3);
  await Promise.all([late, ...sockets].map((live) => live.close()));
});

const ofSessions = async () => {
  const sockets = await many(async () => {
    const session = await people.open();
    return { session, live: await open(session) };
  });
  await many((n) => people.say(sockets[n].session, `to ${n}`));
  await until(() => sockets.every(({ live }) => live.seqs.length === 1));
  for (const [n, { live }] of sockets.entries()) {
    assert.equal(live.entries[0].data.event.content.text, `to ${n}`);
  }
  await Promise.all(sockets.map(({ live }) => live.close()));
};

/** `make soak` sets LONG. */
if (process.env.LONG)
  test("a connection to each of 1,000 sessions has its own messages", ofSessions);
