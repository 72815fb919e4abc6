// The package's own loader, so that callers never see one: the wasm module is
// fetched at the first call, not at import, and importing has no side effect.

import init, { createSession as create } from "./dist/chat_sessions.js";
import { ChatSessionError } from "./error.js";

export { ChatSessionError };

/** @type {Promise<unknown> | undefined} */
let loading;

/** Loads the wasm module once, however many callers wait for it. */
function load() {
  loading ??= init().catch((cause) => {
    // A load that failed, offline perhaps, may be tried again.
    loading = undefined;
    const message = "The package's WebAssembly module could not be loaded";
    throw new ChatSessionError({ code: "network_error", message, cause });
  });
  return loading;
}

/** Documented in index.d.ts. */
export async function createSession(request, options) {
  await load();
  try {
    return await create(request, options);
  } catch (failure) {
    // The wasm module gives plain objects; anything else is the browser's own error.
    throw typeof failure?.code === "string" && !(failure instanceof Error)
      ? new ChatSessionError(failure)
      : failure;
  }
}
