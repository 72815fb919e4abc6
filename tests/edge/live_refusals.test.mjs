// Connections that are refused: a WebSocket by the code that it is closed with, since a
// browser hides every other refusal; a stream by its status.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { People, eventsOf, follow, followEvents, protocol } from "../support/live.mjs";
import { allowedOrigin, send, startRuntime, until } from "../support/runtime.mjs";

const inbox = "/chat/events";
const foreignOrigin = "https://evil.example.net";

let runtime;
let people;
/** Tokens and sessions, by the names of the table. */
let names;
before(async () => {
  runtime = await startRuntime();
  people = new People(runtime);
  const [agent, visitor, stranger, ann] = await Promise.all([
    people.agent(),
    people.visitor(),
    people.visitor(),
    people.contact("ann@example.com"),
  ]);
  names = { ...runtime.keys, agent, visitor, stranger, ann: ann.token, garbage: "hunter2" };
  names.revoked = `sk_${"0".repeat(64)}`;
  names.own = await people.open({ contact_id: ann.id, verified: true });
  // A typed email is no proof of who somebody is.
  names.unverified = await people.open({ contact: { email: "ann@example.com" } });
  names.visited = await people.open({}, visitor);
  names.foreign = await people.open({}, runtime.keys.otherSecret);
  names.missing = "01a222b3-f7c8-7596-8c8e-5fb011a54a37";
  names.malformed = "not-a-uuid";
});
after(() => runtime?.stop());

/** Each connection: who, to what, from where; how it is closed, the status, the code. */
const table = /** @type {any[]} */ ([
  ["secret", "own", "?after=abc", undefined, 4400, 400, "invalid_request"],
  ["secret", "own", "?after=-1", undefined, 4400, 400, "invalid_request"],
  ["secret", "own", "?after=", undefined, 4400, 400, "invalid_request"],
  ["secret", "own", "?after=1.5", undefined, 4400, 400, "invalid_request"],
  ["secret", "own", "?after=1&after=2", undefined, 4400, 400, "invalid_request"],
  ["visitor", "visited", "?after=+1", allowedOrigin, 4400, 400, "invalid_request"],
  [undefined, "own", "", undefined, 4401, 401, "missing_token"],
  ["garbage", "own", "", undefined, 4401, 401, "invalid_token"],
  ["revoked", "own", "", undefined, 4401, 401, "invalid_token"],
  [undefined, "own", "", allowedOrigin, 4401, 401, "missing_token"],
  ["secret", "own", "", allowedOrigin, 4403, 403, "secret_key_in_browser"],
  ["visitor", "visited", "", foreignOrigin, 4403, 403, "origin_not_allowed"],
  ["publishable", "visited", "", allowedOrigin, 4403, 403, "insufficient_scope"],
  ["publishable", inbox, "", allowedOrigin, 4403, 403, "insufficient_scope"],
  ["ann", inbox, "", undefined, 4403, 403, "insufficient_scope"],
  ["visitor", inbox, "", allowedOrigin, 4403, 403, "insufficient_scope"],
  ["secret", inbox, "", allowedOrigin, 4403, 403, "secret_key_in_browser"],
  ["garbage", inbox, "", undefined, 4401, 401, "invalid_token"],
  ["secret", "missing", "", undefined, 4404, 404, "session_not_found"],
  ["secret", "malformed", "", undefined, 4404, 404, "session_not_found"],
  ["secret", "foreign", "", undefined, 4404, 404, "session_not_found"],
  ["agent", "foreign", "", undefined, 4404, 404, "session_not_found"],
  ["ann", "unverified", "", undefined, 4404, 404, "session_not_found"],
  ["ann", "visited", "", undefined, 4404, 404, "session_not_found"],
  ["stranger", "visited", "", allowedOrigin, 4404, 404, "session_not_found"],
  ["visitor", "own", "", allowedOrigin, 4404, 404, "session_not_found"],
  ["otherSecret", "own", "", undefined, 4404, 404, "session_not_found"],
]);

