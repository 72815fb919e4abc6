// `kill -9` of the runtime between the commit of what an event tells and its delivery: every
// event arrives, at least once. The queue of local workerd is in memory, so it is lost too.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { until } from "../support/runtime.mjs";
import { startWebhooks } from "../support/webhooks.mjs";

/** `make test-long` sets LONG. */
const crashes = process.env.LONG ? 20 : 4;
const connections = 8;

let hooks;
before(async () => {
  hooks = await startWebhooks({ isSeparate: true });
});
after(() => hooks?.stop());

/** Sends messages until the runtime is gone. */
async function sendUntilCrash(session) {
  let isGone = false;
  const sender = async () => {
    for (let n = 0; !isGone; n += 1) {
      try {
        const { status, text } = await hooks.say(session, `${n}`);
        assert.equal(status, 201, text);
      } catch (error) {
        if (!(error instanceof TypeError)) throw error;
        isGone = true;
      }
    }
  };
  await Promise.all(Array.from({ length: connections }, sender));
}

test(`${crashes} crashes between commit and delivery lose no event`, async (context) => {
  const { runtime, receiver, path } = await start();
  const session = await hooks.create();
  let pending = 0;
  for (let crash = 1; crash <= crashes; crash += 1) {
    // Some tries are under way at each moment: some of their answers are lost.
    receiver.answer = (response) =>
      setTimeout(() => response.writeHead(204).end(), Math.random() * 100);
    const load = sendUntilCrash(session);
    const arrived = () => receiver.at(path).length;
    const before = arrived();
    await until(() => arrived() >= before + 2 * connections);
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 100));
    await runtime.crash();
    await load;
    await runtime.restart();
    const [{ n }] = await runtime.query(
      "SELECT count(*) AS n FROM webhook_events WHERE next_at_ms IS NOT NULL",
    );
    // Otherwise nothing was interrupted, and the test proves nothing.
    assert.ok(n > 0, `crash ${crash}`);
    pending += n;
  }
  receiver.answer = (response) => response.writeHead(204).end();
  // Stands for the half minute after which an event is taken for lost.
  await runtime.edit((database) =>
    database.exec("UPDATE webhook_events SET next_at_ms = 1 WHERE next_at_ms IS NOT NULL"),
  );
  // The organization's next event has the others found; there is no cron here.
  await hooks.say(session, "the last one");
  const entries = await runtime.query("SELECT seq FROM entries WHERE session_id = ?", session);
  const ids = () => new Set(receiver.at(path).map(({ id }) => id));
  await until(() => ids().size === entries.length);
  const hex = session.replaceAll("-", "");
  assert.deepEqual(ids(), new Set(entries.map(({ seq }) => `msg_${hex}_${seq}`)));

  // By `seq` a receiver puts them in order, and has all.
  const seqs = new Set(receiver.at(path).map(({ event }) => event.data.seq));
  assert.deepEqual(
    [...seqs].sort((one, next) => one - next),
    entries.map((_, index) => index + 1),
  );
  assert.ok(receiver.at(path).every(({ forged }) => forged === undefined));
  const requests = receiver.at(path).length;
  context.diagnostic(`${entries.length} events; ${pending} interrupted; ${requests} requests`);
});

async function start() {
  const { path } = await hooks.endpoint({ events: ["message.created"] });
  return { ...hooks, path };
}
