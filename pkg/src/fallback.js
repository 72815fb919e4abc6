// The rules as JavaScript, made from the WebAssembly: for pages and servers that
// compile none.

import { checker } from "./instance.js";
// Made by scripts/build-package.
import { newExports } from "./rules.generated.js";

/** Gives the rules' `check`. */
export function instantiate() {
  return checker(newExports(), newExports);
}
