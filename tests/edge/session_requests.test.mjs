// The table of request cases against the edge, over HTTP: the verdicts are those of the
// native rules.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { sessionRequestCases, shortForm } from "../support/cases.mjs";
import { send, startRuntime } from "../support/runtime.mjs";

let runtime;
before(async () => {
  runtime = await startRuntime();
});
after(() => runtime?.stop());

test("every case gets its verdict, and only accepted ones leave a row", async () => {
  const cases = await sessionRequestCases();
  const mismatches = [];
  let created = 0;
  for (const { name, text, expect } of cases) {
    const { status, body } = await send(runtime.baseUrl, {
      token: runtime.keys.secret,
      body: text,
    });
    // A contact_id that is a UUID, but of no contact.
    const isAccepted = status === 201 || (status === 404 && body.code === "contact_not_found");
    created += Number(status === 201);
    const verdict = isAccepted
      ? { status: 201 }
      : { status, code: body.code, errors: shortForm(body.errors) };
    try {
      assert.deepEqual(verdict, expect);
    } catch {
      mismatches.push(`${name}: ${JSON.stringify(verdict)}`);
    }
  }
  assert.deepEqual(mismatches, []);
  assert.ok(cases.length >= 150);

  const [{ sessions }] = await runtime.query("SELECT count(*) AS sessions FROM sessions");
  assert.equal(sessions, created);
  assert.ok(created >= 50);
});
