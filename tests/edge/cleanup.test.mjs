// The cron trigger: closed sessions are removed after their retention, contacts without a
// session after theirs, idempotency keys after a day, each row once, and never more slowly
// than they come.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { root } from "../../scripts/wrangler.mjs";
import { assertNothingOrphaned } from "../support/ledger.mjs";
import { send, startRuntime, until } from "../support/runtime.mjs";

let runtime;
before(async () => {
  const worker = fileURLToPath(new URL("faults/worker.mjs", import.meta.url));
  const variables = { RETENTION_DAYS: "30", CONTACT_RETENTION_DAYS: "60" };
  runtime = await startRuntime({ worker, variables });
});
after(() => runtime?.stop());

const dayMs = 24 * 60 * 60 * 1000;
const create = (key) =>
  send(runtime.baseUrl, {
    token: runtime.keys.secret,
    headers: { "Idempotency-Key": key },
    body: {},
  });
const age = (key, ms) =>
  runtime.execute(
    `UPDATE idempotency_keys SET created_at_ms = created_at_ms - ${ms} WHERE key LIKE '% ${key}'`,
  );

/** Runs the cleanup; returns what it removed. */
async function tidy(cron) {
  const isReport = (line) => line.startsWith('{"cleanup":"DB"');
  const before = runtime.lines.filter(isReport).length;
  const { outcome } = await runtime.runCron(cron);
  assert.equal(outcome, "ok");
  const report = await until(() => runtime.lines.filter(isReport)[before]);
  return JSON.parse(report).removed;
}

/** Inserts idempotency keys in no order; `age` is an SQL expression of `i`. */
const insertKeys = (count, age) =>
  runtime.execute(
    `INSERT INTO idempotency_keys (organization, key, fingerprint, session_id, created_at_ms)
     WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ${count - 1})
     SELECT 'acme', 'crowd:' || hex(randomblob(12)), 'f', 's', ${Date.now()} - (${age}) FROM n`,
  );

/** Inserts sessions of an organization; `changedMs` is an SQL expression of `i`. */
const insertSessions = (organization, count, status, changedMs) =>
  runtime.execute(
    `INSERT INTO sessions (organization, id, channel, status, verified, custom_data, ticket_number,
       created_at_ms, updated_at_ms)
     WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})
     SELECT '${organization}', 'crowd-${status}-' || i, 'web', '${status}', 0, '{}',
       (SELECT coalesce(max(ticket_number), 0) FROM sessions WHERE organization = '${organization}') + i,
       0, ${changedMs} FROM n`,
  );

/** Inserts entries of a session. */
const insertEntries = (session, count) =>
  runtime.execute(
    `INSERT INTO entries (organization, session_id, seq, id, event, author, text, created_at_ms)
     WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})
     SELECT 'acme', '${session}', i, lower(hex(randomblob(16))), 'message', 'contact', 'x', i FROM n`,
  );

/** Deletes every session, and its entries before it. */
async function forgetSessions() {
  await runtime.execute("DELETE FROM entries");
  await runtime.execute("DELETE FROM sessions");
}

const count = async (sql) => (await runtime.query(`SELECT count(*) AS n FROM ${sql}`))[0].n;

test("only keys older than a day are forgotten, however many they are", async () => {
  for (const key of ["old", "almost", "new"]) assert.equal((await create(key)).status, 201);
  await age("old", dayMs + 60_000);
  await age("almost", dayMs - 60_000);
  // More than one batch of old ones.
  await insertKeys(4500, dayMs + 60_000);

  const removed = await tidy();
  const keys = await runtime.query("SELECT key FROM idempotency_keys ORDER BY key");
  assert.deepEqual(
    keys.map(({ key }) => key.split(" ").at(-1)),
    ["almost", "new"],
  );
  assert.equal(removed.idempotency_keys, 4501);

  const replayed = async (key) => (await create(key)).headers.get("idempotency-replayed");
  assert.equal(await replayed("almost"), "true");
  assert.equal(await replayed("old"), null);
});

