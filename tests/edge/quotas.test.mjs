// Daily quotas of an organization, in D1.
// tests/native/quotas.rs does the same to the in-memory store.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { allowedOrigin, send, startRuntime } from "../support/runtime.mjs";

const visitorSessions = 8;
const otherSessions = 12;

let runtime;
before(async () => {
  const variables = {
    VISITOR_SESSIONS_PER_DAY: String(visitorSessions),
    VISITOR_BYTES_PER_DAY: "4000",
    SESSIONS_PER_DAY: String(otherSessions),
    BYTES_PER_DAY: "a lot",
  };
  runtime = await startRuntime({ variables });
});
after(() => runtime?.stop());

const fromPage = (body, headers = {}) =>
  send(runtime.baseUrl, {
    token: runtime.keys.publishable,
    origin: allowedOrigin,
    body,
    headers,
  });
const fromServer = (body, headers = {}) =>
  send(runtime.baseUrl, { token: runtime.keys.secret, body, headers });

async function counters(organization = "acme") {
  const [row] = await runtime.query(
    "SELECT * FROM ticket_counters WHERE organization = ?",
    organization,
  );
  return row;
}

/** Returns every row that a create writes. */
const tables = async () => [
  await runtime.query("SELECT * FROM sessions ORDER BY id"),
  await runtime.query("SELECT * FROM contacts ORDER BY id"),
  await runtime.query("SELECT * FROM idempotency_keys ORDER BY key"),
  await runtime.query("SELECT * FROM ticket_counters ORDER BY organization"),
];

test("a create counts at no cost but a row read", async () => {
  const first = await fromPage({});
  const second = await fromPage({ contact: { email: "ann@example.com" } });
  assert.equal(first.status, 201);
  const { rows_read, rows_written } = await runtime.usage(first);
  assert.ok(rows_read <= 4 && rows_written <= 4, JSON.stringify({ rows_read, rows_written }));
  assert.ok((await runtime.usage(second)).rows_written <= 7);
  const { day, visitor_sessions, visitor_bytes, other_sessions } = await counters();
  assert.equal(day, Math.floor(Date.now() / 86_400_000));
  assert.deepEqual([visitor_sessions, other_sessions], [2, 0]);
  assert.equal(visitor_bytes, '{}{"contact":{"email":"ann@example.com"}}'.length);
});

test("beyond the quota of bytes a create stores nothing", async () => {
  const before = await tables();
  const custom_data = Object.fromEntries(
    Array.from({ length: 4 }, (_, index) => [`key_${index}`, "x".repeat(1024)]),
  );
  const { status, body } = await fromPage({ custom_data });
  assert.deepEqual([status, body.code], [429, "quota_exceeded"]);
  assert.deepEqual(await tables(), before);
});

test("racing creates end at the quota exactly, and nothing is half-written", async () => {
  const racing = Array.from({ length: 30 }, (_, index) =>
    fromPage(
      { contact: { email: `racer-${index}@example.com` } },
      { "Idempotency-Key": `race-${index}` },
    ),
  );
  const answers = await Promise.all(racing);
  const stored = answers.filter(({ status }) => status === 201);
  assert.equal(stored.length, visitorSessions - 2);
  const refused = answers.filter(({ status }) => status === 429);
  assert.equal(refused.length, 30 - stored.length);
  for (const { body, headers } of refused) {
    assert.equal(body.code, "quota_exceeded");
    const untilMidnight = 86_400 - (Math.floor(Date.now() / 1000) % 86_400);
    assert.ok(Math.abs(Number(headers.get("retry-after")) - untilMidnight) < 30);
    assert.equal(headers.get("access-control-allow-origin"), allowedOrigin);
  }
  const [[contacts], [keys]] = [
    await runtime.query("SELECT count(*) AS n FROM contacts WHERE email GLOB 'racer-*'"),
    await runtime.query("SELECT count(*) AS n FROM idempotency_keys WHERE key GLOB '*race-*'"),
  ];
  assert.deepEqual([contacts.n, keys.n], [stored.length, stored.length]);

  // A retry of a stored one is answered, and one of a refused one stores nothing.
  const before = await tables();
  for (const [index, { status }] of answers.entries()) {
    const retry = await fromPage(
      { contact: { email: `racer-${index}@example.com` } },
      { "Idempotency-Key": `race-${index}` },
    );
    assert.equal(retry.status, status);
    assert.equal(retry.headers.get("idempotency-replayed"), status === 201 ? "true" : null);
  }
  assert.deepEqual(await tables(), before);
});

test("a page at its quota stops no server, and a server at its own can still resume", async () => {
  const contact = { email: "cy@example.com" };
  const resume = { resume: true, verified: true, channel: { type: "web" }, contact };
  for (let sent = 0; sent < otherSessions; sent += 1) {
    const answer = await fromServer(sent === 0 ? resume : { custom_data: { sent } });
    assert.equal(answer.status, 201, answer.text);
  }
  assert.equal((await fromServer({})).body.code, "quota_exceeded");
  const before = await tables();
  assert.equal((await fromServer({ contact: { email: "new@example.com" } })).status, 429);
  assert.equal((await fromServer({ ...resume, channel: { type: "sms" } })).status, 429);
  const key = { "Idempotency-Key": "sms" };
  assert.equal((await fromServer({ ...resume, channel: { type: "sms" } }, key)).status, 429);
  assert.deepEqual(await tables(), before);
  assert.equal((await fromServer(resume)).status, 200);
  // Another organization has a quota of its own.
  const other = await send(runtime.baseUrl, { token: runtime.keys.otherSecret, body: {} });
  assert.equal(other.status, 201);
});

test("the next day begins anew, and ticket numbers go on", async () => {
  const before = await counters();
  await runtime.execute("UPDATE ticket_counters SET day = day - 1");
  assert.equal((await fromPage({})).status, 201);
  const { last_ticket_number, day, ...used } = await counters();
  assert.equal(last_ticket_number, before.last_ticket_number + 1);
  assert.equal(day, before.day);
  const [visitor_sessions, visitor_bytes, other_sessions, other_bytes] = [1, 2, 0, 0];
  assert.deepEqual(used, {
    organization: "acme",
    ...{ visitor_sessions, visitor_bytes, other_sessions, other_bytes },
  });
});

test("a quota that is no number is the default, and the log says so", () => {
  const problems = runtime.lines.filter((line) => line.includes("BYTES_PER_DAY must be"));
  assert.equal(problems.length, 1);
  assert.match(problems[0], /^BYTES_PER_DAY must be .* 1073741824$/);
});
