// The service's own rules, compiled from Rust. Nothing is loaded at import.

import { ChatSessionError } from "./error.js";
import { notation } from "./notation.js";

/** @type {((request: string) => string) | undefined} */
let rules;
/** @type {Promise<void> | undefined} */
let loading;

/** Documented in index.d.ts. Loads once, however many callers wait. */
export function load() {
  loading ??= instantiate().then(
    (loaded) => {
      rules = loaded;
    },
    (cause) => {
      // A load that failed, offline perhaps, may be tried again.
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
    return await (await import("./wasm.js")).instantiate();
  } catch {
    // A Content-Security-Policy without 'wasm-unsafe-eval', an old browser, a
    // server that compiles no WebAssembly: the same rules as JavaScript.
    return (await import("./fallback.js")).instantiate();
  }
}

/**
 * Holds a request against the rules: `{ body }` to send, or what is wrong with
 * it as the details of an error.
 */
export function check(request) {
  if (!rules) {
    throw new ChatSessionError({
      code: "not_loaded",
      message: "The rules are not loaded yet: await load() before validateSession",
    });
  }
  let answer;
  try {
    answer = rules(notation(request));
  } catch (cause) {
    throw new ChatSessionError({
      code: "internal_error",
      message: "The request could not be checked: it may be larger than memory",
      cause,
    });
  }
  return answer[0] === "!" ? { refusal: JSON.parse(answer.slice(1)) } : { body: answer };
}

/** Documented in index.d.ts. */
export function validateSession(request) {
  const { refusal } = check(request);
  if (!refusal) return [];
  const { code, message, errors } = refusal;
  // What is wrong with the request as a whole is in no field.
  return errors.length > 0 ? errors : [{ path: "", code, message }];
}