test("sessions are removed once they have been closed for RETENTION_DAYS, and only then", async () => {
  const newSession = async (token = runtime.keys.secret) => {
    const body = { contact: { email: "kept@example.com" } };
    return (await send(runtime.baseUrl, { token, body })).body.id;
  };
  const update = (id, status, token = runtime.keys.secret) =>
    send(runtime.baseUrl, {
      method: "PATCH",
      path: `/chat/sessions/${id}`,
      token,
      body: { status },
    });
  const names = ["open", "reopened", "closed lately", "closed long ago", "another's"];
  const ids = {};
  for (const name of names) {
    const token = name === "another's" ? runtime.keys.otherSecret : runtime.keys.secret;
    ids[name] = await newSession(token);
    if (name !== "open") await update(ids[name], "closed_resolved", token);
    if (name === "reopened") await update(ids[name], "open", token);
  }
  const days = (count) => count * dayMs + 60_000;
  for (const [name, ms] of [
    ["open", days(90)],
    ["reopened", days(90)],
    ["closed lately", days(29)],
    ["closed long ago", days(30)],
    ["another's", days(31)],
  ]) {
    await runtime.execute(
      `UPDATE sessions SET created_at_ms = created_at_ms - ${ms}, updated_at_ms = updated_at_ms - ${ms}
       WHERE id = '${ids[name]}'`,
    );
  }
  // More than one batch of old ones.
  await insertSessions("acme", 4500, "closed_unresolved", "1 + i / 10");

  const removed = await tidy();
  const left = (await runtime.query("SELECT id FROM sessions")).map(({ id }) => id);
  for (const name of names) {
    const isKept = ["open", "reopened", "closed lately"].includes(name);
    assert.equal(left.includes(ids[name]), isKept, name);
  }
  assert.ok(left.every((id) => !id.startsWith("crowd-")));
  assert.equal(removed.sessions, 4502);
  // Three batches of sessions, one of contacts, one of keys, and the place of each.
  assert.equal(removed.d1.round_trips, 8);
  const contacts = await runtime.query("SELECT id FROM contacts WHERE email = 'kept@example.com'");
  assert.equal(contacts.length, 2, "contacts stay");
});

test("the cleanup runs every hour", async () => {
  const settings = await readFile(join(root, "wrangler.toml"), "utf8");
  assert.match(settings, /^crons = \["\d+ \* \* \* \*", "\* \* \* \* \*"\]$/m);
});

test("200,000 keys a day never grow, and the cleanup costs what there is", async () => {
  await runtime.execute("DELETE FROM idempotency_keys");
  const perDay = 200_000;
  const perHour = Math.ceil(perDay / 24);
  // The keys of the last day.
  await insertKeys(perDay, `i * ${dayMs / perDay}`);
  // A key is removed at most two runs after its day: a run examines 200,000.
  const most = perDay + 3 * perHour;
  for (let hour = 0; hour < 10; hour += 1) {
    await runtime.execute(
      `UPDATE idempotency_keys SET created_at_ms = created_at_ms - ${60 * 60 * 1000}`,
    );
    await insertKeys(perHour, `i * ${(60 * 60 * 1000) / perHour}`);
    const { d1 } = await tidy();
    const keys = await count("idempotency_keys");
    assert.ok(keys <= most, `${keys} keys after ${hour + 1} hours`);
    assert.ok(d1.rows_read < 4 * most, `${d1.rows_read} rows read`);
    assert.ok(d1.round_trips <= 105, `${d1.round_trips} batches`);
  }
  // None is forgotten: two passes later, all are a day old at most.
  await tidy();
  await tidy();
  const old = await count(`idempotency_keys WHERE created_at_ms < ${Date.now() - dayMs - 60_000}`);
  assert.equal(old, 0);
  await runtime.execute("DELETE FROM idempotency_keys");
});

