// The launcher's behaviour: what it does before it is used, and that nothing typed is lost
// and no session made twice, in a real Chromium with the real service.

import assert from "node:assert/strict";
import { test } from "node:test";
import { startLine } from "../support/line.mjs";
import {
  eventually,
  locators,
  newestAfter,
  openHost,
  runtime,
  server,
  sessions,
  storedTexts,
} from "../support/launcher_page.mjs";

/** The service's own address in the requests of a page. */
const ofService = (requests) =>
  requests
    .map((request) => new URL(request.url()))
    .filter(({ origin }) => origin === runtime.baseUrl);
const paths = (requests) => ofService(requests).map(({ pathname }) => pathname);

test("before the first action: one small file, no request, nothing stored, no shift", async (t) => {
  const { page, requests, button, context } = await openHost(t, {
    prepare: (page) =>
      page.addInitScript(() => {
        window.shift = 0;
        new PerformanceObserver((list) => {
          for (const entry of list.getEntries()) window.shift += entry.value;
        }).observe({ type: "layout-shift", buffered: true });
      }),
  });
  await button.waitFor();
  await page.waitForTimeout(500);
  assert.deepEqual(paths(requests), ["/widget.js"]);
  const found = await page.evaluate(async () => ({
    shift: window.shift,
    stored: localStorage.length + sessionStorage.length,
    cookies: document.cookie,
    databases: (await indexedDB.databases()).length,
    caches: (await caches.keys()).length,
  }));
  assert.deepEqual(found, { shift: 0, stored: 0, cookies: "", databases: 0, caches: 0 });
  const response = await fetch(`${runtime.baseUrl}/widget.js`);
  const compressed = new Response(response.body?.pipeThrough(new CompressionStream("gzip")));
  const { byteLength } = await compressed.arrayBuffer();
  assert.ok(byteLength < 5_000, `${byteLength} bytes before it is opened`);

  // Opening loads the rest, and asks the service nothing about a visitor whom it does not know.
  await button.click();
  await page.getByRole("dialog").locator("textarea").waitFor();
  await page.waitForTimeout(300);
  assert.deepEqual(
    paths(requests).filter((path) => !/^\/(widget|pkg\/)/.test(path)),
    [],
  );
  assert.equal(await page.evaluate(() => localStorage.length), 0);
  assert.deepEqual(await context.cookies(), []);
});

test("a part that could not be loaded is loaded again, from another address", async (t) => {
  for (const part of ["pkg/index.js", "widget-words-en.js", "widget-panel.js"]) {
    const { page, button, field, requests } = await openHost(t);
    await page.route(`**/${part}`, (route) => route.abort());
    await button.click();
    await page.getByText("The chat could not be loaded.").waitFor();
    // As a browser that keeps failed loads, the first address stays blocked.
    await page.waitForTimeout(500);
    await button.click();
    await field.waitFor();
    const retried = requests.filter((request) => request.url().endsWith(`/${part}?retry=1`));
    assert.equal(retried.length, 1, part);
  }
  // After a load that has not failed, the next one is the same file.
  const { page, open, field, requests } = await openHost(t);
  await open();
  await page.evaluate(() => (document.documentElement.lang = "de"));
  await page.getByRole("dialog", { name: "Chatten Sie mit uns" }).waitFor();
  await field.waitFor();
  assert.deepEqual(
    ofService(requests).filter(({ search }) => search !== ""),
    [],
  );
});

test("double clicks open it once; a double Enter sends once; one session", async (t) => {
  const { page, button, dialog, field } = await openHost(t);
  await page.evaluate(() => {
    window.events = [];
    for (const name of ["open", "close"]) {
      document.addEventListener(`chat:${name}`, () => window.events.push(name));
    }
  });
  await button.dblclick();
  await field.waitFor();
  assert.deepEqual(await page.evaluate(() => window.events), ["open"]);
  await field.fill("Once");
  const session = await newestAfter(async () => {
    await page.evaluate(() => {
      const { shadowRoot } = document.querySelector("chat-launcher");
      const form = shadowRoot.querySelector("form.composer");
      for (let n = 0; n < 3; n += 1) form.requestSubmit();
    });
    await dialog.locator("time").first().waitFor();
  });
  assert.deepEqual(await storedTexts(session.id), ["Once"]);
});

