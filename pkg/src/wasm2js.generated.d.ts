// Types of the module as JavaScript, which scripts/build-package makes.

export function instantiate(imports: WebAssembly.Imports): WebAssembly.Exports;
