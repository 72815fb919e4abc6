// The bookmarks of D1 that answers carry, and what becomes of those sent back.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { assertConforms } from "../support/contract.mjs";
import { send, startRuntime } from "../support/runtime.mjs";

let runtime;
before(async () => {
  runtime = await startRuntime();
});
after(() => runtime?.stop());

async function list(bookmark) {
  const path = "/chat/sessions?limit=1";
  const headers = bookmark === undefined ? {} : { "X-D1-Bookmark": bookmark };
  const answer = await send(runtime.baseUrl, {
    ...{ method: "GET", path, token: runtime.keys.secret, headers },
  });
  assertConforms({ method: "GET", path, ...answer });
  return answer.headers.get("x-d1-bookmark");
}

test("a create's bookmark can be sent with the read that follows", async () => {
  const created = await send(runtime.baseUrl, { token: runtime.keys.secret, body: {} });
  const bookmark = created.headers.get("x-d1-bookmark");
  assert.match(bookmark, /^[0-9a-f-]{1,128}$/);
  assert.ok((await list(bookmark)) >= bookmark);
});

test("what is no bookmark is ignored, and not sent back", async () => {
  const own = await list();
  for (const sent of ["", "F-3", "first-primary", "ffff ffff", "f".repeat(129), "%2F"]) {
    const answered = await list(sent);
    assert.notEqual(answered, sent);
    assert.ok(answered >= own, `${sent}: ${answered}`);
  }
});
