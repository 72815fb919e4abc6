// Loads the module with `import()`, as WebAssembly or as JavaScript.

import { ChatSessionError } from "./error.js";

/* global importAddress -- `import()` that bundlers leave alone, of scripts/build-package */

/** Counts the loads, because each has to have an address of its own. */
let loads = 0;
let liveLoads = 0;

/** Returns the module's calls. */
export async function instantiate() {
  loads += 1;
  try {
    const wasm = await again(() => import("./wasm.js"), loads);
    return await wasm.instantiate(ChatSessionError);
  } catch {
    // A Content-Security-Policy without 'wasm-unsafe-eval', an old browser, a
    // server that compiles no WebAssembly: the same module as JavaScript.
    const fallback = await again(() => import("./fallback.js"), loads).catch(explain);
    return fallback.instantiate(ChatSessionError);
  }
}

/** Returns the code of subscriptions. */
export function importLive() {
  liveLoads += 1;
  return again(() => import("./live.js"), liveLoads).catch(explain);
}

/**
 * Throws the reason of a load that failed.
 *
 * @param {unknown} cause
 * @returns {never}
 */
function explain(cause) {
  // A global of service workers only, which cannot import anything later.
  const isServiceWorker = "ServiceWorkerGlobalScope" in globalThis;
  throw isServiceWorker
    ? new ChatSessionError({
        code: "invalid_options",
        message: "A service worker has no import(): use this package as chat-sessions/static there",
        cause,
      })
    : new ChatSessionError({
        code: "network_error",
        message: "A part of the package could not be loaded: the network is down",
        cause,
      });
}

/**
 * Imports a file, also where an earlier load of it has failed.
 *
 * Firefox keeps a failed load until the page is reloaded, as the HTML standard has it, so
 * that importing the file again fails without a request. Another query is another file.
 * Only the error has the address, which a bundler may have changed.
 *
 * @template File
 * @param {() => Promise<File>} load
 * @param {number} loads The loads so far, with this one.
 * @returns {Promise<File>}
 */
async function again(load, loads) {
  try {
    return await load();
  } catch (error) {
    const [address] = /https?:[^\s)]+/.exec(/** @type {Error} */ (error)?.message) ?? [];
    if (loads === 1 || !address) throw error;
    const separator = address.includes("?") ? "&" : "?";
    return importAddress(`${address}${separator}load=${loads}`);
  }
}
