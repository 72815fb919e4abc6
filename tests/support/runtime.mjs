// The real service for a test: the built Worker in workerd, with a separate local D1
// and KV, and keys for two organizations.

import { randomBytes } from "node:crypto";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { newKey, newRecord, putRecords } from "../../scripts/keys.mjs";
import { freePort, serve, wrangler } from "../../scripts/wrangler.mjs";

/** The origin that the publishable keys allow, besides the runtime's own. */
export const allowedOrigin = "https://shop.example.com";

/**
 * Starts a runtime; call `stop` when done.
 *
 * `args` are passed to `wrangler dev`: the first may be another Worker than the built
 * one. `data` is a folder with data of an earlier run; the default is no data.
 * `rateLimits` are requests a minute by limiter; `tokenSecrets` are the Worker's
 * secrets. `origins` are added to those of the publishable keys.
 */
export async function startRuntime(options = {}) {
  const { args = [], data, rateLimits, tokenSecrets, origins: moreOrigins = [] } = options;
  const persistTo = data ?? (await mkdtemp(join(tmpdir(), "chat-sessions-test-")));
  const local = ["--local", "--persist-to", persistTo];
  const port = await freePort();
  const origins = [allowedOrigin, `http://127.0.0.1:${port}`, ...moreOrigins];
  const keys = {
    secret: newKey("secret"),
    publishable: newKey("publishable"),
    otherSecret: newKey("secret"),
    wildcard: newKey("publishable"),
  };
  await wrangler("d1", "migrations", "apply", "DB", ...local);
  await putRecords(
    [
      [keys.secret, newRecord(keys.secret, { org: "acme", kind: "secret" })],
      [
        keys.publishable,
        newRecord(keys.publishable, { org: "acme", kind: "publishable", origins }),
      ],
      [
        keys.wildcard,
        newRecord(keys.wildcard, {
          org: "acme",
          kind: "publishable",
          origins: ["https://*.example.org"],
        }),
      ],
      [keys.otherSecret, newRecord(keys.otherSecret, { org: "globex", kind: "secret" })],
    ],
    local,
  );

  const secrets = tokenSecrets ?? {
    TOKEN_SECRET: randomBytes(32).toString("base64"),
    TOKEN_SECRET_PREVIOUS: randomBytes(32).toString("base64"),
  };
  const secretsFile = join(persistTo, "secrets");
  const variables = Object.entries(secrets).map(([name, value]) => `${name}="${value}"\n`);
  await writeFile(secretsFile, variables.join(""));

  const lines = [];
  const entries = [];
  const log = (line) => {
    lines.push(line);
    // wrangler prefixes the service's error lines with [ERROR].
    const entry = line.match(/\{"request_id".*\}/)?.[0];
    if (entry) entries.push(JSON.parse(entry));
  };
  const start = () => serve({ port, persistTo, log, secretsFile, rateLimits, args });
  let runtime = await start();
  return {
    baseUrl: runtime.baseUrl,
    keys,
    secrets,
    persistTo,
    get processGroup() {
      return runtime.processGroup;
    },
    /** `kill -9`, of every process of the runtime. */
    crash: () => runtime.crash(),
    /** Starts again on the same port and data. */
    async restart() {
      runtime = await start();
    },
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
      runtime = await start();
    },
    /** Executes SQL on the database directly, without the service. */
    execute: (sql) => whenFree(() => wrangler("d1", "execute", "DB", ...local, "--command", sql)),
    async stop() {
      await runtime.stop();
      await rm(persistTo, { recursive: true, force: true });
    },
  };
}

/** Retries while the database is busy: the service may be writing. */
async function whenFree(change) {
  for (let triesLeft = 4; ; triesLeft -= 1) {
    try {
      return await change();
    } catch (error) {
      if (triesLeft === 0 || !error.message.includes("SQLITE_BUSY")) throw error;
    }
  }
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

async function databaseFile(persistTo) {
  const folder = join(persistTo, "v3/d1/miniflare-D1DatabaseObject");
  const files = (await readdir(folder)).filter((name) => /^[0-9a-f]{64}\.sqlite$/.test(name));
  if (files.length !== 1) throw new Error(`${files.length} databases in ${folder}`);
  return join(folder, files[0]);
}

/** Waits until `isSo` returns a truthy value, and returns it. */
export async function until(isSo) {
  for (let attempt = 0; attempt < 10_000; attempt += 1) {
    const result = isSo();
    if (result) return result;
    await new Promise((resolve) => setTimeout(resolve, 3));
  }
  throw new Error(`waited in vain for ${isSo}`);
}

/** Sends one request; the response's body is parsed if it is JSON. */
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
    body: response.headers.get("content-type")?.startsWith("application/json")
      ? JSON.parse(text)
      : text,
  };
}
