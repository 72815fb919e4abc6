// The module as WebAssembly. It is part of this file, compressed: there is no
// second file for a bundler to lose, and no second round trip.

import { calls } from "./instances.js";
// Made by scripts/build-package.
import { newGlue } from "./glue.generated.js";
import compressed from "./module.deflate";

/**
 * Compiles the module; returns its calls.
 *
 * @param {typeof import("./error.js").ChatSessionError} ChatSessionError
 */
export async function instantiate(ChatSessionError) {
  const bytes = Uint8Array.from(atob(compressed), (character) => character.charCodeAt(0));
  const body = /** @type {ReadableStream} */ (new Response(bytes).body);
  const inflated = body.pipeThrough(new DecompressionStream("deflate"));
  const module = await WebAssembly.compile(await new Response(inflated).arrayBuffer());
  const newInstance = () => {
    const glue = newGlue({ ChatSessionError });
    const { exports } = new WebAssembly.Instance(module, glue.imports);
    return { glue, exports: glue.named(exports) };
  };
  // Asynchronous the first time: older browsers limit `new` on the main thread.
  const glue = newGlue({ ChatSessionError });
  const { exports } = await WebAssembly.instantiate(module, glue.imports);
  return calls(ChatSessionError, newInstance, { glue, exports: glue.named(exports) });
}
