// The real service for a test: the built Worker in workerd, with a separate local D1
// and KV, and keys for two organizations.

import { randomBytes } from "node:crypto";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { newKey, newRecord, recordName } from "../../scripts/keys.mjs";
import { applyMigration } from "./migrations.mjs";
import { copyMigrated, startMiniflare } from "./miniflare.mjs";
import { startSeparate } from "./separate.mjs";

/** @typedef {Awaited<ReturnType<typeof startMiniflare>>} InProcess */
/** @typedef {Awaited<ReturnType<typeof startSeparate>>} Separate */
/** @typedef {Awaited<ReturnType<typeof startRuntime>>} Runtime */
/** @typedef {Awaited<ReturnType<typeof send>>} Answer */
/**
 * @typedef {{
 *   method?: string,
 *   path?: string,
 *   token?: string | null,
 *   origin?: string,
 *   headers?: Record<string, string>,
 *   body?: any,
 *   signal?: AbortSignal,
 *   duplex?: "half",
 * }} Ask A request of a test.
 */

/** The origin that the publishable keys allow, besides the runtime's own. */
export const allowedOrigin = "https://shop.example.com";

/**
 * Starts a runtime; call `stop` when done.
 *
 * `worker` is the path of another Worker, which wraps the built one. `data` is a folder
 * with migrated data of an earlier run; the default is no data. `rateLimits` are
 * requests a minute by limiter; `tokenSecrets` are the Worker's secrets, `variables` its
 * variables. `origins` are added to those of the publishable keys. `isSeparate` starts
 * processes of its own, which have `crash` and a `processGroup`.
 *
 * @param {{
 *   worker?: string,
 *   data?: string,
 *   rateLimits?: Record<string, number>,
 *   tokenSecrets?: Record<string, string>,
 *   variables?: Record<string, string>,
 *   origins?: string[],
 *   isSeparate?: boolean,
 * }} [options]
 */
export async function startRuntime(options = {}) {
  const { worker, data, rateLimits, tokenSecrets, variables, isSeparate } = options;
  const persistTo = data ?? (await mkdtemp(join(tmpdir(), "chat-sessions-test-")));
  if (!data) await copyMigrated(persistTo);
  const secrets = tokenSecrets ?? {
    TOKEN_SECRET: randomBytes(32).toString("base64"),
    TOKEN_SECRET_PREVIOUS: randomBytes(32).toString("base64"),
  };
  const lines = [];
  const entries = [];
  const log = (line) => {
    lines.push(line);
    const entry = line.match(/\{"request_id".*\}/)?.[0];
    if (entry) entries.push(JSON.parse(entry));
  };
  const settings = { persistTo, worker, rateLimits, variables, secrets, log };

  // Keys are put by this process, because a separate one has no API for it.
  const inProcess = await startMiniflare(settings);
  // Has the members of the kind that runs.
  let runtime = /** @type {InProcess & Separate} */ (inProcess);
  const { baseUrl } = runtime;
  const keys = await putKeys(runtime, [allowedOrigin, baseUrl, ...(options.origins ?? [])]);
  const start = () =>
    (isSeparate ? startSeparate : startMiniflare)({
      ...settings,
      port: Number(new URL(baseUrl).port),
    });
  const restart = async () => {
    runtime = /** @type {InProcess & Separate} */ (await start());
  };
  if (isSeparate) {
    await runtime.stop();
    await restart();
  }
  return {
    baseUrl,
    keys,
    secrets,
    persistTo,
    get processGroup() {
      return runtime.processGroup;
    },
    /** `kill -9`, of every process of the runtime. */
    crash: () => runtime.crash(),
    /** Starts again on the same port and data. */
    restart,
    /** Every line the runtime printed. */
    lines,
    /** The service's own log, parsed: one entry per request. */
    log: () => [...entries],
    /** Returns the D1 usage of the request with this response. */
    async usage({ headers }) {
      const id = headers.get("x-request-id");
      // The response can arrive before the runtime's output.
      const line = await until(() => entries.findLast((entry) => entry.request_id === id));
      return line.d1;
    },
    /** Queries the database's file directly, without the service. */
    query: (sql, ...values) => query(persistTo, sql, ...values),
    /** Stops the runtime, applies `change` to the database's file, and starts it again. */
    async edit(change) {
      await runtime.stop();
      const database = new DatabaseSync(await databaseFile(persistTo));
      try {
        change(database);
      } finally {
        database.close();
      }
      await restart();
    },
    /** Stores the record of a key directly, without wrangler. */
    async putKey(key, record) {
      const namespace = await runtime.miniflare.getKVNamespace("KEYS");
      await namespace.put(recordName(key), JSON.stringify(record));
    },
    /** Sends a request to the Worker as if to another URL, of another scheme too. */
    dispatch: (url, init) => runtime.miniflare.dispatchFetch(url, init),
    /** Applies a migration to the database, while the service runs. */
    migrate: async (name) => applyMigration(await runtime.miniflare.getD1Database("DB"), name),
    /** Executes SQL on D1 directly, without the service; returns the rows. */
    async execute(sql, ...values) {
      const database = await runtime.miniflare.getD1Database("DB");
      const { results } = await database
        .prepare(sql)
        .bind(...values)
        .all();
      return results;
    },
    /** Revokes a key, as `make key REVOKE=…` does. */
    async revoke(key) {
      const namespace = await runtime.miniflare.getKVNamespace("KEYS");
      await namespace.delete(recordName(key));
    },
    /**
     * Removes the object of a session from memory; its sockets hibernate, or are closed.
     *
     * @param {string} session
     * @param {"hibernate" | "close"} webSockets
     */
    evictRoom: (session, webSockets = "hibernate") =>
      runtime.evict("Room", { name: `acme/${session}`, webSockets }),
    /** Triggers a cron, that of wrangler.toml, and resolves when its run has ended. */
    async runCron(cron = runtime.cron) {
      const worker = await runtime.miniflare.getWorker();
      return worker.scheduled({ cron });
    },
    async stop() {
      await runtime.stop();
      await rm(persistTo, { recursive: true, force: true });
    },
  };
}

