// What a full table costs: the same requests with 1,000, 100,000 and 1,000,000
// sessions stored, on the service as `wrangler dev` runs it. Prints a table of medians.

import { randomBytes } from "node:crypto";
import { send, startRuntime } from "../tests/support/runtime.mjs";

const sizes = [1_000, 100_000, 1_000_000];
const contacts = 1_000;
const calls = 400;
const warmUpCalls = 100;
const startMs = Date.UTC(2026, 0, 1);

const uuidAt = (ms) => {
  const random = randomBytes(10).toString("hex");
  const time = ms.toString(16).padStart(12, "0");
  return [
    time.slice(0, 8),
    time.slice(8),
    `7${random.slice(0, 3)}`,
    `8${random.slice(3, 6)}`,
    random.slice(6, 18),
  ].join("-");
};

/** Stores sessions until there are so many, two minutes apart, of 1,000 people. */
function fill(database, from, to) {
  const contactId = (index) =>
    `0190163d-8694-7000-8000-${String(index % contacts).padStart(12, "0")}`;
  database.exec("BEGIN");
  if (from === 0) {
    const insert = database.prepare(
      `INSERT INTO contacts (organization, id, identity, email, custom_data, non_verified_custom_data,
         created_at_ms, updated_at_ms) VALUES ('acme', ?1, 'email:' || ?2, ?2, '{}', '{}', 1, 1)`,
    );
    for (let index = 0; index < contacts; index += 1) {
      insert.run(contactId(index), `person-${index}@example.com`);
    }
    database.exec("INSERT INTO ticket_counters VALUES ('acme', 1000000)");
  }
  const insert = database.prepare(
    `INSERT INTO sessions (organization, id, contact_id, channel, status, verified, custom_data,
       ticket_number, created_at_ms, updated_at_ms) VALUES ('acme', ?, ?, 'web', ?, 0, ?, ?, ?, ?)`,
  );
  for (let index = from; index < to; index += 1) {
    const createdMs = startMs + index * 20_000;
    const status = index % 20 === 0 ? "open" : "closed_resolved";
    const data = JSON.stringify({ order_id: `ord_${index}`, cart_value: 149.99 });
    insert.run(uuidAt(createdMs), contactId(index), status, data, index + 1, createdMs, createdMs);
  }
  database.exec("COMMIT");
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

/** How long a request takes and what it reads, by its name. */
async function measure(runtime, id) {
  const requests = {
    create: (index) => ({
      body: {
        channel: { type: "web" },
        custom_data: { order_id: `ord_${index}` },
        contact: { email: `person-${index % contacts}@example.com` },
      },
    }),
    get: () => ({ method: "GET", path: `/chat/sessions/${id}` }),
    "list of 25": () => ({ method: "GET", path: "/chat/sessions?limit=25" }),
    "list of 25, open": () => ({ method: "GET", path: "/chat/sessions?limit=25&status=open" }),
  };
  const figures = new Map();
  for (const [name, requestOf] of Object.entries(requests)) {
    const timesMs = [];
    let answer;
    for (let index = -warmUpCalls; index < calls; index += 1) {
      const began = performance.now();
      answer = await send(runtime.baseUrl, {
        token: runtime.keys.secret,
        ...requestOf(index + 1000),
      });
      if (index >= 0) timesMs.push(performance.now() - began);
      if (answer.status >= 300) throw new Error(`${name}: ${answer.status} ${answer.text}`);
    }
    const { rows_read: rowsRead } = await runtime.usage(answer);
    figures.set(name, { p50Ms: median(timesMs), rowsRead });
  }
  return figures;
}

const runtime = await startRuntime();
const bySize = [];
let stored = 0;
for (const size of sizes) {
  await runtime.edit((database) => fill(database, stored, size));
  stored = size;
  const [{ id }] = await runtime.query(
    "SELECT id FROM sessions WHERE ticket_number = ?",
    Math.floor(size / 2),
  );
  bySize.push(await measure(runtime, id));
}
await runtime.stop();

const count = new Intl.NumberFormat("en");
console.log(`\nA full table: p50 in ms / rows read, one request after another, ${calls} of each\n`);
console.log(
  `| sessions stored | ${sizes.map((size) => count.format(size)).join(" | ")} | last to first |`,
);
console.log(`|---|${"---|".repeat(sizes.length + 1)}`);
for (const name of bySize[0].keys()) {
  const row = bySize.map((figures) => figures.get(name));
  const cells = row.map(({ p50Ms, rowsRead }) => `${p50Ms.toFixed(1)} / ${rowsRead}`);
  const ratio = (row.at(-1).p50Ms / row[0].p50Ms).toFixed(2);
  console.log(`| ${name} | ${cells.join(" | ")} | ${ratio} |`);
}
