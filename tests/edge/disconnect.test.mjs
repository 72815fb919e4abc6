// A client that hangs up after sending: its create is stored as a whole, or not at all.

import assert from "node:assert/strict";
import { connect } from "node:net";
import { after, before, test } from "node:test";
import { Ledger, assertNothingHalfWritten } from "../support/ledger.mjs";
import { startRuntime } from "../support/runtime.mjs";

const count = 300;

let runtime;
let ledger;
before(async () => {
  runtime = await startRuntime();
  ledger = new Ledger(runtime);
});
after(() => runtime?.stop());

/** Sends the whole request, and hangs up `afterMs` later. */
function sendAndHangUp({ key, body }, afterMs) {
  const text = JSON.stringify(body);
  const { host, hostname, port } = new URL(runtime.baseUrl);
  const request = [
    "POST /chat/sessions HTTP/1.1",
    `Host: ${host}`,
    `Authorization: Bearer ${runtime.keys.secret}`,
    "Content-Type: application/json",
    `Content-Length: ${Buffer.byteLength(text)}`,
    `Idempotency-Key: ${key}`,
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

test(`${count} clients that hang up: nothing is half-written, and trying again makes one session`, async (context) => {
  const creates = Array.from({ length: count }, () => ledger.next());
  for (let start = 0; start < creates.length; start += 10) {
    const some = creates.slice(start, start + 10);
    // Half of them at once, the others after up to 10 ms: later than most responses.
    await Promise.all(
      some.map((create, index) => sendAndHangUp(create, index < 5 ? 0 : (index - 4) * 2)),
    );
    await assertNothingHalfWritten(runtime);
  }

  let done = 0;
  const retry = async (create) => {
    const { status, headers } = await ledger.create(create);
    assert.equal(status, 201);
    if (headers.has("idempotency-replayed")) done += 1;
  };
  while (creates.length > 0) await Promise.all(creates.splice(0, 10).map(retry));
  await ledger.assertWhole();
  context.diagnostic(`${done} of ${count} had been done`);
});
