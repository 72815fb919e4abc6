// The rows in D1 after a create, and its D1 usage.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { send, startRuntime } from "../support/runtime.mjs";

let runtime;
before(async () => {
  runtime = await startRuntime();
});
after(() => runtime?.stop());

const create = (body, token = runtime.keys.secret) => send(runtime.baseUrl, { token, body });
const get = (id) =>
  send(runtime.baseUrl, {
    method: "GET",
    path: `/chat/sessions/${id}`,
    token: runtime.keys.secret,
  });

const usage = (answer) => runtime.usage(answer);

test("a create is stored as it was sent", async () => {
  const before = Date.now();
  const { body } = await create({
    channel: { type: "web" },
    verified: true,
    custom_data: { order_id: "ord_123", cart_value: 149.99, vip: false },
    contact: { email: "Row@Example.com", name: "Row", custom_data: { plan: "pro" } },
  });
  const [session] = await runtime.query("SELECT * FROM sessions WHERE id = ?", body.id);
  const [contact] = await runtime.query("SELECT * FROM contacts WHERE id = ?", session.contact_id);

  assert.equal(session.organization, "acme");
  assert.equal(session.channel, "web");
  assert.equal(session.status, "open");
  assert.equal(session.verified, 1);
  assert.equal(session.custom_data, '{"order_id":"ord_123","cart_value":149.99,"vip":false}');
  assert.ok(session.created_at_ms >= before && session.created_at_ms <= Date.now());
  assert.equal(session.updated_at_ms, session.created_at_ms);
  // The id's own time is the session's (RFC 9562, section 5.7).
  assert.equal(parseInt(body.id.replaceAll("-", "").slice(0, 12), 16), session.created_at_ms);

  assert.equal(contact.organization, "acme");
  assert.equal(contact.identity, "email:row@example.com");
  assert.equal(contact.email, "row@example.com");
  assert.equal(contact.name, "Row");
  assert.equal(contact.custom_data, '{"plan":"pro"}');
  assert.equal(contact.verified_at_ms, session.created_at_ms);

  const answer = await get(body.id);
  assert.equal(Date.parse(answer.body.created_at), session.created_at_ms);
});

test("a create costs one round trip, and few rows", async () => {
  const withoutContact = await usage(await create({}));
  assert.equal(withoutContact.round_trips, 1);
  assert.ok(withoutContact.rows_written <= 4, JSON.stringify(withoutContact));

  const contact = { email: "cost@example.com", name: "Cost", custom_data: { a: 1 } };
  const newContact = await usage(await create({ contact }));
  assert.equal(newContact.round_trips, 1);
  assert.ok(newContact.rows_written <= 7, JSON.stringify(newContact));

  const knownContact = await usage(await create({ contact }));
  assert.equal(knownContact.round_trips, 1);
  assert.ok(knownContact.rows_written <= 5, JSON.stringify(knownContact));

  // New data of the contact is written too.
  const changed = await usage(await create({ contact: { ...contact, name: "Costs" } }));
  assert.ok(changed.rows_written <= 6, JSON.stringify(changed));

  const { body } = await create({ contact });
  const [{ contact_id }] = await runtime.query(
    "SELECT contact_id FROM sessions WHERE id = ?",
    body.id,
  );
  const namedContact = await usage(await create({ contact_id }));
  assert.equal(namedContact.round_trips, 1);
  // A server that names a contact vouches for it: the session can be resumed.
  assert.ok(namedContact.rows_written <= 6, JSON.stringify(namedContact));

  const read = await usage(await get(body.id));
  assert.deepEqual({ ...read, rows_read: 0 }, { round_trips: 1, rows_read: 0, rows_written: 0 });
});

