// Bookmarks: the state of a replicated database that a request begins from.

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { after, before, test } from "node:test";
import { allowedOrigin, send, startRuntime, until } from "../support/runtime.mjs";

/** @import { Answer, Ask } from "../support/runtime.mjs" */

let runtime;
before(async () => {
  const worker = fileURLToPath(new URL("watched/worker.mjs", import.meta.url));
  runtime = await startRuntime({ worker });
});
after(() => runtime?.stop());

/** @type {(method: string, path: string, rest?: Ask & { bookmark?: string }) => Promise<Answer>} */
const ask = (method, path, { bookmark, token = runtime.keys.secret, ...rest } = {}) =>
  send(runtime.baseUrl, {
    method,
    path,
    token,
    ...rest,
    headers: { ...(bookmark !== undefined && { "X-D1-Bookmark": bookmark }), ...rest.headers },
  });
const bookmarkOf = ({ headers }) => headers.get("x-d1-bookmark");

/** Returns the bookmark or constraint that each round trip of `work` begins from. */
async function startsOf(work) {
  const from = runtime.lines.length;
  const answer = await work();
  const { round_trips } = await runtime.usage(answer);
  return until(() => {
    const lines = runtime.lines.slice(from).filter((line) => line.startsWith('{"start":'));
    return lines.length === round_trips && lines.map((line) => JSON.parse(line).start);
  });
}

async function newSession() {
  const answer = await ask("POST", "/chat/sessions", { body: {} });
  return { path: `/chat/sessions/${answer.body.id}`, bookmark: bookmarkOf(answer) };
}

test("every answer to a secret key that asked the database has a bookmark", async () => {
  const { path, bookmark } = await newSession();
  assert.match(bookmark, /^[0-9a-f-]{1,128}$/);
  for (const [method, where] of [
    ["GET", path],
    ["GET", "/chat/sessions"],
    ["GET", "/chat/sessions/0190163d-8694-7000-8000-000000000001"],
  ]) {
    assert.match(bookmarkOf(await ask(method, where)), /^[0-9a-f-]{1,128}$/, where);
  }
  // No request reached the database.
  assert.equal(bookmarkOf(await ask("GET", path, { token: null })), null);
  assert.equal(bookmarkOf(await ask("GET", path, { token: null, bookmark })), null);
});

test("nobody else gets a bookmark, or is served by one: it counts the commits of all", async () => {
  const { bookmark } = await newSession();
  const authenticated = await ask("POST", "/widget/authenticate-user", {
    body: { email: "bookmark@example.com" },
  });
  const { token } = authenticated.body;
  const { publishable } = runtime.keys;
  for (const work of [
    () => ask("POST", "/chat/sessions", { token, bookmark, body: {} }),
    () => ask("GET", "/chat/sessions", { token, bookmark }),
    () =>
      ask("POST", "/chat/sessions", {
        token: publishable,
        origin: allowedOrigin,
        bookmark,
        body: {},
      }),
  ]) {
    let answer;
    const starts = await startsOf(async () => (answer = await work()));
    assert.deepEqual(starts, ["first-primary"]);
    assert.ok(answer.status < 300);
    assert.equal(bookmarkOf(answer), null);
    assert.doesNotMatch(answer.headers.get("access-control-expose-headers") ?? "", /bookmark/i);
  }
});

test("without a bookmark the primary is asked: what was answered is there for everyone", async () => {
  const { path } = await newSession();
  for (const work of [
    () => ask("GET", path),
    () => ask("GET", "/chat/sessions?status=open"),
    () => ask("POST", "/chat/sessions", { body: {} }),
  ]) {
    assert.deepEqual(await startsOf(work), ["first-primary"]);
  }
});

test("with one, a request begins from there at least", async () => {
  const { path, bookmark } = await newSession();
  assert.deepEqual(await startsOf(() => ask("GET", path, { bookmark })), [bookmark]);
  assert.deepEqual(await startsOf(() => ask("GET", "/chat/sessions", { bookmark })), [bookmark]);
  // The second round trip of a request begins from the bookmark of the first.
  const update = {
    bookmark,
    body: { status: "closed_resolved" },
    headers: { "If-Match": "*" },
  };
  const starts = await startsOf(() => ask("PATCH", path, update));
  assert.equal(starts.length, 2);
  assert.equal(starts[0], bookmark);
  assert.match(starts[1], /^[0-9a-f-]+$/);
});

test("what is no bookmark is none, and fails nothing", async () => {
  const { path } = await newSession();
  for (const bookmark of [
    "",
    "-",
    "abc",
    "0-0-0",
    "0-0-0-",
    "0-0-0-F",
    "first-primary",
    "first-unconstrained",
    "0;1",
    "%C3%A9",
    `0-0-0-${"f".repeat(123)}`,
    '"0-0-0-0"',
  ]) {
    const work = async () => {
      const answer = await ask("GET", path, { bookmark });
      assert.equal(answer.status, 200);
      return answer;
    };
    assert.deepEqual(await startsOf(work), ["first-primary"], bookmark);
  }
});
