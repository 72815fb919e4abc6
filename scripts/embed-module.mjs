// embed-module FOLDER: gets both forms of the module ready to be bundled.
//
// `module.wasm` has its imports and exports under short names, which `names.json`
// lists: wasm-bindgen's own, with hashes in them, would be a tenth of the package.

import { readFile, writeFile } from "node:fs/promises";
import { deflateSync } from "node:zlib";

const folder = process.argv[2];
const module = await readFile(`${folder}/module.wasm`);
await writeFile(`${folder}/src/module.deflate`, deflateSync(module, { level: 9 }));

const { imports, exports } = JSON.parse(await readFile(`${folder}/names.json`, "utf8"));
const short = imports.map(([, name, short]) => `${JSON.stringify(short)}: glue.${name}`);
const long = exports.map(([name, short]) => `${name}: exports[${JSON.stringify(short)}]`);
const calls = ["createSession", "getSession", "listSessions", "validateSession"];
await writeFile(
  `${folder}/glue.js`,
  `import * as glue from "./module_bg.js";
export { ${calls}, __wbg_set_wasm as attach } from "./module_bg.js";
export const imports = { a: { ${short} } };
export const named = (exports) => ({ ${long} });
`,
);
