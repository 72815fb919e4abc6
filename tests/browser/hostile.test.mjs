// Hostile pages, networks and callers, in a real Chromium: the package always returns a
// specific error, and its module never breaks.

import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, test } from "node:test";
import { startChromium } from "../support/chromium.mjs";
import { startSite } from "../support/site.mjs";

const id = "0190163d-8694-739b-aea5-966c26f8ad91";

let site;
let browser;
let context;
let page;
before(async () => {
  [site, browser] = await Promise.all([startSite(answer), startChromium()]);
  context = await browser.newContext();
  page = await context.newPage();
  await page.goto(site.baseUrl);
});
after(async () => {
  await browser?.close();
  await site?.close();
});

/** Servers and proxies, by the first part of the path. */
const servers = {
  good: (response) => json(response, 201, { id }),
  slow: () => {},
  trickle: (response) => {
    response.writeHead(201, { "Content-Type": "application/json" });
    const timer = setInterval(() => response.write(" "), 20);
    response.on("close", () => clearInterval(timer));
  },
  cut: (response) => {
    response.writeHead(201, { "Content-Type": "application/json", "Content-Length": "100" });
    response.write('{"id":');
    setTimeout(() => response.destroy(), 20);
  },
  reset: (response) => response.destroy(),
  empty: (response) => response.writeHead(204).end(),
  hotel: (response) => html(response, 200, "<h1>Welcome to the hotel</h1>"),
  gateway: (response) => html(response, 502, "<h1>Bad gateway</h1>"),
  teapot: (response) => html(response, 418, ""),
  half: (response) => response.writeHead(201).end('{"id":"'),
  list: (response) => json(response, 201, []),
  nothing: (response) => json(response, 201, null),
  number: (response) => json(response, 201, { id: 42 }),
  stranger: (response) => json(response, 400, { error: "not ours" }),
  enoent: (response) => json(response, 500, { code: "ENOENT", message: "no such file" }),
  other: (response) =>
    json(response, 400, { statusCode: 404, code: "not_found", message: "No", request_id: "r" }),
  foreign: (response) => json(response, 201, { id: "42" }),
  https: (response) => response.writeHead(301, { Location: "/good/chat/sessions" }).end(),
  moved: (response) => response.writeHead(308, { Location: "/good/chat/sessions" }).end(),
  loop: (response, path) => response.writeHead(307, { Location: path }).end(),
  huge: async (response) => {
    response.writeHead(201, { "Content-Type": "application/json" });
    const chunk = Buffer.alloc(1024 * 1024, "x");
    response.setMaxListeners(0);
    for (let sent = 0; sent < 512 && !response.destroyed; sent += 1) {
      if (!response.write(chunk)) {
        await Promise.race([once(response, "drain"), once(response, "close")]);
      }
    }
    response.end();
  },
};

function answer(request, response, path) {
  const server = servers[path.split("/")[1]];
  if (server) server(response, path);
  return server !== undefined;
}

function json(response, status, body) {
  response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
}

function html(response, status, body) {
  response.writeHead(status, { "Content-Type": "text/html" }).end(body);
}

/** Returns the id that `createSession` gets from a server, or its error: `code status`. */
function outcome(server, options = {}) {
  return page.evaluate(
    async ({ server, options }) => {
      const { createSession, isChatSessionError } = await import("/pkg/index.js");
      const baseUrl = `${location.origin}/${server}`;
      try {
        return (await createSession({}, { baseUrl, token: "pk_", ...options })).id;
      } catch (error) {
        if (!isChatSessionError(error)) return `not ours: ${error}`;
        return [error.code, error.status].filter(Boolean).join(" ");
      }
    },
    { server, options },
  );
}

test("answers that no chat-sessions service gives are told apart", async () => {
  for (const [server, expected] of [
    ["good", id],
    ["empty", "unexpected_response 204"],
    ["hotel", "unexpected_response 200"],
    ["teapot", "unexpected_response 418"],
    ["half", "unexpected_response 201"],
    ["list", "unexpected_response 201"],
    ["nothing", "unexpected_response 201"],
    ["number", "unexpected_response 201"],
    ["stranger", "unexpected_response 400"],
    ["gateway", "unexpected_response 502"],
    ["reset", "network_error"],
    ["cut", "network_error"],
    ["loop", "unexpected_response"],
    ["https", "unexpected_response"],
    ["moved", "unexpected_response"],
    ["enoent", "unexpected_response 500"],
    ["other", "unexpected_response 400"],
    ["foreign", "unexpected_response 201"],
  ]) {
    assert.equal(await outcome(server, { retries: 1 }), expected, server);
  }
});

