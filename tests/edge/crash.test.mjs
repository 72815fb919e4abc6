// `kill -9` of the runtime under load: sessions answered with 201 are stored, all
// others are stored as a whole or not at all, and a retry creates exactly one.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Ledger } from "../support/ledger.mjs";
import { startRuntime } from "../support/runtime.mjs";

/** `make test-long` sets LONG. */
const crashes = process.env.LONG ? 20 : 4;
const connections = 16;

let runtime;
let ledger;
before(async () => {
  runtime = await startRuntime({ isSeparate: true });
  ledger = new Ledger(runtime);
});
after(() => runtime?.stop());

/** Creates until the runtime is gone; returns the creates without a response. */
async function loadUntilCrash() {
  const unanswered = [];
  let isGone = false;
  const worker = async () => {
    while (!isGone) {
      const create = ledger.next();
      try {
        const { status } = await ledger.create(create);
        assert.equal(status, 201);
      } catch (error) {
        if (!(error instanceof TypeError)) throw error;
        unanswered.push(create);
        isGone = true;
      }
    }
  };
  await Promise.all(Array.from({ length: connections }, worker));
  return unanswered;
}

test(`${crashes} crashes under load lose nothing and repeat nothing`, async (context) => {
  const totals = { unanswered: 0, committed: 0 };
  for (let crash = 1; crash <= crashes; crash += 1) {
    const atLeast = ledger.size + connections;
    const load = loadUntilCrash();
    while (ledger.size < atLeast) await delay(1);
    await delay(Math.random() * 300);
    await runtime.crash();
    const unanswered = await load;
    await runtime.restart();

    for (const create of unanswered) {
      const { status, headers } = await ledger.create(create);
      assert.equal(status, 201);
      if (headers.has("idempotency-replayed")) totals.committed += 1;
    }
    totals.unanswered += unanswered.length;
    await ledger.assertWhole();
  }
  // Otherwise nothing was interrupted, and the test proves nothing.
  assert.ok(totals.unanswered >= crashes, JSON.stringify(totals));
  context.diagnostic(
    `${ledger.size} sessions; of ${totals.unanswered} unanswered creates ${totals.committed} were committed`,
  );
});

function delay(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
