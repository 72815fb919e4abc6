// Tokens of visitors and agents: what they store and cost, and what ends them.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { newRecord } from "../../scripts/keys.mjs";
import { allowedOrigin as origin, send, startRuntime } from "../support/runtime.mjs";

let runtime;
before(async () => {
  runtime = await startRuntime();
});
after(() => runtime?.stop());

const newVisitor = async (token = runtime.keys.publishable, from = origin) => {
  const answer = await send(runtime.baseUrl, { path: "/widget/visitors", token, origin: from });
  assert.equal(answer.status, 201, answer.text);
  return answer;
};
const newAgent = (body, token = runtime.keys.secret) =>
  send(runtime.baseUrl, { path: "/agents/tokens", token, body });
const create = (token, body = {}, headers = {}) => send(runtime.baseUrl, { token, body, headers });
const get = (token, path = "/chat/sessions") =>
  send(runtime.baseUrl, { method: "GET", token, path });
const close = (token, id, headers = {}) =>
  send(runtime.baseUrl, {
    method: "PATCH",
    token,
    path: `/chat/sessions/${id}`,
    headers,
    body: { status: "closed_resolved" },
  });

const sendTo = (token, id) =>
  send(runtime.baseUrl, {
    token,
    path: `/chat/sessions/${id}/send`,
    body: { message: { text: "Hello" }, custom_data: { a: 1 }, contact: { name: "Ann" } },
  });

/** Waits until a request is not answered with 200 any more, and returns the answer. */
async function ended(request) {
  const begunAt = performance.now();
  let answer;
  do {
    await setTimeout(50);
    answer = await request();
  } while (answer.status === 200 && performance.now() - begunAt < 11_000);
  return answer;
}

async function tables() {
  const all = {};
  for (const name of ["sessions", "contacts", "idempotency_keys", "ticket_counters", "entries"]) {
    all[name] = await runtime.query(`SELECT * FROM ${name} ORDER BY 1, 2`);
  }
  return all;
}

test("making tokens stores nothing, and does not ask the database", async () => {
  const before = await tables();
  const nothing = { round_trips: 0, rows_read: 0, rows_written: 0 };
  const visitor = await newVisitor();
  assert.deepEqual((await runtime.usage(visitor)) ?? nothing, nothing);
  const agent = await newAgent({ name: "Ben" });
  assert.equal(agent.status, 201);
  assert.deepEqual((await runtime.usage(agent)) ?? nothing, nothing);
  assert.deepEqual(await tables(), before);
  assert.deepEqual(await runtime.query("SELECT * FROM agent_revocations"), []);
});

test("a visitor's session costs two rows more, and others cost none", async () => {
  const { body: visitor } = await newVisitor();
  const written = async (answer) => (await runtime.usage(answer)).rows_written;
  const body = { channel: { type: "web" } };
  const page = await send(runtime.baseUrl, { token: runtime.keys.publishable, origin, body });
  const own = await create(visitor.token, body);
  assert.equal(own.status, 201);
  assert.equal(await written(own), (await written(page)) + 2);
  // Reading one costs what it costs with a key.
  const path = `/chat/sessions/${own.body.id}`;
  const byKey = await runtime.usage(await get(runtime.keys.secret, path));
  assert.deepEqual(await runtime.usage(await get(visitor.token, path)), byKey);
});

test("however many ask at once, a visitor has one open session", async () => {
  const { body: visitor } = await newVisitor();
  const body = { resume: true, channel: { type: "web" }, contact: { name: "Tim" } };
  const contacts = async () => (await runtime.query("SELECT id FROM contacts")).length;
  const before = await contacts();
  const answers = await Promise.all(Array.from({ length: 20 }, () => create(visitor.token, body)));
  const statuses = answers.map(({ status }) => status).sort();
  assert.deepEqual(statuses, [...Array(19).fill(200), 201]);
  assert.equal(new Set(answers.map((answer) => answer.body.id)).size, 1);
  assert.equal(await contacts(), before + 1);
  // A resume writes nothing.
  const again = await create(visitor.token, body);
  assert.equal((await runtime.usage(again)).rows_written, 0);
});

test("a visitor who has many sessions resumes and reads one at the price of a few", async () => {
  const { body: visitor } = await newVisitor();
  const body = { channel: { type: "sms" } };
  for (let count = 0; count < 40; count += 1) await create(visitor.token, body);
  const web = { resume: true, channel: { type: "web" } };
  const first = await create(visitor.token, web);
  assert.equal(first.status, 201);
  await create(visitor.token, body);
  const again = await create(visitor.token, web);
  assert.equal(again.body.id, first.body.id);
  assert.ok((await runtime.usage(again)).rows_read <= 6);
});

