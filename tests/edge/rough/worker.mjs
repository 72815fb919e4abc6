// The built Worker, unchanged, on a platform that fails as POST /test/platform says, until
// it says otherwise: nudges that are lost, late or doubled, a D1 that fails or hangs. The
// X-Test-Nudges header of a request is about its own nudges. GET /test/platform returns how
// often each object was made, and the number of D1's batches.

import Service, { Inbox as BuiltInbox, Room as BuiltRoom } from "../../../build/edge/index.js";

/** @type {{ nudges?: "lost" | "late" | "doubled", database?: "fails" | "hangs" }} */
let platform = {};
const made = /** @type {Record<string, number>} */ ({});

let batches = 0;

const never = () => new Promise(() => {});
const delay = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** A binding has the class of this name, by which the Worker knows it. */
class D1Database {
  constructor(database) {
    this.database = database;
  }

  withSession(start) {
    const session = this.database.withSession(start);
    return {
      prepare: (sql) => session.prepare(sql),
      batch(statements) {
        batches += 1;
        if (platform.database === "fails") throw new Error("injected fault");
        return platform.database === "hangs" ? never() : session.batch(statements);
      },
      getBookmark: () => session.getBookmark(),
    };
  }
}

/** As above. Nudges are what is posted to an object. */
class DurableObjectNamespace {
  constructor(namespace, nudges) {
    this.namespace = namespace;
    this.nudges = nudges;
  }

  getByName(name) {
    const stub = this.namespace.getByName(name);
    const fate = this.nudges ?? platform.nudges;
    return {
      async fetch(request) {
        if (request.method !== "POST") return stub.fetch(request);
        if (fate === "lost") throw new Error("a lost nudge");
        if (fate === "late") await delay(300 * Math.random());
        if (fate === "doubled") stub.fetch(request.clone());
        return stub.fetch(request);
      },
    };
  }
}

const rough = (env, nudges = /** @type {string | null} */ (null)) => ({
  ...env,
  DB: new D1Database(env.DB),
  ROOMS: new DurableObjectNamespace(env.ROOMS, nudges),
  INBOXES: new DurableObjectNamespace(env.INBOXES, nudges),
});

/** Returns the class of an object, which counts how often it is made. */
const counted = (Built) =>
  class {
    constructor(state, env) {
      made[state.id.name] = (made[state.id.name] ?? 0) + 1;
      this.built = new Built(state, rough(env));
    }

    fetch(request) {
      return this.built.fetch(request);
    }

    alarm() {
      return this.built.alarm();
    }

    webSocketMessage(socket, message) {
      return this.built.webSocketMessage(socket, message);
    }

    webSocketClose(socket, code, reason, wasClean) {
      return this.built.webSocketClose(socket, code, reason, wasClean);
    }

    webSocketError(socket, error) {
      return this.built.webSocketError(socket, error);
    }
  };

export const Room = counted(BuiltRoom);
export const Inbox = counted(BuiltInbox);

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/test/platform")) {
      if (request.method === "POST") platform = await request.json();
      return Response.json({ made, batches });
    }
    const nudges = request.headers.get("X-Test-Nudges");
    return new Service(context, rough(env, nudges)).fetch(request);
  },
};
