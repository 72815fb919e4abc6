// Bodies that arrive slowly: whatever a request stores has the time after its body, so
// that nobody who polls for changes has already looked past it.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { send, startRuntime } from "../support/runtime.mjs";

let runtime;
before(async () => {
  runtime = await startRuntime();
});
after(() => runtime?.stop());

const slowMs = 1200;

/**
 * Sends a request whose last byte leaves late; returns the time when it left, too.
 *
 * @param {{ method?: string, path?: string, body: object }} request
 */
async function sendSlowly({ method = "POST", path = "/chat/sessions", body }) {
  const bytes = new TextEncoder().encode(JSON.stringify(body));
  let lastByteMs = 0;
  const stream = new ReadableStream({
    async start(controller) {
      controller.enqueue(bytes.slice(0, -1));
      await sleep(slowMs);
      lastByteMs = Date.now();
      controller.enqueue(bytes.slice(-1));
      controller.close();
    },
  });
  /** @type {RequestInit & { duplex: "half" }} */
  const init = {
    method,
    headers: {
      Authorization: `Bearer ${runtime.keys.secret}`,
      "Content-Type": "application/json",
    },
    body: stream,
    duplex: "half",
  };
  const response = await fetch(runtime.baseUrl + path, init);
  return { status: response.status, body: await response.json(), lastByteMs };
}

/** Returns the ids of sessions that changed after `ms`, as a poller asks for them. */
async function changedAfter(ms) {
  const { body } = await send(runtime.baseUrl, {
    method: "GET",
    path: `/chat/sessions?updated_after=${new Date(ms).toISOString()}`,
    token: runtime.keys.secret,
  });
  return body.items.map(({ id }) => id);
}

/** Returns the Unix milliseconds of a UUIDv7. */
const timeOf = (id) => Number.parseInt(id.replaceAll("-", "").slice(0, 12), 16);

test("a create has the time after its body, and so has its id", async () => {
  const { status, body, lastByteMs } = await sendSlowly({
    body: { contact: { email: "slow@example.com" } },
  });
  assert.equal(status, 201);
  assert.ok(timeOf(body.id) >= lastByteMs, `${lastByteMs - timeOf(body.id)} ms early`);
  assert.deepEqual(await changedAfter(lastByteMs - 1), [body.id]);
  const [contact] = await runtime.query(
    "SELECT * FROM contacts WHERE email = ?",
    "slow@example.com",
  );
  assert.ok(contact.created_at_ms >= lastByteMs);
  assert.ok(timeOf(contact.id) >= lastByteMs);
});

test("an update has the time after its body", async () => {
  const { body: created } = await send(runtime.baseUrl, { token: runtime.keys.secret, body: {} });
  const { status, body, lastByteMs } = await sendSlowly({
    method: "PATCH",
    path: `/chat/sessions/${created.id}`,
    body: { status: "closed_resolved" },
  });
  assert.equal(status, 200);
  assert.ok(Date.parse(body.updated_at) >= lastByteMs);
  assert.deepEqual(await changedAfter(lastByteMs - 1), [created.id]);
});

test("a contact token is issued at the time after its request's body", async () => {
  const { status, body, lastByteMs } = await sendSlowly({
    path: "/widget/authenticate-user",
    body: { email: "slow.login@example.com", expires_in: 60 },
  });
  assert.equal(status, 201);
  const claims = JSON.parse(Buffer.from(body.token.split(".")[1], "base64url").toString());
  assert.ok(claims.iat >= Math.floor(lastByteMs / 1000));
  assert.equal(claims.exp, claims.iat + 60);
});