test("a visitor's message to a full session goes to another one of the same visitor", async () => {
  const { body: visitor } = await newVisitor();
  const { body: full } = await create(visitor.token);
  await runtime.execute("UPDATE sessions SET last_seq = 100000 WHERE id = ?1", full.id);
  const sent = await sendTo(visitor.token, full.id);
  assert.equal(sent.status, 201, sent.text);
  const { session_id: next } = sent.body.data;
  assert.ok(next && next !== full.id, sent.text);
  assert.equal((await get(visitor.token, `/chat/sessions/${next}/history`)).status, 200);
  const { body: other } = await newVisitor();
  assert.equal((await get(other.token, `/chat/sessions/${next}/history`)).status, 404);
});

test("a revoked agent's token writes nothing, in the round trip that it would have anyway", async () => {
  const { body: ben } = await newAgent({ id: "ben/1", name: "Ben" });
  const { body: session } = await create(runtime.keys.secret);
  const path = `/chat/sessions/${session.id}`;
  const byKey = (await runtime.usage(await get(runtime.keys.secret, path))).rows_read;
  const byAgent = await runtime.usage(await get(ben.token, path));
  assert.ok(byAgent.round_trips === 1 && byAgent.rows_read <= byKey + 1);
  const { round_trips } = await runtime.usage(await close(ben.token, session.id));
  assert.equal(round_trips, 1);

  const revocation = {
    method: "DELETE",
    path: "/agents/ben%2F1/tokens",
    token: runtime.keys.secret,
  };
  const revoked = await send(runtime.baseUrl, revocation);
  assert.equal(revoked.status, 204);
  const usage = await runtime.usage(revoked);
  assert.ok(usage.round_trips === 1 && usage.rows_written <= 2, JSON.stringify(usage));
  const before = await tables();
  for (const ask of [
    () => get(ben.token, path),
    () => get(ben.token),
    () => get(ben.token, "/chat/sessions?status=open"),
    () => get(ben.token, "/chat/sessions?updated_after=2020-01-01"),
    () => get(ben.token, `${path}/history`),
    () => sendTo(ben.token, session.id),
    () => close(ben.token, session.id),
    () => close(ben.token, session.id, { "If-Match": "*" }),
  ]) {
    const answer = await ask();
    assert.equal(answer.status, 401, ask.toString());
    assert.equal(answer.body.code, "invalid_token");
    const used = await runtime.usage(answer);
    assert.deepEqual([used.round_trips, used.rows_written], [1, 0]);
  }
  assert.deepEqual(await tables(), before);
  const { body: again } = await newAgent({ id: "ben/1", name: "Ben" });
  assert.equal((await get(again.token, path)).status, 200);
});

test("a revocation is removed once every token that it ends has expired", async () => {
  const hour = 60 * 60 * 1000;
  for (const [id, age] of Object.entries({ old: 14 * hour, young: 12.5 * hour })) {
    await runtime.execute(
      "INSERT INTO agent_revocations VALUES ('acme', ?1, ?2), ('globex', ?1, ?2)",
      id,
      Date.now() - age,
    );
  }
  const path = "/agents/new/tokens";
  await send(runtime.baseUrl, { method: "DELETE", path, token: runtime.keys.secret });
  const rows = await runtime.execute(
    "SELECT organization, agent_id FROM agent_revocations WHERE agent_id <> 'ben/1' ORDER BY 1, 2",
  );
  assert.deepEqual(
    rows.map((row) => `${row.organization} ${row.agent_id}`),
    ["acme new", "acme young", "globex old", "globex young"],
  );
});

test("a visitor's token ends with an origin of its key, and with the key", async () => {
  const key = runtime.keys.wildcard;
  const from = "https://a.example.org";
  const { body: visitor } = await newVisitor(key, from);
  const ask = () => send(runtime.baseUrl, { method: "GET", token: visitor.token, origin: from });
  assert.equal((await ask()).status, 200);
  const origins = ["https://other.example"];
  await runtime.putKey(key, newRecord(key, { org: "acme", kind: "publishable", origins }));
  const unlisted = await ended(ask);
  assert.deepEqual([unlisted.status, unlisted.body.code], [403, "origin_not_allowed"]);

  const withoutOrigin = () => get(visitor.token);
  assert.equal((await withoutOrigin()).status, 200);
  await runtime.revoke(key);
  const revoked = await ended(withoutOrigin);
  assert.deepEqual([revoked.status, revoked.body.code], [401, "invalid_token"]);
  assert.equal((await create(visitor.token)).status, 401);
});

test("agents' tokens end with the key that asked for them, and no others", async () => {
  const { body: ben } = await newAgent({ name: "Ben" }, runtime.keys.secondSecret);
  const { body: other } = await newAgent({ name: "Ben" });
  assert.equal((await get(ben.token)).status, 200);
  await runtime.revoke(runtime.keys.secondSecret);
  const answer = await ended(() => get(ben.token));
  assert.deepEqual([answer.status, answer.body.code], [401, "invalid_token"]);
  assert.equal((await get(other.token)).status, 200);
});
