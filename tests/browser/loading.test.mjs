// Loading of the rules where the network fails, in a real Chromium and a real Firefox,
// which keeps a failed load of a module until the page is reloaded.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startChromium } from "../support/chromium.mjs";
import { startFirefox } from "../support/firefox.mjs";
import { startSite } from "../support/site.mjs";

const id = "0190163d-8694-739b-aea5-966c26f8ad91";

let site;
const browsers = {};
before(async () => {
  const [chromium, firefox] = await Promise.all([startChromium(), startFirefox()]);
  browsers.Chromium = {
    async open(url) {
      const page = await chromium.newPage();
      await page.goto(url);
      return page;
    },
    close: () => chromium.close(),
  };
  browsers.Firefox = firefox;
  site = await startSite(answer);
});
after(async () => {
  await Promise.all(Object.values(browsers).map((browser) => browser.close()));
  await site?.close();
});

/** The state of the network, and the requests that it lost. */
let isDown = () => false;
let lost = [];
function answer(request, response, path) {
  const isOfCall = /wasm\.js|fallback\.js|live\.js|sessions/.test(path);
  if (isOfCall && isDown()) {
    lost.push(request.url);
    response.destroy();
    return true;
  }
  if (!path.endsWith("/chat/sessions")) return false;
  response.writeHead(201, { "Content-Type": "application/json" }).end(JSON.stringify({ id }));
  return true;
}

/** Calls `createSession` in the page; returns the id, or the error's code. */
function create(page, options = {}) {
  return page.evaluate(async (options) => {
    const { createSession } = await import("/pkg/index.js");
    return createSession({}, { baseUrl: "/", token: "pk_", ...options }).then(
      ({ id }) => id,
      ({ code }) => code,
    );
  }, options);
}

for (const name of ["Chromium", "Firefox"]) {
  test(`${name}: a subscription waits for its code, however long the network is down`, async () => {
    const page = await browsers[name].open(site.baseUrl);
    isDown = () => true;
    lost = [];
    await page.evaluate(async () => {
      const { createClient } = await import("/pkg/index.js");
      window.states = [];
      createClient({ baseUrl: "/", token: "pk_" }).subscribe("id", {
        onState: (state, error) => window.states.push(`${state} ${error?.code}`),
      });
      while (window.states.length < 3) await new Promise((resolve) => setTimeout(resolve, 20));
    });
    isDown = () => false;
    const states = await page.evaluate(async () => {
      // Its own first state.
      const isLoaded = () => window.states.some((state) => /^connecting/.test(state));
      while (!isLoaded()) await new Promise((resolve) => setTimeout(resolve, 20));
      return window.states;
    });
    await page.close();
    assert.deepEqual(states.slice(0, 3), Array(3).fill("waiting network_error"));
    assert.ok(lost.length >= 3, lost.join());
    assert.ok(
      lost.every((url) => url.startsWith("/pkg/live.js")),
      lost.join(),
    );
  });

  test(`${name}: a network that is down for 400 ms is waited for`, async () => {
    const page = await browsers[name].open(site.baseUrl);
    let end;
    isDown = () => Date.now() < (end ??= Date.now() + 400);
    lost = [];
    assert.equal(await create(page), id);
    assert.ok(lost.length > 0);
    await page.close();
  });

  test(`${name}: after a load that has failed, the next call loads again`, async () => {
    const page = await browsers[name].open(site.baseUrl);
    isDown = () => true;
    for (let call = 0; call < 3; call += 1) {
      lost = [];
      assert.equal(await create(page, { retries: 0 }), "network_error");
      assert.ok(lost.length > 0, "it asked for the file");
    }
    isDown = () => false;
    assert.equal(await create(page, { retries: 0 }), id);
    await page.close();
  });

  test(`${name}: load() is retried too`, async () => {
    const page = await browsers[name].open(site.baseUrl);
    let end;
    isDown = () => Date.now() < (end ??= Date.now() + 400);
    lost = [];
    const errors = await page.evaluate(async () => {
      const { load, validateSession } = await import("/pkg/index.js");
      await Promise.all([load(), load(), load()]);
      return validateSession({ verified: 1 });
    });
    assert.equal(errors.length, 1);
    // Three callers, a first load of all and two retries of each, two forms of the module.
    // Firefox repeats a lost request by itself.
    const distinct = new Set(lost);
    assert.ok(distinct.size <= 14, [...distinct].join());
    await page.close();
  });

  test(`${name}: a load ends with the call's time-out, and with its abort`, async () => {
    const page = await browsers[name].open(site.baseUrl);
    isDown = () => true;
    const codes = await page.evaluate(async () => {
      const { createSession } = await import("/pkg/index.js");
      const options = { baseUrl: "/", token: "pk_", retries: 100 };
      const started = performance.now();
      const code = ({ code }) => code;
      const late = await createSession({}, { ...options, timeoutMs: 500 }).catch(code);
      const controller = new AbortController();
      setTimeout(() => controller.abort("enough"), 50);
      const { signal } = controller;
      const aborted = await createSession({}, { ...options, signal }).catch((reason) => reason);
      return { late, aborted, ms: performance.now() - started };
    });
    assert.ok(["network_error", "timeout"].includes(codes.late), codes.late);
    assert.equal(codes.aborted, "enough");
    assert.ok(codes.ms < 10_000, `${codes.ms} ms`);
    // A load that was under way asks for its last file. A retry would come within 1.05 to
    // 2.1 s.
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const before = new Set(lost).size;
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    assert.equal(new Set(lost).size, before, "nothing is retried behind it");
    isDown = () => false;
    await page.close();
  });
}
