// How often a request crosses between JavaScript and WebAssembly, both ways, and how
// many headers are read: the built Worker, run here, with every import and export of
// its module counted. Each costs more than most of what is done between two of them,
// so there is a budget.
//
// And how long keys are remembered, for which the clock has to be ours.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { before, test } from "node:test";
import { fileURLToPath } from "node:url";

/** As wrangler has it: what a `.wasm` exports is its compiled module. */
const wasmModules = {
  load(url, context, next) {
    if (!url.endsWith(".wasm")) return next(url, context);
    const file = JSON.stringify(fileURLToPath(url));
    const source = `import { readFileSync } from "node:fs";
      export default new WebAssembly.Module(readFileSync(${file}));`;
    return { format: "module", source, shortCircuit: true };
  },
};

const crossings = { intoWasm: 0, intoJs: 0, headersRead: 0 };

const counted = (functions, direction) =>
  Object.fromEntries(
    Object.entries(functions).map(([name, value]) => [
      name,
      typeof value === "function"
        ? (...values) => {
            crossings[direction] += 1;
            return value(...values);
          }
        : value,
    ]),
  );

let worker;
before(async () => {
  registerHooks(wasmModules);
  const { get } = Headers.prototype;
  Headers.prototype.get = function (name) {
    crossings.headersRead += 1;
    return get.call(this, name);
  };
  const { Instance } = WebAssembly;
  WebAssembly.Instance = function (module, imports) {
    const wrapped = Object.entries(imports).map(([from, functions]) => [
      from,
      counted(functions, "intoJs"),
    ]);
    const { exports } = new Instance(module, Object.fromEntries(wrapped));
    return { exports: counted(exports, "intoWasm") };
  };
  worker = (await import("../../build/edge/index.js")).default;
});

const secret = `sk_${"a".repeat(64)}`;
const answer = { results: [], meta: { changes: 1, rows_read: 1, rows_written: 1 } };
const session = {
  prepare: () => ({ bind: (...values) => values }),
  batch: async (statements) => statements.map(() => answer),
  getBookmark: () => "00000001-00000001-00000001-00000000000000000000000000000001",
};
const env = {
  KEYS: { get: async () => JSON.stringify({ org: "acme", kind: "secret", origins: [], db: "DB" }) },
  CREDENTIAL_RATE_LIMITER: { limit: async () => ({ success: true }) },
  DB: { withSession: () => session },
};

const create = JSON.stringify({
  channel: { type: "web" },
  custom_data: { order_id: "ord_1", cart_value: 149.99, vip: true },
  contact: { email: "ann@example.com", name: "Ann Lee", custom_data: { plan: "pro" } },
});

async function request(body, token = secret, headers = {}) {
  const { log } = console;
  console.log = () => {};
  for (const name of Object.keys(crossings)) crossings[name] = 0;
  const response = await worker.fetch(
    new Request("https://chat.example.com/chat/sessions", {
      method: "POST",
      headers: {
        "Content-Type": "application/json",
        "Content-Length": String(body.length),
        ...(token && { Authorization: `Bearer ${token}` }),
        ...headers,
      },
      body,
    }),
    env,
  );
  console.log = log;
  return { status: response.status, headers: response.headers, ...crossings };
}

/** Down with each gain; only a feature raises one. */
const budgets = [
  { name: "a create", body: create, status: 201, intoWasm: 12, intoJs: 3, headersRead: 7 },
  {
    name: "no token",
    body: create,
    token: null,
    status: 401,
    intoWasm: 3,
    intoJs: 3,
    headersRead: 2,
  },
  { name: "malformed JSON", body: "{,}", status: 400, intoWasm: 9, intoJs: 3, headersRead: 7 },
  {
    name: "invalid fields",
    body: '{"contact_id":1}',
    status: 400,
    intoWasm: 9,
    intoJs: 3,
    headersRead: 7,
  },
];

for (const { name, body, token, status, ...budget } of budgets) {
  test(`${name}: ${budget.intoWasm} times into WebAssembly, ${budget.intoJs} out of it, ${budget.headersRead} headers`, async () => {
    // The first of its kind in an instance reads the key and hands over SQL texts as well.
    await request(body, token);
    const { status: got, headers: _, ...counts } = await request(body, token);
    assert.equal(got, status);
    assert.deepEqual(counts, budget);
  });
}

test("a thousand keys are remembered, no more of them, and for ten seconds", async (t) => {
  t.mock.timers.enable({ apis: ["Date"], now: Date.now() });
  const get = t.mock.method(env.KEYS, "get");
  const key = (index) => `sk_${index.toString(16).padStart(64, "0")}`;
  /** How often KV is asked for keys, one request with each. */
  const asked = async (from, to) => {
    get.mock.resetCalls();
    for (let index = from; index < to; index += 1) {
      assert.equal((await request("{}", key(index))).status, 201);
    }
    return get.mock.callCount();
  };
  // What other tests left here is forgotten with the first that is read.
  t.mock.timers.tick(10_000);
  assert.equal(await asked(0, 1001), 1001);
  assert.equal(await asked(0, 1000), 0);
  assert.equal(await asked(1000, 1001), 1);

  t.mock.timers.tick(9_999);
  assert.equal(await asked(0, 2), 0);
  t.mock.timers.tick(1);
  assert.equal(await asked(0, 2), 2);
  assert.equal(await asked(1000, 1001), 1);
  assert.equal(await asked(1000, 1001), 0);
});

test("a header that the platform does not take back is left out, and nothing panics", async (t) => {
  const set = t.mock.method(Headers.prototype, "set", function (name, value) {
    if (name === "access-control-allow-origin") throw new TypeError("not a header's value");
    return Headers.prototype.append.call(this, name, value);
  });
  const error = t.mock.method(console, "error", () => {});
  const { status, headers } = await request(create, null, { Origin: "https://a.example" });
  assert.equal(status, 401);
  assert.equal(headers.get("access-control-allow-origin"), null);
  assert.equal(headers.get("cache-control"), "no-store");
  assert.ok(set.mock.callCount() > 0);
  assert.deepEqual(error.mock.calls[0].arguments, ["header left out: not a header's value"]);
});
