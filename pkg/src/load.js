// Loads the module, which is compiled from Rust, at the first call. Importing the
// package loads nothing.

import { ChatSessionError } from "./error.js";

/** The module's calls, once loaded. */
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

/** Runs an operation of the module, which must be loaded. */
export function call(operation, subject, options) {
  return module.call(operation, subject, options);
}

/** Documented in index.d.ts. */
export function validateSession(request) {
  if (!module) {
    throw new ChatSessionError({
      code: "not_loaded",
      message: "The rules are not loaded yet: await load() before validateSession",
    });
  }
  return module.validateSession(request);
}
