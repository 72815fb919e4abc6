// The page at / in a real browser, against the real service: the shop, its launcher, and the
// panel beside it.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { transform } from "esbuild";
import { root } from "../../scripts/wrangler.mjs";
import { startChromium } from "../support/chromium.mjs";
import { startRuntime } from "../support/runtime.mjs";

const { createClient } = await import(`${root}pkg/dist/index.js`);
const run = promisify(execFile);
const axe = await readFile(`${root}node_modules/axe-core/axe.min.js`, "utf8");
const widths = [320, 768, 1440];

let runtime;
let browser;
let server;
before(async () => {
  [runtime, browser] = await Promise.all([startRuntime(), startChromium()]);
  server = createClient({ baseUrl: runtime.baseUrl, token: runtime.keys.secret });
});
after(async () => {
  await Promise.all([runtime?.stop(), browser?.close()]);
});

/** Opens the page as `make start` serves it, or with other files beside it. */
async function openPage(t, { config, local = { json: {} }, context: options = {} } = {}) {
  const context = await browser.newContext({ reducedMotion: "reduce", ...options });
  t.after(() => context.close());
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const asked = [];
  const errors = [];
  page.on("request", (request) => {
    const { pathname } = new URL(request.url());
    if (/^\/(chat|widget|agents)\//.test(pathname)) asked.push(`${request.method()} ${pathname}`);
  });
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  page.on("pageerror", (error) => errors.push(error.message));
  await page.addInitScript(() => {
    window.violations = [];
    document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) =>
      window.violations.push(`${violatedDirective} ${blockedURI}`),
    );
  });
  const configured = { json: { publishableKey: runtime.keys.publishable } };
  await page.route("**/config.json", (route) => route.fulfill(config ?? configured));
  await page.route("**/local.json", (route) => route.fulfill(local));
  const answer = await page.goto(`${runtime.baseUrl}/`);
  await page.locator(config ? "#key-missing" : "chat-launcher .button").waitFor();
  await page.locator("#verdict.accepted").waitFor();
  return { page, asked, errors, answer };
}

/** Writes as the visitor, through the form before the first conversation; returns the session. */
async function write(page, text) {
  await page.locator("#ask").click();
  const dialog = page.locator("chat-launcher dialog");
  await dialog.locator("input").first().waitFor();
  await page.keyboard.press("Enter");
  const id = page.evaluate(
    () =>
      new Promise((resolve) => {
        document.addEventListener("chat:message", ({ detail }) => resolve(detail.session_id));
      }),
  );
  await dialog.locator("textarea").fill(text);
  await dialog.locator("textarea").press("Enter");
  return id;
}

const sample = (page) => page.locator("#sample").textContent();
const key = (page, index) => page.locator("#rows .key").nth(index);
const value = (page, index) => page.locator("#rows .value").nth(index);
async function addRow(page, keyText, valueText) {
  await page.getByRole("button", { name: "Add attribute" }).click();
  await page.locator("#rows .key").last().fill(keyText);
  await page.locator("#rows .value").last().fill(valueText);
}

test("before the first message, nothing is requested or stored; then the panel has each request", async (t) => {
  const { page, asked, errors } = await openPage(t);
  assert.deepEqual(asked, []);
  const stored = () =>
    page.evaluate(() => [...Object.keys(localStorage), document.cookie].join(""));
  assert.equal(await stored(), "");
  assert.equal(await page.locator("#requests-none").isVisible(), true);

  const id = await write(page, "Which bulb?");
  await page.locator("#requests td.ok", { hasText: "open" }).waitFor();
  const rows = () =>
    page
      .locator("#requests tbody tr")
      .evaluateAll((rows) => rows.map((row) => Array.from(row.cells, (cell) => cell.innerText)));
  const shown = (await rows()).map(([name]) => name.split("\n")[0]);
  assert.deepEqual(shown.slice(0, 4), [
    "POST /widget/visitors",
    "POST /chat/sessions",
    "POST /chat/sessions/{id}/send",
    "LIVE /chat/sessions/{id}/events",
  ]);
  for (const [name, status, took, bytes] of (await rows()).slice(0, 3)) {
    assert.match(status, /^201$/, name);
    assert.match(took, /^\d+ ms$/, name);
    assert.match(bytes, /↓ [1-9]/, name);
  }
  assert.match(await page.locator("#requests-sum").textContent(), /^\d+ requests, [\d.]+ k?B$/);

  // No token, no id, nothing that was written.
  const panel = await page.locator("#requests-part").textContent();
  const token = await page.evaluate(() => JSON.stringify(localStorage).match(/ey[\w.-]{40,}/)?.[0]);
  assert.ok(token, "the visitor has a token");
  for (const secret of [token, id, "Which bulb?", runtime.keys.publishable]) {
    assert.ok(!panel.includes(secret), secret);
  }
  assert.deepEqual(errors, []);
});

