// Any value as a request, in a real Chromium: the package always returns a verdict,
// independent of earlier calls, and leaks nothing.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startChromium } from "../support/chromium.mjs";
import { startSite } from "../support/site.mjs";

let site;
let browser;
let context;
let page;
before(async () => {
  [site, browser] = await Promise.all([startSite(), startChromium()]);
  context = await browser.newContext();
  page = await context.newPage();
  await page.goto(site.baseUrl);
});
after(async () => {
  await browser?.close();
  await site?.close();
});

test("a request of any kind is refused or sent, never a panic", async () => {
  const verdicts = await page.evaluate(async () => {
    const { load, validateSession } = await import("/pkg/index.js");
    await load();
    const cyclic = { name: "c" };
    cyclic.custom_data = cyclic;
    cyclic.contact = cyclic;
    const endless = new Proxy({}, { ownKeys: () => ["a"], get: () => endless });
    const describing = new Proxy(
      { email: "ann@example.com" },
      { getOwnPropertyDescriptor: Reflect.getOwnPropertyDescriptor },
    );
    const array = [];
    array.custom_data = {};
    class Request {
      channel = { type: "web" };
      get verified() {
        return "only on the prototype";
      }
    }
    const short = (request) =>
      validateSession(request).map(({ path, code }) => `${path} ${code}`.trim());
    return {
      undefined: short(undefined),
      null: short(null),
      function: short(() => {}),
      symbol: short(Symbol("s")),
      bigint: short(10n),
      date: short(new Date()),
      array: short(array),
      map: short(new Map([["verified", 1]])),
      cyclic: short(cyclic),
      endless: short(endless),
      proxy: short({ contact: describing }),
      class: short(new Request()),
      noPrototype: short(Object.assign(Object.create(null), { verified: 1 })),
      undefinedMembers: short({
        contact_id: undefined,
        channel: undefined,
        verified: undefined,
        custom_data: { a: undefined },
        contact: { email: undefined, name: undefined },
        resume: undefined,
      }),
      values: short({
        custom_data: {
          nan: NaN,
          infinity: -Infinity,
          bigint: 1n,
          date: new Date(),
          regexp: /x/,
          map: new Map(),
          boxed: new String("x"),
          function() {},
          symbol: Symbol("s"),
          lone: "a\udc00b",
          nul: "a\0b",
          minusZero: -0,
          tiny: 5e-324,
          large: Number.MAX_VALUE,
        },
      }),
      names: short({
        custom_data: { "\ud800": 1, "": 1, "a\0b": 1, __proto__: 1, ["__proto__"]: 1 },
      }),
      prototypeKey: short({ custom_data: JSON.parse('{"__proto__":{}}') }),
      separators: short({
        custom_data: { "s1:a": "o2:", "!": "!", "12:": "\u{1f600}\u2028\ufffd\ufeff" },
      }),
      long: short({ contact: { name: "\u{1f600}".repeat(257), email: `${"a".repeat(300)}@b.c` } }),
      manyKeys: short({
        custom_data: Object.fromEntries(Array.from({ length: 100_000 }, (_, key) => [key, key])),
      }),
    };
  });
  const malformed = ["malformed_json"];
  assert.deepEqual(verdicts, {
    undefined: malformed,
    null: malformed,
    function: malformed,
    symbol: malformed,
    bigint: malformed,
    date: malformed,
    array: malformed,
    map: malformed,
    cyclic: [
      "/custom_data/custom_data invalid_type",
      "/custom_data/contact invalid_type",
      "/contact/custom_data/custom_data invalid_type",
      "/contact/custom_data/contact invalid_type",
    ],
    endless: [],
    proxy: [],
    class: malformed,
    noPrototype: ["/verified invalid_type"],
    undefinedMembers: [],
    values: [
      "/custom_data/nan not_finite",
      "/custom_data/infinity not_finite",
      "/custom_data/bigint invalid_type",
      "/custom_data/date invalid_type",
      "/custom_data/regexp invalid_type",
      "/custom_data/map invalid_type",
      "/custom_data/boxed invalid_type",
      "/custom_data/function invalid_type",
      "/custom_data/symbol invalid_type",
      "/custom_data/lone ill_formed_unicode",
    ],
    names: [
      "/custom_data ill_formed_unicode",
      "/custom_data/ too_short",
      "/custom_data/a\0b invalid_format",
    ],
    prototypeKey: ["/custom_data/__proto__ invalid_type"],
    separators: [],
    long: ["/contact/email too_long", "/contact/name too_long"],
    manyKeys: ["/custom_data too_many_keys"],
  });
});

