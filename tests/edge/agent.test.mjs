// `make agent`: prints a link that signs an agent in to the inbox.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { root } from "../../scripts/wrangler.mjs";
import { send, startRuntime } from "../support/runtime.mjs";

const run = promisify(execFile);

let runtime;
let folder;
before(async () => {
  runtime = await startRuntime();
  folder = await mkdtemp(join(tmpdir(), "chat-sessions-agent-"));
});
after(async () => {
  await runtime?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Runs the script; resolves with what it prints, and its exit code. */
async function agent(options) {
  const { PATH } = process.env;
  const env = { PATH, LOCAL_DIR: folder, ...options };
  const {
    code = 0,
    stdout,
    stderr,
  } = await run("node", ["scripts/agent.mjs"], {
    cwd: root,
    env,
  }).catch((error) => error);
  return { code, stdout, stderr };
}

/** Returns the claims of the token in a link. */
function claimsOf(link) {
  const [, payload] = link.split("#token=")[1].split(".");
  return JSON.parse(Buffer.from(payload, "base64url").toString());
}

test("a link signs the agent in, under the same id each time", async () => {
  const options = { BASE_URL: runtime.baseUrl, SECRET_KEY: runtime.keys.secret, ORG: "acme" };
  const NAME = ` Ann "$(id)" O’Neil `;
  const first = await agent({ ...options, NAME });
  assert.equal(first.code, 0, first.stderr);
  const [said, link] = first.stdout.trim().split("\n");
  assert.match(said, /^Ann "\$\(id\)" O’Neil of acme signs in with this link, .* 8 hours:$/);
  assert.ok(link.startsWith(`${runtime.baseUrl}/inbox#token=`));
  const { name, sub, exp, iat } = claimsOf(link);
  assert.deepEqual([name, exp - iat], [`Ann "$(id)" O’Neil`, 28_800]);
  const second = await agent({ ...options, NAME });
  assert.equal(claimsOf(second.stdout.trim().split("\n")[1]).sub, sub);
  const named = await agent({ ...options, NAME: "Ann", ID: "17" });
  assert.equal(claimsOf(named.stdout.trim().split("\n")[1]).sub, "17");

  const path = "/chat/sessions?sort=activity";
  const token = link.split("#token=")[1];
  const answer = await send(runtime.baseUrl, { method: "GET", path, token });
  assert.equal(answer.status, 200);
});

test("the key of the local service is used for its own organization only", async () => {
  const file = join(folder, "env");
  await writeFile(file, `BASE_URL=${runtime.baseUrl}\nSECRET_KEY=${runtime.keys.secret}\n`);
  const other = await agent({ NAME: "Ann", ORG: "acme" });
  assert.match(other.stderr, /There is no key of acme at hand.*make key ORG=acme KIND=secret/s);
  // The key in the file is acme's, in this test.
  const demo = await agent({ NAME: "Ann" });
  assert.match(demo.stderr, /^SECRET_KEY is a key of acme, not of demo\.$/m);
  await rm(file);
});

test("what is missing or wrong is told, and no key is printed", async () => {
  const url = { BASE_URL: runtime.baseUrl };
  /** @type {[options: Record<string, string>, rule: RegExp][]} */
  const cases = [
    [{}, /^usage:/],
    [{ NAME: " " }, /^usage:/],
    [{ NAME: "Ann" }, /has not run here yet: make start/],
    [{ NAME: "Ann", ORG: "a b" }, /ORG must be/],
    [{ NAME: "Ann", REMOTE: "1" }, /REMOTE=1 needs BASE_URL and SECRET_KEY/],
    [{ NAME: "Ann", REMOTE: "1", ...url, SECRET_KEY: "sk_1" }, /BASE_URL must begin with https/],
    [{ NAME: "Ann", ...url, SECRET_KEY: `sk_${"0".repeat(64)}` }, /answered 401/],
    [{ NAME: "x".repeat(257), ...url, SECRET_KEY: runtime.keys.secret }, /at most 256 characters/],
    [{ NAME: "Ann", BASE_URL: "http://127.0.0.1:9", SECRET_KEY: "sk_1" }, /fetch failed: /],
  ];
  for (const [options, rule] of cases) {
    const { code, stdout, stderr } = await agent(options);
    assert.equal(code, 1);
    assert.equal(stdout, "");
    assert.match(stderr, rule);
    assert.doesNotMatch(stderr, /sk_[0-9a-f]{8}/);
  }
});
