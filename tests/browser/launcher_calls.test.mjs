// The launcher's calls and events, its form, who is logged in, and its languages, in a real
// Chromium with the real service.

import assert from "node:assert/strict";
import { test } from "node:test";
import { buttonWords, words } from "../../www/widget/words.js";
import { startLine } from "../support/line.mjs";
import {
  browser,
  eventually,
  newestAfter,
  openHost,
  runtime,
  server,
  storedTexts,
} from "../support/launcher_page.mjs";

/** Records the events of the launcher in `window.seen`. */
const record = (page) =>
  page.evaluate(async () => {
    await customElements.whenDefined("chat-launcher");
    while (!document.querySelector("chat-launcher")) await new Promise(requestAnimationFrame);
    const launcher = document.querySelector("chat-launcher");
    window.seen = [];
    window.heard = [];
    for (const name of ["open", "close", "message", "unread"]) {
      launcher.on(name, (detail) => window.seen.push([name, detail]));
      document.addEventListener(`chat:${name}`, () => window.heard.push(name));
    }
  });
const seen = (page) => page.evaluate(() => window.seen);
/** Calls the launcher. */
const call = (page, name, ...values) =>
  page.evaluate(
    ([name, values]) => document.querySelector("chat-launcher")[name](...values),
    [name, values],
  );
const tokenOf = async (email) => (await server.authenticateUser({ email, name: email })).token;

test("open, close and toggle; events of the element, and on the document", async (t) => {
  const { page, dialog, field, write } = await openHost(t);
  await record(page);
  await call(page, "open");
  await field.waitFor();
  await call(page, "open");
  const session = await newestAfter(() => write("Hello"));
  await dialog.locator("time").first().waitFor();
  await call(page, "toggle");
  await dialog.waitFor({ state: "hidden" });
  const agent = { id: "b", name: "Ben" };
  await server.sendMessage(session.id, { sender: "agent", agent, text: "Hi" });
  await eventually(
    () => seen(page),
    (all) => all.at(-1)[0] === "unread",
  );
  const all = await seen(page);
  assert.deepEqual(
    all.map(([name, { own, count }]) => [name, own ?? count].filter((part) => part !== undefined)),
    [["open"], ["message", true], ["close"], ["message", false], ["unread", 1]],
  );
  assert.deepEqual(
    await page.evaluate(() => window.heard),
    all.map(([name]) => name),
  );
  const { session_id, entry } = all[3][1];
  assert.equal(session_id, session.id);
  assert.equal(entry.event.content.text, "Hi");
  await call(page, "toggle");
  await eventually(
    () => seen(page),
    (all) => all.at(-1)[0] === "unread",
  );
  await call(page, "close");
  await call(page, "close");
  assert.deepEqual(
    (await seen(page)).slice(5).map(([name]) => name),
    ["open", "unread", "close"],
  );
});

test("attributes go with the session, later ones with the next message; bad ones nowhere", async (t) => {
  const { page, open, write, dialog } = await openHost(t);
  const warnings = [];
  page.on("console", (message) => message.type() === "warning" && warnings.push(message.text()));
  await record(page);
  await call(page, "setCustomData", { plan: "gold", cart_value: 12.5, nested: { a: 1 } });
  await open();
  const session = await newestAfter(() => write("Hello"));
  assert.deepEqual((await server.getSession(session.id)).custom_data, {
    plan: "gold",
    cart_value: 12.5,
  });
  assert.match(warnings.join(), /nested/);
  await dialog.locator("time").first().waitFor();
  await call(page, "setCustomData", { page: "/lamps" });
  await write("Again");
  await eventually(
    () => server.getSession(session.id),
    ({ custom_data }) => custom_data.page === "/lamps",
  );
  // Those that break a rule of the service take no message with them.
  await call(page, "setCustomData", { long: "x".repeat(5_000) });
  await write("Still");
  await eventually(
    () => storedTexts(session.id),
    (all) => all.length === 3,
  );
});

test("who logs in has their own conversations; after the log-out the visitor's are back", async (t) => {
  const { page, open, write, texts, dialog, field } = await openHost(t);
  await record(page);
  await open();
  await newestAfter(() => write("As a visitor"));
  await dialog.locator("time").first().waitFor();
  await field.fill("the visitor's draft");
  const ann = await tokenOf("ann@example.com");
  await call(page, "identify", ann);
  await eventually(texts, (all) => all.length === 0);
  await field.waitFor();
  assert.equal(await field.inputValue(), "");
  const own = await newestAfter(() => write("As Ann"));
  assert.equal(own.verified, true);
  assert.equal(own.contact.email, "ann@example.com");
  await dialog.locator("time").first().waitFor();
  await field.fill("Ann's draft");
  // A newer token of the same person changes nothing on the page.
  await call(page, "identify", await tokenOf("ann@example.com"));
  await page.waitForTimeout(300);
  assert.deepEqual(await texts(), ["> As Ann"]);
  assert.equal(await field.inputValue(), "Ann's draft");

  await call(page, "logout");
  await eventually(texts, (all) => all.join() === "> As a visitor");
  assert.equal(await field.inputValue(), "the visitor's draft");
  const stored = await page.evaluate(() =>
    JSON.stringify([{ ...localStorage }, { ...sessionStorage }]),
  );
  assert.doesNotMatch(stored, /Ann/);

  // Somebody else sees nothing of either.
  await call(page, "identify", await tokenOf("bob@example.com"));
  await eventually(texts, (all) => all.length === 0);
  await call(page, "identify", ann);
  await eventually(texts, (all) => all.join() === "> As Ann");
  assert.equal(await field.inputValue(), "");
});

