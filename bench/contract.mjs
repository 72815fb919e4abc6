// The contract of a response: a contender that breaks it is not measured.

import assert from "node:assert/strict";
import { headersOf, requests } from "./load.mjs";

/** Throws if a contender's response to a request breaks the contract. */
export async function holdToContract(name, runtime, request) {
  try {
    await assertAnswer(runtime, request);
  } catch (error) {
    throw new Error(`${name} does not keep the contract: ${error.message}`, { cause: error });
  }
}

async function assertAnswer({ url, secret }, request) {
  const { bodyOf, status, code, paths = [] } = requests[request];
  const response = await fetch(new URL("/chat/sessions", url), {
    method: "POST",
    headers: headersOf(request, secret),
    body: bodyOf(1),
  });
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