test("messages in a hurry, before the session is made, arrive in one session, in order", async (t) => {
  const { open, write, texts } = await openHost(t);
  await open();
  const before = (await sessions()).length;
  const expected = Array.from({ length: 8 }, (_, n) => `Message ${n}`);
  const session = await newestAfter(async () => {
    for (const text of expected) await write(text);
  });
  await eventually(
    () => storedTexts(session.id),
    (all) => all.length === 8,
  );
  assert.deepEqual(await storedTexts(session.id), expected);
  await eventually(texts, (all) => all.length === 8);
  assert.deepEqual(
    await texts(),
    expected.map((text) => `> ${text}`),
  );
  assert.equal((await sessions()).length, before + 1);
});

test("two tabs that write first at once are in one conversation, and see each other", async (t) => {
  const one = await openHost(t);
  const two = await openHost(t, { context: one.context });
  await Promise.all([one.open(), two.open()]);
  const before = (await sessions()).length;
  await Promise.all([one.field.waitFor(), two.field.waitFor()]);
  await Promise.all([one.write("From one"), two.write("From two")]);
  await eventually(one.texts, (all) => all.length === 2);
  await eventually(two.texts, (all) => all.length === 2);
  assert.deepEqual((await one.texts()).sort(), ["> From one", "> From two"]);
  assert.deepEqual(await one.texts(), await two.texts());
  assert.equal((await sessions()).length, before + 1);
});

test("a reload goes on in the same conversation, open as it was, with the draft", async (t) => {
  const host = await openHost(t);
  await host.open();
  const session = await newestAfter(() => host.write("Before the reload"));
  await host.dialog.locator("time").first().waitFor();
  await host.field.pressSequentially("A draft");
  await host.page.reload();
  await eventually(host.texts, (all) => all[0] === "> Before the reload");
  assert.equal(await host.field.inputValue(), "A draft");
  // It opens by itself: the focus stays with the page.
  assert.equal(await host.page.evaluate(() => document.activeElement?.localName), "body");
  await host.field.press("Enter");
  await eventually(
    () => storedTexts(session.id),
    (all) => all.length === 2,
  );
  assert.equal(await host.field.inputValue(), "");

  // Closed, it follows quietly, and counts.
  await host.page.getByRole("button", { name: "Close chat" }).first().click();
  await host.page.reload();
  await host.button.waitFor();
  await server.sendMessage(session.id, { sender: "agent", agent: { name: "Ben" }, text: "News" });
  await host.page.getByRole("button", { name: "Open chat. Unread messages: 1" }).waitFor();
  assert.equal(await host.page.locator("chat-launcher .badge").first().textContent(), "1");
  assert.equal((await server.getSession(session.id)).read.contact < 3, true);
  await host.open();
  await eventually(
    () => server.getSession(session.id),
    ({ unread }) => unread.contact === 0,
  );
  assert.equal(await host.page.evaluate(() => document.querySelector("chat-launcher").unread), 0);
});

test("the draft of a conversation that has not begun outlives a reload", async (t) => {
  const host = await openHost(t);
  await host.open();
  await host.field.pressSequentially("Not sent");
  await host.page.reload();
  await host.field.waitFor();
  assert.equal(await host.field.inputValue(), "Not sent");
});

test("a removed and restored element, as in StrictMode, has one conversation", async (t) => {
  const host = await openHost(t);
  await host.open();
  const session = await newestAfter(() => host.write("First"));
  await host.dialog.locator("time").first().waitFor();
  await host.page.evaluate(async () => {
    const launcher = document.querySelector("chat-launcher");
    for (let n = 0; n < 5; n += 1) {
      launcher.remove();
      document.body.append(launcher);
      if (n % 2) await new Promise((resolve) => setTimeout(resolve, 10));
    }
  });
  await eventually(host.texts, (all) => all.length === 1);
  assert.equal(await host.dialog.count(), 1);
  await host.write("Second");
  await eventually(
    () => storedTexts(session.id),
    (all) => all.length === 2,
  );
  await eventually(host.texts, (all) => all.length === 2);
});