test("a function gives the token: when it is needed, and again when it is rejected", async (t) => {
  const { page, open, write, button } = await openHost(t);
  const [first, second] = [await tokenOf("cleo@example.com"), await tokenOf("cleo@example.com")];
  await record(page);
  await page.evaluate(
    ([first, second]) => {
      window.asked = [];
      document.querySelector("chat-launcher").identify((rejected) => {
        window.asked.push(rejected);
        return rejected ? second : first;
      });
    },
    [`${first.slice(0, -3)}AAA`, second],
  );
  await page.waitForTimeout(200);
  assert.deepEqual(await page.evaluate(() => window.asked), []);
  await open();
  const session = await newestAfter(() => write("Hello"));
  assert.equal(session.contact.email, "cleo@example.com");
  const asked = await page.evaluate(() => window.asked.map((rejected) => typeof rejected));
  assert.deepEqual(asked, ["undefined", "string"]);
  await button.waitFor();
});

test("a token that has ended is said in words, and another one mends it", async (t) => {
  const { page, open, dialog, field } = await openHost(t);
  await record(page);
  await call(page, "identify", "not.a.token");
  await open();
  await dialog.getByText("You are signed out.").waitFor();
  await call(page, "identify", await tokenOf("dora@example.com"));
  await field.waitFor();
});

test("the form asks for what the page wants, by the service's own rules", async (t) => {
  const { page, open, dialog, field, write } = await openHost(t, {
    attributes: 'data-ask="name?, email, nonsense" data-title="Help" data-greeting="Hi there!"',
  });
  await open();
  await dialog.getByRole("heading", { name: "Help" }).waitFor();
  await dialog.getByText("Hi there!").waitFor();
  const email = dialog.getByLabel("Email");
  const start = dialog.getByRole("button", { name: "Start chat" });
  assert.equal(await dialog.locator("input").count(), 2);
  await start.click();
  await dialog.getByText("Please fill this in.").waitFor();
  await email.fill("ann@");
  await start.click();
  await dialog.getByText("Please enter an email address").waitFor();
  assert.equal(await email.getAttribute("aria-invalid"), "true");
  assert.equal(await page.evaluate(() => localStorage.length), 0);
  await email.fill("vi@example.com");
  await dialog.getByLabel("Name (optional)").fill("Vi");
  await start.click();
  await field.waitFor();
  const session = await newestAfter(() => write("Hello"));
  assert.equal(session.verified, false);
  assert.equal(session.contact.email, "vi@example.com");
  assert.equal(session.contact.non_verified_name ?? session.contact.name, "Vi");
  // It is asked once.
  await dialog.locator("time").first().waitFor();
  await server.updateSession(session.id, { status: "closed_resolved" });
  await dialog.getByRole("button", { name: "New conversation" }).click();
  await field.waitFor();
});

test("a form that cannot be sent keeps what is typed, and says why", async (t) => {
  const line = await startLine(runtime.baseUrl);
  t.after(() => line.close());
  const { open, dialog, field } = await openHost(t, {
    from: line.baseUrl,
    attributes: 'data-ask="name?,email"',
  });
  await open();
  await dialog.getByLabel("Email").fill("vi@example.com");
  await dialog.getByLabel("Name (optional)").fill("Vi");
  // The rules are not loaded.
  line.down();
  const start = dialog.getByRole("button", { name: "Start chat" });
  await start.click();
  await dialog.getByRole("alert").getByText("No connection.").waitFor();
  assert.equal(await dialog.getByLabel("Email").inputValue(), "vi@example.com");
  assert.equal(await dialog.getByLabel("Name (optional)").inputValue(), "Vi");
  line.down(false);
  await start.click();
  await field.waitFor();
});