test("a baseUrl of another server, or one that redirects, is named", async () => {
  const messages = await page.evaluate(async () => {
    const { createSession } = await import("/pkg/index.js");
    const messages = [];
    for (const server of ["moved", "hotel", "enoent", "reset"]) {
      const options = { baseUrl: `${location.origin}/${server}`, token: "pk_", retries: 0 };
      const { message } = await createSession({}, options).catch((error) => error);
      messages.push(message.replace(location.origin, ""));
    }
    return messages;
  });
  assert.match(messages[0], /^baseUrl: \/moved redirects: use the address/);
  assert.match(
    messages[1],
    /^baseUrl: \/hotel answered, but not as a chat-sessions service: check/,
  );
  assert.match(messages[2], /^baseUrl: \/enoent answered, but not as a chat-sessions service/);
  assert.match(messages[3], /could not be reached at \/reset: .*baseUrl/);
});

test("a body without end is given up, and not kept", async () => {
  assert.equal(await outcome("huge", { retries: 0 }), "unexpected_response 201");
});

test("a server that is slow, or slow to the last byte, runs into the time-out", async () => {
  for (const server of ["slow", "trickle"]) {
    const started = Date.now();
    assert.equal(await outcome(server, { timeoutMs: 300 }), "timeout");
    // Without the option it would be 10 s.
    assert.ok(Date.now() - started < 9_000);
  }
});

test("offline is a network_error, and online it works again", async () => {
  await context.setOffline(true);
  assert.equal(await outcome("good", { retries: 0 }), "network_error");
  await context.setOffline(false);
  assert.equal(await outcome("good"), id);
});

test("a page that replaced fetch, in whatever way", async () => {
  const outcomes = await page.evaluate(async () => {
    const { createSession, isChatSessionError } = await import("/pkg/index.js");
    const options = { baseUrl: `${location.origin}/good`, token: "pk_", retries: 0 };
    const ask = () =>
      createSession({}, options).then(
        ({ id }) => id,
        (error) => (isChatSessionError(error) ? error.code : `not ours: ${error}`),
      );
    const hostile = new Proxy(function () {}, {
      get() {
        throw "no member for you";
      },
    });
    const original = window.fetch;
    const outcomes = {};
    for (const [what, replacement] of Object.entries({
      string: () => Promise.reject("a string"),
      undefined: () => Promise.reject(undefined),
      null: () => Promise.reject(null),
      symbol: () => Promise.reject(Symbol("s")),
      proxy: () => Promise.reject(hostile),
      atOnce: () => {
        throw new RangeError("at once");
      },
      noResponse: async () => ({ ok: true }),
      nothing: async () => null,
      number: () => 42,
      throwing: async () => ({
        get ok() {
          throw new Error("no");
        },
      }),
      hostile: async () =>
        new Proxy(
          {},
          {
            get: (_, name) =>
              name === "then"
                ? undefined
                : (() => {
                    throw "no";
                  })(),
          },
        ),
      bodyTwice: async () => {
        const response = await original(`${location.origin}/good`);
        await response.text();
        return response;
      },
      noFunction: "fetch",
      gone: undefined,
    })) {
      window.fetch = replacement;
      outcomes[what] = await ask();
    }
    window.fetch = original;
    outcomes.restored = await ask();
    // A wrapper need not be a Response if it has the same members.
    window.fetch = async (...request) => {
      const response = await original(...request);
      return { ok: response.ok, status: response.status, text: () => response.text() };
    };
    outcomes.wrapped = await ask();
    window.fetch = original;
    return outcomes;
  });
  const expected = Object.fromEntries(Object.keys(outcomes).map((what) => [what, "network_error"]));
  Object.assign(expected, {
    noResponse: "unexpected_response",
    nothing: "unexpected_response",
    number: "unexpected_response",
    restored: id,
    wrapped: id,
  });
  assert.deepEqual(outcomes, expected);
});

