// `make key`: makes a key, or revokes one.

import { newKey, newRecord, parseOrigins, putRecords } from "./keys.mjs";
import { wrangler } from "./wrangler.mjs";

const usage = `usage:
  make key ORG=acme KIND=secret
  make key ORG=acme KIND=publishable ORIGINS=https://www.example.com,https://shop.example.com
  make key REVOKE=<the key, or its first characters>
REMOTE=1 does it on the deployed service instead of this machine.`;

const { ORG, KIND, ORIGINS = "", REMOTE, REVOKE, PERSIST_TO } = process.env;
const where = REMOTE
  ? ["--remote"]
  : ["--local", ...(PERSIST_TO ? ["--persist-to", PERSIST_TO] : [])];

try {
  await (REVOKE ? revoke(REVOKE) : make());
} catch (error) {
  console.error(error.message);
  process.exit(1);
}

async function make() {
  if (!ORG || (KIND !== "secret" && KIND !== "publishable")) throw new Error(usage);
  if (!/^[\w.-]{1,64}$/.test(ORG)) {
    throw new Error("ORG must be 1 to 64 letters, digits, dots, dashes or underscores");
  }
  const origins = parseOrigins(ORIGINS);
  if (KIND === "publishable" && origins.length === 0) {
    throw new Error("A publishable key needs ORIGINS: the origins whose pages may use it");
  }
  if (KIND === "secret" && origins.length > 0) {
    throw new Error("A secret key has no ORIGINS: it never works from a web page");
  }

  const key = newKey(KIND);
  await putRecords([[key, newRecord(key, { org: ORG, kind: KIND, origins })]], where);
  console.log(`A ${KIND} key for ${ORG}. It is shown this once; only its SHA-256 is stored.`);
  console.log(key);
}

async function revoke(start) {
  if (!/^[sp]k_[0-9a-f]{4,}$/.test(start)) {
    throw new Error("REVOKE must be a key, or at least its first 7 characters, like sk_1a2b");
  }
  const matches = [];
  const names = JSON.parse(await kv("key", "list", "--prefix", "key:"));
  for (const { name } of names) {
    const record = JSON.parse(await kv("key", "get", name, "--text"));
    const matchesHint = record.name.startsWith(start) || start.startsWith(record.name);
    if (matchesHint) matches.push({ name, record });
  }
  if (matches.length !== 1) {
    throw new Error(`${matches.length} keys begin like that; nothing was revoked.`);
  }
  const [{ name, record }] = matches;
  await kv("key", "delete", name);
  console.log(
    `Revoked ${record.name}…, a ${record.kind} key of ${record.org}. ` +
      (REMOTE
        ? "Cached answers may let it in for up to 70 seconds."
        : "It may work for 10 seconds more."),
  );
}

function kv(command, verb, ...args) {
  return wrangler("kv", command, verb, ...args, "--binding", "KEYS", ...where);
}
