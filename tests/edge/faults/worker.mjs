// The built Worker, unchanged, on storage that fails on demand: the X-Test-Fault header
// of a request names the fault, or the name of a cron. The service itself reads neither.

import Service from "../../../build/edge/index.js";

export { Inbox, Room } from "../../../build/edge/index.js";

const never = () => new Promise(() => {});
const fail = () => {
  throw new Error("injected fault");
};

/** Faults of D1's `batch`: each gets the database, the statements and the context. */
const databaseFaults = {
  /** The request to the database is lost. */
  before: fail,
  /** The response of the database is lost. */
  async after(database, statements) {
    await database.batch(statements);
    fail();
  },
  /** A failing statement is inserted at a position; into batches with a text, if one follows. */
  at(database, statements, _context, argument) {
    const [, position, text] = argument.match(/^(\d+) ?(.*)$/);
    const isMeant = statements.some(({ statement }) => statement.includes(text));
    const failing = isMeant ? [database.prepare("SELECT json('{')")] : [];
    return database.batch(statements.toSpliced(Number(position), 0, ...failing));
  },
  /** Batches with a statement that contains a text fail, all but a number of the first. */
  without(database, statements, _context, argument, counts) {
    const [, text, passing = "0"] = argument.match(/^(.*?)(?: (\d+))?$/);
    if (statements.some(({ statement }) => statement.includes(text))) {
      counts.matched += 1;
      if (counts.matched > Number(passing)) fail();
    }
    return database.batch(statements);
  },
  /** Nothing is executed, and no response arrives. */
  hang: never,
  /** The batch is executed, but no response arrives. */
  async mute(database, statements) {
    await database.batch(statements);
    return never();
  },
  /** The batch is executed after the caller's time-out. */
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
  /** The limiter returns an invalid result. */
  "limiter-mumble": async () => undefined,
};

export default {
  fetch(request, env, context) {
    const fault = request.headers.get("X-Test-Fault");
    if (fault === "panic") panicOnce();
    const isOfEnv = fault && fault !== "panic";
    return new Service(context, isOfEnv ? withFault(env, fault, context) : env).fetch(request);
  },
  scheduled(event, env, context) {
    const isOfEnv = event.cron.split(" ")[0] in databaseFaults;
    const faulty = isOfEnv ? withFault(env, event.cron, context) : env;
    return new Service(context, faulty).scheduled(event);
  },
};

/** The binding of D1 has a class of this name, by which the cron finds it. */
class D1Database {
  constructor(members) {
    Object.assign(this, members);
  }
}

/** Makes the Worker panic while it waits: the `worker` crate's `Delay` unwraps this call. */
function panicOnce() {
  const { setTimeout } = globalThis;
  globalThis.setTimeout = () => {
    globalThis.setTimeout = setTimeout;
    throw new Error("injected panic");
  };
}

function withFault(env, fault, context) {
  const [, name, argument] = fault.match(/^(\S+) ?(.*)$/);
  const counts = { matched: 0 };
  if (name in keyFaults) return { ...env, KEYS: { get: keyFaults[name] } };
  if (name in limiterFaults) {
    return { ...env, SERVER_RATE_LIMITER: { limit: limiterFaults[name] } };
  }
  const withSession = (bookmark) => {
    const session = env.DB.withSession(bookmark);
    return {
      prepare: (sql) => session.prepare(sql),
      batch: (statements) => databaseFaults[name](session, statements, context, argument, counts),
      getBookmark: () => session.getBookmark(),
    };
  };
  return { ...env, DB: new D1Database({ withSession }) };
}