test("sessions that have to stay are examined once in a run, not with each batch", async () => {
  await forgetSessions();
  await runtime.execute("DELETE FROM idempotency_keys");
  // Reopened ones, before those that expired, and in another organization.
  await insertSessions("acme", 5000, "open", "1 + i % 7");
  await insertSessions("acme", 5000, "closed_resolved", "8 + i % 7");
  await insertSessions("globex", 5000, "open", "1 + i % 7");
  await insertSessions("globex", 5000, "closed_resolved", "3");
  const removed = await tidy();
  assert.equal(removed.sessions, 10_000);
  assert.equal(await count("sessions WHERE status <> 'open'"), 0);
  assert.equal(await count("sessions"), 10_000);
  assert.ok(removed.d1.rows_read < 8 * 20_000, `${removed.d1.rows_read} rows read`);
  await forgetSessions();
});

test("closed sessions go with their messages, a bounded part a batch, and none is skipped", async () => {
  await runtime.execute("DELETE FROM idempotency_keys");
  // Open and closed ones in turn, changed in the same two milliseconds.
  await insertSessions("acme", 50, "open", "1 + i % 2");
  await insertSessions("acme", 50, "closed_resolved", "1 + i % 2");
  await insertEntries("crowd-open-7", 10);
  await insertEntries("crowd-closed_resolved-1", 5000);
  for (const number of [2, 3, 40, 50]) await insertEntries(`crowd-closed_resolved-${number}`, 900);

  // Two batches, before the run breaks off in the middle of the long one.
  const broken = await tidy("without DELETE FROM entries 2");
  assert.deepEqual([broken.sessions, broken.entries], [48, 4000]);
  assert.equal(await count("entries WHERE session_id = 'crowd-closed_resolved-1'"), 3700);
  assert.equal(await count("sessions WHERE id = 'crowd-closed_resolved-1'"), 1);
  await assertNothingOrphaned(runtime);

  const removed = await tidy();
  assert.deepEqual([removed.sessions, removed.entries], [2, 4600]);
  assert.equal(await count("sessions WHERE status <> 'open'"), 0);
  assert.equal(await count("sessions"), 50);
  assert.equal(await count("entries"), 10);
  assert.ok(removed.d1.rows_read < 10 * 4600, `${removed.d1.rows_read} rows read`);
  await assertNothingOrphaned(runtime);
  await forgetSessions();
});

test("a session with 100,000 messages is removed by one run", async () => {
  await insertSessions("acme", 1, "closed_resolved", "1");
  await insertEntries("crowd-closed_resolved-1", 100_000);
  const removed = await tidy();
  assert.deepEqual([removed.sessions, removed.entries], [1, 100_000]);
  assert.ok(removed.d1.rows_read < 9 * 100_000, `${removed.d1.rows_read} rows read`);
  assert.equal(await count("entries"), 0);
});

/** Inserts contacts with an email; `changedMs` is an SQL expression of `i`. */
const insertContacts = (organization, name, count, changedMs) =>
  runtime.execute(
    `INSERT INTO contacts (organization, id, identity, email, custom_data, non_verified_custom_data,
       created_at_ms, updated_at_ms)
     WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})
     SELECT '${organization}', '0190163d-8694-7000-8000-' || lower(hex(randomblob(6))), 'email:${name}-' || i || '@example.com',
       '${name}-' || i || '@example.com', '{}', '{}', 0, ${changedMs} FROM n`,
  );

