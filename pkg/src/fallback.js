// The module as JavaScript, compiled from the WebAssembly, for pages and servers that
// run no WebAssembly.

import { absence } from "./environment.js";
import { calls, mapFunctions } from "./instances.js";
// Made by scripts/build-package.
import { newGlue } from "./glue.generated.js";
import { instantiate as newExports } from "./wasm2js.generated.js";

/**
 * Detaches a buffer. Absent in older browsers, and the other way is absent in jsdom.
 *
 * @type {(() => ArrayBuffer) | undefined}
 */
const transfer = /** @type {any} */ (ArrayBuffer.prototype).transfer;

/**
 * Returns the module's calls.
 *
 * @param {typeof import("./error.js").ChatSessionError} ChatSessionError
 */
export function instantiate(ChatSessionError) {
  const error = transfer ? undefined : absence("structuredClone");
  if (error) throw new ChatSessionError(error);
  return calls(ChatSessionError, () => newInstance(ChatSessionError));
}

/** @param {typeof import("./error.js").ChatSessionError} ChatSessionError */
function newInstance(ChatSessionError) {
  const glue = newGlue({ ChatSessionError });
  let { buffer } = new Uint8Array();

  // Growing a WebAssembly memory detaches its buffer: the glue then knows that its
  // views are stale. This memory only replaces the buffer.
  const detachReplaced = () => {
    const { buffer: latest } = exports.memory;
    if (buffer === latest) return;
    if (transfer) transfer.call(buffer);
    else structuredClone(buffer, { transfer: [buffer] });
    buffer = latest;
  };
  const imports = mapFunctions(glue.imports.a, (run) => (...values) => {
    detachReplaced();
    return run(...values);
  });
  const exports = glue.named(newExports({ a: imports }));
  ({ buffer } = exports.memory);
  return {
    glue,
    exports: mapFunctions(exports, (run) => (...values) => {
      try {
        return run(...values);
      } finally {
        detachReplaced();
      }
    }),
  };
}
