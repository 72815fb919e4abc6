// Export of messages: every entry of every session once, in order, in pages whose number of
// entries and bytes are bounded, each read in one round trip and in proportion to the page.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { send, startRuntime } from "../support/runtime.mjs";

const pageEntries = 2000;
const pageBytes = 1_048_576;

let runtime;
before(async () => {
  runtime = await startRuntime();
});
after(() => runtime?.stop());

const person = (number) => `0190163d-8694-7000-8000-${String(number).padStart(12, "0")}`;

/**
 * Stores a person with sessions, and as many entries in each log as `entries` says for it,
 * an SQL expression of the session's number `i`. `text` is one of the entry's `seq`.
 */
const fill = (number, sessions, entries, text = "'Hello ' || seq") =>
  runtime.edit((database) => {
    database.exec(`BEGIN;
      INSERT INTO contacts (organization, id, name, custom_data, non_verified_custom_data,
        created_at_ms, updated_at_ms)
      VALUES ('acme', '${person(number)}', 'Ann', '{}', '{}', 1, 1);
      INSERT INTO sessions (organization, id, contact_id, channel, verified, custom_data,
        ticket_number, created_at_ms, updated_at_ms, last_seq)
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${sessions})
      SELECT 'acme', printf('0190163d-8694-7${String(number).padStart(3, "0")}-8000-%012x', i),
        '${person(number)}', 'web', i % 2, '{}',
        (SELECT coalesce(max(ticket_number), 0) FROM sessions) + i, i, i, ${entries} FROM n;
      INSERT INTO entries (organization, session_id, seq, id, event, author, text, created_at_ms)
      WITH RECURSIVE n(seq) AS (SELECT 1 UNION ALL SELECT seq + 1 FROM n
        WHERE seq < (SELECT max(last_seq) FROM sessions WHERE contact_id = '${person(number)}'))
      SELECT 'acme', s.id, seq, '0190163d-8694-7000-8001-' || printf('%012x', seq), 'message',
        'contact', ${text}, seq
      FROM sessions AS s CROSS JOIN n
      WHERE s.contact_id = '${person(number)}' AND seq <= s.last_seq;
      COMMIT`);
  });

/** Reads a whole export; returns its sessions with their histories, and its pages. */
async function exportAll(number) {
  const histories = new Map();
  const pages = [];
  for (let next = ""; next !== null;) {
    const path = `/contacts/${person(number)}/export${next && `?cursor=${next}`}`;
    const page = await send(runtime.baseUrl, { method: "GET", path, token: runtime.keys.secret });
    assert.equal(page.status, 200, page.text);
    let entries = 0;
    for (const { id, history } of page.body.sessions) {
      entries += history.length;
      histories.set(id, [...(histories.get(id) ?? []), ...history]);
    }
    assert.ok(entries <= pageEntries, `${entries} entries`);
    pages.push({ ...(await runtime.usage(page)), entries, bytes: page.text.length });
    next = page.body.next;
    assert.ok(pages.length < 1000, "pages without end");
  }
  return { histories, pages };
}

/** Asserts that the log is whole, from `first` to `last`. */
function assertLog(history, first, last) {
  const seqs = history.map(({ seq }) => seq);
  const expected = Array.from({ length: last - first + 1 }, (_, index) => first + index);
  assert.deepEqual(seqs, expected);
}

test("100,000 entries of one session are exported page by page, each read once", async () => {
  await fill(1, 1, "100000");
  const { histories, pages } = await exportAll(1);
  const [[, history]] = histories;
  assertLog(history, 1, 100_000);
  assert.deepEqual(history[41], {
    id: "0190163d-8694-7000-8001-00000000002a",
    seq: 42,
    created_at: "1970-01-01T00:00:00.042Z",
    event: {
      type: "message",
      sender: { type: "contact", name: "Ann" },
      content: { type: "text", text: "Hello 42" },
      attachments: [],
    },
  });
  assert.equal(pages.length, 50);
  for (const { round_trips, rows_read, bytes } of pages) {
    assert.equal(round_trips, 1);
    assert.ok(rows_read <= 5.1 * pageEntries, `${rows_read} rows read`);
    assert.ok(bytes < 1.1 * pageBytes, `${bytes} bytes`);
  }
});

test("an export of many sessions has each entry once, and sessions without one", async () => {
  await fill(2, 2500, "CASE WHEN i = 700 THEN 5000 WHEN i % 3 = 0 THEN 4 ELSE 0 END");
  const { histories, pages } = await exportAll(2);
  assert.equal(histories.size, 2500);
  let number = 0;
  for (const history of histories.values()) {
    number += 1;
    assertLog(history, 1, number === 700 ? 5000 : number % 3 === 0 ? 4 : 0);
  }
  // Sessions in the order of their ids: that of the map is that of the pages.
  assert.deepEqual([...histories.keys()], [...histories.keys()].sort());
  assert.ok(pages.length <= 9, `${pages.length} pages`);
});

test("large texts, and those that JSON makes larger, shorten a page", async () => {
  await fill(3, 3, "100", "replace(hex(zeroblob(4000)), '0', '\u{1f600}')");
  await fill(4, 3, "100", "replace(hex(zeroblob(4000)), '0', char(1))");
  for (const number of [3, 4]) {
    const { histories, pages } = await exportAll(number);
    assert.equal(histories.size, 3);
    for (const history of histories.values()) assertLog(history, 1, 100);
    for (const { bytes } of pages) assert.ok(bytes < 1.1 * pageBytes, `${bytes} bytes`);
    assert.ok(pages.length <= 20, `${pages.length} pages`);
  }
});

test("a session that a removal has emptied in part is exported as it is", async () => {
  await fill(5, 3, "3000");
  const id = "0190163d-8694-7005-8000-000000000002";
  await runtime.execute(`DELETE FROM entries WHERE session_id = '${id}' AND seq <= 2500`);
  const { histories } = await exportAll(5);
  for (const [session, history] of histories) assertLog(history, session === id ? 2501 : 1, 3000);
});

test("a page that begins anywhere is one, and a cursor that is none is 400", async () => {
  const ask = (cursor) =>
    send(runtime.baseUrl, {
      method: "GET",
      path: `/contacts/${person(5)}/export?cursor=${cursor}`,
      token: runtime.keys.secret,
    });
  const id = "0190163d869470058000000000000003";
  const { body } = await ask(`${id}-2999`);
  assert.deepEqual(
    body.sessions.map(({ history }) => history.map(({ seq }) => seq)),
    [[3000]],
  );
  assert.equal(body.next, null);
  for (const cursor of [`${id}-3000`, `${id}-999999999999999`]) {
    const { sessions, next } = (await ask(cursor)).body;
    assert.deepEqual([sessions.length, sessions[0].history, next], [1, [], null]);
  }
  assert.deepEqual((await ask(id)).body.sessions, []);
  for (const cursor of [`${id}-`, `${id}-x`, `${id}--1`, `${id}-01`, `${id}-1e3`, "1-1"]) {
    assert.equal((await ask(cursor)).status, 400, cursor);
  }
});
