// The calls of the package around a way to load its module, which is compiled from Rust.

import { within } from "./deadline.js";
import { absence } from "./environment.js";
import { ChatSessionError } from "./error.js";
import { messages } from "./messages.js";
import { createVisitorToken, ofId, ofIdAndValue, ofService, on } from "./operations.js";
import { readOptions, retriesDefault } from "./options.js";
import { readCreated, readSent, readSession, throwFlat } from "./results.js";
import { waitMs, sleep } from "./retry.js";
import { newSubscription } from "./subscription.js";
import { newVisitor } from "./visitor.js";

/** @import { CallOptions, ClientOptions } from "../index.js" */
/** @import { Calls } from "./instances.js" */
/** @import { Operation } from "./operations.js" */
/** @import { LiveModule } from "./subscription.js" */

/** The parts of the entry that the code of subscriptions has, too. */
const shared = { ChatSessionError, on, readOptions, waitMs, within };

/**
 * Returns the exports of a package.
 *
 * @param {() => Calls | Promise<Calls>} instantiate Loads the module.
 * @param {() => LiveModule | Promise<LiveModule>} importLive
 */
export function newPackage(instantiate, importLive) {
  /**
   * The module's calls, once loaded.
   *
   * @type {Calls | undefined}
   */
  let module;
  /** @type {Promise<void> | undefined} */
  let loading;

  /** Loads once, however many callers wait. */
  function loadOnce() {
    loading ??= Promise.resolve()
      .then(instantiate)
      .then(
        (loaded) => {
          module = loaded;
        },
        (error) => {
          // Retry at the next call: the page may have been offline.
          loading = undefined;
          throw error;
        },
      );
    return loading;
  }

  /**
   * Loads the module, and retries as a request does.
   *
   * @param {{ retries: number, endMs: number, signal?: AbortSignal }} options
   */
  async function loadWithin({ retries, endMs, signal }) {
    expectGlobals("TextDecoder", "TextEncoder");
    for (let failures = 0; ; failures += 1) {
      try {
        return await loadOnce();
      } catch (error) {
        const ms = waitMs(failures);
        if (/** @type {any} */ (error).code !== "network_error") throw error;
        if (failures >= retries || performance.now() + ms >= endMs) throw error;
        await sleep(ms, signal);
        if (signal?.aborted) throw error;
      }
    }
  }

  /**
   * Documented in index.d.ts.
   *
   * @type {typeof import("../index.js").load}
   */
  function load() {
    return loadWithin({ retries: retriesDefault, endMs: Infinity });
  }

  /**
   * Documented in index.d.ts.
   *
   * @type {typeof import("../index.js").validateSession}
   */
  function validateSession(request) {
    if (!module) {
      throw new ChatSessionError({
        code: "not_loaded",
        message: "The rules are not loaded yet: await load() before validateSession",
      });
    }
    return module.validateSession(request);
  }

  /**
   * Returns a function that sends the requests of a client.
   *
   * @param {ClientOptions} ofClient
   */
  function newSender(ofClient) {
    /** The latest bookmark of each service, which the module reads and writes. */
    const bookmarks = new Map();

    /** @type {(operation: Operation, value: unknown, ofCall?: CallOptions) => Promise<any>} */
    return async (operation, value, ofCall) => {
      const options = readOptions(ofClient, ofCall);
      expectGlobals("Headers", "Request");
      const endMs = performance.now() + options.timeoutMs;
      return within(options, async (signal) => {
        await loadWithin({ retries: options.retries, endMs, signal });
        // The caller has gone: its token is not asked for.
        if (signal.aborted) throw signal.reason;
        const timeoutMs = endMs - performance.now();
        const calls = /** @type {Calls} */ (module);
        return calls.call(operation, value, { ...options, timeoutMs, signal, bookmarks });
      });
    };
  }

  /**
   * Documented in index.d.ts.
   *
   * @type {typeof import("../index.js").createClient}
   */
  function createClient(ofClient) {
    const send = newSender(ofClient);
    const calls = {
      ...mapMembers(ofService, (operation) => (value, ofCall) => send(operation, value, ofCall)),
      ...mapMembers(
        ofId,
        (operation) => async (id, ofCall) => send(on(operation, id), undefined, ofCall),
      ),
      ...mapMembers(
        ofIdAndValue,
        (operation) => async (id, value, ofCall) => send(on(operation, id), value, ofCall),
      ),
    };
    /** @type {(how: object | undefined, id?: { of: unknown }) => any} */
    const subscribe = (how, id) =>
      newSubscription(importLive, { id, how, client, ofClient, shared });
    /** @type {import("../index.js").Client} */
    const client = {
      ...calls,
      load,
      validateSession,
      createSession: async (...values) => readCreated(await calls.createSession(...values)),
      getSession: async (...values) => readSession(await calls.getSession(...values)),
      updateSession: async (...values) => readSession(await calls.updateSession(...values)),
      sendMessage: async (...values) =>
        readSent(await calls.sendMessage(...values).catch(throwFlat)),
      addNote: async (...values) => readSent(await calls.addNote(...values)),
      markRead: (id, seq, ofCall) => calls.markRead(id, { seq }, ofCall),
      messages: (id, query, ofCall) =>
        messages(calls.history, id, query, () => readOptions(ofClient, ofCall).signal, ofCall),
      subscribe: (id, how) => subscribe(how, { of: id }),
      subscribeSessions: (how) => subscribe(how),
    };
    return client;
  }

  /**
   * Documented in index.d.ts.
   *
   * @type {typeof import("../index.js").createVisitor}
   */
  function createVisitor({ key, storage, ...options }) {
    const send = newSender({ ...options, token: key });
    return newVisitor(key, storage, () => send(createVisitorToken, undefined));
  }

  /**
   * Documented in index.d.ts.
   *
   * @type {typeof import("../index.js").createSession}
   */
  function createSession(request, options) {
    return createClient(options).createSession(request, options);
  }

  return { createClient, createSession, createVisitor, load, validateSession };
}

/** @param {string[]} names */
function expectGlobals(...names) {
  const error = absence(...names);
  if (error) throw new ChatSessionError(error);
}

/**
 * Returns a call for each operation of a table.
 *
 * @template {Record<string, Operation>} Table
 * @param {Table} table
 * @param {(operation: Operation) => (...values: any[]) => Promise<any>} newCall
 * @returns {Record<keyof Table, (...values: any[]) => Promise<any>>}
 */
function mapMembers(table, newCall) {
  const calls = Object.entries(table).map(([name, operation]) => [name, newCall(operation)]);
  return Object.fromEntries(calls);
}
