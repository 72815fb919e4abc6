// trim-wasm IN OUT [EXPORT…]: takes out of a module what no caller of it needs, so
// that wasm-opt can drop all that only that needs. With exports, those are all that
// is called.

import binaryen from "binaryen";
import { readFile, writeFile } from "node:fs/promises";

/**
 * Where a panic's text is put together, and what it shows values with: nothing else
 * uses Debug (tests/purity.rs). A panic aborts, and on this target its text is shown
 * to nobody: trapping at once is the same, without the code that formats.
 */
const panics = [
  /^core::panicking::/,
  /^<?std::panicking::/,
  /^core::slice::index::slice_index_fail/,
  /^alloc::alloc::handle_alloc_error/,
  /^alloc::raw_vec::capacity_overflow/,
];
/** The same, in modules that have it. */
const rarePanics = [/^core::str::slice_error_fail/, / as core::fmt::Debug>::fmt/];

const [, , input, output, ...exportsUsed] = process.argv;
const { Features } = binaryen;
binaryen.setDebugInfo(true);
const module = binaryen.readBinary(await readFile(input));
module.setFeatures(
  Features.MutableGlobals |
    Features.BulkMemory |
    Features.BulkMemoryOpt |
    Features.NontrappingFPToInt |
    Features.SignExt |
    Features.ReferenceTypes |
    Features.Multivalue |
    Features.CallIndirectOverlong,
);

const exported = Array.from({ length: module.getNumExports() }, (_, index) =>
  binaryen.getExportInfo(module.getExportByIndex(index)),
);
const unused = exported.filter(({ name }) => !exportsUsed.includes(name));
if (exportsUsed.length > 0) for (const { name } of unused) module.removeExport(name);

const found = new Set();
for (let index = 0; index < module.getNumFunctions(); index += 1) {
  const reference = module.getFunctionByIndex(index);
  const { name, module: importedFrom } = binaryen.getFunctionInfo(reference);
  // Without the hash that tells crates of one name apart: core[c5930c85a12de822]::…
  const path = name.replaceAll(/\[[0-9a-f]{16}\]/g, "");
  const panic = [...panics, ...rarePanics].find((pattern) => pattern.test(path));
  if (panic && importedFrom === "") {
    binaryen.Function(reference).body = module.unreachable();
    found.add(panic);
  }
}
// Another compiler may name or inline them otherwise: better told than carried.
const missing = panics.filter((pattern) => !found.has(pattern));
if (missing.length > 0) throw new Error(`not in the module: ${missing.join(", ")}`);
if (!module.validate()) throw new Error("the trimmed module is not valid");
await writeFile(output, module.emitBinary());
