// Anonymous visitors, in a real Chromium and a real Firefox, against the real service.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startChromium } from "../support/chromium.mjs";
import { startFirefox } from "../support/firefox.mjs";
import { startRuntime } from "../support/runtime.mjs";

let runtime;
let chromium;
let firefox;
before(async () => {
  [runtime, chromium, firefox] = await Promise.all([
    startRuntime(),
    startChromium(),
    startFirefox(),
  ]);
});
after(async () => {
  await Promise.all([chromium?.close(), firefox?.close()]);
  await runtime?.stop();
});

/** Opens tabs of a new profile; counts the tokens that they request. */
async function openTabs(t, count = 1) {
  const context = await chromium.newContext({ bypassCSP: true });
  t.after(() => context.close());
  let requests = 0;
  context.on("request", (request) => {
    if (request.method() === "POST" && request.url().endsWith("/widget/visitors")) requests += 1;
  });
  const pages = await Promise.all(
    Array.from({ length: count }, async () => {
      const page = await context.newPage();
      await page.goto(`${runtime.baseUrl}/favicon.svg`);
      return page;
    }),
  );
  const options = { baseUrl: runtime.baseUrl, key: runtime.keys.publishable };
  /** Runs `inPage({ client, visitor, ... }, argument)` in a tab. */
  const run = (page, inPage, argument) =>
    page.evaluate(
      async ([source, options, argument]) => {
        const { createClient, createVisitor } = await import("/pkg/index.js");
        const visitor = createVisitor(options);
        const client = createClient({ baseUrl: options.baseUrl, token: visitor });
        const tools = { client, visitor, createClient, createVisitor, options };
        return new Function(`return (${source})`)()(tools, argument);
      },
      [String(inPage), options, argument],
    );
  return { context, pages, run, requests: () => requests };
}

