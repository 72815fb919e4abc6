// `make bench` is fair: every contender keeps the contract. Also checks its figures
// that depend on neither load nor machine: bytes, round trips, rows.

import assert from "node:assert/strict";
import { test } from "node:test";
import { contenders, modulesOf } from "../../bench/contenders.mjs";
import { holdToContract } from "../../bench/contract.mjs";
import { pathsOf } from "../../bench/load.mjs";
import { start } from "../../bench/start.mjs";
import { contendersIn, tables } from "../../bench/tables.mjs";
import { usageOf } from "../../bench/usage.mjs";

const ours = "chat-sessions";
const tuned = "hono, tuned";

for (const table of tables) {
  test(table.title, async () => {
    for (const name of contendersIn(table).filter((name) => name !== "empty Worker")) {
      const runtime = await start(name, table.mode);
      try {
        const [path] = await pathsOf(runtime, table);
        await holdToContract(name, runtime, table.request, path);
      } finally {
        await runtime.stop();
      }
    }
  });
}

// The peer has three operations.
test("the script is at most 2.4 times the tuned peer's", async () => {
  const [own, theirs] = await Promise.all(
    [ours, tuned].map(async (name) => (await modulesOf(contenders[name])).gzipBytes),
  );
  assert.ok(own <= theirs * 2.4, `${own} bytes, gzipped, to ${theirs}`);
});

/** A quota, the last ticket number by its index, and a look for webhooks: no peer has any. */
const ownRowsRead = 4;

test("a create is one round trip, and no more rows written than the tuned peer's", async () => {
  const [own, theirs] = [await usageOf(ours), await usageOf(tuned)];
  for (const [index, usage] of own.entries()) {
    assert.equal(usage.round_trips, 1);
    const mostRead = theirs[index].rows_read + ownRowsRead;
    assert.ok(usage.rows_read <= mostRead, JSON.stringify({ own, theirs }));
    assert.ok(usage.rows_written <= theirs[index].rows_written, JSON.stringify({ own, theirs }));
  }
});
