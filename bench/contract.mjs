// The contract of a response: a contender that breaks it is not measured.

import assert from "node:assert/strict";
import { messagesEach } from "./conversations.mjs";
import { headersOf, requests } from "./load.mjs";

/** Throws if a contender's response to a request for `path` breaks the contract. */
export async function holdToContract(name, runtime, request, path) {
  try {
    await assertAnswer(runtime, request, path);
  } catch (error) {
    throw new Error(`${name} does not keep the contract: ${error.message}`, { cause: error });
  }
}

async function assertAnswer({ url, secret }, request, path) {
  const { method = "POST", bodyOf, status, code, paths = [] } = requests[request];
  const call = (headers) =>
    fetch(new URL(path, url), {
      method,
      headers: { ...headersOf(request, secret), ...headers },
      body: bodyOf?.(1),
    });
  const response = await call({});
  const answer = await response.json();
  const assertHeader = (name, expected) => {
    const value = response.headers.get(name);
    assert.match(value ?? "", expected, `${name} is ${value}, and has to match ${expected}`);
  };

  assert.equal(response.status, status);
  assertHeader("Content-Type", /^application\/json\b/);
  assertHeader("Cache-Control", /^no-store$/);
  assertHeader("Vary", /\borigin\b/i);
  assertHeader("X-Request-Id", /^[0-9a-f-]{36}$/);
  if (request === "send") {
    const { id, seq, created_at: createdAt } = answer.data.message;
    assert.deepEqual(answer, {
      success: true,
      data: { message: { id, seq, created_at: createdAt } },
    });
    assert.ok(seq >= 1);
    assert.equal(new Date(createdAt).toISOString(), createdAt);
    return;
  }
  if (request === "history") {
    assert.deepEqual(Object.keys(answer), ["items", "next", "previous", "last_seq"]);
    const seqs = answer.items.map(({ seq }) => seq);
    assert.deepEqual(
      seqs,
      Array.from({ length: messagesEach }, (_, index) => index + 1),
    );
    assertHeader("ETag", /^"[0-9a-f]{32}"$/);
    const again = await call({ "If-None-Match": response.headers.get("ETag") });
    assert.equal(again.status, 304);
    return;
  }
  if (status === 201) {
    assert.deepEqual(Object.keys(answer), ["id"]);
    assertHeader("Location", new RegExp(`^/chat/sessions/${answer.id}$`));
    return;
  }
  assert.equal(answer.statusCode, status);
  assert.equal(answer.code, code);
  assert.equal(answer.error, { 400: "Bad Request", 401: "Unauthorized" }[status]);
  assert.equal(answer.request_id, response.headers.get("X-Request-Id"));
  if (status === 401) assertHeader("WWW-Authenticate", /^Bearer\b/);
  if (code === "malformed_json") assert.match(answer.message, /line 1\b.*column \d+/);
  assert.deepEqual((answer.errors ?? []).map(({ path }) => path).toSorted(), paths);
}