test("a request that fails is shown as one", async (t) => {
  const { page } = await openPage(t);
  await page.route("**/widget/visitors", (route) => route.abort("connectionrefused"));
  // It has no session, and so no end.
  void write(page, "Hello?").catch(() => {});
  await page.locator("#requests td.failed", { hasText: "no answer" }).first().waitFor();
});

test("the cart and the attributes arrive with the session", async (t) => {
  const { page } = await openPage(t);
  await page.getByRole("button", { name: "Add Heron to the cart" }).click();
  await page.getByRole("button", { name: "One Pebble more" }).click();
  assert.equal(await page.locator("#cart-summary").textContent(), "3 lamps, €607");
  await addRow(page, "is_vip", "true");
  await addRow(page, "zip", "01234");
  await addRow(page, "tracking", "12345678901234567890");
  await addRow(page, "seats", "-2.5e3");
  await addRow(page, "left_out", "");
  await value(page, 4).press("Tab");
  const types = () => page.locator("#rows .type").allTextContents();
  assert.deepEqual(await types(), ["string", "boolean", "string", "string", "number", "left out"]);
  const id = await write(page, "Hello");
  const { custom_data: data } = await server.getSession(id);
  assert.deepEqual(data, {
    cart_value: 607,
    cart_items: 3,
    cart: "2 × Pebble, 1 × Heron",
    order_id: "ord_123",
    is_vip: true,
    zip: "01234",
    tracking: "12345678901234567890",
    seats: -2500,
  });
});

test("the rules judge while one types, beside the field, and send nothing", async (t) => {
  const { page, asked } = await openPage(t);
  const email = page.getByLabel("Email");
  await email.pressSequentially("ann@");
  await page.locator("#verdict.refused").getByText("Refused: one error").waitFor();
  assert.match(await page.locator("#email-error").textContent(), /^Email must be an email address/);
  assert.equal(await email.getAttribute("aria-invalid"), "true");
  assert.equal(await email.getAttribute("aria-describedby"), "email-error");
  await email.pressSequentially("example.com");
  await page.locator("#verdict.accepted").waitFor();
  assert.equal(await email.getAttribute("aria-invalid"), null);

  await addRow(page, "order_id", "ord_456");
  await page.locator("#rows .error", { hasText: "already used" }).waitFor();
  assert.equal(await key(page, 0).getAttribute("aria-invalid"), null);
  assert.equal(await key(page, 1).getAttribute("aria-invalid"), "true");
  await key(page, 1).fill("cart_value");
  await page.locator("#rows .error", { hasText: "already used" }).waitFor();
  await key(page, 1).fill("weight");
  await value(page, 1).fill("1e400");
  await page.locator("#rows .error", { hasText: "finite number" }).waitFor();
  await page.getByRole("button", { name: "Remove attribute weight" }).click();
  await page.locator("#verdict.accepted").waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.id), "add");
  assert.deepEqual(asked, []);
});

const awkward = `it's "quoted" \\ $HOME \`id\` </script><b>bold</b>`;

test("the code has the visitor's own values: what it does for a shell and for a page", async (t) => {
  const { page } = await openPage(t);
  await page.getByLabel("Name", { exact: true }).fill(awkward);
  await addRow(page, "note", awkward);
  await addRow(page, "two words", "7");
  await page.getByRole("tab", { name: "curl" }).click();
  const curl = (await sample(page)).replace(/^curl/, "curl --silent --fail-with-body");
  const { stdout } = await run("bash", ["-c", curl]);
  const { custom_data: data, contact } = await server.getSession(JSON.parse(stdout).id);
  assert.equal(data.note, awkward);
  assert.equal(data["two words"], 7);
  assert.equal(data.cart_value, 129);
  assert.ok(JSON.stringify(contact).includes(JSON.stringify(awkward).slice(1, -1)));

  // From the keyboard, one tab is in the order, and the arrows choose.
  await page.keyboard.press("ArrowLeft");
  assert.equal(await page.evaluate(() => document.activeElement.id), "tab-react");
  await transform(await sample(page), { loader: "jsx" });
  assert.ok((await sample(page)).includes(`data-key="${runtime.keys.publishable}"`));
  await page.keyboard.press("ArrowLeft");

  // A page with nothing but the code.
  const html = await sample(page);
  const other = await page.context().newPage();
  await other.route("**/copied", (route) =>
    route.fulfill({ contentType: "text/html", body: `<!doctype html><title>Mine</title>${html}` }),
  );
  await other.goto(`${runtime.baseUrl}/copied`);
  await other.locator("chat-launcher .button").click();
  const id = other.evaluate(
    () =>
      new Promise((resolve) => {
        document.addEventListener("chat:message", ({ detail }) => resolve(detail.session_id));
      }),
  );
  await other.locator("chat-launcher textarea").fill("From the copied code");
  await other.locator("chat-launcher textarea").press("Enter");
  assert.equal((await server.getSession(await id)).custom_data.note, awkward);
});

