// Runs one contender in its own workerd: `node bench/runtime.mjs NAME MODE`. Prints its
// address in one line of JSON, and stops when its input ends.

import { createHash } from "node:crypto";
import { readFile, readdir } from "node:fs/promises";
import { Miniflare } from "miniflare";
import workerd from "workerd";
import { startWorkerd } from "../tests/support/workerd.mjs";
import { contenders, modulesOf } from "./contenders.mjs";

const [, , name, mode] = process.argv;
const secret = `sk_${"a".repeat(64)}`;
const keyRecord = JSON.stringify({ org: "acme", kind: "secret", origins: [], db: "DB" });
const root = new URL("../", import.meta.url);

/** Starts with D1, KV and rate limits simulated in-process, as `wrangler dev` does. */
async function startSimulated(modules) {
  const limiter = { simple: { limit: 10_000_000, period: 60 } };
  const miniflare = new Miniflare({
    modules,
    compatibilityDate: "2026-07-01",
    d1Databases: ["DB"],
    kvNamespaces: ["KEYS"],
    ratelimits: {
      CREDENTIAL_RATE_LIMITER: { ...limiter, namespace_id: "1001" },
      SERVER_RATE_LIMITER: { ...limiter, namespace_id: "1005" },
    },
    bindings: { D1_MODE: mode, DELAY_MS: "20" },
    // Its log is read and dropped; its errors are shown.
    handleRuntimeStdio: (stdout, stderr) => {
      stdout.resume();
      stderr.pipe(process.stderr);
    },
  });
  const { href: url } = await miniflare.ready;
  const database = await miniflare.getD1Database("DB");
  for (const file of (await readdir(new URL("migrations/", root))).sort()) {
    const sql = await readFile(new URL(`migrations/${file}`, root), "utf8");
    const statements = sql.replace(/--.*$/gm, "").split(/;\s*(?=ALTER|CREATE|DROP|$)/);
    await database.batch(
      statements.filter((each) => each.trim()).map((each) => database.prepare(each)),
    );
  }
  const keys = await miniflare.getKVNamespace("KEYS");
  const hash = createHash("sha256").update(secret).digest("hex");
  await keys.put(`key:${hash}`, keyRecord);
  return { url, pid: await runtimeBelow(process.pid), stop: () => miniflare.dispose() };
}

/** Finds the runtime's process: a descendant of the one that runs Miniflare. */
async function runtimeBelow(parent) {
  const children = await readFile(`/proc/${parent}/task/${parent}/children`, "utf8");
  for (const child of children.trim().split(" ").filter(Boolean)) {
    const name = await readFile(`/proc/${child}/comm`, "utf8");
    const found = name.startsWith("workerd") ? Number(child) : await runtimeBelow(child);
    if (found) return found;
  }
  return undefined;
}

/** Retries until it listens; returns the milliseconds to the first response. */
async function firstAnswer(url, startedMs) {
  for (;;) {
    try {
      const response = await fetch(new URL("/chat/sessions", url), {
        method: "POST",
        headers: { Authorization: `Bearer ${secret}`, "Content-Type": "application/json" },
        body: "{}",
      });
      await response.text();
      return { status: response.status, firstAnswerMs: performance.now() - startedMs };
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }
}

/** Quotes a text in the notation of workerd's configuration. */
const textBinding = (name, text) => `(name = "${name}", text = ${JSON.stringify(text)})`;

const { modules } = await modulesOf(contenders[name]);
const startedMs = performance.now();
const runtime =
  mode === "stub"
    ? await startWorkerd({
        workerd: workerd.default,
        modules,
        bindings: [textBinding("D1_MODE", mode), textBinding("KEY_RECORD", keyRecord)],
      })
    : await startSimulated(modules);
const first = await firstAnswer(runtime.url, startedMs);
const { url, pid } = runtime;
console.log(JSON.stringify({ url, pid, secret, ...first }));

process.stdin.resume();
process.stdin.on("end", async () => {
  await runtime.stop();
  process.exit(0);
});