const subject = (token) =>
  JSON.parse(atob(token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/"))).sub;

test("nothing is requested or stored before the first call; then there is one token", async (t) => {
  const { pages, run, requests, context } = await openTabs(t);
  const before = await run(pages[0], async ({ visitor }) => ({
    isKnown: await visitor.isKnown(),
    stored: localStorage.length,
    cookies: document.cookie,
  }));
  assert.deepEqual(before, { isKnown: false, stored: 0, cookies: "" });
  assert.equal(requests(), 0);
  const { ids, listed, names, known } = await run(pages[0], async ({ client, visitor }) => {
    const created = await Promise.all([1, 2, 3].map(() => client.createSession({})));
    const { items } = await client.listSessions();
    return {
      ids: created.map(({ id }) => id),
      listed: items.map(({ id }) => id),
      names: Object.keys(localStorage),
      known: await visitor.isKnown(),
    };
  });
  assert.equal(requests(), 1);
  assert.deepEqual(listed.sort(), ids.sort());
  assert.deepEqual(names, [`chat-sessions.visitor.${runtime.keys.publishable}`]);
  assert.equal(known, true);
  assert.deepEqual(await context.cookies(), []);

  // The visitor of a later page is the same.
  const later = await context.newPage();
  await later.goto(`${runtime.baseUrl}/favicon.svg`);
  const again = await run(later, async ({ client }) => (await client.listSessions()).items.length);
  assert.equal(again, 3);
  assert.equal(requests(), 1);
});

for (const locks of ["with locks", "without locks"]) {
  test(`two tabs that begin at once end with one visitor, ${locks}`, async (t) => {
    const { pages, run, requests } = await openTabs(t, 2);
    if (locks === "without locks") {
      for (const page of pages) {
        await page.evaluate(() => Object.defineProperty(navigator, "locks", { value: undefined }));
      }
    }
    const begin = (page) =>
      run(page, async ({ client, visitor }) => {
        await client.createSession({});
        return visitor();
      });
    await Promise.all(pages.map(begin));
    // The token that both use from now on.
    const tokens = await Promise.all(pages.map((page) => run(page, ({ visitor }) => visitor())));
    assert.equal(tokens[0], tokens[1]);
    // One as a rule with locks; but a tab sees what another has stored only a moment later.
    assert.ok(requests() <= 2);
  });
}

test("where localStorage is denied, the visitor is in memory", async (t) => {
  const { pages, run, requests } = await openTabs(t);
  for (const deny of [
    () =>
      Object.defineProperty(window, "localStorage", {
        configurable: true,
        get() {
          throw new DOMException("denied", "SecurityError");
        },
      }),
    () =>
      Object.defineProperty(window, "localStorage", {
        configurable: true,
        value: {
          getItem: () => null,
          setItem() {
            throw new Error("full");
          },
          removeItem() {},
        },
      }),
    () => Object.defineProperty(window, "localStorage", { configurable: true, value: undefined }),
  ]) {
    await pages[0].evaluate(deny);
    const before = requests();
    const { ids, listed, other } = await run(
      pages[0],
      async ({ client, visitor, createVisitor, options }) => {
        const created = [await client.createSession({}), await client.createSession({})];
        const { items } = await client.listSessions();
        await visitor.forget();
        const other = await visitor.isKnown();
        await createVisitor(options).isKnown();
        return { ids: created.map(({ id }) => id), listed: items.map(({ id }) => id), other };
      },
    );
    assert.deepEqual(listed.sort(), ids.sort());
    assert.equal(other, false);
    assert.equal(requests(), before + 1);
  }
});

test("a storage of the page's own is used, one that answers later, too", async (t) => {
  const { pages, run } = await openTabs(t);
  const { stored, names, left } = await run(
    pages[0],
    async ({ createVisitor, createClient, options }) => {
      const kept = new Map();
      const storage = {
        getItem: async (name) => kept.get(name) ?? null,
        setItem: async (name, token) => void kept.set(name, token),
        removeItem: async (name) => void kept.delete(name),
      };
      const visitor = createVisitor({ ...options, storage });
      await createClient({ baseUrl: options.baseUrl, token: visitor }).createSession({});
      const stored = [...kept.values()];
      await visitor.forget();
      return { stored, names: Object.keys(localStorage), left: kept.size };
    },
  );
  assert.equal(stored[0].split(".").length, 3);
  assert.deepEqual([names, left], [[], 0]);
});

test("a visitor who is forgotten is another one at the next call", async (t) => {
  const { pages, run } = await openTabs(t);
  const { tokens, visible, stored } = await run(pages[0], async ({ client, visitor }) => {
    const { id } = await client.createSession({});
    const tokens = [await visitor()];
    await visitor.forget();
    const stored = localStorage.length;
    const visible = await client.getSession(id).catch(({ code }) => code);
    tokens.push(await visitor());
    return { tokens, visible, stored };
  });
  assert.notEqual(subject(tokens[0]), subject(tokens[1]));
  assert.equal(visible, "session_not_found");
  assert.equal(stored, 0);
});

test("a token that the service does not take is replaced once", async (t) => {
  const { pages, run, requests } = await openTabs(t);
  const { id, stored } = await run(pages[0], async ({ client, options }) => {
    const name = `chat-sessions.visitor.${options.key}`;
    localStorage.setItem(name, "an.expired.token");
    const { id } = await client.createSession({});
    return { id, stored: localStorage.getItem(name) };
  });
  assert.match(id, /^[0-9a-f-]{36}$/);
  assert.notEqual(stored, "an.expired.token");
  assert.equal(requests(), 1);
});

test("a key that is unknown is the error of the call itself", async (t) => {
  const { pages, run, requests } = await openTabs(t);
  const error = await run(pages[0], async ({ createClient, createVisitor, options }) => {
    const key = `pk_${"0".repeat(64)}`;
    const visitor = createVisitor({ ...options, key });
    const client = createClient({ baseUrl: options.baseUrl, token: visitor });
    return client
      .createSession({})
      .catch(({ name, code, status }) => ({ name, code, status, stored: localStorage.length }));
  });
  assert.deepEqual(error, {
    name: "ChatSessionError",
    code: "invalid_token",
    status: 401,
    stored: 0,
  });
  assert.equal(requests(), 1);
});

test("Firefox has one visitor in two tabs, too", async () => {
  const pages = [
    await firefox.open(`${runtime.baseUrl}/favicon.svg`),
    await firefox.open(`${runtime.baseUrl}/favicon.svg`),
  ];
  const options = { baseUrl: runtime.baseUrl, key: runtime.keys.publishable };
  const begin = (page) =>
    page.evaluate(async (options) => {
      const { createClient, createVisitor } = await import("/pkg/index.js");
      const token = createVisitor(options);
      await createClient({ baseUrl: options.baseUrl, token }).createSession({});
      return token();
    }, options);
  const tokens = await Promise.all(pages.map(begin));
  assert.equal(tokens[0], tokens[1]);
  await Promise.all(pages.map((page) => page.close()));
});
