// workerd itself, without a simulated platform: for what a Worker costs alone.

import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import workerd from "workerd";
import { freePort } from "../scripts/wrangler.mjs";

/**
 * Starts workerd with a contender's modules and text `bindings`; gives its address,
 * its process and how long it took to listen. Call `stop` when done.
 */
export async function startWorkerd(modules, bindings) {
  const folder = await mkdtemp(join(tmpdir(), "chat-sessions-bench-"));
  const port = await freePort();
  const texts = Object.entries(bindings);
  const listed = modules.map(({ path, type }) => {
    const kind = type === "CompiledWasm" ? "wasm" : "esModule";
    return `(name = "${path}", ${kind} = embed "${path}")`;
  });
  const config = `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .contender)],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")]
);
const contender :Workerd.Worker = (
  modules = [${listed.join(", ")}],
  bindings = [${texts.map(([name, text]) => `(name = "${name}", text = ${JSON.stringify(text)})`).join(", ")}],
  compatibilityDate = "2026-07-01",
);
`;
  for (const { path, contents } of modules) await writeFile(join(folder, path), contents);
  await writeFile(join(folder, "config.capnp"), config);

  const arguments_ = ["serve", join(folder, "config.capnp")];
  const child = spawn(workerd.default, arguments_, { stdio: ["ignore", "ignore", "inherit"] });
  return {
    url: `http://127.0.0.1:${port}/`,
    pid: child.pid,
    async stop() {
      child.kill();
      await rm(folder, { recursive: true });
    },
  };
}