test("offline is shown; what is typed meanwhile goes out once, in order", async (t) => {
  const line = await startLine(runtime.baseUrl);
  t.after(() => line.close());
  const host = await openHost(t, { from: line.baseUrl });
  await host.open();
  const session = await newestAfter(() => host.write("Online"));
  await host.dialog.locator("time").first().waitFor();
  line.down();
  await host.dialog.getByText("No connection").waitFor();
  for (const text of ["One", "Two", "Three"]) await host.write(text);
  await host.dialog
    .getByText("Sending …")
    .or(host.dialog.getByText("Not sent yet."))
    .first()
    .waitFor();
  assert.deepEqual(await host.texts(), ["> Online", "> One", "> Two", "> Three"]);
  line.down(false);
  await host.page.evaluate(() => dispatchEvent(new Event("online")));
  await eventually(
    () => storedTexts(session.id),
    (all) => all.length === 4,
  );
  assert.deepEqual(await storedTexts(session.id), ["Online", "One", "Two", "Three"]);
  await host.dialog.getByText("No connection").waitFor({ state: "detached" });
  await eventually(
    () => host.dialog.locator("time").count(),
    (count) => count === 4,
  );
});

test("what could not be sent before the tab was closed is sent by the next one", async (t) => {
  const line = await startLine(runtime.baseUrl);
  t.after(() => line.close());
  const first = await openHost(t, { from: line.baseUrl });
  await first.open();
  await first.field.waitFor();
  // The rules, and the code of subscriptions, are not loaded either.
  line.down();
  await first.write("Before there was a session");
  await first.write("And another one");
  await first.dialog
    .getByText("No connection")
    .or(first.dialog.getByText("Not sent"))
    .first()
    .waitFor();
  await first.page.close();
  line.down(false);
  const session = await newestAfter(async () => {
    const second = await openHost(t, { from: line.baseUrl, context: first.context });
    await second.open();
    await eventually(second.texts, (all) => all.length === 2);
  });
  await eventually(
    () => storedTexts(session.id),
    (all) => all.length === 2,
  );
  assert.deepEqual(await storedTexts(session.id), [
    "Before there was a session",
    "And another one",
  ]);
});

test("a refused message says why, and can be sent again or deleted", async (t) => {
  const host = await openHost(t);
  await host.open();
  const session = await newestAfter(() => host.write("Good"));
  await host.dialog.locator("time").first().waitFor();
  await host.page.route("**/send", (route) =>
    route.fulfill({
      status: 500,
      headers: { "Access-Control-Allow-Origin": "*" },
      json: { statusCode: 500, message: "x", error: "", code: "internal_error", request_id: "r" },
    }),
  );
  await host.write("Refused");
  await host.write("Refused too");
  await host.dialog.getByText("Something went wrong.").nth(1).waitFor();
  await host.page.unroute("**/send");
  await host.dialog.getByRole("button", { name: "Delete" }).last().click();
  await host.dialog.getByRole("button", { name: "Try again" }).click();
  await eventually(
    () => storedTexts(session.id),
    (all) => all.length === 2,
  );
  assert.deepEqual(await storedTexts(session.id), ["Good", "Refused"]);
  await eventually(host.texts, (all) => all.length === 2);
});

test("a message that is too long is not taken, and not lost", async (t) => {
  const host = await openHost(t);
  await host.open();
  await host.field.fill("x".repeat(8_001));
  await host.dialog.getByText("The message is too long.").waitFor();
  assert.equal(await host.dialog.getByRole("button", { name: "Send" }).isDisabled(), true);
  await host.field.press("Enter");
  assert.equal((await host.field.inputValue()).length, 8_001);
});

