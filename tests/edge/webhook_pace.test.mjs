// The pace of events: how soon one arrives after its commit, many to one endpoint, and while
// another organization's endpoint hangs.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { until } from "../support/runtime.mjs";
import { startWebhooks } from "../support/webhooks.mjs";

/** `make test-long` sets LONG. */
const events = process.env.LONG ? 10_000 : 500;
const connections = 16;

let hooks;
before(async () => {
  hooks = await startWebhooks();
});
after(() => hooks?.stop());

/**
 * Sends `count` messages, and waits until each has arrived. Returns what passed between in
 * milliseconds, and how many had not arrived when the last was acknowledged.
 */
async function send(count, path, atOnce = connections) {
  const session = await hooks.create();
  const acknowledged = new Map();
  let left = count;
  const sender = async () => {
    while (left > 0) {
      left -= 1;
      const { status, body, text } = await hooks.say(session, "Hello");
      assert.equal(status, 201, text);
      acknowledged.set(body.data.message.seq, Date.parse(body.data.message.created_at));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, sender));
  const ofSession = () =>
    hooks.receiver.at(path).filter(({ event }) => event.data.session_id === session);
  const behind = count - ofSession().length;
  await until(() => ofSession().length >= count);
  const delays = new Map();
  for (const { at, event, forged } of ofSession()) {
    assert.equal(forged, undefined);
    const { seq } = event.data;
    if (!delays.has(seq)) delays.set(seq, at - acknowledged.get(seq));
  }
  assert.equal(delays.size, count);
  const sorted = [...delays.values()].sort((one, next) => one - next);
  const at = (share) => sorted[Math.floor(share * (sorted.length - 1))];
  return { p50: at(0.5), p99: at(0.99), max: at(1), behind };
}

test(`${events} events to one endpoint keep their pace`, async (context) => {
  const { path, id, remove } = await hooks.endpoint({ events: ["message.created"] });
  const one = await send(events / 5, path, 1);
  const first = await send((events / 5) * 2, path);
  const second = await send((events / 5) * 2, path);
  context.diagnostic(JSON.stringify({ one, first, second }));
  for (const { behind } of [one, first, second]) {
    assert.ok(behind <= 2 * connections, `${behind} had not arrived when the last was sent`);
  }
  const settled =
    "SELECT count(*) AS n FROM webhook_events WHERE next_at_ms IS NULL AND webhook_id = ?";
  for (;;) {
    const [{ n }] = await hooks.runtime.execute(settled, id);
    if (n === events) break;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.equal(hooks.receiver.at(path).length, events, "each arrives once");
  await remove();
});

test("an endpoint that hangs delays no other organization's events", async (context) => {
  const { receiver, runtime, api } = hooks;
  const { path, remove } = await hooks.endpoint({ events: ["message.created"] });
  const alone = await send(200, path);

  const token = runtime.keys.otherSecret;
  const dead = await hooks.endpoint({ events: ["message.created"] }, token);
  receiver.answer = (response, request) => {
    if (request.path !== dead.path) response.writeHead(204).end();
  };
  const { body } = await api("POST", "/chat/sessions", {}, token);
  const say = () =>
    api(
      "POST",
      `/chat/sessions/${body.id}/send`,
      { sender: "contact", message: { text: "Hello" } },
      token,
    );
  await Promise.all(Array.from({ length: 40 }, say));
  await receiver.wait(dead.path, 40);
  // All hang now, for ten seconds. Behind them, an event would wait as long.
  const beside = await send(200, path);
  context.diagnostic(JSON.stringify({ alone, beside }));
  assert.ok(beside.p99 - alone.p99 < 5000, JSON.stringify({ alone, beside }));

  // Nor do tries that the queue makes: 40 that hang, and one of ours behind them.
  const failing = await hooks.endpoint({ events: ["session.created"] });
  let isUp = false;
  const answer = receiver.answer;
  receiver.answer = (response, request) =>
    request.path === failing.path && !isUp
      ? response.writeHead(500, { "Retry-After": "600" }).end()
      : answer(response, request);
  await hooks.create();
  await hooks.deliveries(failing.id, 1);
  await hooks.deliveries(dead.id, 40, token);
  isUp = true;
  const hanging = receiver.at(dead.path).length;
  const sweptAt = Date.now();
  await hooks.passTime();
  await until(() => receiver.at(dead.path).length >= hanging + 40);
  const [, again] = await receiver.wait(failing.path, 2);
  context.diagnostic(`a try behind 40 that hang: after ${again.at - sweptAt} ms`);
  assert.ok(again.at - sweptAt < 8000, `${again.at - sweptAt} ms`);
  await remove();
});
