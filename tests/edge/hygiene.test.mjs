// Tokens never appear in a log, a response or a URL.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { root } from "../../scripts/wrangler.mjs";
import { allowedOrigin, send, startRuntime, until } from "../support/runtime.mjs";

const hsts = "strict-transport-security";

let runtime;
before(async () => {
  runtime = await startRuntime();
});
after(() => runtime?.stop());

test("marked tokens, sent everywhere, come back nowhere", async () => {
  const { secret, publishable } = runtime.keys;
  const path = "/widget/authenticate-user";
  const email = "mark-91c4@example.com";
  const authenticated = await send(runtime.baseUrl, { token: secret, path, body: { email } });
  const good = authenticated.body.token;
  const tampered = `${good.slice(0, -8)}mark91c4`;
  const unknown = `sk_${"91c4".repeat(16)}`;
  const shapeless = "mark-91c4-shapeless";
  const tokens = [secret, publishable, good, tampered, unknown, shapeless];

  const answers = [];
  for (const token of tokens) {
    for (const origin of [undefined, allowedOrigin]) {
      const ask = async (request) =>
        answers.push(await send(runtime.baseUrl, { origin, ...request }));
      const get = { method: "GET", path: "/chat/sessions/0190163d-8694-739b-aea5-966c26f8ad91" };
      await ask({ token, body: {} });
      await ask({ token, body: "{" });
      await ask({ token, body: { contact_id: token, channel: { type: token } } });
      await ask({ token, ...get });
      await ask({ token, path, body: { email: token } });
      // Places for which tokens are not meant: none of these is a credential.
      const credential = encodeURIComponent(token);
      for (const elsewhere of [
        { path: `/chat/sessions?token=${credential}&access_token=${credential}`, body: {} },
        { ...get, path: `/chat/sessions/${credential}` },
        { path: `/${credential}`, body: {} },
        { headers: { Cookie: `token=${token}`, "X-Api-Key": token }, body: { token } },
        { headers: { Authorization: token }, body: {} },
      ]) {
        const { status } = await ask(elsewhere).then(() => answers.at(-1));
        assert.ok([401, 404].includes(status), `${status} ${elsewhere.path}`);
      }
    }
  }

  await until(() => runtime.log().length > answers.length);
  const output = runtime.lines;
  assert.ok(output.length >= answers.length);
  const places = {
    "the runtime's output": output.join("\n"),
    "an answer's body": answers.map(({ text }) => text).join("\n"),
    "an answer's headers": answers.map(({ headers }) => JSON.stringify([...headers])).join("\n"),
  };
  for (const [place, text] of Object.entries(places)) {
    for (const token of tokens) assert.ok(!text.includes(token), `a token in ${place}`);
    assert.ok(!text.includes("mark-91c4"), `a marked text in ${place}`);
  }
});

test("answers over HTTPS say so for a year, and those over plain HTTP do not", async () => {
  const token = `Bearer ${runtime.keys.secret}`;
  for (const [path, init] of /** @type {[string, any][]} */ ([
    ["/chat/sessions", { headers: { Authorization: token } }],
    ["/chat/sessions", { method: "OPTIONS" }],
    ["/chat/sessions", {}],
    ["/nowhere", {}],
  ])) {
    const policyOver = async (scheme) => {
      const response = await runtime.dispatch(`${scheme}://chat.example.com${path}`, init);
      await response.text();
      return response.headers.get(hsts);
    };
    assert.equal(await policyOver("https"), "max-age=31536000", path);
    assert.equal(await policyOver("http"), null, path);
    assert.equal((await fetch(runtime.baseUrl + path)).headers.get(hsts), null);
  }
});

test("what is deployed logs no URL, and is at no address but its own", async () => {
  const { unstable_readConfig: readConfig } = await import("wrangler");
  const config = readConfig({ config: join(root, "wrangler.toml") });
  assert.equal(config.workers_dev, false);
  assert.equal(config.preview_urls, false);
  const { logs, traces, redact_query_string: isRedacted } = config.observability;
  assert.equal(logs?.invocation_logs, false);
  assert.equal(traces?.enabled, false);
  assert.equal(isRedacted, true);
});

test("every answer of the page's files is guarded too", async () => {
  for (const path of ["/", "/shop/main.js", "/pkg/index.js"]) {
    const { headers } = await fetch(runtime.baseUrl + path);
    assert.equal(headers.get("x-content-type-options"), "nosniff", path);
    const policy = headers.get("content-security-policy") ?? "";
    if (path === "/") {
      assert.match(policy, /default-src 'none'/);
      assert.doesNotMatch(policy, /unsafe-inline|unsafe-eval'(?<!wasm-unsafe-eval')|\*/);
    }
  }
});

test("no module names a path of the machine that built it", async () => {
  for (const file of ["build/edge/index_bg.wasm", "build/rules.named.wasm"]) {
    const module = await readFile(root + file);
    for (const path of [root, homedir() + "/", ".rustup/", "registry/src/"]) {
      assert.ok(!module.includes(path), `${path} in ${file}`);
    }
  }
});
