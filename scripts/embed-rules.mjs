// embed-rules FOLDER: gets both forms of the rules ready to be bundled.

import { readFile, writeFile } from "node:fs/promises";
import { deflateSync } from "node:zlib";

const folder = process.argv[2];
const module = await readFile(`${folder}/rules.wasm`);
await writeFile(`${folder}/src/rules.deflate`, deflateSync(module, { level: 9 }));

// wasm2js makes one instance, at import. We make as many as it takes.
const text = await readFile(`${folder}/rules.wasm2js.js`, "utf8");
const [functions, ...rest] = text.split("var retasmFunc = asmFunc({\n});\n");
if (rest.length !== 1) throw new Error("wasm2js writes something else now");
const newExports = "export function newExports() {\n  return asmFunc({});\n}\n";
await writeFile(`${folder}/src/rules.generated.js`, functions + newExports);
