// The built Worker in Node.js itself, without workerd: the calls between WebAssembly and
// JavaScript can be counted, and the platform can be anything.

import { readFileSync } from "node:fs";
import { readFile, readdir } from "node:fs/promises";
import { registerHooks } from "node:module";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { root, unlimited } from "../../scripts/wrangler.mjs";

/** Names of the JavaScript functions that WebAssembly has called, in order. */
export const calls = [];
/** The number of WebAssembly instances. A panic costs one. */
export let instances = 0;

const workers =
  "export class WorkerEntrypoint { constructor(ctx, env) { Object.assign(this, { ctx, env }); } }";
const module = (source) => ({ format: "module", source, shortCircuit: true });
registerHooks({
  resolve: (specifier, context, next) =>
    specifier.startsWith("cloudflare:")
      ? { url: specifier, shortCircuit: true }
      : next(specifier, context),
  load(url, context, next) {
    if (url.startsWith("cloudflare:")) return module(workers);
    if (!url.endsWith(".wasm")) return next(url, context);
    const bytes = readFileSync(fileURLToPath(url)).toString("base64");
    return module(`export default new WebAssembly.Module(Buffer.from("${bytes}", "base64"))`);
  },
});

const { Instance } = WebAssembly;
function CountedInstance(module, imports) {
  const counted = (name, call) => {
    if (typeof call !== "function") return call;
    return (...values) => {
      calls.push(name);
      return call(...values);
    };
  };
  const watched = Object.entries(imports).map(([from, members]) => [
    from,
    Object.fromEntries(Object.entries(members).map(([name, call]) => [name, counted(name, call)])),
  ]);
  instances += 1;
  return new Instance(module, Object.fromEntries(watched));
}
WebAssembly.Instance = /** @type {any} */ (CountedInstance);
// workerd has it, and Node.js only in its workers.
globalThis.addEventListener ??= () => {};

const { default: Service } = await import(join(root, "build/edge/index.js"));

/** Sends a request to the Worker; resolves when its background work has ended too. */
export async function respond(request, env) {
  const pending = [];
  const context = { waitUntil: (promise) => pending.push(promise) };
  const response = await new Service(context, env).fetch(request);
  await Promise.all(pending);
  return response;
}

/**
 * Returns a request as the platform passes it. Its headers may have any value, and
 * `read` collects the names of those that are read.
 *
 * @param {{ method?: string, path?: string, headers: Record<string, string>, body?: string,
 *   read?: string[] }} request
 */
export function requestOf({ method = "POST", path = "/chat/sessions", headers, body, read = [] }) {
  return {
    url: `https://chat.example.com${path}`,
    method,
    headers: {
      get(name) {
        read.push(name.toLowerCase());
        return headers[name.toLowerCase()] ?? null;
      },
    },
    arrayBuffer: async () => new TextEncoder().encode(body).buffer,
    body: null,
  };
}

/** Objects that nobody follows. The binding has a class of this name. */
class DurableObjectNamespace {
  getByName() {
    return { fetch: async () => new Response() };
  }
}

/** Returns the bindings: a migrated D1 in memory, keys by the names of their records. */
export async function newBindings(records) {
  const database = new DatabaseSync(":memory:");
  for (const name of (await readdir(join(root, "migrations"))).sort()) {
    database.exec(await readFile(join(root, "migrations", name), "utf8"));
  }
  const limiter = { limit: async () => ({ success: true }) };
  return {
    DB: { withSession: () => session(database) },
    KEYS: { get: async (name) => records[name] ?? null },
    INBOXES: new DurableObjectNamespace(),
    ROOMS: new DurableObjectNamespace(),
    ...Object.fromEntries(Object.keys(unlimited).map((name) => [name, limiter])),
    TOKEN_SECRET: "a secret of a test, 32 characters",
  };
}

function session(database) {
  const run = ({ sql, values }) => {
    const statement = database.prepare(sql);
    const results = statement.all(...values);
    const [{ changes }] = database.prepare("SELECT changes() AS changes").all();
    return { success: true, results, meta: { changes, rows_read: 0, rows_written: 0 } };
  };
  return {
    prepare: (sql) => ({ bind: (...values) => ({ sql, values }) }),
    async batch(statements) {
      database.exec("BEGIN");
      const results = statements.map(run);
      database.exec("COMMIT");
      return results;
    },
    getBookmark: () => "00000001-00000002-00000003-0123456789abcdef",
  };
}
