// embed-module FOLDER: prepares both forms of the module for the bundler.
//
// `module.wasm` has short names for its imports and exports, listed in `names.json`:
// wasm-bindgen's own names, with hashes, would be a tenth of the package.

import { readFile, writeFile } from "node:fs/promises";
// A denser writer of the same format than zlib's: a 20th of the package.
import { zlibAsync } from "@gfx/zopfli";

const folder = process.argv[2];
const module = await readFile(`${folder}/module.wasm`);
await writeFile(`${folder}/src/module.deflate`, await zlibAsync(module, { numiterations: 30 }));

const { imports, exports } = JSON.parse(await readFile(`${folder}/names.json`, "utf8"));
const short = imports.map(([, name, short]) => `${JSON.stringify(short)}: glue.${name}`);
const long = exports.map(([name, short]) => `${name}: exports[${JSON.stringify(short)}]`);
const calls = ["call", "validateSession"];
await writeFile(
  `${folder}/glue.js`,
  // Assigned, not exported: the bundler would define exports in a loop that also meets the
  // members which a page has added to Object.prototype, and throws at them.
  `import * as glue from "./module_bg.js";
import { ${calls}, __wbg_set_wasm as attach } from "./module_bg.js";
const imports = { a: { ${short} } };
const named = (exports) => ({ ${long} });
made = { ${calls}, attach, imports, named };
`,
);
