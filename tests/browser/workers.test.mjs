// `chat-sessions/static` where nothing can be loaded later: in a real service worker, and
// in the worker of a real extension (Manifest V3), against the real service.

import assert from "node:assert/strict";
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { root } from "../../scripts/wrangler.mjs";
import { startChromium, startExtension } from "../support/chromium.mjs";
import { startFirefox } from "../support/firefox.mjs";
import { startRuntime } from "../support/runtime.mjs";
import { startSite } from "../support/site.mjs";

let site;
let runtime;
let token;
before(async () => {
  site = await startSite(serveWorker);
  runtime = await startRuntime({ origins: [site.baseUrl] });
  const response = await fetch(`${runtime.baseUrl}/widget/authenticate-user`, {
    method: "POST",
    headers: { Authorization: `Bearer ${runtime.keys.secret}`, "Content-Type": "application/json" },
    body: JSON.stringify({ email: "ann@example.com" }),
  });
  ({ token } = await response.json());
});
after(async () => {
  await runtime?.stop();
  await site?.close();
});

/** Opens a session, reads it back and follows it; returns the results, or the error's parts. */
const tryPackage = `
  async function tryPackage(options) {
    try {
      await load();
      const [{ path }] = validateSession({ verified: "yes" });
      const { createSession, getSession, subscribe } = createClient(options);
      const refused = await createSession({ contact: { email: "ann@" } }).catch(({ code }) => code);
      const { id } = await createSession({ channel: { type: "web" } });
      const { contact } = await getSession(id);
      const live = await new Promise((resolve) => {
        const subscription = subscribe(id, {
          onState(state, error) {
            if (state === "connecting") return;
            subscription.close();
            resolve(error?.code ?? state);
          },
        });
      });
      return { path, refused, id, email: contact.email, live };
    } catch ({ code, message }) {
      return { code, message };
    }
  }`;
const workerOf = (entry) => `
  import { createClient, load, validateSession } from "${entry}";
  ${tryPackage}
  self.tryPackage = tryPackage;
  self.addEventListener("message", async ({ data, ports }) => {
    ports[0].postMessage(await tryPackage(data));
  });
  self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));`;

function serveWorker(request, response, path) {
  const entry = { "/static_worker.js": "/pkg/static.js", "/worker.js": "/pkg/index.js" }[path];
  if (!entry) return false;
  response.writeHead(200, { "Content-Type": "text/javascript" }).end(workerOf(entry));
  return true;
}

async function assertTried(tried) {
  const { id, ...rest } = tried;
  const email = "ann@example.com";
  const expected = { path: "/verified", refused: "invalid_request", email, live: "live" };
  assert.deepEqual(rest, expected, JSON.stringify(tried));
  assert.equal((await runtime.query("SELECT 1 FROM sessions WHERE id = ?", id)).length, 1);
}

/** Registers a service worker in a page, and returns its results. */
function inServiceWorker(page, worker) {
  return page.evaluate(
    async ({ worker, options }) => {
      const type = "module";
      const registration = await navigator.serviceWorker.register(worker, { type, scope: worker });
      const started = registration.installing ?? registration.waiting ?? registration.active;
      const { port1, port2 } = new MessageChannel();
      const answered = new Promise((resolve) => (port1.onmessage = ({ data }) => resolve(data)));
      started.postMessage(options, [port2]);
      return answered;
    },
    { worker, options: { baseUrl: runtime.baseUrl, token } },
  );
}

test("Chromium: a service worker opens a session", async (t) => {
  const browser = await startChromium();
  t.after(() => browser.close());
  const page = await browser.newPage();
  await page.goto(site.baseUrl);
  await assertTried(await inServiceWorker(page, "/static_worker.js"));
});

test("Chromium: a service worker with the other entry is told which one to use", async (t) => {
  const browser = await startChromium();
  t.after(() => browser.close());
  const page = await browser.newPage();
  await page.goto(site.baseUrl);
  const { code, message } = await inServiceWorker(page, "/worker.js");
  assert.equal(code, "invalid_options");
  assert.match(message, /chat-sessions\/static/);
});

test("Firefox: a service worker opens a session", async (t) => {
  const browser = await startFirefox();
  t.after(() => browser.close());
  const page = await browser.open(site.baseUrl);
  await assertTried(await inServiceWorker(page, "/static_worker.js"));
});

test("the worker of an extension, whose policy allows no WebAssembly, opens a session", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "chat-sessions-extension-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  await mkdir(`${folder}/pkg`);
  for (const file of ["static.js", "fallback.js", "live.js"]) {
    await cp(`${root}pkg/dist/${file}`, `${folder}/pkg/${file}`);
  }
  const manifest = {
    manifest_version: 3,
    name: "An extension",
    version: "1",
    background: { service_worker: "worker.js", type: "module" },
    host_permissions: [`${runtime.baseUrl}/*`],
  };
  await writeFile(`${folder}/manifest.json`, JSON.stringify(manifest));
  await writeFile(`${folder}/worker.js`, workerOf("./pkg/static.js"));
  const extension = await startExtension(folder);
  t.after(() => extension.close());
  const options = { baseUrl: runtime.baseUrl, token };
  assert.match(await extension.worker.evaluate(() => location.origin), /^chrome-extension:/);
  await assertTried(
    await extension.worker.evaluate((options) => self.tryPackage(options), options),
  );
});
