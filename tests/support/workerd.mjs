// workerd without wrangler: no proxy between a client and the Worker.

import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { freePort } from "../../scripts/wrangler.mjs";

/** @import { StdioOptions } from "node:child_process" */

const moduleKinds = { ESModule: "esModule", CompiledWasm: "wasm" };

/**
 * Starts workerd with a Worker made of `modules` (`{ path, type, contents }`, the first
 * is the entry).
 *
 * `bindings` and `services` are in the notation of workerd's configuration, `workerd`
 * is its program's path, and `log` is called with every line of its output. Returns its
 * address and its process; call `stop` when done.
 *
 * @param {{
 *   workerd: string,
 *   modules: { path: string, type: keyof typeof moduleKinds, contents: string | Uint8Array }[],
 *   bindings?: string[],
 *   services?: string[],
 *   log?: (line: string) => void,
 * }} options
 */
export async function startWorkerd({
  workerd,
  modules,
  bindings = /** @type {string[]} */ ([]),
  services = /** @type {string[]} */ ([]),
  log = undefined,
}) {
  const folder = await mkdtemp(join(tmpdir(), "chat-sessions-workerd-"));
  const port = await freePort();
  const listed = modules.map(
    ({ path, type }) => `(name = "${path}", ${moduleKinds[type]} = embed "${path}")`,
  );
  const config = `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [${['(name = "main", worker = .main)', ...services].join(", ")}],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")]
);
const main :Workerd.Worker = (
  modules = [${listed.join(", ")}],
  bindings = [${bindings.join(", ")}],
  compatibilityDate = "2026-07-01",
);
`;
  for (const { path, contents } of modules) await writeFile(join(folder, path), contents);
  await writeFile(join(folder, "config.capnp"), config);

  /** @type {StdioOptions} */
  const stdio = ["ignore", log ? "pipe" : "ignore", log ? "pipe" : "inherit"];
  const child = spawn(workerd, ["serve", join(folder, "config.capnp")], { stdio });
  for (const input of [child.stdout, child.stderr]) {
    if (log && input) createInterface({ input }).on("line", log);
  }
  return {
    port,
    url: `http://127.0.0.1:${port}/`,
    pid: child.pid,
    async stop() {
      child.kill();
      await rm(folder, { recursive: true });
    },
  };
}
