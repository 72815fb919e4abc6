// The built Worker, byte for byte, between storage that fails on demand: what
// the X-Test-Fault header of a request names. The service itself knows nothing
// of it.

import Service from "../../../build/edge/index.js";

const never = () => new Promise(() => {});
const fail = () => {
  throw new Error("injected fault");
};

/** Faults of D1's `batch`: each gets the database, the statements and the context. */
const databaseFaults = {
  /** The request to the database is lost. */
  before: fail,
  /** The answer of the database is lost. */
  async after(database, statements) {
    await database.batch(statements);
    fail();
  },
  /** The statement at a position fails. */
  at(database, statements, _context, position) {
    const failing = database.prepare("SELECT json('{')");
    return database.batch(statements.toSpliced(Number(position), 0, failing));
  },
  /** Nothing is done, and nothing comes back. */
  hang: never,
  /** All is done, but nothing comes back. */
  async mute(database, statements) {
    await database.batch(statements);
    return never();
  },
  /** All is done when the caller has long had its answer. */
  late(database, statements, context, delayMs) {
    const doneLate = async () => {
      await new Promise((resolve) => setTimeout(resolve, Number(delayMs)));
      await database.batch(statements);
      console.log("late batch done");
    };
    context.waitUntil(doneLate());
    return never();
  },
};

const keyFaults = { "keys-fail": fail, "keys-hang": never };

const limiterFaults = {
  "limiter-fail": fail,
  "limiter-hang": never,
  /** It answers, but with nothing. */
  "limiter-mumble": async () => undefined,
};

export default {
  fetch(request, env, context) {
    const fault = request.headers.get("X-Test-Fault");
    if (fault === "panic") panicOnce();
    const isOfEnv = fault && fault !== "panic";
    return new Service(context, isOfEnv ? withFault(env, fault, context) : env).fetch(request);
  },
};

/** Makes the Worker panic while it waits: the `worker` crate's `Delay` unwraps this call. */
function panicOnce() {
  const { setTimeout } = globalThis;
  globalThis.setTimeout = () => {
    globalThis.setTimeout = setTimeout;
    throw new Error("injected panic");
  };
}

function withFault(env, fault, context) {
  const [name, argument] = fault.split(" ");
  if (name in keyFaults) return { ...env, KEYS: { get: keyFaults[name] } };
  if (name in limiterFaults) {
    return { ...env, CREDENTIAL_RATE_LIMITER: { limit: limiterFaults[name] } };
  }
  const withSession = (bookmark) => {
    const session = env.DB.withSession(bookmark);
    return {
      prepare: (sql) => session.prepare(sql),
      batch: (statements) => databaseFaults[name](session, statements, context, argument),
      getBookmark: () => session.getBookmark(),
    };
  };
  return { ...env, DB: { withSession } };
}
