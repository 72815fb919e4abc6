// The package as `npm publish` would send it: its files, manifest, types and source
// maps.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { root } from "../../scripts/wrangler.mjs";
import { bin, command, newProject, publishedFiles } from "./project.mjs";

let project;
let installed;
before(async () => {
  project = await newProject();
  installed = `${project.folder}/node_modules/chat-sessions`;
});
after(() => project?.remove());

test("the package has what belongs, and nothing else", async () => {
  assert.deepEqual(await publishedFiles(), [
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "dist/fallback.js",
    "dist/index.js",
    "dist/index.js.map",
    "dist/live.js",
    "dist/live.js.map",
    "dist/static.js",
    "dist/wasm.js",
    "dist/wasm.js.map",
    "dist/webhooks.js",
    "docs/api.md",
    "docs/credentials.md",
    "docs/csp.md",
    "docs/webhooks.md",
    "index.d.ts",
    "package.json",
    "static/package.json",
    "webhooks.d.ts",
    "webhooks/package.json",
  ]);
});

test("publint finds nothing", async () => {
  const { messages, pkg } = await publint({ pkgDir: installed, strict: true, pack: false });
  assert.deepEqual(
    messages.map((message) => formatMessage(message, pkg)),
    [],
  );
});

test("the types are found wherever the package is: attw", async () => {
  // ES modules only. CommonJS can require them in Node.js 20.19 and newer.
  const profile = ["--profile", "esm-only"];
  const packed = (await command(project.folder, "ls")).stdout.match(/\S+\.tgz/)[0];
  // The command fails if it finds a problem.
  const { stdout } = await command(
    project.folder,
    bin("attw"),
    packed,
    ...profile,
    "--format",
    "json",
  );
  const { entrypoints } = JSON.parse(stdout).analysis;
  for (const entry of [".", "./static"]) {
    const { resolution } = entrypoints[entry].resolutions.bundler;
    assert.match(resolution.fileName, /\/index\.d\.ts$/, entry);
  }
  const { resolution } = entrypoints["./webhooks"].resolutions.bundler;
  assert.match(resolution.fileName, /\/webhooks\.d\.ts$/);
});

test("source maps lead to the sources, which they have in them", async () => {
  for (const [script, expected] of [
    ["index.js", "package.js"],
    ["wasm.js", "instances.js"],
    ["live.js", "line.js"],
  ]) {
    const text = await readFile(`${installed}/dist/${script}`, "utf8");
    assert.ok(text.trimEnd().endsWith(`//# sourceMappingURL=${script}.map`));
    const { sources, sourcesContent } = JSON.parse(
      await readFile(`${installed}/dist/${script}.map`, "utf8"),
    );
    // No path of the machine that built it.
    const names = sources.map((source) => source.match(/^\.\.\/src\/([\w.]+\.js)$/)?.[1]);
    assert.ok(names.includes(expected), names.join());
    for (const [index, name] of names.entries()) {
      // Written by wasm-bindgen.
      if (name === "glue.generated.js") continue;
      assert.equal(sourcesContent[index], await readFile(`${root}pkg/src/${name}`, "utf8"));
    }
  }
});

test("the API reference is that of the types", async () => {
  await command(root, "scripts/api-reference", project.folder);
  for (const page of ["api.md", "webhooks.md"]) {
    const written = await readFile(`${root}pkg/docs/${page}`, "utf8");
    const hint = "run `make reference`";
    assert.equal(await readFile(`${project.folder}/${page}`, "utf8"), written, hint);
  }
});

test("the version is the crate's", async () => {
  const [, version] = (await readFile(`${root}Cargo.toml`, "utf8")).match(/^version = "(.*)"/m);
  assert.equal(JSON.parse(await readFile(`${installed}/package.json`, "utf8")).version, version);
});
