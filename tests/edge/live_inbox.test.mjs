// An organization's inbox: its sessions' changes, over both transports.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { People, follow, followEvents } from "../support/live.mjs";
import { send, startRuntime, until } from "../support/runtime.mjs";

const path = "/chat/events";

let runtime;
let people;
let secret;
before(async () => {
  runtime = await startRuntime();
  people = new People(runtime);
  ({ secret } = runtime.keys);
});
after(() => runtime?.stop());

const read = async (session) => {
  const answer = await send(runtime.baseUrl, {
    method: "GET",
    path: `/chat/sessions/${session}`,
    token: secret,
  });
  return answer.body;
};

for (const [name, connect] of Object.entries({ WebSocket: follow, events: followEvents })) {
  describe(name, () => {
    const open = async (token = secret) => {
      const live = await connect(runtime.baseUrl, { path, token });
      await until(() => live.frames.length === 1);
      return live;
    };

    test("begins with the time, then has sessions as a list has them", async () => {
      const began = Date.now();
      const live = await open();
      const { at, ...hello } = live.frames[0];
      assert.deepEqual(hello, { type: "hello" });
      assert.ok(Math.abs(Date.parse(at) - began) < 5_000, at);
      assert.match(at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

      const session = await people.open({ contact: { email: "inbox@example.com", name: "Ann" } });
      await until(() => live.frames.length === 2);
      assert.deepEqual(live.frames[1], {
        type: "session.created",
        session_id: session,
        data: await read(session),
      });
      await people.say(session, "hello?");
      await until(() => live.frames.length === 3);
      assert.deepEqual(live.frames[2], {
        type: "session.updated",
        session_id: session,
        data: await read(session),
      });
      assert.equal(live.frames[2].data.last_message, "hello?");
      await live.close();
    });

    test("changes of every kind: a message, a status, a handoff, what was read, a frame", async () => {
      const session = await people.open();
      const live = await open();
      const agent = await people.agent();
      const socket = await follow(runtime.baseUrl, {
        path: `/chat/sessions/${session}/events`,
        token: agent,
      });
      const patch = (body) =>
        people.post(`/chat/sessions/${session}`, secret, body, { method: "PATCH" });
      const changes = [
        () => people.say(session, "one"),
        () => patch({ status: "closed_resolved" }),
        () => people.post(`/chat/sessions/${session}/read`, agent, { seq: 1 }),
        () => socket.ask({ type: "send", id: crypto.randomUUID(), text: "by frame" }),
      ];
      for (const change of changes) {
        await change();
        const { updated_at: _, ...now } = await read(session);
        await until(() => {
          const { updated_at: _, ...last } = live.frames.at(-1).data ?? {};
          return JSON.stringify(last) === JSON.stringify(now);
        });
      }
      assert.ok(live.frames.slice(1).every(({ type }) => type === "session.updated"));
      await Promise.all([live.close(), socket.close()]);
    });

    test("at most one a second and session, and the last state always arrives", async () => {
      const [busy, other] = await Promise.all([people.open(), people.open()]);
      const live = await open();
      const began = performance.now();
      let sent = 0;
      while (sent < 25 || performance.now() - began < 2_500) {
        await people.say(busy, `message ${(sent += 1)}`);
        if (sent === 10) await people.say(other, "not held up by the busy one");
      }
      const ofSession = (session) => live.frames.filter((frame) => frame.session_id === session);
      await until(() => ofSession(busy).at(-1)?.data.last_message === `message ${sent}`);
      const times = live.timesMs.filter((_, index) => live.frames[index].session_id === busy);
      const pauses = times.slice(1).map((time, index) => time - times[index]);
      // A frame may take longer than the one after it.
      assert.ok(
        pauses.every((pause) => pause > 800),
        `pauses of ${pauses}`,
      );
      assert.ok(times.length >= 3, `${times.length} frames of ${sent} messages`);
      assert.equal(ofSession(other).length, 1);
      // Nothing comes twice.
      await new Promise((resolve) => setTimeout(resolve, 1_200));
      assert.equal(ofSession(busy).length, times.length);
      await live.close();
    });

    test("organizations are apart, and an agent sees their own", async () => {
      const { otherSecret } = runtime.keys;
      const [acme, globex, agent] = await Promise.all([
        open(),
        open(otherSecret),
        open(await people.agent()),
      ]);
      const [of, foreign] = [await people.open(), await people.open({}, otherSecret)];
      await people.say(of, "acme's");
      await people.say(foreign, "globex's", { token: otherSecret, sender: "contact" });
      const sessions = (live) => new Set(live.frames.slice(1).map((frame) => frame.session_id));
      await until(() => [acme, globex, agent].every((live) => live.frames.length >= 3));
      assert.deepEqual(sessions(acme), new Set([of]));
      assert.deepEqual(sessions(agent), new Set([of]));
      assert.deepEqual(sessions(globex), new Set([foreign]));
      await Promise.all([acme, globex, agent].map((live) => live.close()));
    });
  });
}

test("an inbox takes no frames: they close their own connection, with 4400", async () => {
  const [sender, other] = await Promise.all(
    [1, 2].map(() => follow(runtime.baseUrl, { path, token: secret })),
  );
  await until(() => sender.frames.length === 1 && other.frames.length === 1);
  sender.send("ping");
  await until(() => sender.frames.at(-1) === "pong");
  sender.send({ type: "typing" });
  assert.equal(await sender.closed(), 4400);
  await people.open();
  await until(() => other.frames.length === 2);
  await other.close();
});
