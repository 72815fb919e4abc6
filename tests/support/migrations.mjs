// Migrations of D1 in workerd, applied one by one: wrangler applies all that there are.

import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { unstable_splitSqlQuery as splitStatements } from "wrangler";
import { root } from "../../scripts/wrangler.mjs";

/** The names of all migrations, in their order. */
export const migrations = (await readdir(join(root, "migrations"))).sort();

/** Applies one migration as wrangler does: in one batch, with its name recorded. */
export async function applyMigration(database, name) {
  const sql = await readFile(join(root, "migrations", name), "utf8");
  await database.batch([
    database.prepare(
      "CREATE TABLE IF NOT EXISTS d1_migrations (id INTEGER PRIMARY KEY, name TEXT UNIQUE)",
    ),
    ...splitStatements(sql).map((statement) => database.prepare(statement)),
    database.prepare("INSERT INTO d1_migrations (name) VALUES (?)").bind(name),
  ]);
}
