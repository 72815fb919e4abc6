// The service of tests that wait at the same time, each on sessions of its own.

import { fileURLToPath } from "node:url";
import { People } from "../../support/live.mjs";
import { startRuntime } from "../../support/runtime.mjs";

/** @typedef {Awaited<ReturnType<typeof startService>>} Service */

export async function startService() {
  const worker = fileURLToPath(new URL("../rough/worker.mjs", import.meta.url));
  const runtime = await startRuntime({ worker });
  return { runtime, people: new People(runtime) };
}
