// Clients that hang up while their key is looked up, or in the middle of their body:
// every request still ends, and its memory is freed. On workerd itself, because
// wrangler's proxy hides who hangs up.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { connect } from "node:net";
import { after, before, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import workerd from "workerd";
import { newKey, newRecord, recordName } from "../../scripts/keys.mjs";
import { until } from "../support/runtime.mjs";
import { startWorkerd } from "../support/workerd.mjs";

const file = (path) => readFile(fileURLToPath(new URL(path, import.meta.url)));
/** KV answers soon; with LONG, of `make test-long`, not before the time-out. */
const { clients, keysDelayMs, code } = process.env.LONG
  ? { clients: 5000, keysDelayMs: 600_000, code: "storage_unavailable" }
  : { clients: 2500, keysDelayMs: 300, code: "invalid_token" };
/** The longest values that the service copies, and bytes that it never does. */
const large = {
  "Idempotency-Key": "k".repeat(2048),
  "If-Match": "m".repeat(2048),
  "If-None-Match": "n".repeat(2048),
  "X-Ignored": "i".repeat(50_000),
};
/** The one key that KV has. */
const knownKey = newKey("secret");
const record = newRecord(knownKey, { org: "acme", kind: "secret" });
/** Connections at a time. */
const atOnce = 100;

const entries = [];
let runtime;
before(async () => {
  const read = async ([path, type, source]) => ({
    path,
    type,
    contents: await file(source),
  });
  /** @type {[string, "ESModule" | "CompiledWasm", string][]} */
  const files = [
    ["worker.mjs", "ESModule", "abandoned/worker.mjs"],
    ["memory.mjs", "ESModule", "abandoned/memory.mjs"],
    ["index.js", "ESModule", "../../build/edge/index.js"],
    ["index_bg.wasm", "CompiledWasm", "../../build/edge/index_bg.wasm"],
  ];
  const modules = await Promise.all(files.map(read));
  const keys = JSON.stringify((await file("abandoned/keys.mjs")).toString());
  runtime = await startWorkerd({
    workerd: workerd.default,
    modules,
    bindings: ['(name = "KEYS", kvNamespace = "keys")'],
    services: [
      `(name = "keys", worker = (modules = [(name = "keys.mjs", esModule = ${keys})],
        bindings = [
          (name = "HASH", text = "${recordName(knownKey).slice("key:".length)}"),
          (name = "RECORD", json = ${JSON.stringify(JSON.stringify(record))}),
          (name = "DELAY_MS", json = "${keysDelayMs}")],
        compatibilityDate = "2026-07-01"))`,
    ],
    log: (line) => {
      const entry = line.match(/\{"request_id".*\}/)?.[0];
      if (entry) entries.push(JSON.parse(entry));
    },
  });
  while (!(await state().catch(() => undefined))) await setTimeout(50);
});
after(() => runtime?.stop());

/** Returns how many requests the Worker has begun, and how much memory it has. */
async function state() {
  return (await fetch(`${runtime.url}state`)).json();
}

const wholeBody = ["Content-Length: 2", "\r\n{}"];
const halfBodies = [
  ["Content-Length: 100", '\r\n{"custom_data'],
  ["Transfer-Encoding: chunked", '\r\ne\r\n{"custom_data"\r\n'],
];

/** The paths of a create and of a message. */
const paths = ["/chat/sessions", "/chat/sessions/0190163d-8694-739b-aea5-966c26f8ad91/send"];

/** Sends a request with a key, and hangs up as soon as it is sent. */
function sendAndHangUp(path, key, body) {
  const request = [
    `POST ${path} HTTP/1.1`,
    "Host: chat.example.com",
    `Authorization: Bearer ${key}`,
    "Content-Type: application/json",
    ...Object.entries(large).map(([name, value]) => `${name}: ${value}`),
    ...body,
  ].join("\r\n");
  return new Promise((resolve) => {
    const socket = connect(runtime.port, "127.0.0.1");
    const hangUp = () => setTimeout(20).then(() => socket.resetAndDestroy());
    socket.on("connect", () => socket.write(request, hangUp));
    socket.on("error", () => {});
    socket.on("close", resolve);
  });
}

/**
 * Calls `send` until `count` requests have begun; returns the memory when all have ended.
 */
async function abandon(count, send) {
  const target = (await state()).begun + count;
  // Some hang up before their request reaches the Worker.
  while ((await state()).begun < target) {
    await Promise.all(Array.from({ length: atOnce }, (_, index) => send(index)));
  }
  const { begun } = await state();
  await until(() => entries.length >= begun);
  const { bytes } = await state();
  return { begun, bytes };
}

/** Asserts that less is left of `count` requests than the headers of one in six. */
function assertFreed(before, after, count) {
  assert.ok(after - before < count * 1024, `${before} bytes grew to ${after}`);
}

test(`twice ${clients} clients hang up: every request ends, and its memory is freed`, async (context) => {
  const send = (index) => sendAndHangUp(paths[index % 2], newKey("secret"), wholeBody);
  const first = await abandon(clients, send);
  assert.equal(entries.length, first.begun);
  assert.deepEqual(new Set(entries.map((entry) => entry.code)), new Set([code]));

  // The memory of a WebAssembly instance never shrinks, but freed memory is reused.
  const second = await abandon(clients, send);
  context.diagnostic(`${first.bytes / 1e6} MB, then ${second.bytes / 1e6} MB`);
  assertFreed(first.bytes, second.bytes, clients);
});

test("1,000 clients hang up in the middle of their body: every request ends", async () => {
  const before = await state();
  const send = (index) => sendAndHangUp(paths[(index >> 1) % 2], knownKey, halfBodies[index % 2]);
  const after = await abandon(1000, send);
  const codes = entries.slice(before.begun).map((entry) => entry.code);
  assert.deepEqual(new Set(codes), new Set(["malformed_json"]));
  assertFreed(before.bytes, after.bytes, 1000);
});
