// API keys: made here, known to the service by their SHA-256 only.

import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { wrangler } from "./wrangler.mjs";

const prefixes = { secret: "sk_", publishable: "pk_" };
/** Characters of a key that its record keeps, so that a person can identify the key. */
const startChars = 11;
const endChars = 4;

/** KV's limit of a record's metadata, which a list of keys comes with. */
const metadataMaxBytes = 1024;
/** The most records that KV's API reads at once; a local namespace has no limit. */
const bulkGetMax = 100;
/** The latest time that workerd takes, in Unix seconds: in 2038. */
const expirationMaxS = 2 ** 31 - 1;
/** wrangler processes at a time. */
const readsAtOnce = 5;

/**
 * @typedef {{
 *   org: string,
 *   kind: "secret" | "publishable",
 *   origins: string[],
 *   db: string,
 *   name?: string | undefined,
 *   start: string,
 *   end?: string | undefined,
 *   created_at?: string | undefined,
 *   expires_at?: string | undefined,
 * }} KeyRecord
 */

/** Generates a key: the prefix of its kind, then 32 random bytes. */
export function newKey(kind) {
  return prefixes[kind] + randomBytes(32).toString("hex");
}

/** Returns the name of a key's record in KV. */
export function recordName(key) {
  return `key:${createHash("sha256").update(key).digest("hex")}`;
}

/**
 * Returns the record that is stored for a key.
 *
 * @param {string} key
 * @param {{
 *   org: string,
 *   kind: "secret" | "publishable",
 *   origins?: string[],
 *   name?: string | undefined,
 *   expiresAt?: Date | undefined,
 * }} options
 * @returns {KeyRecord}
 */
export function newRecord(key, { org, kind, origins = [], name, expiresAt }) {
  return {
    org,
    kind,
    origins,
    db: "DB",
    ...(name && { name }),
    start: key.slice(0, startChars),
    end: key.slice(-endChars),
    created_at: new Date().toISOString(),
    ...(expiresAt && { expires_at: expiresAt.toISOString() }),
  };
}

/** Stores records by key; `where` is `--remote`, or `--local` and its options. */
export async function putRecords(records, where) {
  const entries = [...records].map(([key, record]) => {
    const value = JSON.stringify(record);
    const expiration = Math.ceil(Date.parse(record.expires_at) / 1000);
    return {
      key: recordName(key),
      value,
      ...(Buffer.byteLength(value) <= metadataMaxBytes && { metadata: record }),
      // The service checks the time itself; this removes the record.
      ...(expiration <= expirationMaxS && { expiration }),
    };
  });
  await withFile(entries, (file) => kv(where, "bulk", "put", file));
}

/**
 * Reads the records of all keys. Those that are none are in `malformed`, each with its
 * name in KV and the reason.
 *
 * @returns {Promise<{
 *   records: { id: string, record: KeyRecord }[],
 *   malformed: { id: string, reason: string }[],
 * }>}
 */
export async function readRecords(where) {
  const listed = JSON.parse(await kv(where, "key", "list", "--prefix", "key:"));
  const found = new Map();
  const unread = [];
  for (const { name, metadata } of listed) {
    if (metadata) found.set(name, metadata);
    else unread.push(name);
  }
  for (const [name, text] of await readTexts(unread, where)) found.set(name, parse(text));

  const records = [];
  const malformed = [];
  for (const { name: id } of listed) {
    const value = found.get(id);
    const reason = fault(value);
    if (reason) malformed.push({ id, reason });
    else records.push({ id, record: withStart(value) });
  }
  return { records, malformed };
}

/** Deletes records by their names in KV. */
export async function deleteRecords(ids, where) {
  await withFile(ids, (file) => kv(where, "bulk", "delete", file, "--force"));
}

/** Returns true if KV has a record with this name, whatever is in it. */
export async function hasRecord(id, where) {
  const texts = await readTexts([id], where);
  return texts.some(([, text]) => text !== null);
}

/** Reads values by name; null where there is none. */
async function readTexts(ids, where) {
  const size = where.includes("--remote") ? bulkGetMax : Math.max(ids.length, 1);
  const chunks = [];
  for (let start = 0; start < ids.length; start += size)
    chunks.push(ids.slice(start, start + size));
  const texts = [];
  const readOn = async () => {
    for (let chunk = chunks.shift(); chunk; chunk = chunks.shift()) {
      const output = await withFile(chunk, (file) => kv(where, "bulk", "get", file));
      for (const [id, entry] of Object.entries(JSON.parse(output))) {
        // The API returns values, a local namespace returns objects with one.
        const value = entry !== null && typeof entry === "object" ? entry.value : entry;
        texts.push([id, value ?? null]);
      }
    }
  };
  await Promise.all(Array.from({ length: readsAtOnce }, readOn));
  return texts;
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Returns why a value is no record of a key; undefined if it is one. */
function fault(value) {
  if (value === undefined) return "it is not JSON";
  if (value === null || typeof value !== "object") return "it is not an object";
  if (typeof value.org !== "string") return "it has no org";
  if (!Object.hasOwn(prefixes, value.kind)) return "its kind is neither secret nor publishable";
  const { origins = [] } = value;
  const isText = (origin) => typeof origin === "string";
  if (!Array.isArray(origins) || !origins.every(isText)) return "its origins are not a list";
  return undefined;
}

/** Returns a record with its key's start, which older ones have as their name. */
function withStart({ origins = [], ...record }) {
  const isStart = /^[sp]k_[0-9a-f]{8}$/.test(record.name);
  const { start = isStart ? record.name : "" } = record;
  return { ...record, origins, start, name: isStart ? undefined : record.name };
}

function kv(where, command, verb, ...args) {
  return wrangler("kv", command, verb, ...args, "--binding", "KEYS", ...where);
}

/** Calls `use` with the path of a file that has `content` as JSON. */
async function withFile(content, use) {
  const folder = await mkdtemp(join(tmpdir(), "chat-sessions-"));
  try {
    const file = join(folder, "content.json");
    await writeFile(file, JSON.stringify(content));
    return await use(file);
  } finally {
    await rm(folder, { recursive: true });
  }
}
