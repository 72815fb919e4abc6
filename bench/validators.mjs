// Compares the rules with the same ones in zod, valibot and ajv, in turn, in a real
// Chromium. Prints a table of medians.

import { createServer } from "node:http";
import { gzipSync } from "node:zlib";
import { Ajv2020 } from "ajv/dist/2020.js";
import standalone from "ajv/dist/standalone/index.js";
import { build } from "esbuild";
import { startChromium } from "../tests/support/chromium.mjs";
import { median } from "./median.mjs";
import { isAsked, titles } from "./options.mjs";
import { schema } from "./validators/constants.js";

if (!isAsked(titles.rules)) process.exit();
/** More rounds than for the Worker: a call takes microseconds. */
const rounds = 15;
const callsPerBatch = 200;
const batches = 50;
/** Batches before the measured ones: the engine optimises the code in them. */
const warmUpBatches = 20;
const here = new URL("validators/", import.meta.url);

/**
 * Files by name; `isStrict` pages have a policy without 'unsafe-eval'.
 *
 * @type {Record<string, { file: string, isStrict?: boolean }>}
 */
const validators = {
  "chat-sessions": { file: "ours.js" },
  "chat-sessions, no WebAssembly": { file: "ours.js", isStrict: true },
  zod: { file: "zod.js" },
  valibot: { file: "valibot.js" },
  ajv: { file: "ajv.js" },
  "ajv, compiled ahead": { file: "ajv_ahead.js", isStrict: true },
};

const attributes = Object.fromEntries(
  Array.from({ length: 14 }, (_, index) => [
    `attribute_${index}`,
    index % 3 === 0 ? index * 1.5 : `a value of some length, number ${index} ${"x".repeat(32)}`,
  ]),
);
/** A valid request: 1 KB of JSON. */
const sound = {
  channel: { type: "web" },
  custom_data: attributes,
  contact: {
    email: "ann@example.com",
    name: "Ann Lee",
    phone_number: "+1 555 010-9999",
    custom_data: { plan: "pro", seats: 12, trial: false },
  },
};
const faulty = {
  ...sound,
  channel: { type: "fax" },
  custom_data: { ...attributes, nothing: null },
  contact: { ...sound.contact, email: "ann@" },
};

/** ajv's own code for the schema, as a module. */
const ajvAhead = {
  name: "standalone",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^ajv-standalone$/ }, ({ path }) => ({ path, namespace: "standalone" }));
    onLoad({ filter: /.*/, namespace: "standalone" }, () => {
      const ajv = new Ajv2020({
        allErrors: true,
        allowUnionTypes: true,
        code: { source: true, esm: true },
      });
      return { contents: standalone.default(ajv, ajv.compile(schema)), resolveDir: here.pathname };
    });
  },
};

/** Bundles each as its users would; returns the files by path. */
async function bundle() {
  const files = new Map();
  for (const file of new Set(Object.values(validators).map(({ file }) => file))) {
    const folder = file.replace(".js", "");
    const { outputFiles } = await build({
      entryPoints: [new URL(file, here).pathname],
      bundle: true,
      splitting: true,
      minify: true,
      write: false,
      format: "esm",
      outdir: `/${folder}`,
      plugins: [ajvAhead],
      logLevel: "error",
    });
    for (const { path, contents } of outputFiles) files.set(path, Buffer.from(contents));
  }
  return files;
}

async function serve(files) {
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "", "http://localhost");
    const body = files.get(pathname);
    if (body) {
      response.writeHead(200, { "Content-Type": "text/javascript" }).end(body);
    } else {
      const isStrict = searchParams.has("strict");
      const policy = isStrict ? "script-src 'self'" : "script-src 'self' 'unsafe-eval'";
      response.writeHead(pathname === "/" ? 200 : 404, {
        "Content-Type": "text/html",
        "Content-Security-Policy": policy,
      });
      response.end("<!doctype html><title>Bench</title>");
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  return { url: `http://127.0.0.1:${port}/`, close: () => server.close() };
}

/** Measures one round in a fresh page: files loaded, and times. */
async function measure(browser, url, { file, isStrict = false }) {
  const context = await browser.newContext();
  const page = await context.newPage();
  const loaded = new Set();
  page.on("response", (response) => loaded.add(new URL(response.url()).pathname));
  await page.goto(url + (isStrict ? "?strict" : ""));
  const result = await page.evaluate(inPage, {
    path: `/${file.replace(".js", "")}/${file}`,
    requests: { sound, faulty },
    callsPerBatch,
    batches,
    warmUpBatches,
  });
  await context.close();
  return { ...result, loaded };
}

async function inPage({ path, requests, callsPerBatch, batches, warmUpBatches }) {
  const started = performance.now();
  const { load, validate } = await import(path);
  await load();
  const faults = [validate(requests.sound).length];
  const firstMs = performance.now() - started;
  faults.push(validate(requests.faulty).length);
  const medianMicroseconds = (request) => {
    const times = [];
    for (let batch = -warmUpBatches; batch < batches; batch += 1) {
      const began = performance.now();
      for (let call = 0; call < callsPerBatch; call += 1) validate(request);
      if (batch >= 0) times.push(((performance.now() - began) * 1000) / callsPerBatch);
    }
    return times.sort((a, b) => a - b)[batches / 2];
  };
  return {
    faults,
    firstMs,
    soundMicroseconds: medianMicroseconds(requests.sound),
    faultyMicroseconds: medianMicroseconds(requests.faulty),
  };
}

const files = await bundle();
const { url, close } = await serve(files);
const browser = await startChromium();
/** @type {Record<string, any[]>} */
const results = Object.fromEntries(Object.keys(validators).map((name) => [name, []]));
for (let round = 0; round < rounds; round += 1) {
  for (const [name, validator] of Object.entries(validators)) {
    const result = await measure(browser, url, validator);
    // 0 and 3 errors, or more where a value fits no branch of a union.
    const [ofSound, ofFaulty] = result.faults;
    if (ofSound !== 0 || ofFaulty < 3) throw new Error(`${name}: ${result.faults} faults`);
    results[name].push(result);
  }
}
await browser.close();
close();

const bytes = JSON.stringify(sound).length;
console.log(
  `\n${titles.rules}: a request of ${bytes} bytes, medians of ${rounds} rounds in turn\n`,
);
console.log(
  "| | loaded, gzipped | import to first verdict | a sound request | one with three faults |",
);
console.log("|---|---|---|---|---|");
for (const [name, all] of Object.entries(results)) {
  const paths = [...all[0].loaded].filter((path) => files.has(path));
  const gzipBytes = paths.reduce((sum, path) => sum + gzipSync(files.get(path)).length, 0);
  const of = (figure) => median(all.map((result) => result[figure])).toFixed(1);
  const row = [
    `${(gzipBytes / 1000).toFixed(1)} KB`,
    `${of("firstMs")} ms`,
    `${of("soundMicroseconds")} µs`,
    `${of("faultyMicroseconds")} µs`,
  ];
  console.log(`| ${name} | ${row.join(" | ")} |`);
}
