// A client that hangs up after sending: its create or its message is stored as a whole, or
// not at all.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { connect } from "node:net";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Conversations } from "../support/conversations.mjs";
import { assertNothingHalfWritten } from "../support/ledger.mjs";
import { send, startRuntime, until } from "../support/runtime.mjs";

const count = 300;

let runtime;
let conversations;
before(async () => {
  const worker = fileURLToPath(new URL("measured/worker.mjs", import.meta.url));
  runtime = await startRuntime({ worker });
  conversations = new Conversations(runtime);
});
after(() => runtime?.stop());

/** Sends the whole request, and hangs up `afterMs` later. */
function sendAndHangUp({ path = "/chat/sessions", key = "", body }, afterMs) {
  const text = JSON.stringify(body);
  const { host, hostname, port } = new URL(runtime.baseUrl);
  const request = [
    `POST ${path} HTTP/1.1`,
    `Host: ${host}`,
    `Authorization: Bearer ${runtime.keys.secret}`,
    "Content-Type: application/json",
    `Content-Length: ${Buffer.byteLength(text)}`,
    ...(key ? [`Idempotency-Key: ${key}`] : []),
    `\r\n${text}`,
  ].join("\r\n");
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname);
    // A reset signals at once that the client is gone.
    const hangUp = () => socket.resetAndDestroy();
    const sent = () => (afterMs === 0 ? hangUp() : setTimeout(hangUp, afterMs));
    socket.on("connect", () => socket.write(request, sent));
    socket.on("error", () => {});
    socket.on("close", resolve);
  });
}

/**
 * Sends requests whose clients hang up, and then each once more with `sendOne`; returns the
 * number of those that had been done.
 */
async function hangUpAndRetry(requests, sendOne) {
  for (let start = 0; start < requests.length; start += 10) {
    const some = requests.slice(start, start + 10);
    // Half of them at once, the others after up to 10 ms: later than most responses.
    await Promise.all(
      some.map((request, index) => sendAndHangUp(request, index < 5 ? 0 : (index - 4) * 2)),
    );
    await assertNothingHalfWritten(runtime);
  }

  let done = 0;
  const retry = async (request) => {
    const { status, headers, text } = await sendOne(request);
    assert.ok(status === 201 || status === 200, text);
    if (headers.has("idempotency-replayed")) done += 1;
  };
  while (requests.length > 0) await Promise.all(requests.splice(0, 10).map(retry));
  await conversations.assertWhole();
  return done;
}

test(`${count} clients that hang up: nothing is half-written, and trying again makes one session`, async (context) => {
  const { ledger } = conversations;
  const creates = Array.from({ length: count }, () => ledger.next());
  const done = await hangUpAndRetry(creates, (create) => ledger.create(create));
  context.diagnostic(`${done} of ${count} had been done`);
});

test(`${count} clients hang up after a message: it is stored as a whole or not at all, and once`, async (context) => {
  const sessions = await Promise.all(Array.from({ length: 6 }, () => conversations.open()));
  const messages = Array.from({ length: count }, (_, n) => {
    const message = conversations.next(sessions[n % sessions.length]);
    return { ...message, path: `/chat/sessions/${message.session}/send` };
  });
  const done = await hangUpAndRetry(messages, (message) => conversations.send(message));
  context.diagnostic(`${done} of ${count} had been done`);
});

test("what clients that hang up have sent is not kept: their requests end, and memory stays flat", async (context) => {
  const session = await conversations.open();
  const path = `/chat/sessions/${session}/send`;
  const text = "é".repeat(8000);
  const memory = async () => (await send(runtime.baseUrl, { method: "GET", path: "/memory" })).body;
  const ended = () => runtime.log().filter(({ route }) => route.endsWith("/send")).length;
  const already = ended();
  /** Sends long messages and hangs up; returns the memory when all have ended. */
  const abandon = async () => {
    for (let round = 0; round < 30; round += 1) {
      const messages = Array.from({ length: 10 }, () => ({
        path,
        body: { sender: "contact", message: { id: randomUUID(), text } },
      }));
      await Promise.all(messages.map((message, index) => sendAndHangUp(message, index * 3)));
    }
    // Stored after those of all before it.
    const body = { sender: "contact", message: { text: "Hello" } };
    const last = await send(runtime.baseUrl, { path, token: runtime.keys.secret, body });
    assert.equal(last.status, 201);
    const stored = await runtime.query("SELECT id FROM entries WHERE session_id = ?", session);
    // Some arrive in spite of the hang-up; a busy machine gets fewer.
    assert.ok(stored.length > 5, `${stored.length} messages`);
    await until(() => ended() - already >= stored.length);
    return memory();
  };
  const first = await abandon();
  const second = await abandon();
  context.diagnostic(`${first / 1e6} MB, then ${second / 1e6} MB`);
  assert.ok(second - first < 1_000_000, `${first} bytes grew to ${second}`);
  await assertNothingHalfWritten(runtime);
});