test("the code can be copied", async (t) => {
  const { page } = await openPage(t);
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.getByRole("button", { name: "Copy the code" }).click();
  await page.locator("#copy", { hasText: "Copied" }).waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), await sample(page));
});

test("without a configured key the page says how to make one, and takes it", async (t) => {
  const { page } = await openPage(t, { config: { status: 404, json: { statusCode: 404 } } });
  assert.equal(
    await page.locator("#command").textContent(),
    `make key ORG=… KIND=publishable ORIGINS=${runtime.baseUrl}`,
  );
  assert.equal(await page.locator("chat-launcher").count(), 0);
  const field = page.getByLabel("Publishable key");
  await field.fill(runtime.keys.secret);
  await page.keyboard.press("Enter");
  await page.locator("#key-error", { hasText: "pk_" }).waitFor();
  await field.fill(runtime.keys.publishable);
  await page.keyboard.press("Enter");
  await page.locator("chat-launcher .button").waitFor();
  assert.equal(await page.locator("#key-missing").isVisible(), false);
  assert.ok(await write(page, "Hello"));
});

test("the link to the inbox is signed in where the service runs locally, and only there", async (t) => {
  const { token } = await server.createAgentToken({ id: "ann", name: "Ann" });
  const local = { json: { inbox: `/inbox#token=${token}` } };
  const { page } = await openPage(t, { local });
  const opened = page.waitForEvent("popup");
  await page.getByRole("link", { name: "Open the inbox" }).click();
  const inbox = await opened;
  await inbox.locator("#list").waitFor();
  assert.equal(new URL(inbox.url()).hash.includes("token"), false);

  const { page: deployed } = await openPage(t, { local: { status: 404, json: {} } });
  const link = deployed.getByRole("link", { name: "Open the inbox" });
  assert.equal(await link.getAttribute("href"), "inbox");
});

test("visitor, bot and agent: one conversation, over the page and the inbox", async (t) => {
  const { token } = await server.createAgentToken({ id: "ann", name: "Ann" });
  const { page, errors } = await openPage(t, {
    local: { json: { inbox: `/inbox#token=${token}` } },
  });
  const env = { ...process.env, BASE_URL: runtime.baseUrl, SECRET_KEY: runtime.keys.secret };
  const bot = execFile(process.execPath, [`${root}examples/bot/bot.mjs`], { env });
  t.after(() => bot.kill());

  const id = await write(page, "Which bulb does the Pebble take?");
  const dialog = page.locator("chat-launcher dialog");
  const said = (text) => dialog.locator(".message", { hasText: text }).waitFor();
  await said("E27");

  const opened = page.waitForEvent("popup");
  await page.getByRole("link", { name: "Open the inbox" }).click();
  const inbox = await opened;
  await inbox.locator(`#list a[href$="${id}"]`).click();
  await inbox.locator("#entries .bubble", { hasText: "E27" }).waitFor();

  // The agent answers in the bot's place, which is silent from then on.
  await inbox.locator("#text").fill("I am Ann, and I have one here.");
  await inbox.getByRole("button", { name: "Send" }).click();
  await said("I am Ann");
  await dialog.locator("textarea").fill("And may I return it, hello?");
  await dialog.locator("textarea").press("Enter");
  await inbox.locator("#entries .bubble", { hasText: "return it" }).waitFor();
  await inbox.locator("#text").fill("Of course.");
  await inbox.getByRole("button", { name: "Send" }).click();
  await said("Of course.");

  const told = [];
  for await (const { event } of server.messages(id)) {
    told.push(`${event.sender.type}: ${event.content.text}`);
  }
  assert.deepEqual(told, [
    "contact: Which bulb does the Pebble take?",
    "ai: Both lamps take an E27 bulb, up to 8 W. One is in the box.",
    "human_agent: I am Ann, and I have one here.",
    "contact: And may I return it, hello?",
    "human_agent: Of course.",
  ]);
  assert.equal((await server.getSession(id)).assignee.name, "Ann");
  assert.deepEqual(errors, []);
});

