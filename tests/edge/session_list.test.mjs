// Lists of sessions: their contents, and their cost on a million sessions.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { send, startRuntime } from "../support/runtime.mjs";

let runtime;
before(async () => {
  runtime = await startRuntime();
  await runtime.edit((database) => withoutIndexes(database, () => fill(database)));
});
after(() => runtime?.stop());

const million = 1_000_000;
const startMs = Date.UTC(2024, 0, 1);
/** Returns the time of a session's creation: one was created each second. */
const createdMs = (index) => startMs + index * 1000;
const iso = (index) => new Date(createdMs(index)).toISOString();
const idOf = (index) => {
  const time = createdMs(index).toString(16).padStart(12, "0");
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${index.toString(16).padStart(12, "0")}`;
};
const ann = "0190163d-8694-7000-8000-0000000000c1";
const email = "ann@example.com";

/**
 * A million sessions, distributed so that lists are hard: most are closed, one in 500
 * is open, one in 1,000 came by sms, thirty are Ann's, and strangers opened the newest
 * 3,000 with her email. Agents have not read one in 400, and answer in two of five. Each
 * was closed ten minutes after it began, except 100 of the oldest, which were closed at the
 * very end.
 */
const sessions = Array.from({ length: million }, (_, index) => {
  const isOpen = index % 500 === 0;
  const closedMs = index < 500 && index % 5 === 1 ? million * 1000 + index : index * 1000 + 600_000;
  return {
    index,
    status: isOpen ? "open" : index % 10 === 0 ? "closed_unresolved" : "closed_resolved",
    channel: index % 1000 === 1 ? "sms" : index % 3 === 0 ? "email" : "web",
    createdMs: createdMs(index),
    updatedMs: isOpen ? createdMs(index) : startMs + closedMs,
    isAnns: index % 33_333 === 0,
    isStrangers: index >= million - 3000,
    isVerified: index % 33_333 === 0 || (index % 7 === 0 && index < million - 3000),
    // Three in four have messages, two at a time and in no order of creation.
    lastMessageMs: index % 4 === 3 ? null : createdMs(Math.floor(((index * 7919) % million) / 2)),
    unreadByAgent: index % 400 === 5 ? 2 : 0,
    assignee: index % 5 === 0 ? "ai" : index % 2 === 0 ? "human" : "none",
    assigneeId: index % 2 === 0 && index % 5 !== 0 ? `agent ${index % 100}` : null,
  };
});
const newestFirst = sessions.toReversed();
const latestFirst = newestFirst
  .filter(({ lastMessageMs }) => lastMessageMs !== null)
  .sort((a, b) => Number(b.lastMessageMs) - Number(a.lastMessageMs));

/** Drops the indexes for the time of `work`: sorting them once takes a quarter of the time. */
function withoutIndexes(database, work) {
  const indexes = database
    .prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL")
    .all();
  for (const { name } of indexes) database.exec(`DROP INDEX ${name}`);
  work();
  for (const { sql } of indexes) database.exec(sql);
}

function fill(database) {
  const insert = database.prepare(
    `INSERT INTO sessions (organization, id, contact_id, channel, status, verified, custom_data,
       ticket_number, created_at_ms, updated_at_ms, last_message_at_ms, unread_by_agent, assignee,
       assignee_id) VALUES ('acme', ?, ?, ?, ?, ?, '{}', ?, ?, ?, ?, ?, ?, ?)`,
  );
  database.exec(`BEGIN;
    INSERT INTO contacts (organization, id, identity, email, custom_data, non_verified_custom_data,
      verified_at_ms, created_at_ms, updated_at_ms)
      VALUES ('acme', '${ann}', 'email:ann@example.com', 'ann@example.com', '{}', '{}', 1, 1, 1);
    INSERT INTO ticket_counters (organization, last_ticket_number) VALUES ('acme', ${million})`);
  for (const { index, channel, status, createdMs, updatedMs, ...session } of sessions) {
    const contact = session.isAnns || session.isStrangers ? ann : null;
    const verified = Number(session.isVerified);
    const { lastMessageMs, unreadByAgent, assignee, assigneeId } = session;
    const log = [lastMessageMs, unreadByAgent, assignee, assigneeId];
    const columns = [channel, status, verified, index + 1, createdMs, updatedMs, ...log];
    insert.run(idOf(index), contact, ...columns);
  }
  database.exec("COMMIT");
}

const list = (query = {}, token = runtime.keys.secret) =>
  send(runtime.baseUrl, {
    method: "GET",
    path: `/chat/sessions?${new URLSearchParams(query)}`,
    token,
  });

/** @param {Record<string, string>} query */
function isListed({ status, channel_type: channel, verified, ...others }) {
  const { unread, assignee, assignee_id: assigneeId, ...times } = others;
  const ms = (name, otherwise) => (times[name] ? Date.parse(times[name]) : otherwise);
  const [createdAfter, createdBefore] = [ms("created_after", -1), ms("created_before", Infinity)];
  const [updatedAfter, updatedBefore] = [ms("updated_after", -1), ms("updated_before", Infinity)];
  return (session) =>
    (!status || session.status === status) &&
    (!channel || session.channel === channel) &&
    (!verified || String(session.isVerified) === verified) &&
    (!unread || (unread === "agent" && session.unreadByAgent > 0)) &&
    (!assignee || session.assignee === assignee) &&
    (!assigneeId || session.assigneeId === assigneeId) &&
    session.createdMs > createdAfter &&
    session.createdMs < createdBefore &&
    session.updatedMs > updatedAfter &&
    session.updatedMs < updatedBefore;
}

/** Returns the first `most` sessions that match. */
function take(sessions, matches, most) {
  const taken = [];
  for (const session of sessions) {
    if (matches(session)) taken.push(session);
    if (taken.length === most) break;
  }
  return taken;
}

/**
 * Filters of inboxes, which no index covers. The last one finds nothing.
 *
 * @type {Record<string, string>[]}
 */
const inboxes = [
  { unread: "agent" },
  { unread: "agent", status: "open" },
  { unread: "contact", channel_type: "web" },
  { assignee: "human", updated_after: iso(400_000) },
  { assignee: "none" },
  { assignee_id: "agent 42", status: "closed_resolved" },
  { assignee_id: "nobody" },
];

/** Combinations of filters that find many, few or no sessions. */
const combinations = (() => {
  let all = [{}];
  const across = (choices) => {
    all = all.flatMap((query) => choices.map((choice) => ({ ...query, ...choice })));
  };
  across([{}, { status: "open" }, { status: "closed_unresolved" }, { verified: "true" }]);
  across([{}, { channel_type: "web" }, { channel_type: "sms" }, { channel_type: "slack" }]);
  across([
    {},
    { created_after: iso(300_000) },
    { created_before: iso(400) },
    { created_after: iso(500_000), created_before: iso(500_100) },
  ]);
  across([
    {},
    { updated_after: iso(million - 1) },
    { updated_after: iso(400_000) },
    { updated_before: iso(600_000) },
    { updated_after: iso(100), updated_before: iso(700_000) },
  ]);
  // `verified` alone is looked for like times: a few combinations show it.
  all = all.filter(({ verified, channel_type }) => !verified || !channel_type);
  return [...all, ...inboxes];
})();

/** Combinations of filters for a list by activity. */
const byActivity = [
  ...[{}, { status: "open" }, { status: "closed_unresolved" }, { created_after: iso(500_000) }],
  ...[{ verified: "true" }, { channel_type: "web" }, { channel_type: "slack" }],
  ...[{ updated_after: iso(999_000) }, { updated_before: iso(1) }, ...inboxes],
].map((query) => ({ ...query, sort: "activity" }));

/**
 * Filters of a search by email, in both orders.
 *
 * @type {Record<string, string>[]}
 */
const searches = [
  {},
  { verified: "true" },
  { verified: "false", status: "open" },
  { channel_type: "web" },
  { created_before: iso(million - 3000) },
  { updated_after: iso(999_000) },
  ...inboxes,
].flatMap((query) => [query, { ...query, sort: "activity" }].map((query) => ({ ...query, email })));

/** Filters that take looking at sessions, in the order of creation and of activity. */
const looking = [
  "updated_after",
  "updated_before",
  "verified",
  "unread",
  "assignee",
  "assignee_id",
];
const byActivityLooking = [...looking, "channel_type", "created_after", "created_before"];

/** Rows that a page of 25 may read, whatever its filters. */
const rowsReadMax = {
  created: { exact: 600, looking: 3300 },
  activity: { exact: 320, looking: 2200 },
};

const places = new Map(latestFirst.map((session, place) => [idOf(session.index), place]));
const placeOf = (id) => Number(places.get(id));
/** Returns true if the session is not behind the position `cursor` of a page. */
function isExamined(index, cursor) {
  const [, id] = cursor.match(/([0-9a-f]{32})$/);
  const last = id.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  return cursor.length > 32 ? placeOf(idOf(index)) <= placeOf(last) : idOf(index) >= last;
}

for (const { who, queries, own } of [
  { who: "an organization", queries: combinations, own: false },
  { who: "a contact", queries: combinations, own: true },
  { who: "an inbox", queries: byActivity, own: false },
]) {
  test(`${queries.length} combinations of filters list ${who}'s sessions, at the cost of a page`, async () => {
    const token = own ? await annsToken() : runtime.keys.secret;
    const all = queries === byActivity ? latestFirst : newestFirst;
    const mine = own ? all.filter(({ isAnns }) => isAnns) : all;
    let found = 0;
    for (const query of queries) {
      const expected = take(mine, isListed(query), 4 * 25 + 1);
      const said = JSON.stringify(query);
      const seen = [];
      /** @type {string | null} */
      let cursor = null;
      for (let page = 0; page < 4; page += 1) {
        const answer = await list({ ...query, ...(cursor && { cursor }) }, token);
        assert.equal(answer.status, 200, answer.text);
        const { items, next } = answer.body;
        assert.ok(items.length <= 25);
        seen.push(...items.map(({ id }) => id));
        const cost = await runtime.usage(answer);
        const isLooking =
          own || (query.sort ? byActivityLooking : looking).some((name) => name in query);
        const most = rowsReadMax[query.sort ?? "created"][isLooking ? "looking" : "exact"];
        assert.ok(cost.rows_read <= most, `${said} read ${cost.rows_read} rows`);
        assert.ok(cost.round_trips <= (isLooking ? 2 : 1), said);
        assert.equal(cost.rows_written, 0);
        // Only a page that examines sessions may be short and have a next one.
        if (!isLooking && next) assert.equal(items.length, 25, said);
        cursor = next;
        if (!next) break;
      }
      // The pages have all matches among the sessions examined so far.
      const examined = expected.filter(({ index }) => !cursor || isExamined(index, cursor));
      assert.deepEqual(
        seen,
        examined.map(({ index }) => idOf(index)),
        said,
      );
      found += seen.length;
    }
    assert.ok(found > 100, `${found} sessions`);
  });
}