test("an authentication is one round trip, and is stored whole", async () => {
  const user = {
    email: "Stored@Example.com",
    name: "Stored",
    phone: "+1 555 0100",
    avatar_url: "https://example.com/a.png",
    language: "nb-NO",
    customData: { plan: "pro" },
  };
  const authenticate = (body) =>
    send(runtime.baseUrl, {
      token: runtime.keys.secret,
      path: "/widget/authenticate-user",
      body,
    });
  const first = await authenticate(user);
  const cost = await usage(first);
  assert.equal(cost.round_trips, 1);
  assert.ok(cost.rows_written <= 3, JSON.stringify(cost));
  const read = async () =>
    (await runtime.query("SELECT * FROM contacts WHERE id = ?", first.body.contact.id))[0];
  const stored = await read();
  assert.equal(stored.email, "stored@example.com");
  assert.equal(stored.name, "Stored");
  assert.equal(stored.phone_number, "+1 555 0100");
  assert.equal(stored.avatar_url, "https://example.com/a.png");
  assert.equal(stored.language, "nb-NO");
  assert.equal(stored.custom_data, '{"plan":"pro"}');
  assert.ok(stored.verified_at_ms > 0);

  // Absent members stay, and a verified contact stays verified.
  const again = await authenticate({ email: "stored@example.com", language: "en" });
  assert.ok((await usage(again)).rows_written <= 2);
  const now = await read();
  const { updated_at_ms } = now;
  assert.ok(updated_at_ms >= stored.updated_at_ms);
  assert.deepEqual(now, { ...stored, language: "en", updated_at_ms });

  const { body } = await send(runtime.baseUrl, {
    token: again.body.token,
    body: { verified: false },
  });
  const [session] = await runtime.query("SELECT * FROM sessions WHERE id = ?", body.id);
  assert.equal(session.verified, 1);
  assert.equal(session.contact_id, stored.id);
});

test("100 concurrent authentications of one new person give one contact", async () => {
  const answers = await Promise.all(
    Array.from({ length: 100 }, (_, index) =>
      send(runtime.baseUrl, {
        token: runtime.keys.secret,
        path: "/widget/authenticate-user",
        body: { email: "crowded@example.com", customData: { [`key_${index}`]: index } },
      }),
    ),
  );
  assert.deepEqual([...new Set(answers.map(({ status }) => status))], [201]);
  assert.equal(new Set(answers.map(({ body }) => body.contact.id)).size, 1);
  assert.equal(new Set(answers.map(({ body }) => body.token)).size, 100);
  const [{ custom_data }] = await runtime.query(
    "SELECT custom_data FROM contacts WHERE email = 'crowded@example.com'",
  );
  assert.equal(Object.keys(JSON.parse(custom_data)).length, 100);
});

test("a contact who says nothing new is not written, in whatever order it is said", async () => {
  const email = "unchanged@example.com";
  const stored = async () =>
    (await runtime.query("SELECT * FROM contacts WHERE email = ?", email))[0];
  const custom_data = { plan: "pro", seats: 12 };
  const same = [{}, { custom_data }, { custom_data: { seats: 12, plan: "pro" } }];
  for (const verified of [false, true]) {
    await create({ verified, contact: { email, name: "Ann", phone_number: "+1", custom_data } });
    const before = await stored();
    for (const contact of [...same, { name: "Ann" }, { phone_number: "+1" }]) {
      const answer = await create({ verified, contact: { email, ...contact } });
      const rows = verified ? 6 : 5;
      assert.equal((await usage(answer)).rows_written, rows, JSON.stringify(contact));
    }
    assert.deepEqual(await stored(), before);
    await create({ verified, contact: { email, custom_data: { seats: 13 } } });
    assert.notDeepEqual(await stored(), before);
    await create({ verified, contact: { email, custom_data } });
  }
});

test("a refused request touches no row, and authentication none", async () => {
  const nothing = { round_trips: 0, rows_read: 0, rows_written: 0 };
  assert.deepEqual(await usage(await create({ verified: 1 })), nothing);
  assert.deepEqual(await usage(await create({}, `sk_${"0".repeat(64)}`)), nothing);
  assert.deepEqual(await usage(await create("{")), nothing);
  const unknown = await usage(await create({ contact_id: "0190163d-8694-739b-aea5-966c26f8ad91" }));
  assert.equal(unknown.rows_written, 0);
});

test("what a create reads does not grow with the tables", async () => {
  const contact = { email: "grow@example.com" };
  await create({ contact });
  const known = await usage(await create({ contact }));
  const fresh = await usage(await create({ contact: { email: "fresh1@example.com" } }));
  for (let round = 0; round < 20; round += 1) {
    await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        create({ contact: { email: `crowd-${round}-${index}@example.com` } }),
      ),
    );
  }
  const { body } = await create({ contact });
  assert.deepEqual(await usage(await create({ contact })), known);
  assert.deepEqual(await usage(await create({ contact: { email: "fresh2@example.com" } })), fresh);
  const read = await usage(await get(body.id));
  assert.ok(read.rows_read <= 2, JSON.stringify(read));
});