for (const [who, what, query, origin, closeCode, status, code] of table) {
  const from = origin ? ` from ${origin}` : "";
  test(`${who ?? "nobody"}, to ${what}${query}${from}: ${closeCode}, or ${status}`, async () => {
    const path = what === inbox ? inbox : eventsOf(names[what], query);
    const token = names[who];
    const socket = await follow(runtime.baseUrl, { path, token, origin });
    assert.equal(await socket.closed(), closeCode);
    assert.deepEqual([socket.reason, socket.frames, socket.protocol], [code, [], protocol]);
    const events = await followEvents(runtime.baseUrl, { path, token, origin });
    assert.deepEqual([events.status, events.body?.code], [status, code]);
    assert.equal(events.headers.get("access-control-allow-origin"), origin ?? null);
  });
}

test("an unknown session and a foreign one are refused alike", async () => {
  const refusals = [];
  for (const session of [names.missing, names.foreign]) {
    const path = eventsOf(session);
    const { body } = await followEvents(runtime.baseUrl, { path, token: names.secret });
    const socket = await follow(runtime.baseUrl, { path, token: names.secret });
    const { request_id: _, ...error } = body;
    refusals.push({ error, code: await socket.closed(), reason: socket.reason });
  }
  assert.deepEqual(refusals[0], refusals[1]);
});

test("neither transport: 406, for whoever may follow", async () => {
  for (const path of [eventsOf(names.own), inbox]) {
    for (const accept of ["application/json", "*/*"]) {
      const answer = await send(runtime.baseUrl, {
        method: "GET",
        path,
        token: names.secret,
        headers: { Accept: accept },
      });
      assert.deepEqual([answer.status, answer.body.code], [406, "not_acceptable"]);
    }
    const nobody = await send(runtime.baseUrl, { method: "GET", path });
    assert.equal(nobody.status, 401);
    const posted = await send(runtime.baseUrl, { path, token: names.secret, body: {} });
    assert.deepEqual([posted.status, posted.headers.get("allow")], [405, "GET, HEAD, OPTIONS"]);
  }
});

test("the 11th connection of a visitor is refused, and there is room for others", async () => {
  const path = eventsOf(names.visited);
  const open = (token, origin = allowedOrigin) => follow(runtime.baseUrl, { path, token, origin });
  const sockets = await Promise.all(Array.from({ length: 10 }, () => open(names.visitor)));
  await until(() => sockets.every(({ frames }) => frames.length === 1));
  const eleventh = await open(names.visitor);
  assert.equal(await eleventh.closed(), 4429);
  assert.equal(eleventh.reason, "rate_limited");
  const events = await followEvents(runtime.baseUrl, { path, token: names.visitor });
  assert.deepEqual([events.status, events.body.code], [429, "rate_limited"]);
  assert.ok(Number(events.headers.get("retry-after")) > 0);
  const agent = await open(names.agent);
  await until(() => agent.frames.length === 1);
  // Those that are open stay, and one that ends makes room.
  assert.ok(sockets.every(({ code }) => code === undefined));
  await sockets[0].close();
  const next = await open(names.visitor);
  await until(() => next.frames.length === 1);
  await Promise.all([...sockets, next, agent].map((socket) => socket.close()));
});

test("of 30 connections of a visitor at once, 10 are taken", async () => {
  const path = eventsOf(names.visited);
  const open = () => follow(runtime.baseUrl, { path, token: names.visitor, origin: allowedOrigin });
  const sockets = await Promise.all(Array.from({ length: 30 }, open));
  await until(() => sockets.every(({ frames, code }) => frames.length === 1 || code !== undefined));
  const refused = sockets.filter(({ code }) => code !== undefined);
  assert.deepEqual(
    refused.map(({ code }) => code),
    Array.from({ length: 20 }, () => 4429),
  );
  await Promise.all(sockets.map((socket) => socket.close()));
});