test(`${searches.length} combinations of filters search by an email that strangers have used, at the cost of its sessions`, async () => {
  const anns = newestFirst.filter(({ isAnns, isStrangers }) => isAnns || isStrangers);
  // By activity, the newest 1,000 that nobody vouches for are sorted.
  const unverified = anns.filter(({ isVerified }) => !isVerified).slice(0, 1000);
  const sorted = new Set([...anns.filter(({ isVerified }) => isVerified), ...unverified]);
  const latest = latestFirst.filter((session) => sorted.has(session));
  let found = 0;
  for (const { email, ...query } of searches) {
    const all = query.sort ? latest : anns;
    const seen = [];
    /** @type {string | null} */
    let cursor = null;
    for (let page = 0; page < 4; page += 1) {
      const answer = await list({ ...query, email, ...(cursor && { cursor }) });
      assert.equal(answer.status, 200, answer.text);
      seen.push(...answer.body.items.map(({ id }) => id));
      const cost = await runtime.usage(answer);
      const most = query.sort ? 4200 : 3300;
      assert.ok(cost.rows_read <= most, `${JSON.stringify(query)} read ${cost.rows_read} rows`);
      assert.equal(cost.round_trips, 1);
      assert.equal(cost.rows_written, 0);
      cursor = answer.body.next;
      // Sorted, all are looked at: a page is short only if it is the last one.
      if (query.sort && cursor) assert.equal(answer.body.items.length, 25);
      if (!cursor) break;
    }
    const expected = take(all, isListed(query), 4 * 25);
    const examined = expected.filter(
      ({ index }) => !cursor || query.sort || isExamined(index, cursor),
    );
    assert.deepEqual(
      seen,
      examined.map(({ index }) => idOf(index)),
      JSON.stringify(query),
    );
    found += seen.length;
  }
  assert.ok(found > 100, `${found} sessions`);
});

