// The receiver's side: `verifyWebhook`, and the examples, which are run for real. Requests
// are signed by the published library; the service's own have the other tests.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Miniflare, convertV4MiniflareOptions } from "miniflare";
import { build } from "esbuild";
import { Webhook } from "standardwebhooks";
import { WebhookError, verifyWebhook } from "../../pkg/src/webhooks.js";
import { freePort, root } from "../../scripts/wrangler.mjs";
import { until } from "../support/runtime.mjs";

const secret = `whsec_${Buffer.alloc(32, 1).toString("base64")}`;
const other = `whsec_${Buffer.alloc(32, 2).toString("base64")}`;
const event = { type: "message.created", timestamp: "2026-11-24T09:30:00.000Z", data: { seq: 1 } };
const text = JSON.stringify({ ...event, note: "é\u{1f600}" });

/** Returns the headers of a request, signed by each of the secrets. */
function sign(body, { secrets = [secret], id = "msg_1", ageS = 0 } = {}) {
  const at = new Date(Math.floor(Date.now() / 1000 - ageS) * 1000);
  const signatures = secrets.map((by) => new Webhook(by).sign(id, at, body));
  return {
    "webhook-id": id,
    "webhook-timestamp": String(at.getTime() / 1000),
    "webhook-signature": signatures.join(" "),
  };
}

const rejected = (promise, code) =>
  assert.rejects(promise, (error) => error instanceof WebhookError && error.code === code);

test("what the published library has signed is verified, in every form of a request", async () => {
  const headers = sign(text);
  const upper = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toUpperCase(), value]),
  );
  const bytes = new TextEncoder().encode(text);
  // Bytes within others, and headers of a library: a class of its own.
  const within = new DataView(new Uint8Array([0, ...bytes, 0]).buffer, 1, bytes.length);
  const ofLibrary = /** @type {any} */ ({ get: (name) => headers[name] ?? null });
  const bodies = [text, bytes, Buffer.from(text), bytes.buffer, /** @type {any} */ (within)];
  for (const body of bodies) {
    for (const given of [headers, upper, new Headers(headers), ofLibrary]) {
      assert.deepEqual(await verifyWebhook(body, given, secret), JSON.parse(text));
    }
  }
});

test("either signature of a rotation is enough, and either secret", async () => {
  const both = sign(text, { secrets: [other, secret] });
  for (const by of [secret, other, [secret, other], [other, secret]]) {
    await verifyWebhook(text, both, by);
  }
  await verifyWebhook(text, sign(text), [other, secret]);
  await verifyWebhook(
    text,
    { ...both, "webhook-signature": `v2,abc ${both["webhook-signature"]}` },
    secret,
  );
});

test("another secret, body, id or time is not", async () => {
  const headers = sign(text);
  await rejected(verifyWebhook(text, headers, other), "invalid_signature");
  await rejected(verifyWebhook(`${text} `, headers, secret), "invalid_signature");
  await rejected(
    verifyWebhook(text, { ...headers, "webhook-id": "msg_2" }, secret),
    "invalid_signature",
  );
  const timestamp = String(Number(headers["webhook-timestamp"]) - 1);
  const later = { ...headers, "webhook-timestamp": timestamp };
  await rejected(verifyWebhook(text, later, secret), "invalid_signature");
  for (const signature of ["", "v1,", "v1,!", "v1a,abc", headers["webhook-signature"].slice(3)]) {
    const forged = { ...headers, "webhook-signature": signature };
    await rejected(
      verifyWebhook(text, forged, secret),
      signature ? "invalid_signature" : "missing_headers",
    );
  }
});

test("a request that is more than five minutes old, or early, is not", async () => {
  for (const ageS of [290, -290]) await verifyWebhook(text, sign(text, { ageS }), secret);
  for (const ageS of [302, -302]) {
    await rejected(verifyWebhook(text, sign(text, { ageS }), secret), "invalid_timestamp");
  }
  for (const timestamp of ["soon", "1e9", "0x10", "-1", "1.5"]) {
    const headers = { ...sign(text), "webhook-timestamp": timestamp };
    await rejected(verifyWebhook(text, headers, secret), "invalid_timestamp");
  }
});

