// Cost of a full table: the same requests with 1,000, 100,000 and 1,000,000
// sessions stored, and as many messages, on the service as `wrangler dev` runs it, in turn. Prints a table of
// medians.

import { randomBytes } from "node:crypto";
import { send, startRuntime } from "../tests/support/runtime.mjs";
import { messagesEach, sendBody } from "./conversations.mjs";
import { median } from "./median.mjs";
import { isAsked, rounds, titles } from "./options.mjs";

if (!isAsked(titles.growth)) process.exit();

const sizes = [1_000, 100_000, 1_000_000];
const contacts = 1_000;
/** Calls of each request in one turn. */
const calls = 60;
const startMs = Date.UTC(2026, 0, 1);

const textAt = (seq) => `Where is my order ord_${seq}? It was to be here on Monday.`;

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

/**
 * Stores sessions of 1,000 people, created 20 seconds apart. Every 50th has 50 messages:
 * there are as many messages as sessions.
 */
function fill(database, sessions) {
  const contactId = (index) =>
    `0190163d-8694-7000-8000-${String(index % contacts).padStart(12, "0")}`;
  database.exec("BEGIN");
  const insertContact = database.prepare(
    `INSERT INTO contacts (organization, id, identity, email, custom_data, non_verified_custom_data,
       created_at_ms, updated_at_ms) VALUES ('acme', ?1, 'email:' || ?2, ?2, '{}', '{}', 1, 1)`,
  );
  for (let index = 0; index < contacts; index += 1) {
    insertContact.run(contactId(index), `person-${index}@example.com`);
  }
  database.exec(
    "INSERT INTO ticket_counters (organization, last_ticket_number) VALUES ('acme', 1000000)",
  );
  const insertSession = database.prepare(
    `INSERT INTO sessions (organization, id, contact_id, channel, status, verified, custom_data,
       ticket_number, created_at_ms, updated_at_ms, last_seq, last_message_seq, last_message,
       last_message_at_ms)
     VALUES ('acme', ?1, ?2, 'web', ?3, 0, ?4, ?5, ?6, ?6, ?7, ?7, ?8, iif(?7 > 0, ?6, NULL))`,
  );
  const insertMessage = database.prepare(
    `INSERT INTO entries (organization, session_id, seq, id, event, author, text, content_hash,
       created_at_ms) VALUES ('acme', ?, ?, ?, 'message', 'contact', ?, '', ?)`,
  );
  for (let index = 0; index < sessions; index += 1) {
    const createdMs = startMs + index * 20_000;
    const status = index % 20 === 0 ? "open" : "closed_resolved";
    const data = JSON.stringify({ order_id: `ord_${index}`, cart_value: 149.99 });
    const id = uuidAt(createdMs);
    const messages = (index + 1) % messagesEach === 0 ? messagesEach : 0;
    const last = messages > 0 ? textAt(messages) : null;
    const log = [messages, last];
    insertSession.run(id, contactId(index), status, data, index + 1, createdMs, ...log);
    for (let seq = 1; seq <= messages; seq += 1) {
      insertMessage.run(id, seq, uuidAt(createdMs), textAt(seq), createdMs);
    }
  }
  database.exec("COMMIT");
}

/** The requests; `id` is that of a session with messages. */
const requests = {
  create: (_, index) => ({
    body: {
      channel: { type: "web" },
      custom_data: { order_id: `ord_${index}` },
      contact: { email: `person-${index % contacts}@example.com` },
    },
  }),
  send: (id, index) => ({ path: `/chat/sessions/${id}/send`, body: sendBody(index) }),
  "history of 50": (id) => ({ method: "GET", path: `/chat/sessions/${id}/history` }),
  get: (id) => ({ method: "GET", path: `/chat/sessions/${id}` }),
  "list of 25": () => ({ method: "GET", path: "/chat/sessions?limit=25" }),
  "list of 25, open": () => ({ method: "GET", path: "/chat/sessions?limit=25&status=open" }),
};

/** Starts the service with `size` sessions; returns it with the id of one of them. */
async function startFilled(size) {
  const runtime = await startRuntime();
  await runtime.edit((database) => fill(database, size));
  const [{ id }] = await runtime.query(
    "SELECT id FROM sessions WHERE ticket_number = ?",
    Math.floor(size / 2),
  );
  return { runtime, id };
}

/** Returns the median time of a request, and the rows that the last one read. */
async function measure({ runtime, id }, name) {
  const timesMs = [];
  let answer;
  for (let index = 0; index < calls; index += 1) {
    const began = performance.now();
    const request = requests[name](id, index);
    answer = await send(runtime.baseUrl, { token: runtime.keys.secret, ...request });
    timesMs.push(performance.now() - began);
    if (answer.status >= 300) throw new Error(`${name}: ${answer.status} ${answer.text}`);
  }
  const { rows_read: rowsRead } = await runtime.usage(answer);
  return { p50Ms: median(timesMs), rowsRead };
}

const filled = [];
for (const size of sizes) filled.push(await startFilled(size));
/**
 * Results of the rounds, by request and size.
 *
 * @type {Map<string, { p50Ms: number, rowsRead: number }[][]>}
 */
const measured = new Map(Object.keys(requests).map((name) => [name, sizes.map(() => [])]));
for (let round = -1; round < rounds; round += 1) {
  for (const [name, bySize] of measured) {
    for (const [index, each] of filled.entries()) {
      const figures = await measure(each, name);
      // The first round warms up.
      if (round >= 0) bySize[index].push(figures);
    }
  }
}
for (const { runtime } of filled) await runtime.stop();

const count = new Intl.NumberFormat("en");
const calledEach = rounds * calls;
console.log(
  `\n${titles.growth}: p50 in ms / rows read, one request after another, ${calledEach} of each\n`,
);
console.log(
  `| sessions and messages stored | ${sizes.map((size) => count.format(size)).join(" | ")} | last to first |`,
);
console.log(`|---|${"---|".repeat(sizes.length + 1)}`);
for (const [name, bySize] of measured) {
  const p50sMs = bySize.map((figures) => figures.map(({ p50Ms }) => p50Ms));
  const cells = bySize.map(
    (figures, index) => `${median(p50sMs[index]).toFixed(1)} / ${figures.at(-1)?.rowsRead}`,
  );
  const [first, last] = [p50sMs[0], p50sMs[sizes.length - 1]];
  const ratios = last.map((lastMs, round) => lastMs / first[round]);
  console.log(`| ${name} | ${cells.join(" | ")} | ${median(ratios).toFixed(2)} |`);
}
