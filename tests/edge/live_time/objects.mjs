// Objects that leave memory, lost nudges, comments, connections that have gone without a
// word.

import assert from "node:assert/strict";
import { test } from "node:test";
import { eventsOf, follow, followEvents } from "../../support/live.mjs";
import { allowedOrigin, send, until } from "../../support/runtime.mjs";

/** @param {import("./service.mjs").Service} service */
export function testObjects(service) {
  const delay = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  const seconds = (s) => delay(1000 * s);

  /** Returns how often an object was made: once more after each time it left memory. */
  async function timesMade(name) {
    const { body } = await send(service.runtime.baseUrl, { method: "GET", path: "/test/platform" });
    return body.made[name];
  }

  const open = async (
    path,
    token = service.runtime.keys.secret,
    origin = /** @type {string | undefined} */ (undefined),
  ) => {
    const live = await follow(service.runtime.baseUrl, { path, token, origin });
    await until(() => live.frames.length === 1);
    return live;
  };

  /** Waits longer than `until` does. */
  async function seen(isSo, maxMs) {
    const began = performance.now();
    while (!isSo() && performance.now() - began < maxMs) await delay(20);
    return Math.round(performance.now() - began);
  }

  test("after 24 s without traffic an object is not in memory; the next message wakes it, with its sockets", async () => {
    const session = await service.people.open();
    const [room, path] = [`acme/${session}`, eventsOf(session)];
    const sockets = await Promise.all([1, 2, 3].map(() => open(path)));
    const events = await followEvents(service.runtime.baseUrl, {
      path,
      token: service.runtime.keys.secret,
    });
    await service.people.say(session, "before");
    await until(() => [...sockets, events].every((live) => live.seqs.length === 1));
    assert.equal(await timesMade(room), 1);

    await seconds(12);
    // Answered by the platform: it wakes nobody, as those of the stream do not.
    sockets[0].send("ping");
    await until(() => sockets[0].frames.at(-1) === "pong");
    await seconds(12);
    assert.equal(await timesMade(room), 1);

    await service.people.say(session, "the next one");
    await until(() => [...sockets, events].every((live) => live.seqs.length === 2));
    assert.equal(await timesMade(room), 2, "it was gone, and was made again");
    // It has its sockets: one that it did not accept in this life sends.
    const frame = { type: "send", id: crypto.randomUUID(), text: "from one", sender: "ai" };
    assert.equal((await sockets[1].ask(frame)).seq, 3);
    await until(() => [...sockets, events].every((live) => live.seqs.length === 3));
    for (const live of [...sockets, events]) assert.deepEqual(live.seqs, [1, 2, 3]);

    // It looks 35 s after the first of them came, and sleeps again. A frame wakes it as well.
    await seconds(24);
    assert.equal((await sockets[2].ask({ ...frame, id: crypto.randomUUID() })).seq, 4);
    await until(() => [...sockets, events].every((live) => live.seqs.length === 4));
    assert.ok((await timesMade(room)) >= 3);
    await Promise.all([...sockets, events].map((live) => live.close()));
  });

  test("an inbox leaves memory as well, and the next change wakes it", async () => {
    const token = service.runtime.keys.otherSecret;
    const live = await open("/chat/events", token);
    assert.equal(await timesMade("globex"), 1);
    await seconds(24);
    const session = await service.people.open({}, token);
    await until(() => live.frames.length === 2);
    assert.equal(live.frames[1].session_id, session);
    assert.equal(await timesMade("globex"), 2);
    await live.close();
  });

  test("a lost nudge delays a message until the room looks by itself, within 40 s", async (context) => {
    const session = await service.people.open();
    const live = await open(eventsOf(session));
    const events = await followEvents(service.runtime.baseUrl, {
      path: eventsOf(session),
      token: service.runtime.keys.secret,
    });
    await seconds(5);
    const headers = { "X-Test-Nudges": "lost" };
    for (const text of ["one", "two"]) {
      const path = `/chat/sessions/${session}/send`;
      await service.people.post(
        path,
        service.runtime.keys.secret,
        { sender: "ai", message: { text } },
        { headers },
      );
    }
    await seconds(1);
    assert.deepEqual(live.seqs, [], "the nudges are lost");
    const waitedMs = await seen(() => live.seqs.length + events.seqs.length >= 4, 40_000);
    context.diagnostic(`${waitedMs} ms`);
    assert.deepEqual(
      [live.seqs, events.seqs],
      [
        [1, 2],
        [1, 2],
      ],
    );
    await Promise.all([live.close(), events.close()]);
  });

  test("a lost nudge of an inbox delays a session until the inbox looks by itself, once", async () => {
    const token = service.runtime.keys.secret;
    const live = await open("/chat/events", token);
    await seconds(5);
    const session = await service.people.open({}, token);
    const ofSession = () => live.frames.filter((frame) => frame.session_id === session);
    await until(() => ofSession().length === 1);
    await seconds(2);
    await service.people.post(
      `/chat/sessions/${session}/send`,
      token,
      { sender: "ai", message: { text: "unheard" } },
      { headers: { "X-Test-Nudges": "lost" } },
    );
    await seconds(2);
    assert.equal(ofSession().length, 1, "the nudge is lost");
    await seen(() => ofSession().length > 1, 40_000);
    await seconds(2);
    const [, ...updates] = ofSession();
    assert.deepEqual(
      updates.map(({ type, data }) => [type, data.last_message]),
      [["session.updated", "unheard"]],
    );
    await live.close();
  });

  test("a lost nudge delays a message no longer than the next one", async () => {
    const session = await service.people.open();
    const live = await open(eventsOf(session));
    const path = `/chat/sessions/${session}/send`;
    const post = (nudges) =>
      service.people.post(
        path,
        service.runtime.keys.secret,
        { sender: "ai", message: { text: nudges } },
        {
          headers: { "X-Test-Nudges": nudges },
        },
      );
    for (const nudges of ["lost", "late", "doubled", "lost", "lost", "doubled"]) await post(nudges);
    await until(() => live.seqs.length === 6);
    assert.deepEqual(live.seqs, [1, 2, 3, 4, 5, 6]);
    await Promise.all(Array.from({ length: 30 }, (_, n) => post(["late", "doubled"][n % 2])));
    await until(() => live.seqs.length === 36);
    await seconds(1);
    assert.deepEqual(
      live.seqs,
      Array.from({ length: 36 }, (_, index) => index + 1),
    );
    await live.close();
  });

  test("connections that have gone without a word make room for the same person", async () => {
    const visitor = await service.people.visitor();
    const session = await service.people.open({}, visitor);
    const join = () => open(eventsOf(session), visitor, allowedOrigin);
    const refused = async () => {
      const live = await follow(service.runtime.baseUrl, {
        path: eventsOf(session),
        token: visitor,
      });
      return live.closed();
    };
    const sockets = await Promise.all(Array.from({ length: 10 }, join));
    assert.equal(await refused(), 4429);
    await seconds(40);
    // All but one are alive.
    for (const socket of sockets.slice(1)) socket.send("ping");
    await seconds(22);
    const next = await join();
    assert.equal(await sockets[0].closed(), 4408);
    assert.equal(await refused(), 4429);
    await service.people.say(session, "to all of them");
    await until(() => [...sockets.slice(1), next].every((live) => live.seqs.length === 1));
    await Promise.all([...sockets, next].map((live) => live.close()));
  });

  test("a stream whose client has gone makes room with its next comment", async () => {
    const visitor = await service.people.visitor();
    const session = await service.people.open({}, visitor);
    const join = () =>
      followEvents(service.runtime.baseUrl, { path: eventsOf(session), token: visitor });
    const streams = await Promise.all(Array.from({ length: 10 }, join));
    await until(() => streams.every(({ frames }) => frames.length === 1));
    await Promise.all(streams.map((live) => live.close()));
    assert.equal((await join()).status, 429);
    await seconds(18);
    const again = await Promise.all(Array.from({ length: 10 }, join));
    assert.deepEqual(new Set(again.map(({ status }) => status)), new Set([200]));
    await Promise.all(again.map((live) => live.close()));
  });

  test("a stream that is never quiet has its comments too, and is not taken for idle", async () => {
    const session = await service.people.open();
    const path = eventsOf(session);
    const token = service.runtime.keys.secret;
    const events = await followEvents(service.runtime.baseUrl, { path, token });
    for (let second = 0; second < 33; second += 1) {
      await service.people.say(session, `${second}`);
      await seconds(1);
    }
    const comments = events.blocks.filter((block) => block === ":");
    assert.ok(comments.length >= 2, `${comments.length} comments`);
    await events.close();
  });

  test("a quiet stream has a comment every 15 s", async () => {
    const session = await service.people.open();
    const path = eventsOf(session);
    const events = await followEvents(service.runtime.baseUrl, {
      path,
      token: service.runtime.keys.secret,
    });
    await seconds(33);
    assert.deepEqual(
      events.blocks.filter((block) => !block.startsWith("data:")),
      ["retry: 1000", ":", ":"],
    );
    await events.close();
  });
}