test("contacts go once they have no session, and have not changed for CONTACT_RETENTION_DAYS", async () => {
  await forgetSessions();
  await runtime.execute("DELETE FROM contacts");
  const now = Date.now();
  const longAgo = now - 60 * dayMs - 60_000;
  // More than one batch of old ones, in two organizations.
  await insertContacts("acme", "old", 2500, longAgo);
  await insertContacts("globex", "old", 2500, longAgo);
  await insertContacts("acme", "lately", 10, now - 60 * dayMs + 60_000);
  for (const name of ["talking", "closing", "logged-in"]) {
    await insertContacts("acme", name, 10, longAgo);
  }
  await runtime.execute(
    `INSERT INTO sessions (organization, id, contact_id, channel, status, verified, custom_data,
       ticket_number, created_at_ms, updated_at_ms)
     SELECT organization, 'of-' || id, id, 'web', iif(email LIKE 'talking-%', 'open', 'closed_resolved'),
       rowid % 2, '{}', 1000000 + row_number() OVER (), 0, 1
     FROM (SELECT *, row_number() OVER () AS rowid FROM contacts
           WHERE email LIKE 'talking-%' OR email LIKE 'closing-%')`,
  );
  const user = (email) =>
    send(runtime.baseUrl, {
      path: "/widget/authenticate-user",
      token: runtime.keys.secret,
      body: { email },
    });
  const { token } = (await user("old-1@example.com")).body;
  await runtime.execute(
    `UPDATE contacts SET updated_at_ms = ${longAgo} WHERE email = 'old-1@example.com'`,
  );
  for (let number = 1; number <= 10; number += 1) await user(`logged-in-${number}@example.com`);
  const old = await runtime.query(
    "SELECT id FROM contacts WHERE organization = 'acme' AND email LIKE 'old-%' ORDER BY id",
  );
  const url = "https://hooks.example.com/chat";
  const hook = async (events) => {
    const ask = { path: "/webhooks", token: runtime.keys.secret, body: { url, events } };
    return (await send(runtime.baseUrl, ask)).body.id;
  };
  const told = await hook(["contact.deleted"]);
  await hook(["message.created"]);

  const removed = await tidy();
  // Those whose last session went in the same run stay: their days begin.
  assert.deepEqual([removed.sessions, removed.contacts], [10, 5000]);
  const left = await runtime.query("SELECT email FROM contacts");
  const names = left.map(({ email }) => email.replace(/-\d+@.*/, ""));
  assert.deepEqual(
    ["closing", "lately", "logged-in", "talking"].map(
      (name) => names.filter((left) => left === name).length,
    ),
    [10, 10, 10, 10],
  );
  assert.equal(left.length, 40);
  await assertNothingOrphaned(runtime);
  // Each is told of, once, to whom it concerns.
  const events = await runtime.query(
    "SELECT webhook_id, type, subject_id FROM webhook_events ORDER BY subject_id",
  );
  assert.deepEqual(
    events.map((event) => ({ ...event })),
    old.map(({ id }) => ({ webhook_id: told, type: "contact.deleted", subject_id: id })),
  );
  const ended = await send(runtime.baseUrl, { method: "GET", token });
  assert.equal(ended.status, 401, "a removed contact's token");
  // A pass reads each contact once, and once more where a webhook is told.
  const { d1 } = await tidy();
  assert.ok(d1.rows_read < 250, `${d1.rows_read} rows read`);
});

test("a contact's days count from the removal of its last session", async () => {
  await forgetSessions();
  await runtime.execute("DELETE FROM contacts");
  const open = async (name, token = runtime.keys.secret) => {
    const body = { contact: { email: `${name}@example.com` } };
    const created = await send(runtime.baseUrl, { token, body });
    assert.equal(created.status, 201);
    return created.body.id;
  };
  const removeSession = async (id) => {
    const path = `/chat/sessions/${id}`;
    const token = runtime.keys.secret;
    const removed = await send(runtime.baseUrl, { method: "DELETE", path, token });
    assert.equal(removed.status, 204);
  };
  const removedAtMs = async (name) =>
    (
      await runtime.query(
        `SELECT last_session_removed_at_ms AS ms FROM contacts WHERE email = '${name}@example.com'`,
      )
    ).map(({ ms }) => ms);
  const names = async () =>
    (await runtime.query("SELECT email FROM contacts ORDER BY email")).map(({ email }) =>
      email.replace(/@.*/, ""),
    );

  await open("foreign", runtime.keys.otherSecret);
  await open("talking");
  await removeSession(await open("talking"));
  const deleted = await open("deleted");
  const expired = await open("expired");
  const earlier = await open("expired");
  await open("never");
  await runtime.execute(
    "DELETE FROM sessions WHERE contact_id IN (SELECT id FROM contacts WHERE email = 'never@example.com')",
  );
  const longAgo = Date.now() - 60 * dayMs - 60_000;
  await runtime.execute(`UPDATE contacts SET updated_at_ms = ${longAgo}`);
  const close = (id) =>
    runtime.execute(
      `UPDATE sessions SET status = 'closed_resolved', created_at_ms = 1, updated_at_ms = 2
       WHERE id = '${id}'`,
    );
  await removeSession(earlier);
  await runtime.execute(
    `UPDATE contacts SET last_session_removed_at_ms = ${longAgo} WHERE email = 'expired@example.com'`,
  );
  await close(expired);

  const startMs = Date.now();
  await removeSession(deleted);
  const removed = await tidy();
  assert.deepEqual([removed.sessions, removed.contacts], [1, 1]);
  assert.deepEqual(await names(), ["deleted", "expired", "foreign", "talking"]);
  for (const name of ["deleted", "expired"]) {
    const [ms] = await removedAtMs(name);
    assert.ok(ms >= startMs && ms <= Date.now(), `${name}: ${ms}`);
  }
  assert.deepEqual(await removedAtMs("foreign"), [null]);

  // A minute before the days are over, and a minute later.
  const ageTo = (ms) => runtime.execute(`UPDATE contacts SET last_session_removed_at_ms = ${ms}`);
  await ageTo(longAgo + 120_000);
  assert.equal((await tidy()).contacts, 0);
  await ageTo(longAgo);
  assert.equal((await tidy()).contacts, 2);
  // A session keeps its contact, whenever another one was removed.
  assert.deepEqual(await names(), ["foreign", "talking"]);
  await forgetSessions();
  await runtime.execute("DELETE FROM contacts");
});

