// The rules as WebAssembly. The module is part of this file, compressed: there
// is no second file for a bundler to lose, and no second round trip.

import { checker } from "./instance.js";
// Made by scripts/build-package.
import compressed from "./rules.deflate";

/** Compiles the module; gives its `check`. */
export async function instantiate() {
  const bytes = Uint8Array.from(atob(compressed), (character) => character.charCodeAt(0));
  const inflated = new Response(bytes).body.pipeThrough(new DecompressionStream("deflate"));
  const module = await WebAssembly.compile(await new Response(inflated).arrayBuffer());
  // Not by `new` the first time: older browsers forbid it to pages.
  const { exports } = await WebAssembly.instantiate(module);
  return checker(exports, () => new WebAssembly.Instance(module).exports);
}