test("a closed conversation shows it; writing reopens it, or a new one begins", async (t) => {
  const host = await openHost(t);
  await host.open();
  const first = await newestAfter(() => host.write("First"));
  await host.dialog.locator("time").first().waitFor();
  await server.updateSession(first.id, { status: "closed_resolved" });
  await host.dialog.getByText("This conversation is closed.").waitFor();
  await host.dialog.getByText("Conversation closed", { exact: true }).waitFor();
  await host.write("Wait");
  await host.dialog.getByText("Conversation reopened").waitFor();
  await host.dialog.getByText("This conversation is closed.").waitFor({ state: "hidden" });
  assert.equal((await server.getSession(first.id)).status, "open");
  await server.updateSession(first.id, { status: "closed_resolved" });
  await host.dialog.getByRole("button", { name: "New conversation" }).click();
  const second = await newestAfter(() => host.write("Second"));
  assert.notEqual(second.id, first.id);

  // Earlier conversations are listed, the latest first, and open as they were.
  await host.dialog.locator("time").first().waitFor();
  await host.dialog.getByRole("button", { name: "All conversations" }).click();
  await host.dialog.getByRole("heading", { name: "Your conversations" }).waitFor();
  await eventually(
    () => host.dialog.locator(".session").count(),
    (count) => count === 2,
  );
  assert.match(`${await host.dialog.locator(".session").first().textContent()}`, /Second/);
  await host.dialog.locator(".session").nth(1).click();
  await eventually(host.texts, (all) => all.join() === "> First,> Wait");
  await host.dialog.getByRole("button", { name: "All conversations" }).click();
  await host.dialog.getByRole("button", { name: "New conversation" }).click();
  await newestAfter(() => host.write("Third"));
});

test("a session that is deleted takes no message with it", async (t) => {
  const host = await openHost(t);
  await host.open();
  const first = await newestAfter(() => host.write("First"));
  await host.dialog.locator("time").first().waitFor();
  await server.deleteSession(first.id);
  const second = await newestAfter(() => host.write("Still here?"));
  assert.deepEqual(await storedTexts(second.id), ["Still here?"]);
  await eventually(host.texts, (all) => all.join() === "> Still here?");
});

test("earlier messages of a long conversation come page by page", async (t) => {
  const host = await openHost(t);
  await host.open();
  const session = await newestAfter(() => host.write("1"));
  for (let n = 2; n <= 120; n += 1) {
    await server.sendMessage(session.id, { sender: "ai", agent: { name: "Bot" }, text: `${n}` });
  }
  await host.page.reload();
  await eventually(host.texts, (all) => all.length === 50);
  const earlier = host.dialog.getByRole("button", { name: "Show earlier messages" });
  await earlier.click();
  await eventually(host.texts, (all) => all.length === 100);
  await earlier.click();
  await eventually(host.texts, (all) => all.length === 120);
  await earlier.waitFor({ state: "hidden" });
  const numbers = (await host.texts()).map((text) => Number(text.replace("> ", "")));
  assert.deepEqual(
    numbers,
    Array.from({ length: 120 }, (_, n) => n + 1),
  );
  assert.equal(await host.dialog.locator(".day").count(), 1);
});

test("reading in one tab clears the count of the other", async (t) => {
  const one = await openHost(t);
  await one.open();
  const session = await newestAfter(() => one.write("Hello"));
  await one.dialog.locator("time").first().waitFor();
  const two = await openHost(t, { context: one.context });
  await two.open();
  await eventually(two.texts, (all) => all.length === 1);
  for (const host of [one, two]) await host.page.keyboard.press("Escape");
  await server.sendMessage(session.id, { sender: "agent", agent: { name: "Ben" }, text: "Hi" });
  const unread = (host) => host.page.evaluate(() => document.querySelector("chat-launcher").unread);
  for (const host of [one, two])
    await eventually(
      () => unread(host),
      (count) => count === 1,
    );
  await one.open();
  for (const host of [one, two])
    await eventually(
      () => unread(host),
      (count) => count === 0,
    );
  assert.equal(await locators(two.page).dialog.isVisible(), false);
});

test("a conversation that another tab has begun is this tab's, too", async (t) => {
  const line = await startLine(runtime.baseUrl);
  t.after(() => line.close());
  const one = await openHost(t, { from: line.baseUrl });
  await one.open();
  await one.field.waitFor();
  line.down();
  await one.write("From one");
  await one.dialog.getByText("Not sent yet.").waitFor();
  // Its next attempt is far away; the other tab's is now.
  await one.page.evaluate(() => (window.setTimeout = () => 0));
  line.down(false);
  const two = await openHost(t, { from: line.baseUrl, context: one.context });
  const session = await newestAfter(() => two.open());
  assert.deepEqual(await storedTexts(session.id), ["From one"]);
  await server.sendMessage(session.id, { sender: "agent", agent: { name: "Ben" }, text: "Hi" });
  await eventually(one.texts, (all) => all.join() === "> From one,Hi");
  await eventually(two.texts, (all) => all.join() === "> From one,Hi");
});