test("what a fetch rejected with is the cause, even from another frame", async () => {
  const causes = await page.evaluate(async () => {
    const { createSession } = await import("/pkg/index.js");
    const options = { baseUrl: `${location.origin}/good`, token: "pk_", retries: 0 };
    const frame = document.createElement("iframe");
    document.body.append(frame);
    const original = window.fetch;
    const foreign = new frame.contentWindow.TypeError("of the frame");
    const causes = [];
    for (const thrown of [foreign, "a string", 0]) {
      window.fetch = () => Promise.reject(thrown);
      const error = await createSession({}, options).catch((error) => error);
      causes.push(error.cause === thrown && error instanceof Error);
    }
    // The frame's own fetch and AbortController work.
    window.fetch = frame.contentWindow.fetch;
    const controller = new frame.contentWindow.AbortController();
    const { signal } = controller;
    causes.push((await createSession({}, { ...options, signal })).id);
    controller.abort(foreign);
    causes.push(
      await createSession({}, { ...options, signal }).catch((error) => error === foreign),
    );
    window.fetch = original;
    frame.remove();
    return causes;
  });
  assert.deepEqual(causes, [true, true, true, id, true]);
});

test("options that throw, trap or lie are invalid_options", async () => {
  const codes = await page.evaluate(async () => {
    const { createSession } = await import("/pkg/index.js");
    const good = { baseUrl: `${location.origin}/good`, token: "pk_" };
    const throwing = () => {
      throw new Error("no");
    };
    const trapping = { get: throwing, ownKeys: throwing };
    const trap = new Proxy({}, trapping);
    const bad = [
      null,
      undefined,
      7,
      trap,
      { ...good, signal: trap },
      { ...good, timeoutMs: 5n, retries: Symbol("s") },
      { ...good, timeoutMs: NaN },
      { ...good, retries: {} },
      { ...good, idempotencyKey: Symbol("s") },
      { ...good, token: "é\u{1f511}" },
      { ...good, baseUrl: "https://[" },
    ];
    const codes = [];
    for (const options of bad) {
      codes.push(await createSession({}, options).catch(({ code }) => code));
    }
    return codes;
  });
  assert.deepEqual(codes, Array(11).fill("invalid_options"));
});

test("an environment that lacks what the package needs is told what", async () => {
  for (const name of ["TextEncoder", "TextDecoder", "Headers", "Request"]) {
    const fresh = await context.newPage();
    await fresh.goto(site.baseUrl);
    const error = await fresh.evaluate(async (name) => {
      // As in jsdom, where other libraries' tests run.
      delete globalThis[name];
      const { createSession } = await import("/pkg/index.js");
      const options = { baseUrl: `${location.origin}/good`, token: "pk_" };
      return createSession({}, options).catch(({ code, message }) => ({ code, message }));
    }, name);
    await fresh.close();
    assert.equal(error.code, "invalid_options");
    assert.match(error.message, new RegExp(`has no ${name}, .* jsdom, set globalThis.${name}`));
  }
});

test("an id or a query that is none is invalid_options, and named", async () => {
  const { ids, queries, cursor } = await page.evaluate(async () => {
    const { createClient } = await import("/pkg/index.js");
    const client = createClient({ baseUrl: `${location.origin}/good`, token: "pk_" });
    const outcome = ({ code, message }) => `${code} ${message}`;
    const throwing = () => {
      throw new Error("no");
    };
    const trap = new Proxy({}, { get: throwing, ownKeys: throwing, getPrototypeOf: throwing });
    const ids = [];
    for (const id of ["..", ".", "", undefined, null, 42, {}, ["a"], Promise.resolve("a"), trap]) {
      ids.push(await client.getSession(id).catch(outcome));
    }
    const queries = [];
    for (const query of [
      trap,
      "limit=1",
      7,
      [],
      new Map([["limit", 1]]),
      new URLSearchParams("limit=1"),
      Promise.resolve({}),
      new Date(),
      () => {},
      { limit: NaN },
      { limit: Infinity },
      { status: null },
      { status: ["open"] },
      { cursor: {} },
      { cursor: Promise.resolve("a") },
      { cursor: Symbol("s") },
      { created_after: new Date(NaN) },
      { created_after: { toISOString: throwing } },
    ]) {
      queries.push(await client.listSessions(query).catch(outcome));
    }
    const cursor = await client.listSessions({ cursor: null }).catch(outcome);
    return { ids, queries, cursor };
  });
  for (const id of ids) assert.match(id, /^invalid_options id must be the string that/);
  for (const query of queries) assert.match(query, /^invalid_options query(\.\w+)? /);
  assert.match(cursor, /^invalid_options query\.cursor .* is null: that page was the last/);
});
