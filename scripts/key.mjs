// `make key`: makes a key, or revokes one. `make keys` (`list`): lists them.

import { parseExpiry, parseKind, parseName, parseOrganization } from "./key_options.mjs";
import {
  deleteRecords,
  hasRecord,
  newKey,
  newRecord,
  putRecords,
  readRecords,
  recordName,
} from "./keys.mjs";
import { originsOfStrangers, parseOrigins } from "./origins.mjs";

/** @import { KeyRecord } from "./keys.mjs" */

const { ORG, KIND, ORIGINS, NAME, EXPIRES, REMOTE, REVOKE, PERSIST_TO } = process.env;
const where = REMOTE
  ? ["--remote"]
  : ["--local", ...(PERSIST_TO ? ["--persist-to", PERSIST_TO] : [])];

try {
  if (process.argv[2] === "list") await list();
  else if (REVOKE) await revoke(REVOKE);
  else await make();
} catch (error) {
  console.error(error.message);
  process.exit(1);
}

async function make() {
  const kind = parseKind(KIND, ORG);
  const org = parseOrganization(ORG);
  const name = parseName(NAME);
  const expiresAt = parseExpiry(EXPIRES, Date.now());
  const origins = parseOrigins(ORIGINS ?? "");
  if (kind === "publishable" && origins.length === 0) {
    throw new Error("A publishable key needs ORIGINS: the origins whose pages may use it");
  }
  if (kind === "secret" && origins.length > 0) {
    throw new Error("A secret key has no ORIGINS: it never works from a web page");
  }

  const key = newKey(kind);
  await putRecords([[key, newRecord(key, { org, kind, origins, name, expiresAt })]], where);
  console.log(`A ${kind} key for ${org}. It is shown this once; only its SHA-256 is stored.`);
  if (expiresAt) console.log(`It works until ${expiresAt.toISOString()}.`);
  console.log(key);
}

async function revoke(text) {
  if (!/^[sp]k_[0-9a-f]{4,64}$/.test(text)) {
    throw new Error("REVOKE must be a key, or at least its first 7 characters, like sk_1a2b");
  }
  // The name of a whole key's record is known, whatever is in the record.
  const isWhole = text.length === newKey("secret").length;
  const found = isWhole ? await findWhole(text) : await find(text);
  if (found.length !== 1) {
    const lines = found.map(({ record }) => `\n  ${describe(record)}`);
    throw new Error(
      `${found.length} keys begin like that; nothing was revoked.` +
        (isWhole ? "" : " make keys lists all.") +
        lines.join(""),
    );
  }
  const [{ id, record }] = found;
  await deleteRecords([id], where);
  console.log(
    `Revoked ${record ? describe(record) : `${text.slice(0, 11)}…`}. ` +
      (REMOTE
        ? "Caches may let it in for up to 40 seconds; its live connections end within 70."
        : "It may work for 10 seconds more."),
  );
}

/** @returns {Promise<{ id: string, record?: KeyRecord }[]>} */
async function findWhole(key) {
  const id = recordName(key);
  return (await hasRecord(id, where)) ? [{ id }] : [];
}

/** @returns {Promise<{ id: string, record?: KeyRecord }[]>} */
async function find(text) {
  const { records, malformed } = await readRecords(where);
  reportMalformed(malformed);
  return records.filter(
    ({ record: { start } }) => start && (start.startsWith(text) || text.startsWith(start)),
  );
}

async function list() {
  const org = ORG && parseOrganization(ORG);
  const { records, malformed } = await readRecords(where);
  const listed = records
    .map(({ record }) => record)
    .filter((record) => !org || record.org === org)
    .sort((a, b) => orderOf(a).localeCompare(orderOf(b)));
  const cells = ["organization", "kind", "key", "name", "created", "expires", "origins"];
  const rows = listed.map((record) => [
    record.org,
    record.kind,
    shown(record),
    record.name ?? "-",
    record.created_at ?? "-",
    record.expires_at ?? "never",
    record.origins.join(" ") || "-",
  ]);
  const table = [cells, ...rows];
  const widths = cells.map((_, column) => Math.max(...table.map((row) => row[column].length)));
  for (const row of table) {
    console.log(
      row
        .map((cell, column) => cell.padEnd(widths[column]))
        .join("  ")
        .trimEnd(),
    );
  }
  reportMalformed(malformed);
  for (const record of listed) {
    for (const origin of originsOfStrangers(record.origins)) {
      console.error(
        `${shown(record)} lists ${origin}: strangers have names there. Replace the key.`,
      );
    }
  }
}

function orderOf({ org, created_at = "" }) {
  return `${org} ${created_at}`;
}

/** Returns the characters of a key that its record has: `sk_1a2b3c4d…9f0e`. */
function shown({ start, end = "" }) {
  return `${start}…${end}`;
}

function describe(record) {
  const name = record.name ? ` (${record.name})` : "";
  return `${shown(record)}, a ${record.kind} key of ${record.org}${name}`;
}

function reportMalformed(malformed) {
  for (const { id, reason } of malformed) {
    const scope = REMOTE ? "--remote" : "--local";
    console.error(
      `Skipped ${id}: ${reason}. No key works with it. Delete it with: ` +
        `npx wrangler kv key delete '${id.replaceAll("'", "")}' --binding KEYS ${scope}`,
    );
  }
}
