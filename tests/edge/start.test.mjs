// `make start`: the printed curl command works, Ctrl-C ends every process, the next
// start keeps keys and data.

import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { copyFile, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { freePort, root } from "../../scripts/wrangler.mjs";

const run = promisify(execFile);
const config = join(root, "build/site/config.json");

let folder;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "chat-sessions-start-"));
  // The page's key, in case a developer's service is running.
  await copyFile(config, join(folder, "config.json")).catch(() => {});
});
after(async () => {
  await copyFile(join(folder, "config.json"), config).catch(() => rm(config, { force: true }));
  await rm(folder, { recursive: true, force: true });
});

/** Starts the service as `make start` does; resolves when it prints that it runs. */
async function start(port) {
  const child = spawn("node", ["scripts/start.mjs", String(port)], {
    cwd: root,
    env: { ...process.env, PERSIST_TO: join(folder, "state"), LOCAL_DIR: folder },
  });
  let output = "";
  const closed = new Promise((resolve) => child.once("close", (code) => resolve(code)));
  /** @type {Promise<void>} */
  const ready = new Promise((resolve) => {
    const onData = (text) => {
      output += text;
      if (output.includes("is running") && /^ {2}curl .*$/m.test(output)) resolve();
    };
    child.stdout.on("data", onData);
    child.stderr.on("data", onData);
  });
  await Promise.race([ready, closed]);
  return { child, closed, output: () => output };
}

const environment = () => readFile(join(folder, "env"), "utf8");

test("the printed curl line works; Ctrl-C ends it all; the next start keeps keys and data", async () => {
  const port = await freePort();
  const first = await start(port);
  const [curl] = /** @type {RegExpMatchArray} */ (first.output().match(/curl .*$/m));
  const { stdout } = await run("bash", ["-c", curl]);
  const { id } = JSON.parse(stdout);
  assert.match(id, /^[0-9a-f-]{36}$/);
  const [, token] = /** @type {RegExpMatchArray} */ (
    first.output().match(/^ {2}inbox {5}http:\/\/127\.0\.0\.1:\d+\/inbox#token=(\S+)$/m)
  );
  const list = await fetch(`http://127.0.0.1:${port}/chat/sessions?sort=activity`, {
    headers: { Authorization: `Bearer ${token}` },
  });
  assert.equal(list.status, 200, "the link to the inbox signs in");

  const shown = async () => (await fetch(`http://127.0.0.1:${port}/local.json`)).json();
  assert.deepEqual(await shown(), { inbox: `/inbox#token=${token}` }, "the page has the link");
  const { stdout: upload } = await run("wrangler", ["deploy", "--dry-run"], {
    cwd: root,
    env: {
      ...process.env,
      PATH: `${root}node_modules/.bin:${process.env.PATH}`,
      WRANGLER_LOG: "debug",
      WRANGLER_SEND_METRICS: "false",
    },
    maxBuffer: 64 * 1024 * 1024,
  });
  for (const name of ["config.json", "local.json"]) {
    assert.ok(upload.includes(`Ignoring asset: ${name}`), `a deployment does not have ${name}`);
  }
  assert.equal((await shown()).inbox, `/inbox#token=${token}`, "the page here still has it");

  const before = await environment();
  assert.match(before, new RegExp(`^BASE_URL=http://127.0.0.1:${port}$`, "m"));
  const publishable = before.match(/^PUBLISHABLE_KEY=(pk_[0-9a-f]{64})$/m);
  const [, publishableKey] = /** @type {RegExpMatchArray} */ (publishable);
  assert.equal(JSON.parse(await readFile(config, "utf8")).publishableKey, publishableKey);

  const webhook = await fetch(`http://127.0.0.1:${port}/webhooks`, {
    method: "POST",
    headers: {
      Authorization: `Bearer ${/** @type {any} */ (before.match(/^SECRET_KEY=(.*)$/m))[1]}`,
      "Content-Type": "application/json",
    },
    body: JSON.stringify({ url: "http://localhost:3000", events: ["*"] }),
  });
  assert.equal(webhook.status, 201, "webhooks may lead to this machine");

  const secretsBefore = await readFile(join(folder, "secrets"), "utf8");
  assert.match(secretsBefore, /^TOKEN_SECRET="[A-Za-z0-9+/=]{44}"$/m);

  first.child.kill("SIGINT");
  assert.equal(await first.closed, 0, first.output());
  assert.equal(await freePort(port), port, "the port is free again");
  // pgrep ends with 1 when it finds none.
  const left = await run("pgrep", ["-f", "--", folder]).catch((error) => error);
  assert.equal(left.code, 1, `left running: ${left.stdout}`);

  assert.equal(existsSync(join(root, "build/site/local.json")), false, "the link is gone");

  const second = await start(port);
  assert.match((await shown()).inbox, /^\/inbox#token=ey/, "also after a deployment");
  assert.equal(await environment(), before);
  const [, secretKey] = /** @type {RegExpMatchArray} */ (before.match(/^SECRET_KEY=(.*)$/m));
  const answer = await fetch(`http://127.0.0.1:${port}/chat/sessions/${id}`, {
    headers: { Authorization: `Bearer ${secretKey}` },
  });
  assert.equal(answer.status, 200);

  // Tokens from before the stop are still valid, and no rate limit applies.
  const authenticate = () =>
    fetch(`http://127.0.0.1:${port}/widget/authenticate-user`, {
      method: "POST",
      headers: { Authorization: `Bearer ${secretKey}`, "Content-Type": "application/json" },
      body: JSON.stringify({ email: "ann@example.com" }),
    });
  const answers = await Promise.all(Array.from({ length: 150 }, authenticate));
  assert.deepEqual([...new Set(answers.map(({ status }) => status))], [201]);
  assert.equal(await readFile(join(folder, "secrets"), "utf8"), secretsBefore);

  const third = await start(port);
  assert.equal(await third.closed, 1);
  assert.equal(
    third.output().trim(),
    `Port ${port} is in use. Stop what uses it, or choose another: make start PORT=${port + 1}`,
  );
  second.child.kill("SIGTERM");
  assert.equal(await second.closed, 0);
});