test("what cannot be verified at all says why", async () => {
  const headers = sign(text);
  for (const name of Object.keys(headers)) {
    const { [name]: _, ...rest } = headers;
    await rejected(verifyWebhook(text, rest, secret), "missing_headers");
  }
  for (const bad of ["", "whsec_", "whsec_!", secret.slice(6), /** @type {any} */ (undefined)]) {
    await rejected(verifyWebhook(text, headers, bad), "invalid_secret");
  }
  const parsed = /** @type {any} */ (JSON.parse(text));
  await rejected(verifyWebhook(parsed, headers, secret), "invalid_body");
  await rejected(verifyWebhook("not JSON", sign("not JSON"), secret), "invalid_body");
});

let folder;
before(async () => {
  // The package as an application has it.
  folder = await mkdtemp(join(tmpdir(), "chat-sessions-receivers-"));
  await mkdir(join(folder, "node_modules"));
  await symlink(join(root, "pkg"), join(folder, "node_modules/chat-sessions"));
  for (const file of ["node.mjs", "worker.mjs", "receiver.py"]) {
    await copyFile(join(root, "examples/webhooks", file), join(folder, file));
  }
});
after(() => rm(folder, { recursive: true, force: true }));

/** Sends the beginning of a request, and ends the connection. */
async function hangUp({ hostname, port }) {
  const socket = connect(Number(port), hostname);
  await once(socket, "connect");
  socket.write("POST / HTTP/1.1\r\nHost: receiver\r\nContent-Length: 1000\r\n\r\n{");
  await new Promise((resolve) => setTimeout(resolve, 100));
  socket.destroy();
  await once(socket, "close");
}

/** Sends a signed request, one that is sent again, and a forged one. */
async function tryReceiver(url, output) {
  const post = (headers, body = text) => fetch(url, { method: "POST", headers, body });
  await until(() => fetch(url).catch(() => undefined));
  await hangUp(new URL(url));
  const headers = sign(text);
  for (const status of [204, 204]) assert.equal((await post(headers)).status, status);
  assert.equal((await post(sign(text, { secrets: [other] }))).status, 400);
  assert.equal((await post(sign(text, { ageS: 400 }))).status, 400);
  assert.equal((await post({})).status, 400);
  const foreign = { ...headers, "webhook-signature": "v1,é" };
  assert.equal((await post(foreign)).status, 400);
  await until(() => output().includes("message.created"));
}

for (const [file, program] of /** @type {const} */ ([
  ["node.mjs", process.execPath],
  ["receiver.py", "python3"],
])) {
  test(`examples/webhooks/${file} takes what is signed, once, and nothing else`, async () => {
    const port = await freePort();
    const env = { ...process.env, WEBHOOK_SECRET: secret, PORT: String(port) };
    const child = spawn(program, [file], { cwd: folder, env });
    let output = "";
    child.stdout.on("data", (chunk) => (output += chunk));
    try {
      await tryReceiver(`http://127.0.0.1:${port}`, () => output);
      assert.equal(output.match(/message\.created/g)?.length, 1, output);
    } finally {
      child.kill();
      await once(child, "exit");
    }
  });
}

test("examples/webhooks/worker.mjs takes what is signed, and nothing else", async () => {
  const file = join(folder, "built.mjs");
  const entryPoints = [join(folder, "worker.mjs")];
  await build({ entryPoints, bundle: true, format: "esm", outfile: file, logLevel: "error" });
  let output = "";
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      workers: [
        {
          name: "receiver",
          modulesRoot: folder,
          modules: [{ type: "ESModule", path: file }],
          compatibilityDate: "2026-11-01",
          bindings: { WEBHOOK_SECRET: secret },
        },
      ],
      handleStructuredLogs: ({ message }) => (output += message),
    }),
  );
  try {
    await tryReceiver((await miniflare.ready).origin, () => output);
  } finally {
    await miniflare.dispose();
  }
});
