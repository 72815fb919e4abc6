// The demo page in a real browser, against the real service.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, test } from "node:test";
import { startChromium } from "../support/chromium.mjs";
import { startRuntime, until } from "../support/runtime.mjs";

const uuidV7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const endpoint = "**/chat/sessions";

let runtime;
let browser;

before(async () => {
  [runtime, browser] = await Promise.all([startRuntime(), startChromium()]);
});

after(async () => {
  await Promise.all([runtime?.stop(), browser?.close()]);
});

/** Opens the page as `make start` serves it: with a key that works, or with `config`. */
async function openPage(
  t,
  { config = { json: { publishableKey: runtime.keys.publishable } } } = {},
) {
  const context = await browser.newContext();
  t.after(() => context.close());
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  const posts = [];
  const errors = [];
  page.on("request", (request) => request.method() === "POST" && posts.push(request));
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  page.on("pageerror", (error) => errors.push(error.message));
  await page.addInitScript(() => {
    window.violations = [];
    document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) =>
      window.violations.push(`${violatedDirective} ${blockedURI}`),
    );
  });
  await page.route("**/config.json", (route) => route.fulfill(config));
  const answer = await page.goto(`${runtime.baseUrl}/`);
  await page.waitForFunction(
    () => document.getElementById("token").value || document.getElementById("connection").open,
  );
  return { page, posts, errors, answer };
}

const email = (page) => page.getByLabel("Email");
const name = (page) => page.getByLabel("Name");
const phoneNumber = (page) => page.getByLabel("Phone number");
const key = (page, index) => page.getByLabel("Key", { exact: true }).nth(index);
const value = (page, index) => page.getByLabel("Value", { exact: true }).nth(index);
const start = (page) => page.getByRole("button", { name: "Start chat" });
const status = (page) => page.getByRole("status");

async function addRow(page, keyText, valueText) {
  await page.getByRole("button", { name: "Add attribute" }).click();
  await page.locator("#rows .key").last().fill(keyText);
  await page.locator("#rows .value").last().fill(valueText);
}

/** Waits for the id in the live region. */
async function createdId(page) {
  await status(page).getByText("Chat started").waitFor();
  return status(page).locator("#session-id").textContent();
}

/** Returns an input's description, as a screen reader reads it. */
function description(input) {
  return input.evaluate((element) =>
    element
      .getAttribute("aria-describedby")
      .split(" ")
      .map((id) => document.getElementById(id).textContent.trim())
      .filter(Boolean)
      .join(" "),
  );
}

const isInvalid = async (input) => (await input.getAttribute("aria-invalid")) === "true";
const hasFocus = (input) => input.evaluate((element) => element === document.activeElement);
const focused = (page) =>
  page.evaluate(
    () => document.activeElement.getAttribute("aria-label") ?? document.activeElement.id,
  );

async function storedSession(id) {
  const [session] = await runtime.query("SELECT * FROM sessions WHERE id = ?", id);
  assert.ok(session, `no session ${id} is stored`);
  return session;
}

async function storedContact(id) {
  const [contact] = await runtime.query("SELECT * FROM contacts WHERE id = ?", id);
  return contact;
}

async function sessionCount() {
  const [{ count }] = await runtime.query("SELECT count(*) AS count FROM sessions");
  return count;
}