test("100 concurrent creates for one new email: 100 sessions, one contact, no number twice", async () => {
  const email = "race@example.com";
  const answers = await Promise.all(
    Array.from({ length: 100 }, (_, index) =>
      create({ contact: { email, custom_data: { [`key_${index}`]: index } } }),
    ),
  );
  assert.ok(answers.every(({ status }) => status === 201));
  const ids = new Set(answers.map(({ body }) => body.id));
  assert.equal(ids.size, 100);

  const contacts = await runtime.query("SELECT * FROM contacts WHERE email = ?", email);
  assert.equal(contacts.length, 1);
  assert.equal(Object.keys(JSON.parse(contacts[0].non_verified_custom_data)).length, 100);
  const sessions = await runtime.query(
    "SELECT * FROM sessions WHERE contact_id = ?",
    contacts[0].id,
  );
  assert.equal(sessions.length, 100);
  assert.equal(new Set(sessions.map(({ ticket_number }) => ticket_number)).size, 100);
});

test("verified and unverified creates that race lose no key and mix none", async () => {
  const email = "mixed@example.com";
  const names = (kind) => Array.from({ length: 50 }, (_, index) => `${kind}_${index}`);
  const claim = (verified) => (name) =>
    create({
      verified,
      contact: { email, name: verified ? "Ann" : "Mallory", custom_data: { [name]: verified } },
    });
  const verified = names("verified");
  const unverified = names("unverified");
  const answers = await Promise.all(
    verified.flatMap((name, index) => [claim(true)(name), claim(false)(unverified[index])]),
  );
  assert.ok(answers.every(({ status }) => status === 201));

  const contacts = await runtime.query("SELECT * FROM contacts WHERE email = ?", email);
  assert.equal(contacts.length, 1);
  const [contact] = contacts;
  const all = (names, value) => Object.fromEntries(names.sort().map((name) => [name, value]));
  const stored = (text) => Object.fromEntries(Object.entries(JSON.parse(text)).sort());
  assert.deepEqual(stored(contact.custom_data), all(verified, true));
  assert.deepEqual(stored(contact.non_verified_custom_data), all(unverified, false));
  assert.equal(contact.name, "Ann");
  assert.equal(contact.non_verified_name, "Mallory");
});

test("D1 merges attributes as a map does, to the digit, whatever their keys are", async () => {
  const keys = ["a", "A", "é", "é", "a.b", "$", "$.a", "[0]", '"', "\\", "/", "~1", " ", "\u0001"];
  keys.push("__proto__", "constructor", "length", "0", "-1", "\u{1f600}", "\uffff", "null");
  const values = ["1E5", "1.50", "-0", "0.1e-7", "12345678901234567890", "true", "false", '""'];
  values.push('"\\u0000"', '"null"', '"{}"', '"é\\n\\"\\\\"');
  const pick = (list) => list[Math.floor(Math.random() * list.length)];

  const people = Array.from({ length: 16 }, (_, index) => `merge-${index}@example.com`);
  const walk = async (email) => {
    const expected = new Map();
    for (let round = 0; round < 12; round += 1) {
      const newer = new Map(Array.from({ length: 5 }, () => [pick(keys), pick(values)]));
      const body = `{"contact":{"email":"${email}","custom_data":${object(newer)}}}`;
      assert.equal((await create(body)).status, 201);
      newer.forEach((value, key) => expected.set(key, value));
    }
    const sql = "SELECT non_verified_custom_data AS text FROM contacts WHERE email = ?";
    const [{ text }] = await runtime.query(sql, email);
    assert.deepEqual(spelled(text), spelled(object(expected)));
  };
  await Promise.all(people.map(walk));
});

/** Returns the text of a JSON object; its values are JSON texts. */
function object(members) {
  return `{${[...members].map(([key, value]) => `${JSON.stringify(key)}:${value}`)}}`;
}

/** Returns the members of a JSON object by key, numbers with their digits. */
function spelled(text) {
  const members = [];
  /** @type {(key: string, value: any, context?: any) => any} */
  const collect = (key, value, { source }) => {
    if (typeof value !== "object") members.push([key, typeof value === "string" ? value : source]);
    return value;
  };
  JSON.parse(text, collect);
  return members.sort();
}

