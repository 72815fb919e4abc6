// Bytes that no well-meaning client sends: never a 5xx, never half a write.

import assert from "node:assert/strict";
import { connect } from "node:net";
import { after, before, test } from "node:test";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { send, startRuntime } from "../support/runtime.mjs";

let runtime;
before(async () => {
  runtime = await startRuntime();
});
after(() => runtime?.stop());

const limitBytes = 65536;
const create = (body, headers) =>
  send(runtime.baseUrl, { token: runtime.keys.secret, body, headers, duplex: "half" });

/** Sends bytes as they are; resolves with the status, or NaN without a response. */
function sendRaw(bytes, /** @type {{ hangUpAfterMs?: number }} */ { hangUpAfterMs } = {}) {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(runtime.baseUrl);
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    let answer = "";
    socket.on("data", (data) => {
      answer += data;
      if (/^HTTP\/1\.1 \d{3}[^]*\r\n\r\n/.test(answer)) socket.end();
    });
    // A response may come before the body has been sent, which then fails.
    socket.on("error", (error) => answer || reject(error));
    socket.on("close", () => resolve(Number(answer.match(/^HTTP\/1\.1 (\d{3})/)?.[1])));
    if (hangUpAfterMs !== undefined) setTimeout(() => socket.destroy(), hangUpAfterMs);
  });
}

function head(...headers) {
  return [
    "POST /chat/sessions HTTP/1.1",
    `Host: ${new URL(runtime.baseUrl).host}`,
    `Authorization: Bearer ${runtime.keys.secret}`,
    "Content-Type: application/json",
    ...headers,
    "\r\n",
  ].join("\r\n");
}