test("a ticket number finds its session among a million, at a constant cost", async () => {
  for (const { number, finds, ...query } of [
    { number: 1, finds: true },
    { number: 500_001, finds: true, sort: "activity" },
    { number: million, finds: true },
    { number: million, finds: true, email },
    { number: million, finds: false, email: "bo@example.com" },
    { number: million, finds: false, updated_after: iso(100), verified: "true" },
    { number: million + 1, finds: false },
  ]) {
    const answer = await list({ ...query, ticket_number: number });
    const found = answer.body.items.map(({ id }) => id);
    assert.deepEqual(found, finds ? [idOf(number - 1)] : [], `${number}`);
    assert.equal(answer.body.next, null);
    const cost = await runtime.usage(answer);
    assert.ok(cost.rows_read <= 4, `${cost.rows_read} rows`);
    assert.equal(cost.round_trips, 1);
  }
});

async function annsToken() {
  const { body } = await send(runtime.baseUrl, {
    path: "/widget/authenticate-user",
    token: runtime.keys.secret,
    body: { email: "ann@example.com" },
  });
  assert.equal(body.contact.id, ann);
  return body.token;
}

test("what has changed since the last look is found at once, however old it is", async () => {
  const since = iso(million + 100);
  const answer = await list({ updated_after: since, limit: 100 });
  const expected = newestFirst.filter(isListed({ updated_after: since }));
  assert.deepEqual(
    answer.body.items.map(({ id }) => id),
    expected.slice(0, 100).map(({ index }) => idOf(index)),
  );
});

