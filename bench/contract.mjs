// What the contract asks of an answer: who gives less is not measured.

import assert from "node:assert/strict";
import { headersOf, requests } from "./load.mjs";

/** Throws where a runtime's answer to a request is less than the contract's. */
export async function holdToContract({ url, secret }, request) {
  const { bodyOf, status, code, paths = [] } = requests[request];
  const response = await fetch(new URL("/chat/sessions", url), {
    method: "POST",
    headers: headersOf(request, secret),
    body: bodyOf(1),
  });
  const answer = await response.json();
  const header = (name) => response.headers.get(name);

  assert.equal(response.status, status);
  assert.match(header("content-type"), /^application\/json\b/);
  assert.match(header("x-request-id"), /^[0-9a-f-]{36}$/);
  assert.equal(header("cache-control"), "no-store");
  assert.match(header("vary"), /\borigin\b/i);
  if (status === 201) {
    assert.deepEqual(Object.keys(answer), ["id"]);
    assert.equal(header("location"), `/chat/sessions/${answer.id}`);
    return;
  }
  assert.equal(answer.statusCode, status);
  assert.equal(answer.code, code);
  assert.equal(answer.error, { 400: "Bad Request", 401: "Unauthorized" }[status]);
  assert.equal(answer.request_id, header("x-request-id"));
  if (status === 401) assert.match(header("www-authenticate"), /^Bearer\b/);
  if (code === "malformed_json") assert.match(answer.message, /line 1\b.*column \d+/);
  assert.deepEqual((answer.errors ?? []).map(({ path }) => path).toSorted(), paths);
}
