// The packed package, bundled by common bundlers, run in a real Chromium: in the page
// and in a Web Worker, against the real service.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { createServer } from "vite";
import { freePort } from "../../scripts/wrangler.mjs";
import { startChromium } from "../support/chromium.mjs";
import { startRuntime } from "../support/runtime.mjs";
import { startSite } from "../support/site.mjs";
import { bundlers } from "./bundlers.mjs";
import { filesOf, newProject } from "./project.mjs";

const tried = {
  refused: { isOurs: true, code: "invalid_request", paths: ["/contact/email"] },
  validated: "/verified invalid_type",
};

let project;
let site;
let vitePort;
let runtime;
let browser;
before(async () => {
  project = await newProject();
  site = await startSite(serveBuilt);
  browser = await startChromium();
  vitePort = await freePort();
  runtime = await startRuntime({ origins: [site.baseUrl, `http://127.0.0.1:${vitePort}`] });
});
after(async () => {
  await browser?.close();
  await runtime?.stop();
  await site?.close();
  await project?.remove();
});

const types = { html: "text/html", js: "text/javascript" };
let built;
async function serveBuilt(request, response, path) {
  if (!path.startsWith("/app/")) return false;
  const file = path.slice("/app/".length) || "index.html";
  const body = await readFile(`${built}/${file}`).catch(() => undefined);
  response.writeHead(body ? 200 : 404, { "Content-Type": types[file.split(".").at(-1)] });
  response.end(body);
  return true;
}

/** Opens the app at an address; returns the results of its page and its worker. */
async function open(baseUrl) {
  const page = await browser.newPage();
  const scripts = [];
  page.on("response", async (response) => {
    if (/javascript/.test(response.headers()["content-type"])) {
      scripts.push({ url: response.url(), bytes: (await response.body().catch(() => [])).length });
    }
  });
  const errors = [];
  page.on("pageerror", (error) => errors.push(error.message));
  const options = { baseUrl: runtime.baseUrl, token: runtime.keys.publishable };
  await page.goto(`${baseUrl}?${new URLSearchParams(options)}`);
  const inPage = await page.evaluate(() => tried);
  const inWorker = await page.evaluate(() => triedInWorker);
  await page.close();
  return { inPage, inWorker, scripts, errors };
}

async function assertTried({ inPage, inWorker, errors }) {
  for (const { id, ...rest } of [inPage, inWorker]) {
    assert.deepEqual(rest, tried);
    assert.equal((await runtime.query("SELECT 1 FROM sessions WHERE id = ?", id)).length, 1);
  }
  assert.deepEqual(errors, []);
}

for (const [name, bundle] of Object.entries(bundlers)) {
  test(`bundled by ${name}: page and Web Worker open sessions`, async () => {
    built = await bundle(project.folder);
    const seen = await open(`${site.baseUrl}/app/`);
    await assertTried(seen);
    if (name === "esbuild, one script") return;
    // The fallback is served, but was not loaded.
    const files = await filesOf(built);
    const texts = await Promise.all(files.map((file) => readFile(file, "utf8")));
    const largest = Math.max(...texts.map(({ length }) => length));
    assert.ok(largest > 100_000, `the largest file has ${largest} bytes`);
    const loaded = seen.scripts.map(({ bytes }) => bytes);
    assert.ok(Math.max(...loaded) < 100_000, JSON.stringify(seen.scripts));
  });
}

test("served by Vite while developing: page and Web Worker open sessions", async () => {
  const server = await createServer({
    root: project.folder,
    logLevel: "error",
    server: { host: "127.0.0.1", port: vitePort, strictPort: true },
  });
  await server.listen();
  try {
    await assertTried(await open(`http://127.0.0.1:${vitePort}/`));
  } finally {
    await server.close();
  }
});
