// `make key`, while the service runs.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { promisify } from "node:util";
import { root } from "../../scripts/wrangler.mjs";
import { copyMigrated, startMiniflare } from "../support/miniflare.mjs";
import { send, startRuntime } from "../support/runtime.mjs";

let runtime;
before(async () => {
  runtime = await startRuntime();
});
after(async () => {
  await runtime?.stop();
  for (const folder of folders) await rm(folder, { recursive: true });
});

const run = promisify(execFile);
const makeKeyIn = (persistTo, ...parameters) =>
  run("make", ["--no-print-directory", "--silent", "key", ...parameters], {
    cwd: root,
    env: { ...process.env, PERSIST_TO: persistTo },
  });

let last;
/** Makes a key of the runtime, one after the other: SQLite has one writer. */
function makeKey(...parameters) {
  const next = () => makeKeyIn(runtime.persistTo, ...parameters);
  last = last ? last.then(next, next) : next();
  return last;
}

const folders = [];
async function newFolder() {
  folders.push(await mkdtemp(join(tmpdir(), "chat-sessions-keys-")));
  return folders.at(-1);
}
const lastLine = ({ stdout }) => stdout.trimEnd().split("\n").at(-1);

// The longest one waits for ten seconds.
describe("make key", { concurrency: true }, () => {
  test("a secret key is made, works at once, and is stored as a hash only", async () => {
    const printed = await makeKey("ORG=initech", "KIND=secret");
    const key = lastLine(printed);
    assert.match(key, /^sk_[0-9a-f]{64}$/);
    assert.equal(printed.stdout.split(key).length, 2, "shown once");

    const { status, body } = await send(runtime.baseUrl, { token: key, body: {} });
    assert.equal(status, 201);
    const [session] = await runtime.query(
      "SELECT organization FROM sessions WHERE id = ?",
      body.id,
    );
    assert.equal(session.organization, "initech");
  });

  test("a publishable key works from its origins only", async () => {
    const origins = "ORIGINS=https://a.example, https://b.example:8443/";
    const token = lastLine(await makeKey("ORG=initech", "KIND=publishable", origins));
    assert.match(token, /^pk_[0-9a-f]{64}$/);
    const statusFrom = async (origin) =>
      (await send(runtime.baseUrl, { token, origin, body: {} })).status;
    assert.equal(await statusFrom("https://a.example"), 201);
    assert.equal(await statusFrom("https://b.example:8443"), 201);
    assert.equal(await statusFrom("https://b.example"), 403);
  });

  test("a wildcard allows the names one level below a domain", async () => {
    const origins = "ORIGINS=https://*.shops.example:8443";
    const token = lastLine(await makeKey("ORG=initech", "KIND=publishable", origins));
    const statusFrom = async (origin) =>
      (await send(runtime.baseUrl, { token, origin, body: {} })).status;
    assert.equal(await statusFrom("https://a.shops.example:8443"), 201);
    assert.equal(await statusFrom("https://a.b.shops.example:8443"), 403);
    assert.equal(await statusFrom("https://shops.example:8443"), 403);
  });

  test("a revoked key is refused like one that never was, ten seconds later at most", async (t) => {
    // A service with few keys, because wrangler takes a second to read each.
    const persistTo = await newFolder();
    await copyMigrated(persistTo);
    const service = await startMiniflare({ persistTo, log: () => {} });
    t.after(() => service.stop());
    const create = (token) => send(service.baseUrl, { token, body: {} });
    const token = lastLine(await makeKeyIn(persistTo, "ORG=initech", "KIND=secret"));
    const other = lastLine(await makeKeyIn(persistTo, "ORG=initech", "KIND=secret"));
    assert.equal((await create(token)).status, 201);
    const { stdout } = await makeKeyIn(persistTo, `REVOKE=${token.slice(0, 11)}`);
    assert.match(stdout, /Revoked/);

    const revokedAt = performance.now();
    let answer;
    do {
      await setTimeout(50);
      answer = await create(token);
    } while (answer.status === 201 && performance.now() - revokedAt < 11_000);
    assert.equal(answer.status, 401);
    assert.equal(answer.body.code, "invalid_token");
    assert.equal((await create(other)).status, 201);
  });

  test("what is missing or wrong is said in one line, and nothing is made", async () => {
    const folder = await newFolder();
    await makeKeyIn(folder, "ORG=initech", "KIND=secret");
    for (const [parameters, reason] of /** @type {[string[], RegExp][]} */ ([
      [["ORG=initech"], /usage/],
      [["ORG=initech", "KIND=root"], /usage/],
      [["ORG=a b", "KIND=secret"], /ORG must be/],
      [["ORG=initech", "KIND=publishable"], /needs ORIGINS/],
      [["ORG=initech", "KIND=secret", "ORIGINS=https://a.example"], /no ORIGINS/],
      [
        ["ORG=initech", "KIND=publishable", "ORIGINS=https://a.example/path"],
        /did you mean https:\/\/a\.example/,
      ],
      [["ORG=initech", "KIND=publishable", "ORIGINS=a.example"], /not an origin/],
      [["ORG=initech", "KIND=publishable", "ORIGINS=https://*.com"], /allow strangers/],
      [["ORG=initech", "KIND=publishable", "ORIGINS=https://*"], /not an origin/],
      [["ORG=initech", "KIND=publishable", "ORIGINS=https://a.*.example"], /not an origin/],
      [["ORG=initech", "KIND=publishable", "ORIGINS=null"], /not an origin/],
      [["REVOKE=sk_ffffffff"], /0 keys/],
      [["REVOKE=sk_"], /REVOKE must be/],
    ])) {
      await assert.rejects(makeKeyIn(folder, ...parameters), ({ stderr, stdout }) => {
        assert.match(stderr, reason);
        assert.doesNotMatch(stdout, /[sp]k_[0-9a-f]{64}/);
        return true;
      });
    }
  });
});
