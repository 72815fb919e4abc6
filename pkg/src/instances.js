// Instances of the module: one at a time, replaced when it is broken or too large.

/** Memory limit; far above a request of a sane size. An instance never returns memory. */
const memoryMaxBytes = 8 * 1024 * 1024;

/** @import { Exports, Glue } from "./glue.generated.js" */
/** @typedef {ReturnType<typeof calls>} Calls */
/**
 * wasm-bindgen's JavaScript, and the exports that it calls.
 *
 * @typedef {{ glue: Glue, exports: Exports }} Instance
 */

/**
 * Returns the module's calls.
 *
 * @param {typeof import("./error.js").ChatSessionError} ChatSessionError
 * @param {() => Instance} newInstance
 * @param {Instance} [first]
 */
export function calls(ChatSessionError, newInstance, first) {
  let current = first && prepare(first);

  /** @param {Instance} made */
  function prepare({ glue, exports }) {
    /**
     * Rejects the calls that wait for this instance.
     *
     * @type {Set<(reason: unknown) => void>}
     */
    const pending = new Set();
    const instance = { glue, pending };
    const retire = () => {
      if (current === instance) current = undefined;
    };
    const guarded = mapFunctions(exports, (run) => (...values) => {
      try {
        return run(...values);
      } catch (cause) {
        // A trap, or an exception that skipped the module's own code. Calls of this
        // instance might wait forever.
        retire();
        for (const reject of pending) reject(broken(cause));
        throw cause;
      } finally {
        if (exports.memory.buffer.byteLength > memoryMaxBytes) retire();
      }
    });
    glue.attach(guarded);
    return instance;
  }

  /** @param {unknown} cause */
  function broken(cause) {
    return new ChatSessionError({
      code: "internal_error",
      message: "The request could not be processed: it may be larger than memory",
      cause,
    });
  }

  return {
    /** @type {(operation: object, value: unknown, options: object) => Promise<unknown>} */
    call(operation, value, options) {
      current ??= prepare(newInstance());
      const { glue, pending } = current;
      return new Promise((resolve, reject) => {
        pending.add(reject);
        const end = () => pending.delete(reject);
        glue.call(operation, value, options).then(resolve, reject).then(end);
      });
    },

    /** @param {unknown} request */
    validateSession(request) {
      current ??= prepare(newInstance());
      try {
        return current.glue.validateSession(request);
      } catch (cause) {
        throw broken(cause);
      }
    },
  };
}

/** @typedef {(...values: unknown[]) => unknown} Run */
/**
 * Returns an object's members, its functions wrapped.
 *
 * @template {object} Members
 * @param {Members} object
 * @param {(run: Run) => Run} wrap
 * @returns {Members}
 */
export function mapFunctions(object, wrap) {
  const members = Object.entries(object).map(([name, value]) => [
    name,
    typeof value === "function" ? wrap(value) : value,
  ]);
  return /** @type {any} */ (Object.fromEntries(members));
}
