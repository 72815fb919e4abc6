// The built Worker, unchanged, on a platform that fails as POST /test/platform says, until
// it says otherwise: nudges that are lost, late or doubled, a D1 that fails or hangs.
// GET /test/platform returns how often each object was made.

import Service, { Inbox as BuiltInbox, Room as BuiltRoom } from "../../../build/edge/index.js";

/** @type {{ nudges?: "lost" | "late" | "doubled", database?: "fails" | "hangs" }} */
let platform = {};
const made = { Room: 0, Inbox: 0 };

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
        if (platform.database === "fails") throw new Error("injected fault");
        return platform.database === "hangs" ? never() : session.batch(statements);
      },
      getBookmark: () => session.getBookmark(),
    };
  }
}

/** As above. Nudges are what is posted to an object. */
class DurableObjectNamespace {
  constructor(namespace) {
    this.namespace = namespace;
  }

  getByName(name) {
    const stub = this.namespace.getByName(name);
    return {
      async fetch(request) {
        if (request.method !== "POST") return stub.fetch(request);
        if (platform.nudges === "lost") throw new Error("a lost nudge");
        if (platform.nudges === "late") await delay(300 * Math.random());
        if (platform.nudges === "doubled") stub.fetch(request.clone());
        return stub.fetch(request);
      },
    };
  }
}

const rough = (env) => ({
  ...env,
  DB: new D1Database(env.DB),
  ROOMS: new DurableObjectNamespace(env.ROOMS),
  INBOXES: new DurableObjectNamespace(env.INBOXES),
});

/** Returns the class of an object, which counts how often it is made. */
const counted = (name, Built) =>
  class {
    constructor(state, env) {
      made[name] += 1;
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

export const Room = counted("Room", BuiltRoom);
export const Inbox = counted("Inbox", BuiltInbox);

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/test/platform")) {
      if (request.method === "POST") platform = await request.json();
      return Response.json({ made });
    }
    return new Service(context, rough(env)).fetch(request);
  },
};
