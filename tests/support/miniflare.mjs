// The built Worker in workerd, started by Miniflare in this process: the simulator that
// `wrangler dev` runs too, without wrangler around it. Bindings are those of
// wrangler.toml.

import { createHash } from "node:crypto";
import { cp, mkdir, mkdtemp, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Log, LogLevel, Miniflare, convertV4MiniflareOptions } from "miniflare";
import { root, unlimited, wrangler } from "../../scripts/wrangler.mjs";

/**
 * Starts the Worker on the data in a folder; port 0 is any free one.
 *
 * `worker` is the path of another Worker, which wraps the built one. `variables` and
 * `secrets` are added to the variables of wrangler.toml, `rateLimits` replace its
 * limits. `log` is called with every line of the output.
 *
 * @param {{
 *   port?: number,
 *   persistTo: string,
 *   worker?: string,
 *   variables?: Record<string, string>,
 *   secrets?: Record<string, string>,
 *   rateLimits?: Record<string, number>,
 *   log: (line: string) => void,
 * }} options
 */
export async function startMiniflare({
  port = 0,
  persistTo,
  worker,
  variables = {},
  secrets = {},
  rateLimits = unlimited,
  log,
}) {
  const { options } = await template();
  const { bindings, ratelimits } = options;
  for (const [name, limit] of Object.entries(rateLimits)) {
    const limiter = ratelimits[name];
    if (!limiter) throw new Error(`wrangler.toml has no rate limit ${name}`);
    ratelimits[name] = { ...limiter, simple: { ...limiter.simple, limit } };
  }
  const logAll = (text) => text.split("\n").forEach(log);
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      host: "127.0.0.1",
      port,
      // The layout of `wrangler dev --persist-to`.
      resourcePersistencePath: join(persistTo, "v3"),
      logRequests: false,
      log: new ErrorLog(logAll),
      handleStructuredLogs: ({ message }) => logAll(message),
      workers: [
        {
          ...options,
          name: "chat-sessions",
          modulesRoot: root,
          modules: [
            ...(worker ? [{ type: "ESModule", path: worker }] : []),
            { type: "ESModule", path: join(root, "build/edge/index.js") },
            { type: "CompiledWasm", path: join(root, "build/edge/index_bg.wasm") },
          ],
          bindings: { ...bindings, ...variables, ...secrets },
        },
      ],
    }),
  );
  const { origin: baseUrl } = await miniflare.ready;
  const [cron] = options.cronTriggers;
  const evict = (className, options) =>
    miniflare.unsafeEvictDurableObject("chat-sessions", className, options);
  return { baseUrl, miniflare, cron, evict, stop: () => miniflare.dispose() };
}

/** Miniflare's own messages about failures. */
class ErrorLog extends Log {
  #write;

  constructor(write) {
    super(LogLevel.ERROR);
    this.#write = write;
  }

  log(message) {
    this.#write(message);
  }
}

/** Copies a migrated database without rows into a folder of local data. */
export async function copyMigrated(persistTo) {
  const { state } = await template();
  await cp(state, persistTo, { recursive: true });
}

/**
 * Returns the Worker's options of wrangler.toml, and the folder of a migrated database.
 * wrangler makes both, once for each state of its inputs.
 */
async function template() {
  const folder = join(root, "build/tests", await inputsDigest());
  const file = join(folder, "options.json");
  const made = () => readFile(file, "utf8").catch(() => undefined);
  const text = (await made()) ?? (await makeTemplate(folder), await made());
  return { options: JSON.parse(/** @type {string} */ (text)), state: join(folder, "state") };
}

/** Returns the digest of everything that a template is made from. */
async function inputsDigest() {
  const names = (await readdir(join(root, "migrations"))).sort();
  const files = [
    "wrangler.toml",
    "package-lock.json",
    ...names.map((name) => `migrations/${name}`),
  ];
  const digest = createHash("sha256");
  for (const name of files) digest.update(`${name}\n${await readFile(join(root, name))}`);
  return digest.digest("hex").slice(0, 16);
}

async function makeTemplate(folder) {
  await mkdir(join(folder, ".."), { recursive: true });
  const work = await mkdtemp(`${folder}-`);
  try {
    const state = join(work, "state");
    await wrangler("d1", "migrations", "apply", "DB", "--local", "--persist-to", state);
    // Imported here, because wrangler takes half a second to load.
    const { unstable_getMiniflareWorkerOptions: readOptions } = await import("wrangler");
    const { modulesRules: _, ...options } = readOptions(join(root, "wrangler.toml")).workerOptions;
    await writeFile(join(work, "options.json"), JSON.stringify(options));
    await rename(work, folder);
  } catch (error) {
    // Another test made it meanwhile.
    if (!["EEXIST", "ENOTEMPTY"].includes(error.code)) throw error;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
