// The packed package, bundled by common bundlers, run in a real Chromium: in the page
// and in a Web Worker, against the real service.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { createServer } from "vite";
import { freePort } from "../../scripts/wrangler.mjs";
import { startChromium } from "../support/chromium.mjs";
import { startFirefox } from "../support/firefox.mjs";
import { startRuntime } from "../support/runtime.mjs";
import { startSite } from "../support/site.mjs";
import { bundleWithMetro, bundlers } from "./bundlers.mjs";
import { filesOf, newProject } from "./project.mjs";

const tried = {
  refused: { isOurs: true, code: "invalid_request", paths: ["/contact/email"] },
  validated: "/verified invalid_type",
  // A publishable key may not: it is the service that says so.
  live: "insufficient_scope",
};

let project;
let site;
let vitePort;
let runtime;
let browser;
let firefox;
before(async () => {
  project = await newProject();
  site = await startSite(serveBuilt);
  [browser, firefox] = await Promise.all([startChromium(), startFirefox()]);
  vitePort = await freePort();
  runtime = await startRuntime({ origins: [site.baseUrl, `http://127.0.0.1:${vitePort}`] });
});
after(async () => {
  await browser?.close();
  await firefox?.close();
  await runtime?.stop();
  await site?.close();
  await project?.remove();
});

const types = { html: "text/html", js: "text/javascript" };
let built;
/** Until then, every file with a form of the module is lost on its way. */
let downUntil = 0;
async function serveBuilt(request, response, path) {
  if (!path.startsWith("/app/")) return false;
  const file = path.slice("/app/".length) || "index.html";
  const body = await readFile(`${built}/${file}`).catch(() => undefined);
  if (body?.length > 40_000 && Date.now() < downUntil) return response.destroy();
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

  // One script has nothing to load. A file of Parcel's is known to its own loader only,
  // which imports no other address.
  if (["parcel", "esbuild, one script"].includes(name)) continue;
  test(`bundled by ${name}: Firefox loads again what it has not got`, async () => {
    built = await bundle(project.folder);
    downUntil = Date.now() + 60_000;
    const options = { baseUrl: runtime.baseUrl, token: runtime.keys.publishable };
    const page = await firefox.open(`${site.baseUrl}/app/?${new URLSearchParams(options)}`);
    const first = await page.evaluate(() => tried.catch(({ code }) => code));
    downUntil = 0;
    const again = await page.evaluate(() => globalThis.tryAgain());
    await page.close();
    assert.equal(first, "network_error");
    assert.match(again.id, /^[0-9a-f-]{36}$/);
  });
}

for (const entry of ["chat-sessions", "chat-sessions/static"]) {
  for (const isAware of [true, false]) {
    const how = isAware ? "by exports" : "by main";
    test(`bundled by Metro, ${entry} ${how}: a page opens sessions`, async () => {
      built = await bundleWithMetro(project.folder, entry, { isAware });
      await assertTried(await open(`${site.baseUrl}/app/`));
    });
  }
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