function chunk(text) {
  return `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
}

const sessions = async () => (await runtime.query("SELECT count(*) AS n FROM sessions"))[0].n;

test("a chunked body with no length", async () => {
  const bytes =
    head("Transfer-Encoding: chunked") + chunk('{"custom_data":') + chunk('{"a":1}}') + chunk("");
  assert.equal(await sendRaw(bytes), 201);
});

test("a chunked body of exactly 64 KiB, and of one byte more", async () => {
  const before = await sessions();
  const exact = "{" + " ".repeat(limitBytes - 2) + "}";
  const request = (text) => head("Transfer-Encoding: chunked") + chunk(text) + chunk("");
  assert.equal(await sendRaw(request(exact)), 201);
  assert.equal(await sendRaw(request(`${exact} `)), 413);
  assert.equal(await sessions(), before + 1);
});

test("a body of megabytes is rejected, whether it declares them or not", async () => {
  const bytes = "x".repeat(10_000_000);
  // Answered before the rest is sent, which nobody would read.
  const declared = head(`Content-Length: ${bytes.length}`) + bytes.slice(0, 1000);
  const chunked = head("Transfer-Encoding: chunked") + chunk(bytes) + chunk("");
  for (let round = 0; round < 5; round += 1) {
    assert.equal(await sendRaw(declared), 413);
    assert.equal(await sendRaw(chunked), 413);
  }
});

test("a body that never ends is refused or cut off, and the service goes on", async () => {
  const { hostname, port } = new URL(runtime.baseUrl);
  const socket = connect(Number(port), hostname);
  const closed = new Promise((resolve) => socket.once("close", resolve));
  socket.on("error", () => {});
  socket.on("data", () => socket.destroy());
  socket.write(head("Transfer-Encoding: chunked"));
  const piece = chunk("x".repeat(65536));
  while (!socket.destroyed) {
    if (!socket.write(piece)) {
      await Promise.race([new Promise((resolve) => socket.once("drain", resolve)), closed]);
    }
  }
  assert.equal((await create({})).status, 201);
});

/** Sends bytes without a declared length; resolves with the status. */
const createChunked = (bytes) =>
  sendRaw(
    Buffer.concat([
      Buffer.from(`${head("Transfer-Encoding: chunked")}${bytes.length.toString(16)}\r\n`),
      bytes,
      Buffer.from("\r\n0\r\n\r\n"),
    ]),
  );

test("a body that is not UTF-8, or begins with a byte order mark, with a length or without", async () => {
  const before = await sessions();
  const inString = (bytes) => `{"custom_data":{"a":"${bytes}"}}`;
  for (const text of [
    "{\xff}",
    '"\xc0\x80"',
    "\xef\xbb\xbf{}",
    "\xfe\xff",
    // Overlong, surrogate, beyond Unicode, and cut off, inside a string.
    ...["\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\x80", "\xe2\x82", "\xf0\x9f"].map(
      inString,
    ),
    // As long as the text that a lossy decoder makes of them: three bytes become one
    // U+FFFD, or a byte order mark is dropped and others grow by its three bytes.
    inString("\xf0\x9f\x98."),
    `\xef\xbb\xbf${inString("\xe2\x82\xe2\x82\xe2\x82")}`,
  ]) {
    const bytes = Buffer.from(text, "latin1");
    const { status, body } = await create(bytes);
    assert.equal(status, 400, text);
    assert.equal(body.code, "malformed_json");
    assert.match(body.message, /it is not UTF-8, or begins with a byte order mark/);
    assert.equal(await createChunked(bytes), 400, text);
  }
  assert.equal(await sessions(), before);
});

test("a compressed body is 415 and names Content-Encoding", async () => {
  const before = await sessions();
  for (const [coding, bytes] of /** @type {const} */ ([
    ["gzip", gzipSync("{}")],
    ["br", brotliCompressSync("{}")],
  ])) {
    const { status, body } = await create(bytes, { "Content-Encoding": coding });
    assert.equal(status, 415);
    assert.match(body.message, /Content-Encoding/);
  }
  assert.equal(await sessions(), before);
});

test("10,000 levels of nesting", async () => {
  const nested = "[".repeat(10_000) + "]".repeat(10_000);
  const refused = await create(`{"custom_data":{"a":${nested}}}`);
  assert.deepEqual(
    refused.body.errors.map(({ path, code }) => [path, code]),
    [["/custom_data/a", "invalid_type"]],
  );
  const objects = '{"a":'.repeat(10_000) + "1" + "}".repeat(10_000);
  assert.equal((await create(`{"custom_data":${objects}}`)).status, 400);
  assert.equal((await create("[".repeat(60_000))).body.code, "malformed_json");
});

test("thousands of bad keys get a short answer", async () => {
  const members = Array.from({ length: 5000 }, (_, index) => `"${index}":{}`).join(",");
  const { status, text } = await create(`{"custom_data":{${members}}}`);
  assert.equal(status, 400);
  assert.ok(text.length < 40_000, `${text.length} characters`);
});

test("a 10 KB token, and headers with odd bytes", async () => {
  assert.equal((await send(runtime.baseUrl, { token: "x".repeat(10_240), body: {} })).status, 401);
  assert.equal(
    (
      await send(runtime.baseUrl, {
        token: runtime.keys.secret,
        body: {},
        headers: { "Content-Type": "\xff" },
      })
    ).status,
    415,
  );
  assert.equal((await send(runtime.baseUrl, { token: "\xff\xfe", body: {} })).status, 401);
});

test("an origin of any bytes is echoed, and is no listed one", async () => {
  const statusFrom = (origin) => sendRaw(`${head(`Origin: ${origin}`, "Content-Length: 2")}{}`);
  for (const origin of ["\u20ac", "\xff\xfe", 'a b "c', "https://a\tb", "x".repeat(2048)]) {
    assert.equal(await statusFrom(origin), 403);
  }
  assert.equal(await statusFrom("x".repeat(9000)), 431);
});

test("a length that promises more than comes writes nothing", async () => {
  const before = await sessions();
  await sendRaw(`${head("Content-Length: 500")}{"custom_data":{"a":1`, { hangUpAfterMs: 300 });
  assert.equal(await sessions(), before);
});

test("after all that, no answer was a 5xx, and the service works", async () => {
  assert.equal((await create({})).status, 201);
  assert.deepEqual(
    runtime.log().filter(({ status }) => status >= 500),
    [],
  );
  assert.ok(!runtime.lines.some((line) => /panic|RuntimeError|unreachable/i.test(line)));
});