test("the shop's page takes back an attribute whose row has gone", async (t) => {
  const context = await browser.newContext();
  t.after(() => context.close());
  const page = await context.newPage();
  const configured = { json: { publishableKey: runtime.keys.publishable } };
  await page.route("**/config.json", (route) => route.fulfill(configured));
  await page.route("**/local.json", (route) => route.fulfill({ status: 404 }));
  await page.goto(`${runtime.baseUrl}/`);
  await page.locator("chat-launcher .button").waitFor();
  await page.locator("#verdict.accepted").waitFor();
  await page.getByRole("button", { name: "Add attribute" }).click();
  await page.locator("#rows .key").nth(1).fill("old_name");
  await page.locator("#rows .value").nth(1).fill("x");
  await page.locator("#rows .value").nth(1).blur();
  await page.locator("#rows .key").nth(1).fill("new_name");
  await page.locator("#rows .key").nth(1).blur();
  await page.locator("#rows .remove").first().click();
  await page.locator("#ask").click();
  const dialog = page.locator("chat-launcher dialog");
  await dialog.getByRole("button", { name: "Start chat" }).click();
  const session = await newestAfter(async () => {
    await dialog.locator("textarea").fill("Hello");
    await dialog.locator("textarea").press("Enter");
  });
  const { custom_data: data } = await server.getSession(session.id);
  assert.deepEqual(Object.keys(data).sort(), ["cart", "cart_items", "cart_value", "new_name"]);
});

test("an element in the page's HTML is the launcher; a script adds no second one", async (t) => {
  const { page, button } = await openHost(t, {
    body: `<main><h1>Shop</h1></main><chat-launcher data-key="${"pk_placeholder"}"></chat-launcher>`,
  });
  await button.waitFor();
  await page.waitForTimeout(500);
  assert.equal(await page.locator("chat-launcher").count(), 1);
  const twice = await openHost(t, {
    body: `<main><h1>Shop</h1></main><script type="module" src="${runtime.baseUrl}/widget.js" data-key="x"></script>`,
  });
  await twice.button.waitFor();
  await page.waitForTimeout(500);
  assert.equal(await twice.page.locator("chat-launcher").count(), 1);
  assert.deepEqual(twice.errors, []);
});

test("imported by a page's own code, it appends nothing", async (t) => {
  const { page } = await openHost(t, { hasScript: false });
  const result = await page.evaluate(async (address) => {
    const { ChatLauncher } = await import(address);
    await new Promise((resolve) => setTimeout(resolve, 300));
    const count = document.querySelectorAll("chat-launcher").length;
    const launcher = document.createElement("chat-launcher");
    return [count, launcher instanceof ChatLauncher];
  }, `${runtime.baseUrl}/widget.js`);
  assert.deepEqual(result, [0, true]);
});

test("the page's language is followed, also when it changes", async (t) => {
  for (const [lang, expected] of [
    ["de-AT", "de"],
    ["fr", "fr"],
    ["es-MX", "es"],
    ["ar", "ar"],
    ["xx", "en"],
  ]) {
    const { page, open, field, dialog } = await openHost(t, { lang });
    await page.getByRole("button", { name: buttonWords[expected].open }).waitFor();
    await open();
    await field.waitFor();
    assert.equal(await field.getAttribute("placeholder"), words[expected].placeholder);
    await dialog.getByText(words[expected].greeting).waitFor();
    await page.context().close();
  }
  const { page, open, field } = await openHost(t, { lang: "en" });
  await open();
  await field.fill("A draft");
  await page.evaluate(() => (document.documentElement.lang = "de"));
  await page.getByRole("dialog", { name: words.de.title }).waitFor();
  await field.waitFor();
  assert.equal(await field.inputValue(), "A draft");
  await page.evaluate(() => (document.querySelector("chat-launcher").dataset.lang = "fr"));
  await page.getByRole("dialog", { name: words.fr.title }).waitFor();
});

test("in Arabic everything is mirrored", async (t) => {
  const { page, open, field, dialog, button, write } = await openHost(t, { lang: "ar" });
  await open();
  await field.waitFor();
  const [host, opened, own] = [
    await button.boundingBox(),
    await dialog.boundingBox(),
    await newestAfter(() => write("مرحبا")),
  ];
  await server.sendMessage(own.id, { sender: "agent", agent: { name: "Ben" }, text: "Hi" });
  await dialog.getByText("Hi", { exact: true }).waitFor();
  assert.equal(host.x < 100 && opened.x < 100, true);
  const mine = await dialog.locator(".own .bubble").boundingBox();
  const other = await dialog.locator(".message:not(.own) .bubble").boundingBox();
  assert.equal(mine.x < other.x, true);
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true);
});

test("every language has every word, and its placeholders", () => {
  for (const table of [buttonWords, words]) {
    assert.deepEqual(Object.keys(table), ["en", "de", "fr", "es", "ar"]);
    for (const [language, texts] of Object.entries(table)) {
      assert.deepEqual(Object.keys(texts), Object.keys(table.en), language);
      for (const [key, text] of Object.entries(texts)) {
        const placeholders = (value) => value.match(/\{\w+\}/g);
        assert.ok(text.trim(), `${language} ${key}`);
        assert.deepEqual(placeholders(text), placeholders(table.en[key]), `${language} ${key}`);
      }
    }
  }
});
