// The limiter rejects before the body is read, with a response that the page can read.
// Runs with low limits.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { root } from "../../scripts/wrangler.mjs";
import { allowedOrigin, send, startRuntime } from "../support/runtime.mjs";

const perCredential = 10;
const perAddress = 4;

let runtime;
before(async () => {
  const rateLimits = {
    CREDENTIAL_RATE_LIMITER: perCredential,
    ADDRESS_RATE_LIMITER: perAddress,
  };
  runtime = await startRuntime({ rateLimits });
});
after(() => runtime?.stop());

/** Waits until enough of the minute is left: the limiter counts by the minute. */
async function enoughOfTheMinute() {
  const leftMs = 60_000 - (Date.now() % 60_000);
  if (leftMs < 4_000) await new Promise((resolve) => setTimeout(resolve, leftMs + 500));
}

const fromPage = (address) =>
  send(runtime.baseUrl, {
    token: runtime.keys.publishable,
    origin: allowedOrigin,
    headers: address ? { "CF-Connecting-IP": address } : {},
    body: {},
  });

async function statuses(count, request) {
  const seen = [];
  for (let sent = 0; sent < count; sent += 1) seen.push((await request()).status);
  return seen;
}

const refused = (seen) => seen.filter((status) => status === 429).length;

test("a key sends so many a minute, and then is told when to come back", async () => {
  await enoughOfTheMinute();
  const create = () => send(runtime.baseUrl, { token: runtime.keys.otherSecret, body: {} });
  const seen = await statuses(perCredential + 3, create);
  assert.deepEqual(seen.slice(0, perCredential), Array(perCredential).fill(201));
  assert.equal(refused(seen), 3);

  const { body, headers } = await create();
  assert.equal(body.code, "rate_limited");
  assert.equal(body.error, "Too Many Requests");
  assert.ok(Number(headers.get("retry-after")) > 0);
  // Before the body is read.
  const malformed = await send(runtime.baseUrl, { token: runtime.keys.otherSecret, body: "{" });
  assert.equal(malformed.status, 429);
  // Other keys are not affected.
  assert.equal((await send(runtime.baseUrl, { token: runtime.keys.secret, body: {} })).status, 201);
});

test("one address is stopped before it uses up the page's key, and the page can read it", async () => {
  await enoughOfTheMinute();
  const seen = await statuses(perAddress + 20, () => fromPage());
  assert.deepEqual(seen.slice(0, perAddress), Array(perAddress).fill(201));
  assert.equal(refused(seen), 20);
  const { headers } = await fromPage();
  assert.equal(headers.get("access-control-allow-origin"), allowedOrigin);
  assert.match(headers.get("access-control-expose-headers") ?? "", /Retry-After/);
  assert.ok(Number(headers.get("retry-after")) > 0);
});

test("each person's tokens have a limit of their own", async () => {
  await enoughOfTheMinute();
  const tokenOf = async (email) => {
    const path = "/widget/authenticate-user";
    const answer = await send(runtime.baseUrl, {
      token: runtime.keys.secret,
      path,
      body: { email },
    });
    return answer.body.token;
  };
  const [ann, bob] = [await tokenOf("ann@example.com"), await tokenOf("bob@example.com")];
  const create = (token) => () => send(runtime.baseUrl, { token, body: {} });
  assert.equal(refused(await statuses(perCredential + 2, create(ann))), 2);
  assert.equal((await create(bob)()).status, 201);
  // Another token of the same person counts against the same limit.
  const path = "/widget/authenticate-user";
  const body = { email: "ann@example.com" };
  const again = await send(runtime.baseUrl, { token: runtime.keys.secret, path, body });
  assert.equal((await create(again.body.token)()).status, 429);
});

test("what is deployed allows what is documented, for as long as Retry-After says", async () => {
  const config = await readFile(join(root, "wrangler.toml"), "utf8");
  const limits = [
    ...config.matchAll(/name = "(\w+_RATE_LIMITER)"[^[]*?limit = (\d+), period = (\d+)/g),
  ];
  assert.deepEqual(
    limits.map(([, name, limit, period]) => [name, limit, period]),
    [
      ["CREDENTIAL_RATE_LIMITER", "100", "60"],
      ["ADDRESS_RATE_LIMITER", "30", "60"],
    ],
  );
  const api = await readFile(join(root, "docs/api.md"), "utf8");
  assert.match(api, /100 requests a minute per key[^.]* 30 a minute per client address/);
});

test("preflights and unknown keys are not counted", async () => {
  const preflights = await statuses(perCredential * 2, () =>
    send(runtime.baseUrl, { method: "OPTIONS", origin: allowedOrigin }),
  );
  assert.equal(refused(preflights), 0);
  const unknown = `sk_${"0".repeat(64)}`;
  const guesses = await statuses(perCredential * 2, () =>
    send(runtime.baseUrl, { token: unknown, body: {} }),
  );
  assert.deepEqual([...new Set(guesses)], [401]);
});
