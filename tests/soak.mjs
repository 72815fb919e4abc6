// `make soak`: 100,000 creates at 64 connections against the real runtime. Every
// response is a 201, D1 has exactly those sessions, and the runtime's memory does not
// grow.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { Agent, request } from "node:http";
import { assertNothingHalfWritten } from "./support/ledger.mjs";
import { startRuntime } from "./support/runtime.mjs";

const creates = 100_000;
const connections = 64;
const reportEvery = 10_000;
/** Growth limit of the memory, from the middle of the run to its end. */
const growthMax = 1.1;

const runtime = await startRuntime({ isSeparate: true });
try {
  await soak();
} finally {
  await runtime.stop();
}

async function soak() {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const statuses = new Map();
  const ids = new Set();
  const memoryBytes = [];
  const started = performance.now();
  let sent = 0;
  let answered = 0;

  const worker = async () => {
    while (sent < creates) {
      sent += 1;
      const { status, body } = await create(agent, sent);
      answered += 1;
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      if (status === 201) ids.add(JSON.parse(body).id);
      if (answered % reportEvery === 0) {
        memoryBytes.push(runtimeMemoryBytes());
        const rate = answered / ((performance.now() - started) / 1000);
        const memory = (memoryBytes.at(-1) / 1e6).toFixed(0);
        console.log(
          `${String(answered).padStart(7)} creates, ${rate.toFixed(0)} a second, workerd has ${memory} MB`,
        );
        // The harness itself must not grow.
        runtime.lines.length = 0;
      }
    }
  };
  await Promise.all(Array.from({ length: connections }, worker));
  agent.destroy();

  const stored = await runtime.query("SELECT id FROM sessions");
  const [start, middle, end] = [0, memoryBytes.length / 2 - 1, memoryBytes.length - 1].map(
    (index) => memoryBytes[Math.floor(index)],
  );
  const mb = (bytes) => `${(bytes / 1e6).toFixed(0)} MB`;
  console.log(`
answers   ${[...statuses].map(([status, count]) => `${count} x ${status}`).join(", ")}
sessions  ${stored.length} in D1, ${ids.size} answered with 201
memory    ${mb(start)} after ${reportEvery}, ${mb(middle)} in the middle, ${mb(end)} at the end`);

  assert.deepEqual([...statuses], [[201, creates]]);
  assert.deepEqual(new Set(stored.map(({ id }) => id)), ids);
  await assertNothingHalfWritten(runtime);
  assert.ok(end <= middle * growthMax, "the runtime's memory grows");
}

/** A third of the creates each: no contact, a new one, one of a thousand known ones. */
function body(n) {
  const custom_data = { order_id: `ord_${n}`, cart_value: 149.99, vip: n % 2 === 0 };
  if (n % 3 === 0) return { channel: { type: "web" }, custom_data };
  const email = n % 3 === 1 ? `new-${n}@example.com` : `known-${n % 1000}@example.com`;
  return { channel: { type: "web" }, custom_data, contact: { email, name: "Ann", custom_data } };
}

function create(agent, n) {
  return new Promise((resolve, reject) => {
    const headers = {
      Authorization: `Bearer ${runtime.keys.secret}`,
      "Content-Type": "application/json",
      "Idempotency-Key": randomUUID(),
    };
    const options = { agent, method: "POST", headers };
    const sending = request(`${runtime.baseUrl}/chat/sessions`, options, (response) => {
      let text = "";
      response.on("data", (data) => (text += data));
      response.on("end", () => resolve({ status: response.statusCode, body: text }));
      response.on("error", reject);
    });
    sending.on("error", reject);
    sending.setTimeout(30_000, () => sending.destroy(new Error("no answer within 30 s")));
    sending.end(JSON.stringify(body(n)));
  });
}

/** Returns the resident memory of the runtime's workerd processes. */
function runtimeMemoryBytes() {
  const processes = execFileSync("ps", ["-A", "-o", "pgid=,rss=,comm="], { encoding: "utf8" });
  const kilobytes = processes
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter(([group, , name]) => Number(group) === runtime.processGroup && /workerd/.test(name))
    .map(([, rss]) => Number(rss));
  assert.ok(kilobytes.length > 0, "no workerd is running");
  return kilobytes.reduce((sum, value) => sum + value, 0) * 1024;
}