test("an Idempotency-Key costs one more row, and a replay none", async () => {
  const create = () =>
    send(runtime.baseUrl, {
      token: runtime.keys.secret,
      headers: { "Idempotency-Key": "cost" },
      body: { contact: { email: "idempotent@example.com" } },
    });
  const first = await usage(await create());
  assert.equal(first.round_trips, 1);
  assert.ok(first.rows_written <= 8, JSON.stringify(first));
  const replay = await create();
  assert.equal(replay.headers.get("idempotency-replayed"), "true");
  const { round_trips, rows_written } = await usage(replay);
  assert.deepEqual({ round_trips, rows_written }, { round_trips: 1, rows_written: 0 });
});

test("of 50 racing requests with one key, all get the session and one created it", async () => {
  const answers = await Promise.all(
    Array.from({ length: 50 }, () =>
      send(runtime.baseUrl, {
        token: runtime.keys.secret,
        headers: { "Idempotency-Key": "race" },
        body: { contact: { email: "racing-key@example.com" } },
      }),
    ),
  );
  assert.deepEqual([...new Set(answers.map(({ status }) => status))], [201]);
  assert.equal(new Set(answers.map(({ body }) => body.id)).size, 1);
  const fresh = answers.filter(({ headers }) => !headers.has("idempotency-replayed"));
  assert.equal(fresh.length, 1);
  const sessions = await runtime.query(
    "SELECT sessions.id FROM sessions JOIN contacts ON contacts.id = contact_id WHERE email = ?",
    "racing-key@example.com",
  );
  assert.equal(sessions.length, 1);
});

test("the log has one line per request, and no token, path or body in it", async () => {
  const marked = {
    custom_data: { marked: "mark-7d1f" },
    contact: { email: "mark-7d1f@example.com" },
  };
  const { headers } = await create(marked);
  await usage({ headers });
  await create({ ...marked, verified: "mark-7d1f" });
  await usage(await create(marked, `sk_${"mark7d1f".repeat(8)}`));

  const log = runtime.log();
  const entries = log.filter((entry) => entry.request_id === headers.get("x-request-id"));
  assert.equal(entries.length, 1);
  const { request_id: _, duration_ms, d1, ...rest } = entries[0];
  assert.ok(Number.isInteger(duration_ms) && duration_ms >= 0);
  assert.deepEqual(Object.keys(d1), ["round_trips", "rows_read", "rows_written"]);
  assert.deepEqual(Object.keys(rest), ["method", "route", "status", "organization"]);
  assert.deepEqual([rest.method, rest.status], ["POST", 201]);
  assert.equal(entries[0].organization, "acme");
  assert.equal(entries[0].route, "/chat/sessions");
  const text = runtime.lines.join("\n");
  assert.ok(!text.includes("mark-7d1f") && !text.includes("mark7d1f"));
  for (const key of Object.values(runtime.keys)) assert.ok(!text.includes(key));
});

test("a batch that fails in its last statement writes nothing, and says so", async () => {
  const state = () =>
    runtime.query(
      `SELECT (SELECT count(*) FROM contacts) AS contacts,
              (SELECT count(*) FROM idempotency_keys) AS keys,
              (SELECT sum(last_ticket_number) FROM ticket_counters) AS tickets`,
    );
  const before = await state();
  await runtime.execute("ALTER TABLE sessions RENAME TO sessions_elsewhere");
  const attempt = () =>
    send(runtime.baseUrl, {
      token: runtime.keys.secret,
      headers: { "Idempotency-Key": "half" },
      body: { contact: { email: "half@example.com" } },
    });
  const refused = await attempt();
  assert.equal(refused.status, 503);
  assert.equal(refused.body.code, "schema_outdated");
  assert.ok(Number(refused.headers.get("retry-after")) > 0);
  assert.doesNotMatch(refused.text, /sessions_|SQLITE|D1|no such table/);
  assert.deepEqual(await state(), before);

  await runtime.execute("ALTER TABLE sessions_elsewhere RENAME TO sessions");
  const retried = await attempt();
  assert.equal(retried.status, 201);
  assert.equal(retried.headers.get("idempotency-replayed"), null);
});
