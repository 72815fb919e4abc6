// One instance of the rules: text in, text out. This is what wasm-bindgen's own
// glue does with one string each way, without what it does for JS objects.

/** More than any request of a sane size needs; an instance's memory never shrinks. */
const memoryMaxBytes = 8 * 1024 * 1024;

/**
 * Gives the rules' `check`. `exports` are those of a first instance, and
 * `newExports` makes others, after a panic or a request that filled much memory.
 */
export function checker(exports, newExports) {
  const encoder = new TextEncoder();
  const decoder = new TextDecoder();

  /** Puts a text into the instance's memory; gives its address and its length in bytes. */
  function write(text) {
    const at = allocate(text.length);
    // As long as it is ASCII it has as many bytes as units.
    const { read } = encoder.encodeInto(text, memory(at, text.length));
    if (read === text.length) return [at, read];
    exports.__wbindgen_free(at, text.length, 1);
    const bytes = encoder.encode(text);
    const start = allocate(bytes.length);
    memory(start, bytes.length).set(bytes);
    return [start, bytes.length];
  }

  function allocate(length) {
    return exports.__wbindgen_malloc(length, 1) >>> 0;
  }

  function memory(at, length) {
    return new Uint8Array(exports.memory.buffer, at, length);
  }

  function check(request) {
    const [at, length] = write(request);
    // `check` frees the request, and leaves on the stack where its answer is.
    const stack = exports.__wbindgen_add_to_stack_pointer(-16) >>> 0;
    exports.check(stack, at, length);
    const answer = new Uint32Array(exports.memory.buffer, stack, 2);
    const text = decoder.decode(memory(answer[0], answer[1]));
    exports.__wbindgen_free(answer[0], answer[1], 1);
    exports.__wbindgen_add_to_stack_pointer(16);
    return text;
  }

  return (request) => {
    let isSound = false;
    try {
      const answer = check(request);
      isSound = exports.memory.buffer.byteLength <= memoryMaxBytes;
      return answer;
    } finally {
      if (!isSound) exports = newExports();
    }
  };
}
