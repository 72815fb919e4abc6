// One instance of the rules: text in, text out. This is what wasm-bindgen's own
// glue does with one string each way, without what it does for JS objects.

/** More than any request of a sane size needs; an instance's memory never shrinks. */
const memoryMaxBytes = 8 * 1024 * 1024;

/**
 * Gives the rules' `check`. `exports` are those of a first instance, and
 * `newExports` makes others, after a panic or a request that filled much memory.
 */
export function checker(exports, newExports) {
  return (request) => {
    let isSound = false;
    try {
      const answer = check(exports, request);
      isSound = exports.memory.buffer.byteLength <= memoryMaxBytes;
      return answer;
    } finally {
      if (!isSound) exports = newExports();
    }
  };
}

function check(exports, request) {
  const bytes = new TextEncoder().encode(request);
  const at = exports.__wbindgen_malloc(bytes.length, 1) >>> 0;
  new Uint8Array(exports.memory.buffer).set(bytes, at);
  // `check` frees the request, and leaves on the stack where its answer is.
  const stack = exports.__wbindgen_add_to_stack_pointer(-16) >>> 0;
  exports.check(stack, at, bytes.length);
  const [start, length] = new Uint32Array(exports.memory.buffer, stack, 2);
  exports.__wbindgen_add_to_stack_pointer(16);
  const answer = new TextDecoder().decode(new Uint8Array(exports.memory.buffer, start, length));
  exports.__wbindgen_free(start, length, 1);
  return answer;
}