/** Makes the keys of a runtime and stores their records. */
async function putKeys({ miniflare }, origins) {
  const newKeyOf = (org, kind, origins) => {
    const key = newKey(kind);
    return { key, record: newRecord(key, { org, kind, origins }) };
  };
  const made = {
    secret: newKeyOf("acme", "secret"),
    publishable: newKeyOf("acme", "publishable", origins),
    wildcard: newKeyOf("acme", "publishable", ["https://*.example.org"]),
    secondSecret: newKeyOf("acme", "secret"),
    otherSecret: newKeyOf("globex", "secret"),
  };
  const namespace = await miniflare.getKVNamespace("KEYS");
  await Promise.all(
    Object.values(made).map(({ key, record }) =>
      namespace.put(recordName(key), JSON.stringify(record)),
    ),
  );
  const keys = Object.entries(made).map(([name, { key }]) => [name, key]);
  return /** @type {Record<keyof typeof made, string>} */ (Object.fromEntries(keys));
}

/** Queries the database in a folder of local data. */
export async function query(persistTo, sql, ...values) {
  const database = new DatabaseSync(await databaseFile(persistTo), {
    readOnly: true,
    // The runtime may be writing.
    timeout: 10_000,
  });
  try {
    return database
      .prepare(sql)
      .all(...values)
      .map((row) => ({ ...row }));
  } finally {
    database.close();
  }
}

/** Returns the path of the database in a folder of local data. */
export async function databaseFile(persistTo) {
  const folder = join(persistTo, "v3/d1/miniflare-D1DatabaseObject");
  const files = (await readdir(folder)).filter((name) => /^[0-9a-f]{64}\.sqlite$/.test(name));
  if (files.length !== 1) throw new Error(`${files.length} databases in ${folder}`);
  return join(folder, files[0]);
}

/**
 * Waits until `isSo` returns a truthy value, or a promise of one, and returns it. A slow
 * machine has a minute.
 *
 * @template T
 * @param {() => T | Promise<T>} isSo
 * @returns {Promise<NonNullable<T>>}
 */
export async function until(isSo) {
  const endMs = performance.now() + 60_000;
  for (;;) {
    const result = await isSo();
    if (result) return result;
    if (performance.now() > endMs) throw new Error(`waited in vain for ${isSo}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/**
 * Sends one request; the response's body is parsed if it is JSON.
 *
 * @param {string} baseUrl
 * @param {Ask} request
 */
export async function send(
  baseUrl,
  { method = "POST", path = "/chat/sessions", token, origin, headers = {}, body, ...rest },
) {
  const sent = new Headers();
  if (body !== undefined) sent.set("Content-Type", "application/json");
  if (token) sent.set("Authorization", `Bearer ${token}`);
  if (origin) sent.set("Origin", origin);
  for (const [name, value] of Object.entries(headers)) sent.set(name, value);
  const response = await fetch(baseUrl + path, {
    method,
    headers: sent,
    body:
      typeof body === "string" || body instanceof Uint8Array || body === undefined
        ? body
        : JSON.stringify(body),
    ...rest,
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    text,
    // The answer to a HEAD has the media type of a body that it does not have.
    body:
      text && response.headers.get("content-type")?.startsWith("application/json")
        ? JSON.parse(text)
        : text,
  };
}