test("only plain objects are read; of any other the type is told", async () => {
  const { kinds, messages, sound, advice } = await page.evaluate(async () => {
    const { load, validateSession } = await import("/pkg/index.js");
    await load();
    class Order {
      #id = "ord_1";
      get id() {
        return this.#id;
      }
    }
    const frame = document.createElement("iframe");
    document.body.append(frame);
    const form = new FormData();
    form.append("a", "b");
    const values = [
      Promise.resolve({}),
      new Map([["a", 1]]),
      new Set([1]),
      new WeakMap(),
      form,
      new URLSearchParams("a=b"),
      new Headers(),
      new Date(),
      new URL("https://a.example"),
      new Error("no"),
      new Order(),
      new String("x"),
      new Number(1),
      new Boolean(true),
      /x/,
      new Uint8Array(2),
      new ArrayBuffer(2),
      new Blob([]),
      document.body,
      new frame.contentWindow.Map(),
      Object.create(class extends null {}.prototype),
      Object.create({ a: 1 }),
      () => {},
      10n,
      Symbol("s"),
    ];
    const at = (path) => (errors) => errors.length === 1 && errors[0].path === path;
    const kinds = values.map((value) => ({
      request: at("")(validateSession(value)),
      contact: at("/contact")(validateSession({ contact: value })),
      custom_data: at("/custom_data")(validateSession({ custom_data: value })),
      ofContact: at("/contact/custom_data")(validateSession({ contact: { custom_data: value } })),
      channel: at("/channel")(validateSession({ channel: value })),
      attribute: at("/custom_data/a")(validateSession({ custom_data: { a: value } })),
      email: at("/contact/email")(validateSession({ contact: { email: value } })),
      id: at("/contact_id")(validateSession({ contact_id: value })),
      verified: at("/verified")(validateSession({ verified: value })),
      resume: at("/resume")(validateSession({ resume: value })),
    }));
    const messages = values.map((value) => validateSession({ contact: value })[0].message);
    const advice = [
      validateSession(Promise.resolve())[0].message,
      validateSession({ custom_data: { at: new Date() } })[0].message,
    ];
    const sound = [
      new frame.contentWindow.Object(),
      Object.create(null),
      Object.freeze({}),
      new Proxy({}, {}),
      await import("/pkg/index.js"),
    ].map((custom_data) => validateSession({ contact: custom_data }).length);
    frame.remove();
    return { kinds, messages, sound, advice };
  });
  for (const [index, kind] of kinds.entries()) {
    assert.deepEqual(
      [...new Set(Object.values(kind))],
      [true],
      `${messages[index]} ${JSON.stringify(kind)}`,
    );
  }
  const must = "must be an object, but is";
  assert.deepEqual(messages, [
    `${must} of type Promise: await it`,
    `${must} of type Map: send Object.fromEntries of it`,
    `${must} of type Set`,
    `${must} of type WeakMap`,
    `${must} of type FormData: send Object.fromEntries of it`,
    `${must} of type URLSearchParams: send Object.fromEntries of it`,
    `${must} of type Headers: send Object.fromEntries of it`,
    `${must} of type Date: send its toISOString()`,
    `${must} of type URL: send its href`,
    `${must} of type Error`,
    `${must} of type Order`,
    `${must} of type String`,
    `${must} of type Number`,
    `${must} of type Boolean`,
    `${must} of type RegExp`,
    `${must} of type Uint8Array`,
    `${must} of type ArrayBuffer`,
    `${must} of type Blob`,
    `${must} of type HTMLBodyElement`,
    `${must} of type Map: send Object.fromEntries of it`,
    `${must} no plain object`,
    `${must} no plain object`,
    `${must} of type function`,
    `${must} of type bigint`,
    `${must} of type symbol`,
  ]);
  assert.deepEqual(sound, Array(5).fill(0));
  assert.deepEqual(advice, [
    "The request must be an object, but is of type Promise: await it.",
    "must be a string, a number or a boolean, but is of type Date: send its toISOString()",
  ]);
});

