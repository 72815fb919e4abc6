// HEAD wherever GET is: the headers of the GET, and no body.

import assert from "node:assert/strict";
import { connect } from "node:net";
import { after, before, test } from "node:test";
import { document } from "../support/contract.mjs";
import { send, startRuntime } from "../support/runtime.mjs";

let runtime;
let ids;
before(async () => {
  runtime = await startRuntime();
  const token = runtime.keys.secret;
  const body = { contact: { email: "ann@example.com", name: "Ann" } };
  const created = await send(runtime.baseUrl, { token, body });
  const path = `/chat/sessions/${created.body.id}`;
  const shown = await send(runtime.baseUrl, { token, method: "GET", path });
  const hook = { url: "https://hooks.example.com/chat", events: ["*"] };
  const registered = await send(runtime.baseUrl, { token, path: "/webhooks", body: hook });
  ids = {
    "{session_id}": created.body.id,
    "{contact_id}": shown.body.contact.id,
    "{webhook_id}": registered.body.id,
  };
});
after(() => runtime?.stop());

/** Returns the headers without those that differ from answer to answer. */
function steadyHeaders(answer) {
  const headers = Object.fromEntries(answer.headers);
  for (const name of ["connection", "date", "transfer-encoding", "x-d1-bookmark", "x-request-id"]) {
    delete headers[name];
  }
  return headers;
}

/** Asserts that HEAD is GET without its body, and returns the status. */
async function assertHead(path, /** @type {any} */ options = {}) {
  // A length is that of the body as sent.
  options.headers = { "Accept-Encoding": "identity", ...options.headers };
  const [got, head] = await Promise.all(
    ["GET", "HEAD"].map((method) => send(runtime.baseUrl, { method, path, ...options })),
  );
  assert.equal(head.status, got.status, path);
  assert.equal(head.text, "", path);
  const length = String(Buffer.byteLength(got.text));
  const headers = { ...steadyHeaders(got), "content-length": length };
  assert.deepEqual({ "content-length": "0", ...steadyHeaders(head) }, headers, path);
  return head.status;
}

const live = (path) => path.endsWith("/events");
const templates = Object.keys(document.paths).filter(
  (path) => document.paths[path].get && !live(path),
);

test("every path with a GET takes HEAD", async () => {
  assert.ok(templates.length >= 3);
  for (const template of templates) {
    const query = template === "/contacts" ? "?email=ann%40example.com" : "";
    const path = template.replace(/\{\w+\}/, (name) => ids[name]) + query;
    assert.equal(await assertHead(path, { token: runtime.keys.secret }), 200);
    assert.equal(await assertHead(path), 401);
  }
});

test("HEAD of what is followed live opens nothing", async () => {
  const token = runtime.keys.secret;
  for (const template of Object.keys(document.paths).filter(live)) {
    const path = template.replace(/\{\w+\}/, (name) => ids[name]);
    const headers = { Accept: "text/event-stream" };
    const head = await send(runtime.baseUrl, { method: "HEAD", path, token, headers });
    assert.equal(head.status, 200);
    assert.equal(head.headers.get("content-type"), "text/event-stream");
    assert.equal(await assertHead(path, { token }), 406);
  }
});

test("HEAD of what is not there, is not allowed, or has not changed", async () => {
  const token = runtime.keys.secret;
  const session = `/chat/sessions/${ids["{session_id}"]}`;
  assert.equal(await assertHead("/chat/sessions/42", { token }), 404);
  assert.equal(await assertHead("/chat/sessions?limit=0", { token }), 400);
  assert.equal(await assertHead("/nowhere"), 404);
  assert.equal(await assertHead("/widget/authenticate-user", { token }), 405);
  assert.equal(await assertHead(session, { token, origin: "https://shop.example.com" }), 403);
  const { headers } = await send(runtime.baseUrl, { method: "HEAD", path: session, token });
  assert.match(String(headers.get("etag")), /^"[0-9a-f]{32}"$/);
  const tag = { "If-None-Match": String(headers.get("etag")) };
  assert.equal(await assertHead(session, { token, headers: tag }), 304);
});

test("the pages take HEAD too", async () => {
  for (const path of ["/", "/docs", "/openapi.json", "/pkg/index.js"]) {
    const [got, head] = await Promise.all(
      ["GET", "HEAD"].map((method) => fetch(runtime.baseUrl + path, { method })),
    );
    assert.deepEqual([head.status, await head.text()], [200, ""], path);
    for (const name of ["content-type", "etag", "cache-control", "content-security-policy"]) {
      assert.equal(head.headers.get(name), got.headers.get(name), `${name} of ${path}`);
    }
    await got.body?.cancel();
  }
});

test("no byte follows the head of a HEAD's answer", async () => {
  const { hostname, port, host } = new URL(runtime.baseUrl);
  const request = ["HEAD /nowhere HTTP/1.1", `Host: ${host}`, "Connection: close", "\r\n"];
  const socket = connect(Number(port), hostname, () => socket.write(request.join("\r\n")));
  let answer = "";
  for await (const bytes of socket) answer += bytes;
  assert.match(answer, /^HTTP\/1\.1 404 [^]*\r\ncontent-length: [1-9]\d*\r\n/i);
  assert.ok(answer.endsWith("\r\n\r\n"), answer);
});
