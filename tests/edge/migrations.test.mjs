// Every migration, on a database with data from the one before: no row is lost or
// changed, and the service reads and continues with the data. wrangler applies the first
// migration and the newest, which are those of a new and of a deployed database; D1 in
// workerd those between, in a tenth of the time.

import assert from "node:assert/strict";
import { cp, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, before, test } from "node:test";
import { root, wrangler } from "../../scripts/wrangler.mjs";
import { applyMigration, migrations } from "../support/migrations.mjs";
import { startMiniflare } from "../support/miniflare.mjs";
import { databaseFile, query, send, startRuntime } from "../support/runtime.mjs";

let folder;
let persistTo;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "chat-sessions-migrations-"));
  persistTo = join(folder, "state");
});
after(() => rm(folder, { recursive: true, force: true }));

/** Applies the first `count` migrations with wrangler. */
async function migrate(count) {
  const config = join(folder, "wrangler.toml");
  await mkdir(join(folder, "migrations"), { recursive: true });
  for (const name of migrations.slice(0, count)) {
    await cp(join(root, "migrations", name), join(folder, "migrations", name));
  }
  await writeFile(config, await readFile(join(root, "wrangler.toml")));
  const local = ["--config", config, "--local", "--persist-to", persistTo];
  await wrangler("d1", "migrations", "apply", "DB", ...local);
}

/** Applies one migration with D1 in workerd. */
async function applyInD1(name) {
  const { miniflare, stop } = await startMiniflare({ persistTo, log: () => {} });
  try {
    await applyMigration(await miniflare.getD1Database("DB"), name);
  } finally {
    await stop();
  }
}

/** Inserts rows as the service wrote them after a migration. */
async function insertRowsOf(name) {
  const sql = await readFile(join(root, "tests/migrations", name), "utf8");
  const database = new DatabaseSync(await databaseFile(persistTo));
  database.exec(sql);
  database.close();
}

const tables = () =>
  query(
    persistTo,
    `SELECT name FROM sqlite_schema WHERE type = 'table'
       AND name NOT GLOB '_cf_*' AND name NOT GLOB 'sqlite_*' AND name <> 'd1_migrations'`,
  );

/** Returns the columns whose value a migration moves, with their new value. */
function moved(migration, table, { email, phone_number, verified_at_ms }) {
  const isUnverifiedNumber =
    table === "contacts" && email && phone_number && verified_at_ms === null;
  return migration === "0008_verified.sql" && isUnverifiedNumber
    ? { phone_number: null, non_verified_phone_number: phone_number }
    : {};
}

/** Returns every row of every table, by table. */
async function rows() {
  const all = {};
  for (const { name } of await tables()) {
    all[name] = await query(persistTo, `SELECT * FROM ${name} ORDER BY 1, 2`);
  }
  return all;
}

test("the migrations are numbered without a gap, and each has data of its time", async () => {
  const numbers = migrations.map((name) => Number(name.slice(0, 4)));
  assert.deepEqual(
    numbers,
    numbers.map((_, index) => index + 1),
  );
  assert.deepEqual((await readdir(join(root, "tests/migrations"))).sort(), migrations);
});

test("each migration keeps every row of the one before", async () => {
  for (const [index, name] of migrations.entries()) {
    const before = index === 0 ? {} : await rows();
    const isBetween = index > 0 && index < migrations.length - 1;
    await (isBetween ? applyInD1(name) : migrate(index + 1));
    const after = await rows();
    for (const [table, stored] of Object.entries(before)) {
      assert.ok(stored.length > 0, `${table} has data before ${name}`);
      assert.equal(after[table]?.length, stored.length, `rows of ${table} after ${name}`);
      for (const [position, row] of stored.entries()) {
        // A migration may add columns; the existing ones stay.
        const kept = { ...row, ...moved(name, table, row) };
        assert.deepEqual({ ...after[table][position], ...kept }, after[table][position], name);
      }
    }
    await insertRowsOf(name);
  }
  // Nothing is applied twice.
  const before = await rows();
  await migrate(migrations.length);
  assert.deepEqual(await rows(), before);
});

test("the service reads the data of every migration, and goes on with it", async () => {
  const runtime = await startRuntime({ data: persistTo });
  try {
    const token = runtime.keys.secret;
    const get = async (id, secret = token) => {
      const path = `/chat/sessions/${id}`;
      const { status, body } = await send(runtime.baseUrl, { method: "GET", path, token: secret });
      assert.equal(status, 200);
      return body;
    };
    const stored = (number) => `0190163d-8694-7000-8000-00000000000${number}`;
    const first = await get(stored(1));
    assert.equal(first.ticket_number, 1);
    assert.equal(first.created_at, "2023-11-14T22:13:20.000Z");
    assert.deepEqual(first.custom_data, { order_id: "ord_1", total: 149.99 });
    assert.equal(first.contact.name, "Ann");
    assert.equal(first.contact.phone_number, "+15550100");
    assert.deepEqual(first.contact.non_verified_custom_data, { page: "/pricing" });
    assert.equal((await get(stored(2))).contact.non_verified_name, "Somebody");
    assert.equal((await get(stored(3))).status, "closed_resolved");
    await get(stored(4), runtime.keys.otherSecret);

    // A phone number that nobody vouched for is shown as such.
    const path = "/contacts/0190163d-8694-7000-8000-0000000000c5/export";
    const { body: exported } = await send(runtime.baseUrl, { method: "GET", path, token });
    assert.equal(exported.contact.phone_number, null);
    assert.equal(exported.contact.non_verified_phone_number, "+15550105");

    // Sessions of every migration are listed, and an open one is resumed.
    const list = async (query) => {
      const path = `/chat/sessions?${query}`;
      return (await send(runtime.baseUrl, { method: "GET", path, token })).body.items;
    };
    const ids = (items) => items.map(({ id }) => Number.parseInt(id.slice(-1), 16));
    assert.deepEqual(ids(await list("")), [11, 10, 9, 8, 7, 6, 5, 3, 2, 1]);
    assert.deepEqual(ids(await list("status=open&channel_type=web")), [7, 5, 1]);
    assert.deepEqual(
      ids(await list("updated_after=2023-11-14T22:13:23Z")),
      [11, 10, 9, 8, 7, 6, 5, 3],
    );
    const { contact, channel } = await get(stored(7));
    const resume = { contact_id: contact.id, channel, verified: true, resume: true };
    const resumed = await send(runtime.baseUrl, { token, body: resume });
    assert.equal(resumed.status, 200);
    assert.equal(resumed.body.id, stored(7));

    // The contact is found, and ticket numbers continue.
    const { body } = await send(runtime.baseUrl, {
      token,
      body: { contact: { email: "Ann@example.com", custom_data: { visits: 2 } } },
    });
    const next = await get(body.id);
    assert.equal(next.ticket_number, 11);
    assert.equal(next.contact.id, first.contact.id);
    assert.deepEqual(next.contact.non_verified_custom_data, { page: "/pricing", visits: 2 });
  } finally {
    await runtime.stop();
  }
});
