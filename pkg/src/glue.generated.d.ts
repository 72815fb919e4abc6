// Types of wasm-bindgen's JavaScript, which scripts/build-package makes.

import type { ValidationError } from "../index.js";
import type { ChatSessionError } from "./error.js";

/** The exports of an instance, by the names that the glue calls. */
export interface Exports {
  memory: WebAssembly.Memory;
  [name: string]: unknown;
}

/** The JavaScript of one instance, with state of its own. */
export interface Glue {
  call(operation: object, value: unknown, options: object): Promise<unknown>;
  validateSession(request: unknown): ValidationError[];
  /** The functions that the module imports. */
  imports: { a: WebAssembly.ModuleImports };
  /** Returns exports with short names under those that the glue calls. */
  named(exports: WebAssembly.Exports): Exports;
  /** Sets the exports to call. */
  attach(exports: Exports): void;
}

export function newGlue(shared: { ChatSessionError: typeof ChatSessionError }): Glue;
