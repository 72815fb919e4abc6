// The service on storage that fails on demand: tests/edge/faults/worker.mjs.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { fileURLToPath } from "node:url";
import { Ledger } from "./ledger.mjs";
import { startRuntime } from "./runtime.mjs";

/** Bound of docs/operations.md: the time-outs of two storage and two limiter calls. */
export const boundMs = 11_000;

/** Starts the service, with a ledger and a function that creates with a fault. */
export async function startFaulty() {
  const worker = fileURLToPath(new URL("../edge/faults/worker.mjs", import.meta.url));
  const runtime = await startRuntime({ worker });
  const ledger = new Ledger(runtime);
  const keyFor = (fault) => (fault.startsWith("keys-") ? freshKey() : runtime.keys.secret);
  const withFault = (create, fault) =>
    ledger.create(create, { "X-Test-Fault": fault }, keyFor(fault));
  return { runtime, ledger, keyFor, withFault };
}

/** Returns a new key, so that no cached record keeps the request from KV. */
export const freshKey = () => `sk_${randomBytes(32).toString("hex")}`;

/** Returns one create of each shape of the ledger's. */
export const shapesOf = (ledger) => Array.from({ length: 4 }, () => ledger.next());

/** Returns the number of stored sessions. */
export async function countSessions(runtime) {
  const [{ n }] = await runtime.query("SELECT count(*) AS n FROM sessions");
  return n;
}

/** Asserts that a response is the 503 of failing storage, and names no cause. */
export function assertUnavailable({ status, body, headers, text }) {
  assert.equal(status, 503, text);
  assert.equal(body.code, "storage_unavailable");
  assert.ok(Number(headers.get("retry-after")) > 0);
  assert.doesNotMatch(text, /inject|json|SQL|D1|KV|\bms\b/);
}