test("a session is created from what was typed, with its types", async (t) => {
  const { page, posts } = await openPage(t);
  await email(page).fill("ann@example.com");
  await name(page).fill("Ann Lee");
  await phoneNumber(page).fill("+1 555 0100");
  await addRow(page, "is_vip", "true");
  await addRow(page, "is_trial", "false");
  await addRow(page, "balance", "-2.5e3");
  await addRow(page, "zip", "01234");
  await addRow(page, "tracking", "12345678901234567890");
  await addRow(page, "note", "True, 10");
  await addRow(page, "left_out", "");
  await start(page).click();

  const id = await createdId(page);
  assert.match(id, uuidV7);
  assert.equal(posts.length, 1);
  const session = await storedSession(id);
  assert.equal(session.organization, "acme");
  assert.equal(session.channel, "web");
  assert.equal(session.verified, 0);
  assert.deepEqual(JSON.parse(session.custom_data), {
    order_id: "ord_123",
    cart_value: 149.99,
    is_vip: true,
    is_trial: false,
    balance: -2500,
    zip: "01234",
    tracking: "12345678901234567890",
    note: "True, 10",
  });
  const contact = await storedContact(session.contact_id);
  assert.equal(contact.email, "ann@example.com");
  assert.equal(contact.non_verified_phone_number, "+1 555 0100");
  assert.equal(contact.non_verified_name, "Ann Lee");
  assert.equal(contact.verified_at_ms, null);
  assert.equal(await email(page).inputValue(), "ann@example.com");
});

test("what is empty is left out of the request", async (t) => {
  const { page, posts } = await openPage(t);
  for (const row of ["order_id", "cart_value"]) {
    await page.getByRole("button", { name: `Remove attribute ${row}` }).click();
  }
  await start(page).click();

  const { contact_id } = await storedSession(await createdId(page));
  assert.deepEqual(posts[0].postDataJSON(), { channel: { type: "web" } });
  assert.equal(contact_id, null);
});

test("the session id can be copied", async (t) => {
  const { page } = await openPage(t);
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await start(page).click();

  const id = await createdId(page);
  await page.getByRole("button", { name: "Copy the session id" }).click();
  await status(page).getByText("Copied").waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), id);
});

test("a bad email is caught before the network", async (t) => {
  const { page, posts } = await openPage(t);
  const before = await sessionCount();
  await email(page).fill("ann@");
  await name(page).fill("Ann Lee");
  await start(page).click();

  await page.locator("#email-error").getByText("Email must be an email address").waitFor();
  assert.equal(await isInvalid(email(page)), true);
  assert.equal(await isInvalid(name(page)), false);
  assert.match(await description(email(page)), /^Email must be an email address/);
  assert.equal(await hasFocus(email(page)), true);
  assert.match(await status(page).textContent(), /Nothing was sent/);
  assert.equal(posts.length, 0);
  assert.equal(await sessionCount(), before);

  await page.keyboard.press("End");
  await page.keyboard.type("example.com");
  assert.equal(await isInvalid(email(page)), false);
  assert.equal(await description(email(page)), "");
  await start(page).click();
  assert.match(await createdId(page), uuidV7);
  assert.equal(posts.length, 1);
});

test("several bad fields are all shown at once", async (t) => {
  const { page, posts } = await openPage(t);
  await email(page).fill("ann");
  await name(page).fill("n".repeat(257));
  await phoneNumber(page).fill("5".repeat(65));
  await value(page, 1).fill("1e400");
  await addRow(page, "a/b~c", "x".repeat(4097));
  await addRow(page, "", "no key");
  await start(page).click();

  await status(page).getByText("Nothing was sent").waitFor();
  assert.equal(posts.length, 0);
  assert.match(await description(email(page)), /^Email must be an email address/);
  assert.match(await description(name(page)), /^Name must be at most 256 characters/);
  assert.match(await description(phoneNumber(page)), /^Phone number must be at most 64 characters/);
  assert.equal(await description(key(page, 0)), "");
  assert.match(await description(key(page, 1)), /finite number/);
  assert.match(await description(key(page, 2)), /at most 1024 characters/);
  assert.match(await description(key(page, 3)), /empty key/);
  const bad = [
    email(page),
    name(page),
    phoneNumber(page),
    key(page, 1),
    key(page, 2),
    key(page, 3),
  ];
  for (const input of bad) assert.equal(await isInvalid(input), true);
  assert.equal(await isInvalid(key(page, 0)), false);
  assert.equal(await hasFocus(email(page)), true);
  assert.equal(await page.locator("#summary").textContent(), "");
});

