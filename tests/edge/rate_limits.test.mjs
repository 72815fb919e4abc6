// The limiter rejects before the body is read, with a response that the page can read.
// Runs with low limits.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { root } from "../../scripts/wrangler.mjs";
import { allowedOrigin, send, startRuntime } from "../support/runtime.mjs";

const perCredential = 10;
const perServer = 20;
const perAddress = 4;
const per56 = 6;
const per48 = 8;
const perFailure = 5;

let runtime;
before(async () => {
  const rateLimits = {
    CREDENTIAL_RATE_LIMITER: perCredential,
    ADDRESS_RATE_LIMITER: perAddress,
    NETWORK_56_RATE_LIMITER: per56,
    NETWORK_48_RATE_LIMITER: per48,
    SERVER_RATE_LIMITER: perServer,
    FAILURE_RATE_LIMITER: perFailure,
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

test("a secret key sends so many a minute, and then is told when to come back", async () => {
  await enoughOfTheMinute();
  const create = () => send(runtime.baseUrl, { token: runtime.keys.otherSecret, body: {} });
  const seen = await statuses(perServer + 3, create);
  assert.deepEqual(seen.slice(0, perServer), Array(perServer).fill(201));
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

test("a visitor with many IPv6 networks does not use up the page's key", async () => {
  await enoughOfTheMinute();
  // A key that no other test uses.
  const page = { token: runtime.keys.wildcard, origin: "https://shop.example.org", body: {} };
  const accepted = async (addresses) => {
    const create = (address) =>
      send(runtime.baseUrl, { ...page, headers: { "CF-Connecting-IP": address } });
    const seen = await statuses(addresses.length, () => create(addresses.shift()));
    return seen.filter((status) => status === 201).length;
  };
  // Four /64s of a home's /56, in turns; then other /56s of the same /48.
  const home = Array.from({ length: 20 }, (_, turn) => `2001:db8:1:${turn % 4}::${turn}`);
  assert.equal(await accepted(home), per56);
  const near = Array.from({ length: 20 }, (_, turn) => `2001:db8:1:${turn + 1}00::1`);
  assert.equal(await accepted(near), per48 - per56);
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
      ["NETWORK_56_RATE_LIMITER", "45", "60"],
      ["NETWORK_48_RATE_LIMITER", "60", "60"],
      ["SERVER_RATE_LIMITER", "6000", "60"],
      ["AGENT_RATE_LIMITER", "600", "60"],
      ["FAILURE_RATE_LIMITER", "60", "60"],
    ],
  );
  const api = await readFile(join(root, "docs/api.md"), "utf8");
  for (const [, , limit] of limits) {
    assert.match(api, new RegExp(`\\| ${Number(limit).toLocaleString("en")} \\|`));
  }
});

test("preflights are not counted", async () => {
  const preflights = await statuses(perCredential * 2, () =>
    send(runtime.baseUrl, { method: "OPTIONS", origin: allowedOrigin }),
  );
  assert.equal(refused(preflights), 0);
});

test("an address that guesses keys is stopped, and whoever shares it is not", async () => {
  await enoughOfTheMinute();
  const address = { "CF-Connecting-IP": "192.0.2.9" };
  const sent = (token, headers = address) => send(runtime.baseUrl, { token, headers, body: {} });
  assert.equal((await sent(runtime.keys.secret)).status, 201);
  let number = 0;
  const guess = () => sent(`sk_${String((number += 1)).padStart(64, "0")}`);
  const seen = await statuses(perFailure + 5, guess);
  assert.deepEqual(seen.slice(0, perFailure), Array(perFailure).fill(401));
  assert.equal(refused(seen), 5);
  const { body, headers } = await guess();
  assert.equal(body.code, "rate_limited");
  assert.ok(Number(headers.get("retry-after")) > 0);

  assert.equal((await sent(runtime.keys.secret)).status, 201);
  const elsewhere = { "CF-Connecting-IP": "192.0.2.10" };
  assert.equal((await sent(`sk_${"0".repeat(64)}`, elsewhere)).status, 401);
});
