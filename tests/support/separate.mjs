// The Worker in processes of its own, so that a test can kill them. Run as a program, it
// is their parent: it starts what its argument says, and ends with whoever started it.

import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { startMiniflare } from "./miniflare.mjs";

const file = fileURLToPath(import.meta.url);

/** @typedef {{ baseUrl?: string, line?: string }} Message to the process that forked */

/** Starts the Worker as `startMiniflare` does, and can `crash` it. */
export async function startSeparate({ log, ...options }) {
  const child = fork(file, [JSON.stringify(options)], {
    // A process group of its own, which can be killed as a whole.
    detached: true,
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const pid = child.pid ?? 0;
  const closed = once(child, "exit");
  const crash = async () => {
    try {
      process.kill(-Number(child.pid), "SIGKILL");
    } catch {
      // It has ended already.
    }
    await closed;
    process.off("exit", crash);
  };
  process.on("exit", crash);
  let onEvicted = (/** @type {any} */ _ = undefined) => {};
  const baseUrl = await new Promise((resolve, reject) => {
    child.on("message", (/** @type {any} */ { baseUrl, line, hasEvicted }) => {
      if (hasEvicted) onEvicted();
      else if (baseUrl) resolve(baseUrl);
      else log(line);
    });
    child.once("exit", () => reject(new Error("the runtime ended before it was ready")));
  });
  const stop = async () => {
    if (child.connected) child.disconnect();
    await closed;
    await crash();
  };
  /** One at a time. */
  const evict = async (/** @type {any[]} */ ...which) => {
    const evicted = new Promise((resolve) => (onEvicted = resolve));
    child.send({ evict: which });
    await Promise.race([evicted, closed]);
  };
  return { baseUrl, processGroup: pid, crash, stop, evict };
}

if (process.argv[1] === file) {
  const log = (line) => process.connected && process.send?.({ line });
  const { baseUrl, stop, evict } = await startMiniflare({ ...JSON.parse(process.argv[2]), log });
  process.send?.({ baseUrl });
  process.on("message", async (/** @type {any} */ { evict: which }) => {
    await evict(...which).catch(({ message }) => log(message));
    process.send?.({ hasEvicted: true });
  });
  process.once("disconnect", () => stop().then(() => process.exit(0)));
}