test("an error about no field on the page stands above the form", async (t) => {
  const { page } = await openPage(t);
  await page.route(endpoint, (route) =>
    route.fulfill({
      status: 400,
      json: {
        statusCode: 400,
        message: "/custom_data must have at most 100 keys.",
        error: "Bad Request",
        code: "invalid_request",
        request_id: "req-1",
        errors: [
          { path: "/custom_data", code: "too_many_keys", message: "must have at most 100 keys" },
        ],
      },
    }),
  );
  await start(page).click();

  const summary = page.getByRole("alert");
  await summary.getByText("/custom_data must have at most 100 keys.").waitFor();
  assert.equal(await hasFocus(summary), true);
  assert.match(await status(page).textContent(), /The service rejected the request.*req-1/);
});

test("a key that is used twice is shown, not sent", async (t) => {
  const { page, posts } = await openPage(t);
  await addRow(page, "order_id", "ord_456");
  await start(page).click();

  await status(page).getByText("Nothing was sent").waitFor();
  assert.equal(posts.length, 0);
  assert.equal(await isInvalid(key(page, 0)), false);
  assert.equal(await isInvalid(key(page, 2)), true);
  assert.match(await description(key(page, 2)), /already used/);
  assert.equal(await hasFocus(key(page, 2)), true);

  await key(page, 0).fill("old_order_id");
  await start(page).click();
  const { custom_data } = await storedSession(await createdId(page));
  assert.deepEqual(JSON.parse(custom_data), {
    old_order_id: "ord_123",
    cart_value: 149.99,
    order_id: "ord_456",
  });
});

test("a refused key is told, with its code and the request's id", async (t) => {
  const { page } = await openPage(t);
  const unknown = `pk_${randomBytes(32).toString("hex")}`;
  await email(page).fill("kept@example.com");
  await page.getByText("Connection").click();
  await page.getByLabel("Publishable key").fill(unknown);
  await start(page).click();

  await status(page).getByText("neither a valid key").waitFor();
  assert.equal(await page.locator("#code").textContent(), "invalid_token");
  const requestId = await page.locator("#request-id").textContent();
  // The response can arrive before the runtime's output.
  await until(() => runtime.log().some(({ request_id }) => request_id === requestId));
  assert.equal(await email(page).inputValue(), "kept@example.com");
  assert.equal(await page.getByLabel("Publishable key").inputValue(), unknown);
  assert.equal(await value(page, 0).inputValue(), "ord_123");
  assert.equal(await start(page).isEnabled(), true);
});

test("an unreachable service is told, and a retry works", async (t) => {
  const { page, posts } = await openPage(t);
  const before = await sessionCount();
  await email(page).fill("retry@example.com");
  await page.route(endpoint, (route) => route.abort("connectionrefused"));
  await start(page).click();

  await status(page).getByText("could not be reached").waitFor();
  assert.equal(await page.locator("#code").textContent(), "network_error");
  assert.equal(await page.locator("#request-id").count(), 0);
  assert.equal(await email(page).inputValue(), "retry@example.com");
  assert.equal(await sessionCount(), before);

  await page.unroute(endpoint);
  await start(page).click();
  const session = await storedSession(await createdId(page));
  assert.equal((await storedContact(session.contact_id)).email, "retry@example.com");
  assert.equal(await status(page).getByText("could not be reached").count(), 0);
  assert.ok(posts.length >= 2);
});

test("while it waits, the button says so and sends nothing twice", async (t) => {
  const { page, posts } = await openPage(t);
  let answer;
  const answered = new Promise((resolve) => (answer = resolve));
  await page.route(endpoint, async (route) => {
    await answered;
    await route.continue();
  });
  const button = page.locator("#start");
  await start(page).focus();
  await page.keyboard.press("Enter");

  await page.getByRole("button", { name: "Starting…" }).waitFor();
  assert.equal(await button.isDisabled(), true);
  assert.equal(await button.getAttribute("aria-busy"), "true");
  await email(page).fill("typed.meanwhile@example.com");
  await page.keyboard.press("Enter");
  answer();

  await createdId(page);
  assert.equal(await button.isEnabled(), true);
  assert.equal(await button.getAttribute("aria-busy"), "false");
  assert.equal(await email(page).inputValue(), "typed.meanwhile@example.com");
  assert.equal(posts.length, 1);
});