test("toJSON is honoured as in JSON.stringify, except a date's and an address's", async () => {
  const sent = await page.evaluate(async () => {
    const { createSession } = await import("/pkg/index.js");
    class Money {
      constructor(amount) {
        this.amount = amount;
      }
      toJSON() {
        return this.amount;
      }
    }
    class Order {
      lines = [1, 2];
      toJSON() {
        return { id: "ord_1", total: new Money("1.50") };
      }
    }
    class Draft {
      toJSON() {
        return { custom_data: new Order(), contact: { toJSON: () => undefined } };
      }
    }
    const failing = {
      toJSON() {
        throw new Error("no");
      },
    };
    const original = window.fetch;
    const bodies = [];
    window.fetch = async (request) => {
      bodies.push(await request.text());
      return Response.json({ id: "0190163d-8694-739b-aea5-966c26f8ad91" }, { status: 201 });
    };
    const options = { baseUrl: location.origin, token: "pk_" };
    await createSession(new Draft(), options);
    const code = ({ errors }) => errors.map(({ path, message }) => `${path} ${message}`).join();
    const refusals = [
      await createSession({ custom_data: failing }, options).catch(code),
      await createSession({ contact: { toJSON: () => new Map() } }, options).catch(code),
      await createSession({ custom_data: { a: { toJSON: () => null } } }, options).catch(code),
    ];
    window.fetch = original;
    return { bodies, refusals };
  });
  assert.deepEqual(sent.bodies, ['{"custom_data":{"id":"ord_1","total":"1.50"}}']);
  assert.deepEqual(sent.refusals, [
    "/custom_data must be an object, but cannot be read",
    "/contact must be an object, but is of type Map: send Object.fromEntries of it",
    "/custom_data/a must be a string, a number or a boolean",
  ]);
});

/**
 * Opens a page that exposes the module's instances, which the package keeps private, as
 * `window.instances`. While `window.mustTrap` is true, every call into one traps.
 */
async function openWatched() {
  const watched = await context.newPage();
  await watched.goto(site.baseUrl);
  await watched.evaluate(() => {
    window.instances = [];
    const { instantiate, Instance } = WebAssembly;
    const watch = (instance) => {
      const exports = Object.entries(instance.exports);
      // The build shortens the names of exports.
      const [, memory] = exports.find(([, value]) => value instanceof WebAssembly.Memory);
      window.instances.push({ memory });
      const watched = exports.map(([name, value]) => {
        const call = (...values) => {
          if (window.mustTrap) throw new WebAssembly.RuntimeError("unreachable");
          return value(...values);
        };
        return [name, typeof value === "function" ? call : value];
      });
      return { exports: Object.fromEntries(watched) };
    };
    WebAssembly.instantiate = async (...source) => watch(await instantiate(...source));
    WebAssembly.Instance = function (...source) {
      return watch(new Instance(...source));
    };
  });
  return watched;
}

test("after a panic, and after a request of 100 MB, the next one finds everything new", async () => {
  const watched = await openWatched();
  const result = await watched.evaluate(async () => {
    const { load, validateSession } = await import("/pkg/index.js");
    await load();
    const wrong = () => validateSession({ verified: 1 }).length;
    const results = [wrong()];
    window.mustTrap = true;
    try {
      results.push(wrong());
    } catch ({ code, cause }) {
      results.push(code, cause instanceof WebAssembly.RuntimeError);
    }
    window.mustTrap = false;
    results.push(wrong(), instances.length);
    results.push(validateSession({ custom_data: { a: "x".repeat(100_000_000) } })[0].code);
    results.push(instances[1].memory.buffer.byteLength > 100_000_000);
    results.push(wrong(), instances.length);
    results.push(instances[2].memory.buffer.byteLength < 4_000_000);
    return results;
  });
  await watched.close();
  assert.deepEqual(result, [1, "internal_error", true, 1, 2, "too_long", true, 1, 3, true]);
});