test("a walk sees every session that was there when it began once, whatever comes meanwhile", async () => {
  const token = runtime.keys.otherSecret;
  const create = () => send(runtime.baseUrl, { token, body: { channel: { type: "web" } } });
  const update = (id, status) =>
    send(runtime.baseUrl, {
      method: "PATCH",
      path: `/chat/sessions/${id}`,
      token,
      body: { status },
    });
  const there = await Promise.all(Array.from({ length: 60 }, async () => (await create()).body.id));
  for (const filter of [{}, { channel_type: "web" }, { updated_after: "2020-01-01" }]) {
    const seen = [];
    /** @type {string | null} */
    let cursor = null;
    do {
      const [page] = await Promise.all([
        list({ ...filter, limit: 7, ...(cursor && { cursor }) }, token),
        create(),
        create(),
        update(there[seen.length % 60], "closed_resolved"),
        update(there[(seen.length + 30) % 60], "open"),
      ]);
      seen.push(...page.body.items.map(({ id }) => id));
      cursor = page.body.next;
    } while (cursor);
    assert.equal(new Set(seen).size, seen.length, "none twice");
    const missed = there.filter((id) => !seen.includes(id));
    assert.deepEqual(missed, []);
    assert.deepEqual(seen, [...seen].sort().reverse());
  }
});

test("a walk by activity shows none twice, and misses none that nobody writes in meanwhile", async () => {
  const token = runtime.keys.otherSecret;
  const create = async () =>
    (await send(runtime.baseUrl, { token, body: { channel: { type: "sms" } } })).body.id;
  const write = async (id) => {
    const body = { sender: "contact", message: { text: "Hello" } };
    const path = `/chat/sessions/${id}/send`;
    assert.equal((await send(runtime.baseUrl, { token, path, body })).status, 201);
  };
  const ids = await Promise.all(Array.from({ length: 60 }, create));
  await Promise.all(ids.map(write));
  for (const filter of [{}, { status: "open" }, { channel_type: "sms", unread: "agent" }]) {
    const seen = [];
    const written = new Set();
    /** @type {string | null} */
    let cursor = null;
    do {
      // One that was seen, one that was not yet, and one of all: beside the page and before
      // the next.
      const chosen = [seen.at(-3), ids.find((id) => !seen.includes(id)), ids[seen.length % 60]];
      const writing = chosen.filter((id) => id !== undefined);
      for (const id of writing) written.add(id);
      const [page] = await Promise.all([
        list({ sort: "activity", ...filter, limit: 7, ...(cursor && { cursor }) }, token),
        ...writing.map(write),
      ]);
      assert.equal(page.status, 200, page.text);
      seen.push(...page.body.items.map(({ id }) => id));
      cursor = page.body.next;
    } while (cursor);
    assert.equal(new Set(seen).size, seen.length, "none twice");
    const missed = ids.filter((id) => !seen.includes(id) && !written.has(id));
    assert.deepEqual(missed, []);
    assert.ok(written.size < 60, "some are left alone");
  }
});