test("the keyboard is enough", async (t) => {
  const { page } = await openPage(t);
  const press = async (...keys) => {
    for (const one of keys) await page.keyboard.press(one);
  };
  const tabTo = async (expected) => {
    await press("Tab");
    assert.equal(await focused(page), expected);
  };
  // The link to the API reference comes first.
  await press("Tab");
  await tabTo("email");
  await page.keyboard.type("keys@example.com");
  await tabTo("name");
  await page.keyboard.type("Key Board");
  await tabTo("phone_number");
  for (const [row, label] of [
    [1, "order_id"],
    [2, "cart_value"],
  ]) {
    await tabTo(`key-${row}`);
    await tabTo(`value-${row}`);
    await tabTo(`Remove attribute ${label}`);
  }
  await tabTo("add");
  await press("Enter");
  assert.equal(await focused(page), "key-3");
  await page.keyboard.type("seats");
  await tabTo("value-3");
  await page.keyboard.type("2");
  await tabTo("Remove attribute seats");
  await press("Shift+Tab", "Shift+Tab", "Shift+Tab", "Enter");
  assert.equal(await focused(page), "key-3", "the focus moves on from a row that is removed");
  await press("Tab", "Tab");
  await tabTo("add");
  await press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.tagName), "SUMMARY");
  await tabTo("start");
  const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
  assert.equal(outline, "solid", "the focus can be seen");
  await press("Enter");

  const session = await storedSession(await createdId(page));
  assert.deepEqual(JSON.parse(session.custom_data), { order_id: "ord_123", seats: 2 });
  assert.equal((await storedContact(session.contact_id)).email, "keys@example.com");
  assert.equal(await focused(page), "start", "the focus is where it was");
});

test("Enter in a field starts the chat", async (t) => {
  const { page } = await openPage(t);
  await email(page).fill("enter@example.com");
  await page.keyboard.press("Enter");
  assert.match(await createdId(page), uuidV7);
  assert.equal(await hasFocus(email(page)), true);
});

test("the page works under its own strict policy", async (t) => {
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
    "script-src 'self' 'wasm-unsafe-eval'",
    "style-src 'self'",
  ]);
  assert.equal(headers["x-content-type-options"], "nosniff");
  assert.equal(headers["referrer-policy"], "no-referrer");

  await email(page).fill("policy@example.com");
  await start(page).click();
  await createdId(page);
  assert.deepEqual(await page.evaluate(() => window.violations), []);
  assert.deepEqual(errors, []);

  // Proves the check above: a breach is reported.
  await page.evaluate(() => {
    const script = document.createElement("script");
    script.textContent = "window.injected = true";
    document.body.append(script);
  });
  await page.waitForFunction(() => window.violations.length > 0);
  assert.equal(await page.evaluate(() => window.injected), undefined);
  assert.equal(errors.length, 1);
});

test("pages elsewhere may import the package, and only that", async () => {
  const allowed = async (path) => {
    const response = await fetch(runtime.baseUrl + path);
    assert.equal(response.status, 200, path);
    return response.headers.get("access-control-allow-origin");
  };
  assert.equal(await allowed("/pkg/index.js"), "*");
  assert.equal(await allowed("/pkg/wasm.js"), "*");
  assert.equal(await allowed("/pkg/fallback.js"), "*");
  assert.equal(await allowed("/app.js"), null);
});

