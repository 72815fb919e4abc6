// Contenders: the service and its alternatives.

import { build } from "esbuild";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const at = (path) => fileURLToPath(new URL(path, import.meta.url));

export const contenders = {
  "chat-sessions": {
    script: at("../build/edge/index.js"),
    wasm: at("../build/edge/index_bg.wasm"),
  },
  "hono, idiomatic": { script: at("peers/hono-idiomatic.ts") },
  "hono, tuned": { script: at("peers/hono-tuned.ts") },
  "no validation": { script: at("peers/no-validation.js") },
  // Cost of the runtime itself.
  "empty Worker": { script: at("peers/empty.js") },
};

/** Bundles one JavaScript module, as `wrangler deploy --minify` would. */
async function bundle(entry, alias = {}) {
  const { outputFiles } = await build({
    entryPoints: [entry],
    alias,
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    target: "es2022",
    conditions: ["workerd", "worker", "browser"],
    external: ["cloudflare:*", "node:*", "./index_bg.wasm"],
  });
  return outputFiles[0].text;
}

/** Returns the modules of a contender behind bench/entry.mjs, and the size of its own. */
export async function modulesOf({ script, wasm }) {
  const own = await bundle(script);
  const entry = await bundle(at("entry.mjs"), { contender: script });
  /** @type {{ type: "ESModule" | "CompiledWasm", path: string, contents: string | Buffer }[]} */
  const modules = [{ type: "ESModule", path: "entry.mjs", contents: entry }];
  const shipped = [Buffer.from(own)];
  if (wasm) {
    const contents = await readFile(wasm);
    modules.push({ type: "CompiledWasm", path: "index_bg.wasm", contents });
    shipped.push(contents);
  }
  const gzipBytes = shipped.reduce((sum, bytes) => sum + gzipSync(bytes, { level: 9 }).length, 0);
  return { modules, gzipBytes };
}
