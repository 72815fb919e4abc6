// The table of messages against the edge, over HTTP: the verdicts are those of the native
// rules.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { messageCases, shortForm } from "../support/cases.mjs";
import { assertNothingHalfWritten } from "../support/ledger.mjs";
import { send, startRuntime } from "../support/runtime.mjs";

let runtime;
before(async () => {
  runtime = await startRuntime();
});
after(() => runtime?.stop());

test("every case gets its verdict, and only accepted ones leave an entry", async () => {
  const token = runtime.keys.secret;
  const cases = await messageCases();
  const mismatches = [];
  let sent = 0;
  for (const { name, text, expect } of cases) {
    const created = await send(runtime.baseUrl, { token, body: {} });
    const path = `/chat/sessions/${created.body.id}/send`;
    const { status, body } = await send(runtime.baseUrl, { token, path, body: text });
    sent += Number(status === 201);
    const verdict =
      status === 201 ? { status } : { status, code: body.code, errors: shortForm(body.errors) };
    try {
      assert.deepEqual(verdict, expect);
    } catch {
      mismatches.push(`${name}: ${JSON.stringify(verdict)}`);
    }
  }
  assert.deepEqual(mismatches, []);
  assert.ok(cases.length >= 70);

  const entries = await runtime.query("SELECT event FROM entries WHERE event = 'message'");
  assert.equal(entries.length, sent);
  assert.ok(sent >= 25, `${sent} accepted`);
  await assertNothingHalfWritten(runtime);
});
