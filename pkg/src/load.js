// Loads the module, which is compiled from Rust, at the first call. Importing the
// package loads nothing.

import { ChatSessionError } from "./error.js";

/** @import { Calls } from "./instances.js" */
/** @import { Operation } from "./glue.generated.js" */

/**
 * The module's calls, once loaded.
 *
 * @type {Calls | undefined}
 */
let module;
/** @type {Promise<void> | undefined} */
let loading;

/** Documented in index.d.ts. Loads once, however many callers wait. */
export function load() {
  loading ??= instantiate().then(
    (loaded) => {
      module = loaded;
    },
    (cause) => {
      // Retry at the next call: the page may have been offline.
      loading = undefined;
      throw new ChatSessionError({
        code: "network_error",
        message: "The rules of the package could not be loaded",
        cause,
      });
    },
  );
  return loading;
}

async function instantiate() {
  try {
    return await (await import("./wasm.js")).instantiate(ChatSessionError);
  } catch {
    // A Content-Security-Policy without 'wasm-unsafe-eval', an old browser, a
    // server that compiles no WebAssembly: the same module as JavaScript.
    return (await import("./fallback.js")).instantiate(ChatSessionError);
  }
}

/**
 * Runs an operation of the module, which must be loaded.
 *
 * @param {Operation} operation
 * @param {unknown} subject
 * @param {object} options
 */
export function call(operation, subject, options) {
  return /** @type {Calls} */ (module).call(operation, subject, options);
}

/**
 * Documented in index.d.ts.
 *
 * @type {typeof import("../index.js").validateSession}
 */
export function validateSession(request) {
  if (!module) {
    throw new ChatSessionError({
      code: "not_loaded",
      message: "The rules are not loaded yet: await load() before validateSession",
    });
  }
  return module.validateSession(request);
}
