// Starts contenders.

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** Starts a contender in a process of its own. */
export async function start(name, mode) {
  const file = fileURLToPath(new URL("runtime.mjs", import.meta.url));
  const child = spawn(process.execPath, [file, name, mode], { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout });
  const { value: line } = await lines[Symbol.asyncIterator]().next();
  lines.close();
  if (line === undefined) throw new Error(`${name} did not start`);
  const stop = () =>
    new Promise((resolve) => {
      child.once("close", resolve);
      child.stdin.end();
    });
  return { ...JSON.parse(line), stop };
}