test("a panic ends the calls that wait, whichever call it happens in, and no later one", async () => {
  const watched = await openWatched();
  const errors = [];
  watched.on("pageerror", (error) => errors.push(error.message));
  const result = await watched.evaluate(async () => {
    const { createClient, load } = await import("/pkg/index.js");
    const client = createClient({ baseUrl: location.origin, token: () => "pk_" });
    await load();
    let respond;
    window.fetch = () => new Promise((resolve) => (respond = resolve));
    const code = (call) => call.then(({ id }) => id).catch(({ code }) => code);
    const inFlight = code(client.createSession({}));
    while (!respond) await new Promise((resolve) => setTimeout(resolve));
    const others = code(client.listSessions());
    window.mustTrap = true;
    // The callback traps, outside of any call.
    respond(Response.json({ id: "0190163d-8694-739b-aea5-966c26f8ad91" }, { status: 201 }));
    const codes = [await inFlight, await others];
    window.mustTrap = false;
    window.fetch = async () =>
      Response.json({ id: "0190163d-8694-739b-aea5-966c26f8ad91" }, { status: 201 });
    codes.push(await code(client.createSession({})), instances.length);
    return codes;
  });
  await watched.close();
  assert.deepEqual(result, [
    "internal_error",
    "internal_error",
    "0190163d-8694-739b-aea5-966c26f8ad91",
    2,
  ]);
  assert.ok(
    errors.every((message) => /unreachable/.test(message)),
    errors.join(),
  );
});

test("a call of a large request's time ends on its own instance", async () => {
  const watched = await openWatched();
  const result = await watched.evaluate(async () => {
    const { createClient, load, validateSession } = await import("/pkg/index.js");
    const client = createClient({ baseUrl: location.origin, token: "pk_" });
    await load();
    let respond;
    window.fetch = () => new Promise((resolve) => (respond = resolve));
    const inFlight = client.createSession({});
    while (!respond) await new Promise((resolve) => setTimeout(resolve));
    validateSession({ custom_data: { a: "x".repeat(10_000_000) } });
    validateSession({});
    respond(Response.json({ id: "0190163d-8694-739b-aea5-966c26f8ad91" }, { status: 201 }));
    return [(await inFlight).id, instances.length];
  });
  await watched.close();
  assert.deepEqual(result, ["0190163d-8694-739b-aea5-966c26f8ad91", 2]);
});

test("10,000 calls leak nothing", async (t) => {
  const watched = await openWatched();
  const devTools = await context.newCDPSession(watched);
  await watched.evaluate(async () => {
    window.fetch = async () =>
      Response.json({ id: "0190163d-8694-739b-aea5-966c26f8ad91" }, { status: 201 });
    const { createClient, validateSession } = await import("/pkg/index.js");
    const client = createClient({ baseUrl: location.origin, token: () => "pk_" });
    const { signal } = new AbortController();
    const request = (call) => ({
      channel: { type: "web" },
      custom_data: { order_id: `ord_${call}`, note: "x".repeat(call % 1000), total: call / 7 },
      contact: { email: `ann${call}@example.com`, name: "Ann" },
    });
    window.call = async (calls) => {
      for (let call = 0; call < calls; call += 1) {
        await client.createSession(request(call), { signal });
        await client.createSession({ verified: 1, custom_data: [] }).catch(() => {});
        validateSession(request(call));
      }
    };
  });
  const measure = async () => {
    await devTools.send("HeapProfiler.collectGarbage");
    const { usedSize } = await devTools.send("Runtime.getHeapUsage");
    const wasm = await watched.evaluate(() => instances.at(-1).memory.buffer.byteLength);
    return { heap: usedSize, wasm };
  };
  const figures = [];
  for (const calls of [500, 10_000, 10_000]) {
    await watched.evaluate((calls) => window.call(calls), calls);
    figures.push(await measure());
  }
  await watched.close();
  const [warm, ten, twenty] = figures;
  t.diagnostic(`after 500, 10,500 and 20,500 rounds: ${JSON.stringify(figures)}`);
  assert.equal(twenty.wasm, warm.wasm);
  // A leak of even ten bytes a call would grow as much in the second ten thousand.
  assert.ok(ten.heap - warm.heap < 200_000, `${ten.heap - warm.heap} bytes more`);
  assert.ok(twenty.heap - ten.heap < 50_000, `${twenty.heap - ten.heap} bytes more`);
});
