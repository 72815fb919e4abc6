// `make key` and `make keys`, while the service runs.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { promisify } from "node:util";
import { newKey, newRecord, putRecords, recordName } from "../../scripts/keys.mjs";
import { parseOrigins } from "../../scripts/origins.mjs";
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
const makeIn = (persistTo, target, ...parameters) =>
  run("make", ["--no-print-directory", "--silent", target, ...parameters], {
    cwd: root,
    env: { ...process.env, PERSIST_TO: persistTo },
  });
const makeKeyIn = (persistTo, ...parameters) => makeIn(persistTo, "key", ...parameters);

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

  test("apps and extensions have origins too, which are compared exactly", async () => {
    const listed = [
      "capacitor://localhost",
      "ionic://localhost",
      "tauri://localhost",
      "chrome-extension://abcdefghijklmnopabcdefghijklmnop",
      "app.example+1://host-1.example:8080",
    ];
    const token = lastLine(
      await makeKey("ORG=initech", "KIND=publishable", `ORIGINS=${listed.join()}`),
    );
    const answerTo = (origin) => send(runtime.baseUrl, { token, origin, body: {} });
    for (const origin of listed) {
      const { status, headers } = await answerTo(origin);
      assert.equal(status, 201, origin);
      assert.equal(headers.get("access-control-allow-origin"), origin);
    }
    for (const origin of [
      "http://localhost",
      "capacitor://localhost:80",
      "capacitor://localhost.evil.example",
      "CAPACITOR://localhost",
      "chrome-extension://abcdefghijklmnopabcdefghijklmnoo",
      "null",
    ]) {
      assert.equal((await answerTo(origin)).status, 403, origin);
    }
  });

  test("a revoked key is refused like one that never was, ten seconds later at most", async (t) => {
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

  test("a key that expires is refused from then on, although it is cached", async () => {
    const key = newKey("secret");
    const expiresAt = new Date(Date.now() + 3000);
    await runtime.putKey(key, newRecord(key, { org: "initech", kind: "secret", expiresAt }));
    const create = () => send(runtime.baseUrl, { token: key, body: {} });
    assert.equal((await create()).status, 201);
    await setTimeout(expiresAt.getTime() - Date.now() + 50);
    const { status, body } = await create();
    assert.equal(status, 401);
    assert.equal(body.code, "invalid_token");
  });

  test("keys are listed with what they are for, and without what they are", async () => {
    const folder = await newFolder();
    const secret = lastLine(
      await makeKeyIn(folder, "ORG=initech", "KIND=secret", "NAME=Büro, 2. Stock"),
    );
    const publishable = lastLine(
      await makeKeyIn(
        folder,
        ...["ORG=initech", "KIND=publishable", "ORIGINS=https://a.example,https://*.b.example"],
        "EXPIRES=2099-12-31T23:30+01:00",
      ),
    );
    await makeKeyIn(folder, "ORG=umbrella", "KIND=secret");
    const { stdout } = await makeIn(folder, "keys", "ORG=initech");
    const [head, first, second, ...rest] = stdout.trimEnd().split("\n");
    assert.deepEqual(rest, []);
    assert.deepEqual(head.split(/ {2,}/), [
      ...["organization", "kind", "key", "name", "created", "expires", "origins"],
    ]);
    const shown = (key) => `${key.slice(0, 11)}…${key.slice(-4)}`;
    const today = new Date().toISOString().slice(0, 10);
    const cells = (line) => line.split(/ {2,}/).map((cell) => cell.replace(/^(.{10})T.*/, "$1"));
    assert.deepEqual(cells(first), [
      ...["initech", "secret", shown(secret), "Büro, 2. Stock", today, "never", "-"],
    ]);
    assert.deepEqual(cells(second), [
      ...["initech", "publishable", shown(publishable), "-", today, "2099-12-31"],
      "https://a.example https://*.b.example",
    ]);
    assert.equal((await makeIn(folder, "keys")).stdout.trimEnd().split("\n").length, 4);
  });

  test("a wildcard is for a domain of one's own, not for a public suffix", async () => {
    for (const host of [
      ...["com", "localhost", "co.uk", "github.io", "pages.dev", "workers.dev", "vercel.app"],
      // Rules with a wildcard, and one with its exception.
      ...["ck", "foo.ck", "kawasaki.jp", "x.kawasaki.jp", "compute.amazonaws.com"],
      ...["github.io:8443", "github.io.", "GitHub.io", "個人.hk", "xn--gmqw5a.hk"],
      ...["1.2.3", "10.0.0.1", "[::1]"],
    ]) {
      assert.throws(() => parseOrigins(`https://*.${host}`), /would allow strangers/, host);
    }
    for (const host of ["example.com", "shop.github.io", "www.ck", "city.kawasaki.jp", "a.co.uk"]) {
      assert.deepEqual(parseOrigins(`https://*.${host}`), [`https://*.${host}`]);
    }
    // A name that is itself a suffix is one origin, and somebody's.
    assert.deepEqual(parseOrigins("https://github.io"), ["https://github.io"]);

    // Keys that were made before are named.
    const folder = await newFolder();
    const key = newKey("publishable");
    const origins = ["https://*.github.io", "https://*.example.com", "https://github.io"];
    const record = newRecord(key, { org: "initech", kind: "publishable", origins });
    await putRecords([[key, record]], ["--local", "--persist-to", folder]);
    const { stderr } = await makeIn(folder, "keys");
    assert.match(stderr, /^pk_.* lists https:\/\/\*\.github\.io: strangers .*\n$/);
  });

  test("what no page has as its origin is refused", () => {
    for (const origin of [
      ...["null", "localhost", "a.example", "file:///a", "file://a", "data:,", "about:blank"],
      ...["ws://a.example", "capacitor://", "capacitor://*.localhost", "chrome-extension://a/b"],
      ...["capacitor:localhost", "Capacitor://localhost", "capacitor://a b", "tauri://a?b", "*"],
    ]) {
      assert.throws(() => parseOrigins(origin), /not an origin/, origin);
    }
    assert.throws(() => parseOrigins("tauri://localhost/"), /did you mean tauri:\/\/localhost\?/);
  });

  test("a value is data: no shell runs it, and make expands nothing in it", async () => {
    const folder = await newFolder();
    const pwned = join(folder, "pwned");
    const values = [
      `x'; touch ${pwned}; echo '`,
      `x"; touch ${pwned}; \`touch ${pwned}\`; $$(touch ${pwned})\ntouch ${pwned}`,
      `$(shell touch ${pwned})`,
    ];
    const targets = [
      (value) => makeKeyIn(folder, `ORG=${value}`, "KIND=secret"),
      (value) => makeKeyIn(folder, "ORG=initech", `KIND=${value}`),
      (value) => makeKeyIn(folder, "ORG=initech", "KIND=publishable", `ORIGINS=${value}`),
      (value) => makeKeyIn(folder, "ORG=initech", "KIND=secret", `NAME=${value}`),
      (value) => makeKeyIn(folder, "ORG=initech", "KIND=secret", `EXPIRES=${value}`),
      (value) => makeKeyIn(folder, `REVOKE=${value}`),
      (value) => makeIn(folder, "keys", `ORG=${value}`),
      (value) => makeIn(folder, "start", `PORT=${value}`),
    ];
    for (const value of values) {
      for (const target of targets) {
        await assert.rejects(target(value), ({ stderr }) => {
          assert.match(stderr, /^(ORG|ORIGINS:|NAME|EXPIRES|REVOKE|PORT|usage)/);
          return true;
        });
      }
    }
    assert.deepEqual(await readdir(folder), []);
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
      [["ORG=initech", "KIND=publishable", "ORIGINS=https://*.github.io"], /allow strangers/],
      [["ORG=initech", "KIND=secret", "NAME=Ann's"], /NAME must be/],
      [["ORG=initech", "KIND=secret", `NAME=${"n".repeat(65)}`], /NAME must be/],
      [["ORG=initech", "KIND=secret", "NAME=sk_1a2b"], /not the key itself/],
      [["ORG=initech", "KIND=secret", "EXPIRES=tomorrow"], /EXPIRES must be a date/],
      [["ORG=initech", "KIND=secret", "EXPIRES=2099-02-30"], /EXPIRES must be a date/],
      [["ORG=initech", "KIND=secret", "EXPIRES=2099-12-31T10:00"], /with its offset/],
      [["ORG=initech", "KIND=secret", "EXPIRES=2020-01-01"], /at least a minute/],
      [["REVOKE=sk_ffffffff"], /0 keys/],
      [[`REVOKE=sk_${"f".repeat(64)}`], /0 keys/],
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

/** Puts keys into the KV of a folder, half of them with records of an earlier version. */
async function putKeys(folder, count) {
  const { miniflare, stop } = await startMiniflare({ persistTo: folder, log: () => {} });
  const namespace = await miniflare.getKVNamespace("KEYS");
  const keys = Array.from({ length: count }, () => newKey("secret"));
  for (const [index, key] of keys.entries()) {
    const record = newRecord(key, { org: "initech", kind: "secret" });
    const { start, end: _, ...rest } = record;
    const [value, metadata] =
      index % 2 === 0 ? [record, record] : [{ ...rest, name: start }, undefined];
    await namespace.put(recordName(key), JSON.stringify(value), { metadata });
  }
  return { keys, namespace, stop };
}

// By itself, because its time counts.
test("one of 1,000 keys is revoked about as soon as one of two, malformed records or not", async () => {
  const few = await newFolder();
  const small = await putKeys(few, 2);
  await small.stop();
  const many = await newFolder();
  const { keys, namespace, stop } = await putKeys(many, 1000);
  const malformed = ["{", "null", "[]", '{"org":"initech"}', '{"org":"a","kind":"root"}', "sk_"];
  for (const [index, text] of malformed.entries()) await namespace.put(`key:${index}`, text);
  // A record without a name has a kind and an organization all the same.
  const nameless = newKey("secret");
  const record = { org: "initech", kind: "secret", db: "DB" };
  await namespace.put(recordName(nameless), JSON.stringify(record));
  await stop();

  const revoke = async (folder, key) => {
    const started = performance.now();
    const { stdout, stderr } = await makeKeyIn(folder, `REVOKE=${key.slice(0, 11)}`);
    assert.match(stdout, new RegExp(`^Revoked ${key.slice(0, 11)}….*, a secret key of initech`));
    return { stderr, ms: performance.now() - started };
  };
  for (const [index, key] of keys.slice(0, 2).entries()) {
    // The same calls, so that the load of the machine counts for both.
    const { ms: expectedMs } = await revoke(few, small.keys[index]);
    const { ms, stderr } = await revoke(many, key);
    // wrangler starts take all of it: 3 s on a quiet machine, whatever the number.
    assert.ok(ms < expectedMs * 3 + 2000, `${ms} ms instead of ${expectedMs}`);
    for (const index of malformed.keys()) {
      assert.match(stderr, new RegExp(`^Skipped key:${index}: it`, "m"));
    }
  }

  // A whole key needs no list.
  const { stdout, stderr } = await makeKeyIn(many, `REVOKE=${nameless}`);
  assert.match(stdout, /^Revoked/);
  assert.equal(stderr, "");
  const list = await makeIn(many, "keys");
  assert.equal(list.stdout.trimEnd().split("\n").length, 1 + 998);
});
