// Starts contenders.

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** Starts a contender in a process of its own. */
export async function start(name, mode) {
  const file = fileURLToPath(new URL("runtime.mjs", import.meta.url));
  const child = spawn(process.execPath, [file, name, mode], { stdio: ["pipe", "pipe", "inherit"] });
  for await (const line of createInterface({ input: child.stdout })) {
    const runtime = JSON.parse(line);
    const stop = () =>
      new Promise((resolve) => {
        child.once("close", resolve);
        child.stdin.end();
      });
    return { ...runtime, stop };
  }
  throw new Error(`${name} did not start`);
}