test("a contact that a create links in the same moment stays, or is another one", async () => {
  const count = 300;
  await insertContacts("acme", "racing", count, 1);
  const create = async (number) => {
    const body = { contact: { email: `racing-${number}@example.com` } };
    const created = await send(runtime.baseUrl, { token: runtime.keys.secret, body });
    assert.equal(created.status, 201);
    const path = `/chat/sessions/${created.body.id}`;
    return send(runtime.baseUrl, { method: "GET", path, token: runtime.keys.secret });
  };
  const cleanup = tidy();
  const numbers = Array.from({ length: count }, (_, index) => index + 1);
  const sessions = await Promise.all(numbers.map(create));
  await cleanup;
  for (const [index, { body, text }] of sessions.entries()) {
    assert.equal(body.contact?.email, `racing-${index + 1}@example.com`, text);
  }
  await assertNothingOrphaned(runtime);
  await forgetSessions();
  await runtime.execute("DELETE FROM contacts");
});

test("a failure of one task does not keep the other from running", async () => {
  const expired = async () => {
    await insertSessions("acme", 10, "closed_resolved", "1");
    await insertKeys(10, dayMs + 60_000);
  };
  await expired();
  const withoutSessions = await tidy("without DELETE FROM sessions");
  assert.deepEqual([withoutSessions.sessions, withoutSessions.idempotency_keys], [0, 10]);
  const failure = "cleanup of closed_sessions in DB failed: D1: injected fault";
  await until(() => runtime.lines.includes(failure));

  await insertKeys(10, dayMs + 60_000);
  const withoutKeys = await tidy("without DELETE FROM idempotency_keys");
  assert.deepEqual([withoutKeys.sessions, withoutKeys.idempotency_keys], [10, 0]);
  assert.equal((await tidy()).idempotency_keys, 10);
});

test("a run that breaks off is continued where it was", async () => {
  await insertKeys(9000, "0");
  // The third batch of keys: two of sessions, and the position, come before.
  await tidy("without DELETE FROM idempotency_keys 2");
  const position = async () =>
    (await runtime.query("SELECT id FROM cleanup_positions WHERE task = 'idempotency_keys'"))[0].id;
  const [{ key }] = await runtime.query(
    "SELECT key FROM idempotency_keys ORDER BY organization, key LIMIT 1 OFFSET 3999",
  );
  assert.equal(await position(), key);
  const { d1 } = await tidy();
  assert.equal(await position(), "");
  // 5,000 keys in three batches; the sessions' is one, and the contacts'.
  assert.equal(d1.round_trips, 8);
});
