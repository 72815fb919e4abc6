// Runs a contender on the platform of the measurement: D1_MODE.

import Contender from "contender";

const answer = {
  results: [],
  success: true,
  meta: { changes: 1, rows_read: 0, rows_written: 0, duration: 0 },
};
// Contact ids and ticket numbers that a contender reads back.
const row = { id: "0190163d-8694-7000-8000-000000000001", last_ticket_number: 1 };

/** A page of 50 messages. */
const entries = Array.from({ length: 50 }, (_, index) => ({
  seq: index + 1,
  id: `0190163d-8694-739b-aea5-${String(index).padStart(12, "0")}`,
  event: "message",
  author: index % 2 === 0 ? "contact" : "agent",
  agent_id: index % 2 === 0 ? null : "agent-7",
  agent_name: index % 2 === 0 ? null : "Ben Okafor",
  avatar_url: null,
  text: `Where is my order ord_${index}? It was to be here on Monday, and the tracking page says that it has not left the warehouse.`,
  attachments: "[]",
  detail: null,
  created_at_ms: 1_750_000_000_123 + index,
}));
const message = { seq: 1, created_at_ms: 1_750_000_000_123, content_hash: "" };
/** The columns of a session that contenders read. */
const session = {
  id: "0190163d-8694-739b-aea5-966c26f8ad91",
  status: "open",
  channel: "api",
  verified: 0,
  ticket_number: 1,
  created_at_ms: 1_750_000_000_123,
  updated_at_ms: 1_750_000_000_123,
  custom_data: "{}",
  last_seq: 50,
  last_message: "Where is my order ord_49?",
  last_message_at_ms: 1_750_000_000_172,
  read_by_contact: 49,
  read_by_agent: 50,
  unread_by_contact: 1,
  unread_by_agent: 0,
  assignee: "human",
  assignee_id: "agent-7",
  assignee_name: "Ben Okafor",
  assignee_avatar_url: null,
  contact_id: "0190163d-8694-7000-8000-000000000001",
  email: "person-0@example.com",
  phone_number: null,
  name: null,
  contact_custom_data: "{}",
  given_name: "Ann Lee",
  non_verified_name: "Ann Lee",
  non_verified_phone_number: null,
  non_verified_custom_data: "{}",
};

/** Returns the rows that a statement of a log answers with. */
function rowsOf(sql) {
  if (/LEFT JOIN entries/.test(sql)) return [message];
  if (/LEFT JOIN contacts/.test(sql)) return [session];
  return /^[^(]*FROM entries\s+WHERE/.test(sql) ? entries : [];
}

/** Statements by their SQL, made once. */
const statements = new Map();
function statementOf(sql) {
  const known = statements.get(sql);
  if (known) return known;
  const made = { ...statement, bind: () => made, answer: { ...answer, results: rowsOf(sql) } };
  statements.set(sql, made);
  return made;
}

/** A D1 that answers at once, so that only the Worker's own cost is measured. */
const stub = {
  prepare: statementOf,
  batch: async (statements) => statements.map((each) => each.answer),
  withSession: () => stub,
  getBookmark: () => "00000001-00000001-00000001-00000000000000000000000000000001",
};
const statement = {
  all: async () => ({ ...answer, results: [row] }),
  run: async () => answer,
  raw: async () => [Object.values(row)],
  first: async () => row,
};

/** A KV and a rate limiter that answer at once. */
const stubPlatform = (env) => ({
  KEYS: { get: async (_, type) => (type === "json" ? JSON.parse(env.KEY_RECORD) : env.KEY_RECORD) },
  CREDENTIAL_RATE_LIMITER: { limit: async () => ({ success: true }) },
  SERVER_RATE_LIMITER: { limit: async () => ({ success: true }) },
});

/** Rooms and inboxes that answer at once: the peers have none, and bench/live.mjs has ours. */
class Rooms {
  // The name that the service's binding looks for.
  static name = "DurableObjectNamespace";
  getByName() {
    return { fetch: async () => new Response() };
  }
}
const live = { ROOMS: new Rooms(), INBOXES: new Rooms() };

/** A D1 that is far away: each round trip takes `delayMs` longer. */
function delayed(database, delayMs) {
  const late = (call) => new Promise((resolve) => setTimeout(resolve, delayMs)).then(call);
  const inner = Symbol();
  const prepared = (statement) => ({
    [inner]: statement,
    bind: (...values) => prepared(statement.bind(...values)),
    all: () => late(() => statement.all()),
    run: () => late(() => statement.run()),
    raw: (options) => late(() => statement.raw(options)),
    first: (column) => late(() => statement.first(column)),
  });
  return {
    prepare: (sql) => prepared(database.prepare(sql)),
    batch: (statements) => late(() => database.batch(statements.map((each) => each[inner]))),
    withSession: (start) => delayed(database.withSession(start), delayMs),
    getBookmark: () => database.getBookmark(),
  };
}

/** A D1 that adds its round trips and rows to `usage`. */
function counted(database, usage) {
  const inner = Symbol();
  const add = (results) => {
    usage.round_trips += 1;
    for (const { meta } of [results].flat()) {
      usage.rows_read += meta?.rows_read ?? 0;
      usage.rows_written += meta?.rows_written ?? 0;
    }
    return results;
  };
  const prepared = (statement) => ({
    [inner]: statement,
    bind: (...values) => prepared(statement.bind(...values)),
    all: async () => add(await statement.all()),
    run: async () => add(await statement.run()),
    // Results of `raw` have no figures, so the statement runs as `all`.
    raw: async () => add(await statement.all()).results.map(Object.values),
    first: async () => add(await statement.all()).results[0] ?? null,
  });
  return {
    prepare: (sql) => prepared(database.prepare(sql)),
    batch: async (statements) => add(await database.batch(statements.map((each) => each[inner]))),
    withSession: (start) => counted(database.withSession(start), usage),
    getBookmark: () => database.getBookmark(),
  };
}

const platformOf = {
  simulated: (env) => ({ ...env, ...live }),
  stub: (env) => ({ ...env, ...live, ...stubPlatform(env), DB: stub }),
  delayed: (env) => ({ ...env, ...live, DB: delayed(env.DB, Number(env.DELAY_MS)) }),
};

/** The service's Worker is a class, as `worker-build` makes it; the others are objects. */
const respond =
  typeof Contender === "function"
    ? (request, env, context) => new Contender(context, env).fetch(request)
    : (request, env, context) => Contender.fetch(request, env, context);

/** Created once: the cost of this file is in every figure. */
let platform;

async function answerCounted(request, env, context) {
  // Lets a test ask the database itself.
  if (new URL(request.url).pathname === "/sql") {
    const { results } = await env.DB.prepare(await request.text()).all();
    return Response.json(results);
  }
  const usage = { round_trips: 0, rows_read: 0, rows_written: 0 };
  const DB = counted(env.DB, usage);
  const response = await respond(request, { ...env, ...live, DB }, context);
  const headers = new Headers(response.headers);
  headers.set("X-Usage", JSON.stringify(usage));
  return new Response(response.body, { status: response.status, headers });
}

export default {
  fetch(request, env, context) {
    if (env.D1_MODE === "counted") return answerCounted(request, env, context);
    platform ??= platformOf[env.D1_MODE](env);
    return respond(request, platform, context);
  },
};
