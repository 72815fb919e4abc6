// Webhooks whose receiver fails in each way that one can: every event arrives at last, by the
// schedule, and nobody else waits.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startReceiver } from "../support/receiver.mjs";
import { until } from "../support/runtime.mjs";
import { startWebhooks } from "../support/webhooks.mjs";

let hooks;
let runtime;
let receiver;
let api;
let endpoint;
let deliveries;
let passTime;
let create;
let say;
let get;
before(async () => {
  hooks = await startWebhooks();
  ({ runtime, receiver, api, endpoint, deliveries, passTime, create, say, get } = hooks);
});
after(() => hooks?.stop());

/** The ways a receiver fails, and what the try is then. */
const failures = {
  "answers 500": {
    answer: (response) => response.writeHead(500).end("out of memory"),
    expected: { status: 500, failure: null, response: "out of memory" },
  },
  redirects: {
    answer: (response) => response.writeHead(307, { Location: `${receiver.url}/elsewhere` }).end(),
    expected: { status: 307, failure: null, response: null },
  },
  "closes the connection": {
    answer: (response) => response.socket.destroy(),
    expected: { status: null, failure: "unreachable", response: null },
  },
  "answers a megabyte": {
    answer: (response) => response.writeHead(400).end("é".repeat(524_288)),
    expected: { status: 400, failure: null, response: "é".repeat(1000) },
  },
  hangs: {
    answer: () => {},
    expected: { status: null, failure: "timed_out", response: null },
  },
  "never ends its answer": {
    answer: (response) => response.writeHead(502).write("…"),
    expected: { status: 502, failure: null, response: "…" },
  },
};

test("a receiver that fails gets the event again, until it takes it", async (context) => {
  const tries = Object.entries(failures).map(([name, failure]) =>
    context.test(`one that ${name}`, () => failOnce(failure)),
  );
  await Promise.all(tries);
});

