// Pages with a Content-Security-Policy, in a real Chromium: the rules are the same with
// WebAssembly allowed or not.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { sessionRequestCasesInJson } from "../support/cases.mjs";
import { startChromium } from "../support/chromium.mjs";
import { startRuntime } from "../support/runtime.mjs";
import { startSite } from "../support/site.mjs";

let policy;
let site;
let runtime;
let browser;
before(async () => {
  browser = await startChromium();
  site = await startSite(servePage);
  runtime = await startRuntime({ origins: [site.baseUrl] });
});
after(async () => {
  await browser?.close();
  await runtime?.stop();
  await site?.close();
});

const page = `<!doctype html>
<title>A page with a policy</title>
<script type="module" src="/app.js" nonce="r4nd0m"></script>`;
const app = `
  import { createClient, createSession, createVisitor, load, validateSession } from "./pkg/index.js";
  const { baseUrl, token } = Object.fromEntries(new URLSearchParams(location.search));
  globalThis.created = createSession({ channel: { type: "web" } }, { baseUrl, token });
  globalThis.follow = async () => {
    const client = createClient({ baseUrl, token: createVisitor({ baseUrl, key: token }) });
    const { id } = await client.createSession({});
    const subscription = client.subscribe(id);
    await subscription.send({ text: "Hello" });
    const { value } = await subscription.next();
    return value.event.content.text;
  };
  globalThis.blocked = [];
  document.addEventListener("securitypolicyviolation", (event) => blocked.push(event.blockedURI));
  globalThis.verdictsOf = async (texts) => {
    await load();
    return texts.map((text) => validateSession(JSON.parse(text)));
  };
`;

const files = { "/app.js": ["text/javascript", app], "/page": ["text/html", page] };
function servePage(request, response, path) {
  if (!files[path]) return false;
  const [type, body] = files[path];
  response.writeHead(200, { "Content-Type": type, "Content-Security-Policy": policy }).end(body);
  return true;
}

/** Opens a page with a policy; returns the loaded files and its verdicts. */
async function open(directives, texts = [], alsoTo = "") {
  policy = `${directives}; connect-src ${runtime.baseUrl} ${alsoTo}`;
  const tab = await browser.newPage();
  const loaded = [];
  tab.on("response", (response) => loaded.push(new URL(response.url()).pathname));
  const options = { baseUrl: runtime.baseUrl, token: runtime.keys.publishable };
  await tab.goto(`${site.baseUrl}/page?${new URLSearchParams(options)}`);
  const { id } = await tab.evaluate(() => created);
  assert.equal((await runtime.query("SELECT 1 FROM sessions WHERE id = ?", id)).length, 1);
  const verdicts = await tab.evaluate((texts) => verdictsOf(texts), texts);
  const live = await tab.evaluate(async () => [await globalThis.follow(), globalThis.blocked]);
  await tab.close();
  return { rules: loaded.filter((path) => /wasm|fallback/.test(path)), verdicts, live };
}

test("a policy without 'wasm-unsafe-eval': the fallback has the same verdicts", async () => {
  const cases = await sessionRequestCasesInJson();
  // The last one grows the module's memory.
  const large = JSON.stringify({ custom_data: { a: "x".repeat(10_000_000) } });
  const texts = [...cases.map(({ text }) => text), large];
  const strict = await open("default-src 'none'; script-src 'self'", texts);
  assert.deepEqual(strict.rules, ["/pkg/wasm.js", "/pkg/fallback.js"]);
  const lenient = await open("script-src 'self' 'wasm-unsafe-eval'", texts);
  assert.deepEqual(lenient.rules, ["/pkg/wasm.js"]);
  assert.ok(texts.length > 150);
  assert.deepEqual(strict.verdicts, lenient.verdicts);
  assert.equal(strict.verdicts.pop()[0].code, "too_long");
  const isRefused = (errors) => errors.length > 0;
  assert.deepEqual(
    strict.verdicts.map(isRefused),
    cases.map(({ expect }) => expect.status !== 201),
  );
});

test("a policy of nonces and 'strict-dynamic'", async () => {
  const directives =
    "script-src 'nonce-r4nd0m' 'strict-dynamic'; object-src 'none'; base-uri 'none'";
  assert.deepEqual((await open(directives)).rules, ["/pkg/wasm.js", "/pkg/fallback.js"]);
});

test("a policy that demands Trusted Types", async () => {
  const directives = "script-src 'self'; require-trusted-types-for 'script'; trusted-types 'none'";
  assert.deepEqual((await open(directives)).rules, ["/pkg/wasm.js", "/pkg/fallback.js"]);
});

test("a policy without ws: has server-sent events, one with it WebSockets", async () => {
  const directives = "script-src 'self' 'wasm-unsafe-eval'";
  const [text, blocked] = (await open(directives)).live;
  assert.equal(text, "Hello");
  assert.match(blocked.join(), /^ws:/);
  const socket = runtime.baseUrl.replace("http:", "ws:");
  assert.deepEqual((await open(directives, [], socket)).live, ["Hello", []]);
});