const noConfig = {
  "a 404 in JSON": {
    status: 404,
    json: { statusCode: 404, message: "Not here", error: "Not Found" },
  },
  "a page in its place": { status: 200, contentType: "text/html", body: "<!doctype html>" },
  "JSON without a key": { status: 200, json: null },
};
for (const [what, config] of Object.entries(noConfig)) {
  test(`without a configured key (${what}) the page asks for one`, async (t) => {
    const { page } = await openPage(t, { config });
    const token = page.getByLabel("Publishable key");
    assert.equal(await token.isVisible(), true);
    assert.equal(await token.inputValue(), "");
    assert.equal(await page.getByLabel("Service address").inputValue(), runtime.baseUrl);
    const command = page.getByText("make key ORG=");
    assert.equal(await command.isVisible(), true);
    assert.equal(
      await command.textContent(),
      `make key ORG=… KIND=publishable ORIGINS=${runtime.baseUrl}`,
    );
    assert.match(await description(token), /make key/);

    await start(page).click();
    await status(page).getByText("publishable key").waitFor();
    assert.equal(await page.locator("#code").textContent(), "invalid_options");
    await token.fill(runtime.keys.publishable);
    await start(page).click();
    assert.match(await createdId(page), uuidV7);
  });
}

test("with a configured key the page asks for nothing", async (t) => {
  const { page } = await openPage(t);
  assert.equal(await page.getByLabel("Publishable key").isVisible(), false);
  assert.equal(await page.getByText("make key ORG=").isVisible(), false);
  await page.getByText("Connection").click();
  assert.equal(await page.getByLabel("Publishable key").inputValue(), runtime.keys.publishable);
  assert.equal(await page.getByText("make key ORG=").isVisible(), false);
});

test("the sample is the request that is sent", async (t) => {
  const { page, posts } = await openPage(t);
  const sample = () => page.locator("#sample").textContent();
  await email(page).fill('"quoted"\\@example.com');
  assert.ok((await sample()).includes(String.raw`"email": "\"quoted\"\\@example.com"`));
  await email(page).fill("sample@example.com");
  await addRow(page, "__proto__", "true");
  await page.getByRole("button", { name: "Remove attribute order_id" }).click();
  const [, shown] = (await sample()).match(/createSession\(\n([^]*),\n {2}\{\n {4}baseUrl/);
  await start(page).click();
  await createdId(page);
  assert.deepEqual(JSON.parse(posts[0].postData()), JSON.parse(shown));
  assert.ok(posts[0].postData().includes('"__proto__":true'), "an awkward key is not lost");
  assert.ok((await sample()).includes(`token: "${runtime.keys.publishable}"`));
});

test("markup is text, wherever it comes from", async (t) => {
  const { page } = await openPage(t);
  const markup = `<img src=x onerror="window.injected = true"><b>bold</b>`;
  await name(page).fill(markup);
  await addRow(page, `${markup}1`, markup);
  await addRow(page, `${markup}2`, "1e400");
  assert.ok((await page.locator("#sample").textContent()).includes(JSON.stringify(markup)));
  await start(page).click();
  await page.getByText("finite number").waitFor();
  await value(page, 3).fill("10");
  await start(page).click();
  const { custom_data } = await storedSession(await createdId(page));
  assert.equal(JSON.parse(custom_data)[`${markup}1`], markup);

  await page.route(endpoint, (route) =>
    route.fulfill({
      status: 400,
      json: {
        statusCode: 400,
        code: "invalid_request",
        message: markup,
        request_id: markup,
        errors: [
          { path: markup, code: "required", message: markup },
          { path: "/contact/name", code: "required", message: markup },
        ],
      },
    }),
  );
  await start(page).click();
  await page.getByRole("alert").getByText(markup).first().waitFor();
  assert.ok((await page.locator("#name-error").textContent()).includes(markup));
  assert.ok((await status(page).textContent()).includes(markup));

  await page.unroute(endpoint);
  await page.route(endpoint, (route) =>
    route.fulfill({
      status: 404,
      json: { statusCode: 404, code: "not_found", message: markup, request_id: markup },
    }),
  );
  await start(page).click();
  await status(page).locator("#message").getByText(markup).waitFor();
  assert.equal(await page.locator("img, b").count(), 0);
  assert.equal(await page.evaluate(() => window.injected), undefined);
});