async function failOnce({ answer, expected }) {
  const { path, id, remove } = await endpoint({ events: ["message.created"] });
  // The others' endpoints get this message too, and are not looked at.
  const session = await create();
  receiver.answers.set(path, answer);
  const sentAt = Date.now();
  const { status, body } = await say(session, "Hello");
  assert.equal(status, 201, JSON.stringify(body));
  assert.ok(Date.now() - sentAt < 5000, "nobody waits for the receiver");
  const ofSession = `msg_${session.replaceAll("-", "")}_1`;
  const own = async (count) => {
    for (;;) {
      const all = await deliveries(id);
      const found = all.filter(({ webhook_id }) => webhook_id === ofSession);
      if (found.length >= count) return found;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  const [first] = await own(1);
  assert.deepEqual(
    [first.attempt, first.type, first.status, first.failure, first.response],
    [1, "message.created", expected.status, expected.failure, expected.response],
  );
  assert.ok(first.duration_ms < 12_000, `${first.duration_ms} ms`);
  const waited = Date.parse(first.next_at) - Date.parse(first.at) - first.duration_ms;
  assert.ok(waited >= 4000 && waited <= 6000, `${waited} ms`);
  assert.deepEqual(receiver.at("/elsewhere"), []);

  receiver.answers.delete(path);
  // The queue's own, after 5 seconds.
  const [, second] = await own(2);
  assert.deepEqual(
    [second.attempt, second.status, second.next_at, second.response],
    [2, 204, null, null],
  );
  assert.ok(Date.parse(second.at) >= Date.parse(first.next_at) - 5, "not before its time");
  const [one, other] = receiver.at(path).filter((request) => request.id === ofSession);
  assert.notEqual(one.headers["webhook-timestamp"], other.headers["webhook-timestamp"]);
  assert.equal(one.text, other.text);
  assert.equal(other.forged, undefined);
  await remove();
}

test("slow is fine within ten seconds", async () => {
  const { id, remove } = await endpoint({ events: ["message.created"] });
  const session = await create();
  receiver.answer = (response) => setTimeout(() => response.writeHead(200).end("ok"), 3000);
  await say(session, "Hello");
  const [only] = await deliveries(id);
  assert.deepEqual([only.status, only.next_at], [200, null]);
  assert.ok(only.duration_ms >= 2990, `${only.duration_ms}`);
  receiver.answer = (response) => response.writeHead(204).end();
  await remove();
});

test("the tries follow the schedule, Retry-After is kept to, and the eighth is the last", async () => {
  const { path, id, remove } = await endpoint({ events: ["message.created"] });
  const session = await create();
  receiver.answer = (response, { path: at }) => {
    const later = new Date(Date.now() + 900_000).toUTCString();
    const asked = [undefined, undefined, "600", later, "soon"][receiver.at(at).length];
    response.writeHead(503, asked ? { "Retry-After": asked } : {}).end();
  };
  await say(session, "Hello");
  const schedule = [5, 600, 900, 1800, 7200, 18_000, 36_000];
  // A date has no milliseconds, and is of when it was answered.
  const asked = { 600: [600, 600], 900: [890, 900] };
  for (const [index, seconds] of schedule.entries()) {
    const tries = await deliveries(id, index + 1);
    const last = tries[index];
    assert.equal(last.attempt, index + 1);
    const waited = (Date.parse(last.next_at) - Date.parse(last.at) - last.duration_ms) / 1000;
    const [least, most] = asked[seconds] ?? [0.8 * seconds, 1.2 * seconds];
    assert.ok(
      waited >= least - 0.01 && waited <= most + 0.01,
      `${waited} s after try ${index + 1}`,
    );
    await passTime();
  }
  const tries = await deliveries(id, 8);
  assert.equal(tries[7].next_at, null);
  assert.deepEqual(new Set(receiver.at(path).map((request) => request.id)).size, 1);
  await passTime();
  assert.equal(receiver.at(path).length, 8);
  receiver.answer = (response) => response.writeHead(204).end();

  // It was given up; a replay sends it, with the same id, and begins anew.
  const { status, body } = await api("POST", `/webhooks/${id}/replay`, {
    since: tries[0].at.slice(0, 10),
  });
  assert.deepEqual([status, body.events], [202, 1]);
  const again = (await receiver.wait(path, 9))[8];
  assert.equal(again.id, receiver.at(path)[0].id);
  const [last] = (await deliveries(id, 9)).slice(-1);
  assert.deepEqual([last.attempt, last.status], [1, 204]);
  await remove();
});

test("410 disables an endpoint, and it is enabled again", async () => {
  const { path, id, remove } = await endpoint();
  receiver.answer = (response) => response.writeHead(410).end();
  const session = await create();
  const [only] = await deliveries(id);
  assert.deepEqual([only.status, only.next_at], [410, null]);
  const shown = await get(`/webhooks/${id}`);
  assert.deepEqual([shown.status, shown.disabled_reason], ["disabled", "gone"]);
  receiver.answer = (response) => response.writeHead(204).end();
  await say(session, "Nobody gets this");
  const { body } = await api("PATCH", `/webhooks/${id}`, { status: "enabled" });
  assert.deepEqual(
    [body.status, body.disabled_reason, body.failing_since],
    ["enabled", null, null],
  );
  await say(session, "Hello again");
  await receiver.wait(path, 2);
  assert.equal(receiver.at(path)[1].event.data.message.event.content.text, "Hello again");
  await remove();
});

test("five days without a success disable an endpoint, and one success is enough", async () => {
  const { path, id, remove } = await endpoint({ events: ["message.created"] });
  const session = await create();
  const dayMs = 24 * 60 * 60 * 1000;
  const failingSince = (ms) =>
    runtime.execute("UPDATE webhooks SET failing_since_ms = ? WHERE id = ?", Date.now() - ms, id);
  receiver.answer = (response) => response.writeHead(500).end();
  await say(session, "1");
  await deliveries(id, 1);
  assert.notEqual((await get(`/webhooks/${id}`)).failing_since, null);

  await failingSince(5 * dayMs - 60_000);
  await say(session, "2");
  await deliveries(id, 2);
  assert.equal((await get(`/webhooks/${id}`)).status, "enabled");

  receiver.answer = (response) => response.writeHead(200).end();
  await say(session, "3");
  await deliveries(id, 3);
  assert.equal((await get(`/webhooks/${id}`)).failing_since, null);

  receiver.answer = (response) => response.writeHead(500).end();
  await failingSince(5 * dayMs);
  await say(session, "4");
  await deliveries(id, 4);
  const shown = await get(`/webhooks/${id}`);
  assert.deepEqual([shown.status, shown.disabled_reason], ["disabled", "failing"]);
  const before = receiver.at(path).length;
  await passTime();
  await until(() => true);
  receiver.answer = (response) => response.writeHead(204).end();
  await say(session, "5");
  await new Promise((resolve) => setTimeout(resolve, 500));
  assert.equal(receiver.at(path).length, before, "a disabled one gets nothing");
  await remove();
});

test("an event keeps the answer to its last try", async () => {
  const { path, id, remove } = await endpoint({ events: ["message.created"] });
  receiver.answers.set(path, (response) =>
    response.writeHead(500).end(`try ${receiver.at(path).length}`),
  );
  await say(await create(), "Hello");
  await deliveries(id, 1);
  await passTime();
  await deliveries(id, 2);
  await passTime();
  const tries = await deliveries(id, 3);
  assert.deepEqual(
    tries.map(({ response }) => response),
    [null, null, "try 3"],
  );
  await remove();
});

test("a try at an address of before says nothing of the endpoint's new one", async () => {
  const { path, id, remove } = await endpoint({ events: ["message.created"] });
  const session = await create();
  let retire;
  receiver.answers.set(path, (response) => (retire = () => response.writeHead(410).end()));
  await say(session, "to the host of before");
  await receiver.wait(path, 1);
  await api("PATCH", `/webhooks/${id}`, { url: `${receiver.url}${path}/moved` });
  retire();
  const [gone] = await deliveries(id, 1);
  assert.equal(gone.status, 410);
  assert.equal((await get(`/webhooks/${id}`)).status, "enabled");
  await say(session, "to the new one");
  await receiver.wait(`${path}/moved`, 1);

  receiver.answers.set(`${path}/moved`, (response) => response.writeHead(500).end());
  await say(session, "fails");
  await deliveries(id, 3);
  assert.notEqual((await get(`/webhooks/${id}`)).failing_since, null);
  const { body } = await api("PATCH", `/webhooks/${id}`, { url: `${receiver.url}${path}/again` });
  assert.equal(body.failing_since, null);
  await remove();
});

test("a test is sent once, to a disabled endpoint too, and says nothing of its health", async () => {
  const { path, id, remove } = await endpoint();
  await api("PATCH", `/webhooks/${id}`, { status: "disabled" });
  receiver.answer = (response) => response.writeHead(500).end();
  const { status, body } = await api("POST", `/webhooks/${id}/test`, {});
  assert.equal(status, 202);
  const [got] = await receiver.wait(path);
  assert.equal(got.id, body.webhook_id);
  assert.equal(got.forged, undefined);
  assert.deepEqual([got.event.type, got.event.data], ["webhook.test", {}]);
  const [only] = await deliveries(id);
  assert.deepEqual([only.type, only.status, only.next_at], ["webhook.test", 500, null]);
  assert.equal((await get(`/webhooks/${id}`)).failing_since, null);
  receiver.answer = (response) => response.writeHead(204).end();
  await remove();
});

test("a receiver that dies and comes back gets all events, each at least once", async () => {
  const dying = await startReceiver();
  const url = `${dying.url}/in`;
  const { body } = await api("POST", "/webhooks", { url, events: ["message.created"] });
  const session = await create();
  await dying.stop();
  await Promise.all(Array.from({ length: 30 }, (_, n) => say(session, `${n}`)));
  const tries = await deliveries(body.id, 30);
  assert.ok(tries.every(({ failure }) => failure === "unreachable"));
  const revived = await startReceiver({ port: Number(new URL(url).port) });
  revived.secrets = [body.secret];
  await until(() => new Set(revived.received.map(({ id }) => id)).size === 30);
  const seqs = new Set(revived.received.map(({ event }) => event.data.seq));
  assert.deepEqual(
    [...seqs].sort((a, b) => a - b),
    Array.from({ length: 30 }, (_, n) => n + 1),
  );
  assert.ok(revived.received.every(({ forged }) => forged === undefined));
  await revived.stop();
  await api("DELETE", `/webhooks/${body.id}`);
});
