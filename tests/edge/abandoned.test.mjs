// Clients that hang up while their key is looked up: every request still ends, and its
// memory is freed. On workerd itself, because wrangler's proxy hides who hangs up.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { connect } from "node:net";
import { after, before, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import workerd from "workerd";
import { until } from "../support/runtime.mjs";
import { startWorkerd } from "../support/workerd.mjs";

const file = (path) => readFile(fileURLToPath(new URL(path, import.meta.url)));
/** KV answers soon; with LONG, of `make test-long`, not before the time-out. */
const { clients, keysDelayMs, code } = process.env.LONG
  ? { clients: 5000, keysDelayMs: 600_000, code: "storage_unavailable" }
  : { clients: 2500, keysDelayMs: 300, code: "invalid_token" };
/** The longest values that the service copies, and bytes that it never does. */
const large = {
  Origin: `https://${"o".repeat(2000)}`,
  "Idempotency-Key": "k".repeat(2048),
  "If-Match": "m".repeat(2048),
  "If-None-Match": "n".repeat(2048),
  "X-Ignored": "i".repeat(50_000),
};
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
        bindings = [(name = "DELAY_MS", json = "${keysDelayMs}")],
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

/** Sends a whole request with a key of its own, and hangs up as soon as it is sent. */
function sendAndHangUp() {
  const request = [
    "POST /chat/sessions HTTP/1.1",
    "Host: chat.example.com",
    `Authorization: Bearer sk_${randomBytes(32).toString("hex")}`,
    "Content-Type: application/json",
    "Content-Length: 2",
    ...Object.entries(large).map(([name, value]) => `${name}: ${value}`),
    "\r\n{}",
  ].join("\r\n");
  return new Promise((resolve) => {
    const socket = connect(runtime.port, "127.0.0.1");
    const hangUp = () => setTimeout(20).then(() => socket.resetAndDestroy());
    socket.on("connect", () => socket.write(request, hangUp));
    socket.on("error", () => {});
    socket.on("close", resolve);
  });
}

/** Sends until `count` requests have begun; returns the memory when all have ended. */
async function abandon(count) {
  const target = (await state()).begun + count;
  // Some hang up before their request reaches the Worker.
  while ((await state()).begun < target) {
    await Promise.all(Array.from({ length: atOnce }, sendAndHangUp));
  }
  const { begun } = await state();
  await until(() => entries.length >= begun);
  const { bytes } = await state();
  return { begun, bytes };
}

test(`twice ${clients} clients that hang up: every request ends, and its memory is freed`, async (context) => {
  const first = await abandon(clients);
  assert.equal(entries.length, first.begun);
  assert.deepEqual(new Set(entries.map((entry) => entry.code)), new Set([code]));

  // The memory of a WebAssembly instance never shrinks, but freed memory is reused.
  const second = await abandon(clients);
  context.diagnostic(`${first.bytes / 1e6} MB, then ${second.bytes / 1e6} MB`);
  assert.ok(second.bytes <= first.bytes * 1.1, `${first.bytes} bytes grew to ${second.bytes}`);
});
