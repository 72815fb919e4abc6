// `kill -9` of the runtime under load: sessions and messages answered with 201 are stored,
// all others are stored as a whole or not at all, and a retry stores exactly one.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Conversations } from "../support/conversations.mjs";
import { startRuntime } from "../support/runtime.mjs";

/** `make test-long` sets LONG. */
const crashes = process.env.LONG ? 20 : 4;
const connections = 16;

let runtime;
let conversations;
let ledger;
before(async () => {
  runtime = await startRuntime({ isSeparate: true });
  conversations = new Conversations(runtime);
  ({ ledger } = conversations);
});
after(() => runtime?.stop());

/** Sends until the runtime is gone; returns what had no response. */
async function loadUntilCrash(next, sendOne) {
  const unanswered = [];
  let isGone = false;
  const worker = async () => {
    while (!isGone) {
      const request = next();
      try {
        const { status, text } = await sendOne(request);
        assert.equal(status, 201, text);
      } catch (error) {
        if (!(error instanceof TypeError)) throw error;
        unanswered.push(request);
        isGone = true;
      }
    }
  };
  await Promise.all(Array.from({ length: connections }, worker));
  return unanswered;
}

/**
 * Kills the runtime under load again and again, and sends what had no response once more.
 * `size` returns the number of acknowledged ones.
 */
async function crashUnderLoad({ next, sendOne, size }) {
  const totals = { unanswered: 0, committed: 0 };
  for (let crash = 1; crash <= crashes; crash += 1) {
    const atLeast = size() + connections;
    const load = loadUntilCrash(next, sendOne);
    while (size() < atLeast) await delay(1);
    await delay(Math.random() * 300);
    await runtime.crash();
    const unanswered = await load;
    await runtime.restart();

    for (const request of unanswered) {
      const { status, headers, text } = await sendOne(request);
      assert.ok(status === 201 || status === 200, text);
      if (headers.has("idempotency-replayed")) totals.committed += 1;
    }
    totals.unanswered += unanswered.length;
    await conversations.assertWhole();
  }
  // Otherwise nothing was interrupted, and the test proves nothing.
  assert.ok(totals.unanswered >= crashes, JSON.stringify(totals));
  return `of ${totals.unanswered} unanswered ones ${totals.committed} were committed`;
}

test(`${crashes} crashes under load lose no session and repeat none`, async (context) => {
  const outcome = await crashUnderLoad({
    next: () => ledger.next(),
    sendOne: (create) => ledger.create(create),
    size: () => ledger.size,
  });
  context.diagnostic(`${ledger.size} sessions; ${outcome}`);
});

test(`${crashes} crashes under load lose no message and repeat none`, async (context) => {
  const sessions = await Promise.all(Array.from({ length: 6 }, () => conversations.open()));
  let count = 0;
  const outcome = await crashUnderLoad({
    // Several connections write to one session at a time.
    next: () => conversations.next(sessions[(count += 1) % sessions.length]),
    sendOne: (message) => conversations.send(message),
    size: () => conversations.size,
  });
  context.diagnostic(`${conversations.size} messages; ${outcome}`);
});

function delay(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
