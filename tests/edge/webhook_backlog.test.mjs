// Many events that are due at once: they are sent at the pace of their tries, and nobody else
// waits for them.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startWebhooks } from "../support/webhooks.mjs";

/** `make test-long` sets LONG. */
const events = process.env.LONG ? 50_000 : 1200;
/** Events of an organization that sweeps have in the queue together. */
const queuedMax = 200;

let hooks;
before(async () => {
  hooks = await startWebhooks();
});
after(() => hooks?.stop());

test(`a replay of ${events} events keeps few in the queue, sends each, and delays nobody`, async (context) => {
  const { runtime, receiver, api } = hooks;
  const many = await hooks.endpoint({ events: ["message.created"] });
  const session = await hooks.create();
  await hooks.say(session, "Hello");
  await receiver.wait(many.path, 1);
  await hooks.deliveries(many.id);
  // The same message at other times: as many events as a busy week has.
  await runtime.execute(
    `WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ?)
     INSERT INTO webhook_events (organization, webhook_id, created_at_ms, subject_id, seq, type)
     SELECT e.organization, e.webhook_id, e.created_at_ms - n, e.subject_id, e.seq, e.type
     FROM webhook_events AS e CROSS JOIN n WHERE e.webhook_id = ?`,
    events - 1,
    many.id,
  );

  const other = await hooks.endpoint({ events: ["message.created"] }, runtime.keys.otherSecret);
  receiver.answers.set(other.path, (response) =>
    response.writeHead(receiver.at(other.path).length === 1 ? 500 : 204).end(),
  );

  const since = new Date(Date.now() - 24 * 60 * 60 * 1000).toISOString();
  const beganMs = Date.now();
  const { status, body } = await api("POST", `/webhooks/${many.id}/replay`, { since });
  assert.deepEqual([status, body], [202, { events, next: null }]);
  const theirs = await api("POST", "/chat/sessions", {}, runtime.keys.otherSecret);
  const message = { sender: "contact", message: { text: "Hello" } };
  await api("POST", `/chat/sessions/${theirs.body.id}/send`, message, runtime.keys.otherSecret);

  let queued = 0;
  for (let due = events; due > 0;) {
    const [row] = await runtime.execute(
      `SELECT sum(is_queued) AS queued, count(next_at_ms) AS due FROM webhook_events
       WHERE webhook_id = ?`,
      many.id,
    );
    queued = Math.max(queued, row.queued);
    due = row.due;
  }
  const seconds = (Date.now() - beganMs) / 1000;
  context.diagnostic(`${Math.round(events / seconds)} events a second, ${queued} queued at most`);
  assert.ok(queued > 0 && queued <= queuedMax, `${queued} in the queue`);
  assert.equal(receiver.at(many.path).length, events + 1, "each is sent once");
  // The other organization's second try was due after 4 to 6 seconds. Counted in events, so
  // that a slow machine is as good as a fast one.
  const [first, second] = await receiver.wait(other.path, 2);
  const dueMs = first.at + 6000;
  const before = receiver.at(many.path).filter(({ at }) => at > dueMs && at < second.at).length;
  context.diagnostic(`${before} events were sent while another organization's was due`);
  assert.ok(before <= 2 * queuedMax, `${before} events before another organization's`);
  await other.remove();
  await many.remove();
});