test("the page works under its own strict policy, with Trusted Types", async (t) => {
  const { page, errors, answer } = await openPage(t);
  const headers = answer.headers();
  const directives = headers["content-security-policy"].split("; ").sort();
  assert.deepEqual(directives, [
    "base-uri 'none'",
    "connect-src 'self'",
    "default-src 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "img-src 'self'",
    "require-trusted-types-for 'script'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "style-src 'self'",
    "trusted-types 'none'",
  ]);
  assert.equal(headers["x-content-type-options"], "nosniff");
  assert.equal(headers["referrer-policy"], "no-referrer");
  await write(page, "Under the policy");
  assert.deepEqual(await page.evaluate(() => window.violations), []);
  assert.deepEqual(errors, []);
  const html = await readFile(`${root}www/index.html`, "utf8");
  assert.doesNotMatch(html, /<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)/);

  // Proves the checks above: a breach is reported.
  await page.evaluate(() => {
    const script = document.createElement("script");
    script.append("window.injected = true");
    document.body.append(script);
  });
  await page.waitForFunction(() => window.violations.length > 0);
  assert.equal(await page.evaluate(() => window.injected), undefined);
});

test("markup is text, wherever it comes from", async (t) => {
  const { page } = await openPage(t);
  const markup = `<img src=x onerror="window.injected = true"><b>bold</b>`;
  await page.getByLabel("Name", { exact: true }).fill(markup);
  await addRow(page, `${markup}1`, markup);
  await addRow(page, `${markup}2`, "1e400");
  await page.locator("#rows .error", { hasText: "finite" }).waitFor();
  for (const tab of ["React", "curl", "HTML"]) await page.getByRole("tab", { name: tab }).click();
  assert.equal(await page.locator("img, b").count(), 0);
  assert.equal(await page.evaluate(() => window.injected), undefined);
});

test("the keyboard is enough, and the focus is seen", async (t) => {
  const { page } = await openPage(t);
  const order = [];
  for (let presses = 0; presses < 30; presses += 1) {
    await page.keyboard.press("Tab");
    const focused = await page.evaluate(() => {
      const { activeElement: element } = document;
      return {
        name: element.id || element.getAttribute("aria-label") || element.textContent.trim(),
        outline: getComputedStyle(element.shadowRoot?.activeElement ?? element).outlineStyle,
        isBody: element === document.body,
      };
    });
    if (focused.isBody) break;
    assert.notEqual(focused.outline, "none", focused.name);
    order.push(focused.name);
  }
  for (const name of ["inbox", "cart-link", "One Pebble more", "ask", "email", "add", "tab-html"]) {
    assert.ok(order.includes(name), `${name} in ${order}`);
  }
  await page.locator("#ask").focus();
  await page.keyboard.press("Enter");
  await page.locator("chat-launcher dialog").waitFor();
  await page.keyboard.press("Escape");
  await page.locator("chat-launcher dialog").waitFor({ state: "hidden" });

  // The last lamp is removed: the focus is somewhere that is still there.
  await page.getByRole("button", { name: "One Pebble less" }).focus();
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement.id), "cart-link");
});

for (const colorScheme of ["light", "dark"]) {
  test(`axe finds nothing to mend, ${colorScheme}; no width scrolls sideways`, async (t) => {
    for (const width of widths) {
      const viewport = { width, height: 900 };
      const { page } = await openPage(t, { context: { colorScheme, viewport, bypassCSP: true } });
      await page.getByLabel("Email").fill("ann@");
      await write(page, "Hello");
      await page.locator("#requests td.ok", { hasText: "open" }).waitFor();
      await page.locator("chat-launcher .button, chat-launcher dialog button").last().waitFor();
      await page.evaluate(() => document.querySelector("chat-launcher").close());
      const scrolls = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(scrolls <= 0, `${width} scrolls by ${scrolls}`);
      await page.evaluate(axe);
      const violations = await page.evaluate(async () => {
        const rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
        const { violations } = await window.axe.run({ runOnly: rules });
        return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html)}`);
      });
      assert.deepEqual(violations, [], `${width}`);
    }
  });
}

test("pages elsewhere may import the package, and only that", async () => {
  const allowed = async (path) => {
    const response = await fetch(runtime.baseUrl + path);
    assert.equal(response.status, 200, path);
    return response.headers.get("access-control-allow-origin");
  };
  assert.equal(await allowed("/pkg/index.js"), "*");
  assert.equal(await allowed("/pkg/wasm.js"), "*");
  assert.equal(await allowed("/pkg/fallback.js"), "*");
  assert.equal(await allowed("/shop/main.js"), null);
  assert.equal((await fetch(`${runtime.baseUrl}/screenshots/page-1280-light.png`)).status, 404);
});
