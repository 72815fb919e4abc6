// Runs a contender on the platform of the measurement: D1_MODE.

import Contender from "contender";

const answer = {
  results: [],
  success: true,
  meta: { changes: 1, rows_read: 0, rows_written: 0, duration: 0 },
};
// Contact ids and ticket numbers that a contender reads back.
const row = { id: "0190163d-8694-7000-8000-000000000001", last_ticket_number: 1 };

/** A D1 that answers at once, so that only the Worker's own cost is measured. */
const stub = {
  prepare: () => statement,
  batch: async (statements) => statements.map(() => answer),
  withSession: () => stub,
  getBookmark: () => "00000001-00000001-00000001-00000000000000000000000000000001",
};
const statement = {
  bind: () => statement,
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
  simulated: (env) => env,
  stub: (env) => ({ ...env, ...stubPlatform(env), DB: stub }),
  delayed: (env) => ({ ...env, DB: delayed(env.DB, Number(env.DELAY_MS)) }),
};

/** The service's Worker is a class, as `worker-build` makes it; the others are objects. */
const respond =
  typeof Contender === "function"
    ? (request, env, context) => new Contender(context, env).fetch(request)
    : (request, env, context) => Contender.fetch(request, env, context);

/** Created once: the cost of this file is in every figure. */
let platform;

async function answerCounted(request, env, context) {
  const usage = { round_trips: 0, rows_read: 0, rows_written: 0 };
  const DB = counted(env.DB, usage);
  const response = await respond(request, { ...env, DB }, context);
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
