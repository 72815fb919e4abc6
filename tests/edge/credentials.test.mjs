// Permissions: the rows of tests/cases/credentials.json, over HTTP.
// tests/credential_cases.rs sends the same to the in-memory store.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { send, startRuntime } from "../support/runtime.mjs";
import { makeToken } from "../support/tokens.mjs";

const file = new URL("../cases/credentials.json", import.meta.url);
const table = JSON.parse(await readFile(file, "utf8"));

let runtime;
let names;
before(async () => {
  runtime = await startRuntime();
  names = await people();
});
after(() => runtime?.stop());

/** Creates Ann, Bob and Carl, each with a session. */
async function people() {
  const names = {};
  const create = async (token, path, body) => {
    const answer = await send(runtime.baseUrl, { token, path, body });
    assert.equal(answer.status, 201, answer.text);
    return answer.body;
  };
  for (const person of ["ann", "bob", "carl"]) {
    const token = person === "carl" ? runtime.keys.otherSecret : runtime.keys.secret;
    const email = `${person}@example.com`;
    const { contact } = await create(token, "/widget/authenticate-user", { email });
    names[person] = contact.id;
    names[`${person}_session`] = (
      await create(token, "/chat/sessions", { contact_id: contact.id })
    ).id;
  }
  names.ANN = names.ann.toUpperCase();
  names.secret_hash = hash(runtime.keys.secret);
  names.other_secret_hash = hash(runtime.keys.otherSecret);
  names.publishable_hash = hash(runtime.keys.publishable);
  names.wildcard_hash = hash(runtime.keys.wildcard);
  names.unknown_secret_hash = hash(`sk_${"0".repeat(64)}`);
  return names;
}

/** Returns the hash of a key: the name of its record. */
const hash = (key) => createHash("sha256").update(key).digest("hex");

/** Replaces `<name>` with the value of that name. */
const fillIn = (value) =>
  JSON.parse(JSON.stringify(value).replace(/<(\w+)>/g, (_, name) => names[name]));

function authorization(name) {
  const { keys, secrets } = runtime;
  const other = {
    garbage: "hunter2",
    unknown_secret: `sk_${"0".repeat(64)}`,
    unknown_publishable: `pk_${"0".repeat(64)}`,
    swapped_prefix: keys.secret.replace("sk_", "pk_"),
    secret: keys.secret,
    other_secret: keys.otherSecret,
    publishable: keys.publishable,
    wildcard: keys.wildcard,
  };
  if (name === "none") return {};
  if (name === "basic") return { Authorization: "Basic c2s6" };
  const description = table.tokens[name];
  const token = description
    ? makeToken(fillIn(description), {
        sub: names.ann,
        otherSub: names.bob,
        keyHash: names.secret_hash,
        secrets,
      })
    : other[name];
  assert.ok(token, name);
  return { Authorization: `Bearer ${token}` };
}

for (const [credential, origin, request, status, code] of table.rows) {
  test(`${credential}, ${origin ? `from ${origin}` : "no origin"}: ${request}`, async () => {
    const { text, body, ...rest } = fillIn(table.requests[request]);
    const answer = await send(runtime.baseUrl, {
      ...rest,
      body: text ?? body,
      headers: authorization(credential),
      ...(origin && { origin: table.origins[origin] }),
    });
    assert.equal(answer.status, status, answer.text);
    assert.equal(answer.body.code, code, answer.text);
    // The page can read every response.
    const readableBy = answer.headers.get("access-control-allow-origin");
    assert.equal(readableBy, origin ? table.origins[origin] : null);
    assert.equal(answer.headers.get("x-content-type-options"), "nosniff");
    assert.match(answer.headers.get("cache-control") ?? "", /^no-store\b/);
    assert.match(answer.headers.get("x-request-id") ?? "", /^[0-9a-f-]{36}$/);
  });
}
