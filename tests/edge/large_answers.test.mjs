// Lists and exports of much data: no answer is large, and the Worker's memory stays flat.

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { after, before, test } from "node:test";
import { send, startRuntime } from "../support/runtime.mjs";

const mebibyte = 1024 * 1024;
const large = "0190163d-8694-7000-8000-0000000000c1";
const largeSessions = 120;
const many = "0190163d-8694-7000-8000-0000000000c2";
const manySessions = 50_000;

let runtime;
before(async () => {
  const worker = fileURLToPath(new URL("measured/worker.mjs", import.meta.url));
  runtime = await startRuntime({ worker });
  await runtime.edit(fill);
});
after(() => runtime?.stop());

/** Stores sessions as large as a request may be, of a contact as large as it may be. */
function fill(database) {
  const attributes = (bytes) => JSON.stringify({ a: "é".repeat(bytes / 2) });
  database.exec(
    "BEGIN; INSERT INTO ticket_counters (organization, last_ticket_number) VALUES ('acme', 1000000)",
  );
  const contact = database.prepare(
    `INSERT INTO contacts (organization, id, identity, email, name, non_verified_name, custom_data,
       non_verified_custom_data, verified_at_ms, created_at_ms, updated_at_ms)
     VALUES ('acme', ?, ?, ?, ?, ?, ?, ?, 1, 1, 1)`,
  );
  const names = "\u0001".repeat(256);
  const email = "large@example.com";
  const data = [attributes(65_000), attributes(8_000)];
  contact.run(large, `email:${email}`, email, names, names, ...data);
  const session = database.prepare(
    `INSERT INTO sessions (organization, id, contact_id, channel, status, verified, custom_data,
       ticket_number, created_at_ms, updated_at_ms, last_message_at_ms)
     VALUES ('acme', ?, ?, 'web', ?, ?, ?, ?, ?, ?, ?)`,
  );
  for (let index = 0; index < largeSessions; index += 1) {
    const id = idOf("0190163d-8694", index);
    const status = index % 2 ? "closed_resolved" : "open";
    const times = [index, index + 1, Math.floor(index / 2)];
    session.run(id, large, status, 1, attributes(index % 3 ? 60_000 : 20), index, ...times);
  }
  database.exec(`
    INSERT INTO contacts (organization, id, custom_data, non_verified_custom_data, created_at_ms,
      updated_at_ms) VALUES ('globex', '${many}', '{}', '{}', 1, 1);
    INSERT INTO sessions (organization, id, contact_id, channel, verified, custom_data,
      ticket_number, created_at_ms, updated_at_ms)
    WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ${manySessions - 1})
    SELECT 'globex', '0180163d-8694-7000-8000-' || printf('%012x', i), '${many}', 'web', i % 2,
      '{"order":' || i || '}', i, i, i FROM n;
    COMMIT`);
}

const idOf = (time, index) => `${time}-7000-8000-${index.toString(16).padStart(12, "0")}`;
const get = (path, token = runtime.keys.secret) =>
  send(runtime.baseUrl, { method: "GET", path, token });
const memory = async () => (await get("/memory")).body;

/** Follows `next` to the end; returns the ids, and the largest answer. */
async function walk(path, items, token) {
  const ids = [];
  let largest = 0;
  let pages = 0;
  /** @type {string | null} */
  let cursor = null;
  do {
    const answer = await get(
      cursor ? `${path}${path.includes("?") ? "&" : "?"}cursor=${cursor}` : path,
      token,
    );
    assert.equal(answer.status, 200, answer.text.slice(0, 500));
    largest = Math.max(largest, Buffer.byteLength(answer.text));
    ids.push(...answer.body[items].map(({ id }) => id));
    cursor = answer.body.next;
    pages += 1;
  } while (cursor);
  return { ids, largest, pages };
}

const newestFirst = Array.from({ length: largeSessions }, (_, index) =>
  idOf("0190163d-8694", index),
).reverse();

test("a page of a list has 1 MiB at most, and the walk misses none", async () => {
  const login = { email: "large@example.com" };
  const { body } = await send(runtime.baseUrl, {
    token: runtime.keys.secret,
    path: "/widget/authenticate-user",
    body: login,
  });
  const before = await memory();
  for (const [query, token] of [
    ["", runtime.keys.secret],
    ["&channel_type=web", runtime.keys.secret],
    ["&verified=true", runtime.keys.secret],
    ["&updated_after=1970-01-01", runtime.keys.secret],
    ["&updated_after=1970-01-02&created_before=2030-01-01", runtime.keys.secret],
    ["&sort=activity", runtime.keys.secret],
    ["&sort=activity&verified=true", runtime.keys.secret],
    ["", body.token],
  ]) {
    const isNone = query.includes("01-02");
    const { ids, largest, pages } = await walk(`/chat/sessions?limit=100${query}`, "items", token);
    assert.deepEqual(ids, isNone ? [] : newestFirst, query);
    assert.ok(largest <= mebibyte, `${largest} bytes with ${query}`);
    if (!isNone) assert.ok(pages > 10 && pages < 40, `${pages} pages`);
  }
  assert.ok((await memory()) - before < 8 * mebibyte, `${await memory()} after ${before} bytes`);
});

test("small sessions fill a page: it is not shortened", async () => {
  const token = runtime.keys.otherSecret;
  const contact = { email: "small@example.com", name: "Small", custom_data: { plan: "pro" } };
  for (let index = 0; index < 101; index += 1) {
    await send(runtime.baseUrl, { token, body: { contact, custom_data: { index } } });
  }
  const { pages } = await walk("/chat/sessions?limit=100&created_after=2024-01-01", "items", token);
  assert.equal(pages, 2);
});

test("an export has pages of 1 MiB of sessions at most, and of 1,000", async () => {
  const path = `/contacts/${large}/export`;
  const { ids, largest, pages } = await walk(path, "sessions");
  assert.deepEqual(ids, newestFirst.toReversed());
  // The contact comes on top.
  assert.ok(largest <= mebibyte + 100_000, `${largest} bytes`);
  assert.ok(pages < 10, `${pages} pages`);
  const refused = await get(`${path}?cursor=42`);
  assert.equal(refused.status, 400);
  assert.equal(refused.body.errors[0].path, "/cursor");
});

test("50,000 sessions are exported, oldest first, in flat memory", async () => {
  const path = `/contacts/${many}/export`;
  const token = runtime.keys.otherSecret;
  const first = await get(path, token);
  const { rows_read } = await runtime.usage(first);
  assert.ok(rows_read < 20 * 1001, `${rows_read} rows read`);
  assert.deepEqual(Object.keys(first.body), ["contact", "sessions", "next"]);
  const before = await memory();
  const { ids, pages } = await walk(path, "sessions", token);
  // A mebibyte has room for 699 of them: one is taken for 1,500 bytes.
  assert.ok(pages >= 50 && pages <= manySessions / 680, `${pages} pages`);
  const expected = Array.from({ length: manySessions }, (_, index) => idOf("0180163d-8694", index));
  assert.deepEqual(ids, expected);
  assert.equal(await memory(), before);
});
