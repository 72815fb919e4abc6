// `make size`: checks the shipped files against their size budgets.

import { readFile } from "node:fs/promises";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { sections, functions } from "./wasm-sizes.mjs";
import { root } from "./wrangler.mjs";

/** Budgets in bytes, gzipped: close above the sizes, so that growth is a decision. */
const shipped = [
  {
    name: "Browser package",
    budget: 46_400,
    // Everything that a visitor downloads.
    files: ["pkg/dist/index.js", "pkg/dist/wasm.js"],
  },
  {
    name: "Its subscriptions, loaded by the first",
    budget: 5_000,
    files: ["pkg/dist/live.js"],
  },
  {
    name: "Its part for receivers of webhooks",
    budget: 1_200,
    files: ["pkg/dist/webhooks.js"],
  },
  {
    name: "Its fallback, where WebAssembly is blocked",
    budget: 62_000,
    files: ["pkg/dist/fallback.js"],
  },
  {
    name: "Launcher, before it is opened",
    budget: 4_300,
    files: ["build/site/widget.js"],
  },
  {
    name: "Launcher, opened: the package is loaded too",
    budget: 14_900,
    // The words of one language, the largest.
    files: ["build/site/widget-panel.js", "build/site/widget-words-ar.js"],
  },
  {
    name: "Worker",
    budget: 418_000,
    files: ["build/edge/index.js", "build/edge/index_bg.wasm"],
  },
];

let isOver = false;
for (const { name, budget, files } of shipped) {
  const sizes = await Promise.all(files.map(measure));
  const total = sizes.reduce((sum, size) => ({
    raw: sum.raw + size.raw,
    gzip: sum.gzip + size.gzip,
    brotli: sum.brotli + size.brotli,
  }));
  print(name, { raw: "raw", gzip: "gzip", brotli: "brotli" });
  files.forEach((file, index) => print(`  ${file}`, sizes[index]));
  const verdict = total.gzip > budget ? `OVER its budget of ${budget}` : `budget ${budget}`;
  isOver ||= total.gzip > budget;
  print("  together", total, verdict);
}

const named = await readFile(`${root}build/rules.named.wasm`);
console.log("\nThe largest in the package's WebAssembly, raw");
for (const { name, bytes } of [...sections(named), ...functions(named).slice(0, 25)]) {
  console.log(`${String(bytes).padStart(9)}  ${name}`);
}
process.exit(isOver ? 1 : 0);

async function measure(file) {
  const bytes = await readFile(root + file);
  return {
    raw: bytes.length,
    gzip: gzipSync(bytes, { level: 9 }).length,
    brotli: brotliCompressSync(bytes).length,
  };
}

function print(label, { raw, gzip, brotli }, note = "") {
  const columns = [raw, gzip, brotli].map((value) => String(value).padStart(9));
  console.log(`${label.padEnd(36)}${columns.join("")}  ${note}`.trimEnd());
}
