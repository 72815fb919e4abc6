// A client: options and a deadline around the calls of the module.

import { within } from "./deadline.js";
import { call, load, validateSession } from "./load.js";
import { readOptions } from "./options.js";

/** @import { CreateOptions } from "../index.js" */
/** @import { Operation } from "./glue.generated.js" */

/**
 * Documented in index.d.ts.
 *
 * @type {typeof import("../index.js").createClient}
 */
export function createClient(ofClient) {
  /** The latest bookmark of each service, which the module reads and writes. */
  const bookmarks = new Map();

  /** @type {(operation: Operation) => (subject: unknown, ofCall?: CreateOptions) => Promise<any>} */
  const calling = (operation) => async (subject, ofCall) => {
    const options = readOptions(ofClient, ofCall);
    return within(options, async (signal) => {
      await load();
      return call(operation, subject, { ...options, signal, bookmarks });
    });
  };

  return {
    load,
    validateSession,
    createSession: calling("createSession"),
    getSession: calling("getSession"),
    listSessions: calling("listSessions"),
  };
}

/**
 * Documented in index.d.ts.
 *
 * @type {typeof import("../index.js").createSession}
 */
export function createSession(request, options) {
  return createClient(options).createSession(request, options);
}
