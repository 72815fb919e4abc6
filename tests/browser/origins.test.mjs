// Pages in a real browser, on origins that a key lists and on one that it does not: the
// browser sends the Origin, and every page can read why it was rejected.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { newKey, newRecord, putRecords } from "../../scripts/keys.mjs";
import { startChromium } from "../support/chromium.mjs";
import { startRuntime } from "../support/runtime.mjs";

let runtime;
let browser;
let server;
let port;
let publishable;

before(async () => {
  // One server, and a host name for each page: *.localhost is this machine.
  server = createServer((_, response) => {
    response
      .writeHead(200, { "Content-Type": "text/html" })
      .end("<!doctype html><title>A page</title>");
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  ({ port } = server.address());
  [runtime, browser] = await Promise.all([startRuntime(), startChromium()]);
  publishable = newKey("publishable");
  const origins = [`http://shop.localhost:${port}`, `http://*.brand.localhost:${port}`];
  const record = newRecord(publishable, { org: "acme", kind: "publishable", origins });
  await putRecords([[publishable, record]], ["--local", "--persist-to", runtime.persistTo]);
});

after(async () => {
  server?.close();
  await Promise.all([runtime?.stop(), browser?.close()]);
});

/** Returns the response to a page on `host`, as its script can read it. */
async function askFrom(
  t,
  host,
  { token = publishable, method = "POST", path, body = {}, init } = {},
) {
  const context = await browser.newContext();
  t.after(() => context.close());
  const page = await context.newPage();
  await page.goto(`http://${host}:${port}/`);
  const url = runtime.baseUrl + (path ?? "/chat/sessions");
  return page.evaluate(
    async ([url, token, method, body, init]) => {
      try {
        const response = await fetch(url, {
          method,
          headers: {
            Authorization: `Bearer ${token}`,
            "Content-Type": "application/json",
            ...init,
          },
          ...(method === "POST" && { body: JSON.stringify(body) }),
        });
        return {
          status: response.status,
          requestId: response.headers.get("x-request-id"),
          location: response.headers.get("location"),
          body: await response.json(),
        };
      } catch (error) {
        return { unreadable: error.message };
      }
    },
    [url, token, method, body, init ?? {}],
  );
}

test("a page on a listed origin creates a session", async (t) => {
  const { status, body, requestId, location } = await askFrom(t, "shop.localhost", {
    init: { "Idempotency-Key": "from-a-page" },
  });
  assert.equal(status, 201);
  assert.equal(location, `/chat/sessions/${body.id}`);
  assert.match(requestId, /^[0-9a-f-]{36}$/);
});

test("a page whose tracing adds headers to every request creates a session", async (t) => {
  const tracing = {
    traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    tracestate: "vendor=1",
    baggage: "sentry-environment=production",
    "sentry-trace": "4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1",
    "x-datadog-origin": "rum",
    "x-datadog-parent-id": "1",
    "x-datadog-sampling-priority": "1",
    "x-datadog-trace-id": "1",
    "x-requested-with": "XMLHttpRequest",
    "x-a-header-of-its-own": "1",
  };
  const { status, unreadable } = await askFrom(t, "shop.localhost", { init: tracing });
  assert.deepEqual([status, unreadable], [201, undefined]);
});

test("so does one a level below a wildcard, and no other", async (t) => {
  assert.equal((await askFrom(t, "a.brand.localhost")).status, 201);
  assert.equal((await askFrom(t, "b.a.brand.localhost")).status, 403);
  assert.equal((await askFrom(t, "brand.localhost")).status, 403);
});

test("a page on another origin gets a 403 that it can read", async (t) => {
  for (const host of ["evil.localhost", "localhost", "shop.localhost.evil.localhost"]) {
    const { status, body, requestId } = await askFrom(t, host);
    assert.equal(status, 403);
    assert.equal(body.code, "origin_not_allowed");
    assert.equal(body.request_id, requestId);
  }
});

test("a page with a secret key is told to replace it", async (t) => {
  const { status, body } = await askFrom(t, "shop.localhost", { token: runtime.keys.secret });
  assert.equal(status, 403);
  assert.equal(body.code, "secret_key_in_browser");
});

test("a page can read a 401, a 400 and a 404 too", async (t) => {
  const ask = (request) => askFrom(t, "shop.localhost", request);
  assert.equal((await ask({ token: "mistyped" })).body.code, "invalid_token");
  assert.equal((await ask({ body: { verified: 1 } })).body.errors[0].path, "/verified");
  assert.equal((await ask({ path: "/nowhere" })).body.code, "not_found");
});

test("a person's own token works from any page, for their own sessions only", async (t) => {
  const authenticate = async (email) => {
    const response = await fetch(`${runtime.baseUrl}/widget/authenticate-user`, {
      method: "POST",
      headers: {
        Authorization: `Bearer ${runtime.keys.secret}`,
        "Content-Type": "application/json",
      },
      body: JSON.stringify({ email }),
    });
    return (await response.json()).token;
  };
  const [ann, bob] = [await authenticate("ann@example.com"), await authenticate("bob@example.com")];
  const created = await askFrom(t, "members.localhost", { token: ann });
  assert.equal(created.status, 201);
  const path = `/chat/sessions/${created.body.id}`;
  const read = (token) => askFrom(t, "members.localhost", { token, method: "GET", path });
  assert.equal((await read(ann)).body.contact.email, "ann@example.com");
  assert.equal((await read(bob)).status, 404);
});
