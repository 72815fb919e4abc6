// The launcher for everybody: axe, keyboard, focus, screen readers, phones, forced colours,
// in a real Chromium with the real service.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  assertAccessible,
  eventually,
  newestAfter,
  openHost,
  runtime,
  server,
} from "../support/launcher_page.mjs";

const agent = { id: "b", name: "Ben" };
const attachments = [
  { name: "manual.pdf", url: "https://shop.example.com/manual.pdf", size: 1_200 },
];

for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
  test(`axe finds nothing to mend, from the button to an error: ${colorScheme}`, async (t) => {
    const options = { colorScheme };
    const host = await openHost(t, { options, attributes: 'data-ask="name?,email"' });
    const { page, dialog, field } = host;
    await host.button.waitFor();
    await assertAccessible(page, "closed");
    await host.open();
    await dialog.getByRole("button", { name: "Start chat" }).click();
    await dialog.getByText("Please fill this in.").waitFor();
    await assertAccessible(page, "form");
    await dialog.getByLabel("Email").fill("vi@example.com");
    await dialog.getByRole("button", { name: "Start chat" }).click();
    await field.waitFor();
    await assertAccessible(page, "empty");
    const session = await newestAfter(() => host.write("Hello https://shop.example.com"));
    await server.sendMessage(session.id, { sender: "agent", agent, text: "Hi", attachments });
    await dialog.getByRole("link", { name: /manual/ }).waitFor();
    await server.showTyping(session.id);
    await dialog.locator(".typing").waitFor();
    await assertAccessible(page, "conversation");
    await page.keyboard.press("Escape");
    await server.sendMessage(session.id, { sender: "agent", agent, text: "There?" });
    await page.locator("chat-launcher .badge").first().waitFor();
    await assertAccessible(page, "unread");
    await server.updateSession(session.id, { status: "closed_resolved" });
    await host.open();
    await dialog.getByText("This conversation is closed.").waitFor();
    await assertAccessible(page, "closed conversation");
    await dialog.getByRole("button", { name: "All conversations" }).click();
    await dialog.locator(".session").waitFor();
    await assertAccessible(page, "list");

    const refused = await openHost(t, { options, key: runtime.keys.wildcard });
    await refused.open();
    await refused.write("Hello?");
    await refused.dialog.getByText("not available").waitFor();
    await assertAccessible(refused.page, "error");
  });
}

test("all by keyboard: the focus goes in, Escape closes, and it goes back", async (t) => {
  const { page, dialog, field, button } = await openHost(t, {
    body: '<main><h1>Shop</h1><a href="#x">A link</a></main>',
  });
  const focused = () =>
    page.evaluate(() => {
      const { activeElement } = document;
      return (activeElement?.shadowRoot?.activeElement ?? activeElement)?.outerHTML.slice(0, 80);
    });
  await button.waitFor();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  assert.match(`${await focused()}`, /class="button"/);
  await page.keyboard.press("Enter");
  await field.waitFor();
  await eventually(focused, (html) => /textarea/.test(`${html}`));
  assert.equal(await button.getAttribute("aria-expanded"), "true");
  await newestAfter(async () => {
    await page.keyboard.type("Line one");
    await page.keyboard.press("Shift+Enter");
    await page.keyboard.type("line two");
    await page.keyboard.press("Enter");
  });
  await dialog.getByText("Line one\nline two").waitFor();
  assert.match(`${await focused()}`, /textarea/);
  // Beside the page, not over it: the page stays in reach.
  assert.equal(
    await page.evaluate(() => document.querySelector("main a").matches(":disabled, [inert] *")),
    false,
  );
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "hidden" });
  assert.match(`${await focused()}`, /class="button"/);
  assert.equal(await button.getAttribute("aria-expanded"), "false");
});

test("what is typed is no shortcut of the page", async (t) => {
  const { page, dialog, field, open } = await openHost(t);
  await page.evaluate(() => {
    window.keys = [];
    for (const name of ["keydown", "keypress", "keyup"]) {
      document.addEventListener(name, ({ type, key }) => window.keys.push(`${type} ${key}`));
    }
  });
  await open();
  await field.focus();
  await page.keyboard.type("s/?");
  assert.equal(await field.inputValue(), "s/?");
  assert.deepEqual(await page.evaluate(() => window.keys), []);
  // Keys on buttons are the page's, too, as anywhere.
  await dialog.getByRole("button", { name: "Close chat" }).press("x");
  assert.equal((await page.evaluate(() => window.keys)).includes("keydown x"), true);
});

test("the focus stays in the chat when a button that had it goes", async (t) => {
  const host = await openHost(t, { options: { viewport: { width: 800, height: 500 } } });
  const { page, dialog, field } = host;
  const focused = () =>
    page.evaluate(() => {
      const { shadowRoot } = document.querySelector("chat-launcher");
      return shadowRoot.activeElement?.className ?? null;
    });
  await host.open();
  const session = await newestAfter(() => host.write("1"));
  for (let n = 2; n <= 60; n += 1) {
    await server.sendMessage(session.id, { sender: "agent", agent, text: `${n}` });
  }
  await page.reload();
  await eventually(host.texts, (all) => all.length === 50);
  await dialog.getByRole("button", { name: "Show earlier messages" }).press("Enter");
  await eventually(host.texts, (all) => all.length === 60);
  await eventually(focused, (name) => name === "scroll");

  await dialog.locator(".scroll").evaluate((element) => (element.scrollTop = 0));
  await server.sendMessage(session.id, { sender: "agent", agent, text: "News" });
  await dialog.getByRole("button", { name: "New messages" }).press("Enter");
  await eventually(focused, (name) => name === "scroll");

  // A button that stays keeps the focus, whatever happens around it.
  await page.route("**/send", (route) =>
    route.fulfill({
      status: 500,
      headers: { "Access-Control-Allow-Origin": "*" },
      json: { statusCode: 500, message: "x", error: "", code: "internal_error", request_id: "r" },
    }),
  );
  await host.write("Refused");
  const retry = dialog.getByRole("button", { name: "Try again" });
  await retry.focus();
  await server.sendMessage(session.id, { sender: "agent", agent, text: "More news" });
  await dialog.getByText("More news", { exact: true }).waitFor();
  assert.equal(
    await retry.evaluate((element) => element.getRootNode().activeElement === element),
    true,
  );
  await dialog.getByRole("button", { name: "Delete" }).press("Enter");
  await eventually(focused, (name) => name === "scroll");
  assert.equal(await field.inputValue(), "");
});

test("today becomes yesterday at midnight", async (t) => {
  const host = await openHost(t, { prepare: (page) => page.clock.install() });
  await host.open();
  await newestAfter(() => host.write("Hello"));
  await host.dialog.getByText("Today", { exact: true }).waitFor();
  await host.page.clock.fastForward("24:00:00");
  await host.dialog.getByText("Yesterday", { exact: true }).waitFor();
});

test("what comes in is announced: once, with its author, and not what was there before", async (t) => {
  const host = await openHost(t);
  const { page, dialog } = host;
  await host.open();
  const session = await newestAfter(() => host.write("Hello"));
  await server.sendMessage(session.id, { sender: "agent", agent, text: "Earlier" });
  await dialog.getByText("Earlier", { exact: true }).first().waitFor();
  await page.reload();
  await dialog.getByText("Earlier", { exact: true }).first().waitFor();
  const live = dialog.locator(":scope > [role=status]");
  assert.equal(await live.textContent(), "");
  await server.sendMessage(session.id, { sender: "agent", agent, text: "Now", attachments });
  await eventually(
    () => live.textContent(),
    (text) => text === "Ben: Now, manual.pdf",
  );
  const roles = await dialog.evaluate((element) => [
    element.getAttribute("aria-labelledby"),
    element.tagName,
  ]);
  assert.deepEqual(roles, ["title", "DIALOG"]);
  await page.getByRole("dialog", { name: "Chat with us" }).waitFor();
});

test("a composition of characters is not sent by the Enter that ends it", async (t) => {
  const { field, open, texts } = await openHost(t);
  await open();
  await field.fill("にほん");
  // Safari ends the composition before the key.
  for (const how of [{ isComposing: true }, { keyCode: 229 }]) {
    await field.evaluate(
      (element, how) =>
        element.dispatchEvent(
          new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true, ...how }),
        ),
      how,
    );
  }
  assert.equal(await field.inputValue(), "にほん");
  assert.deepEqual(await texts(), []);
});

test("on a phone it is all of the screen, above the keyboard, and keeps the page out", async (t) => {
  const options = { viewport: { width: 320, height: 568 }, isMobile: true, hasTouch: true };
  const { page, dialog, field, button, write } = await openHost(t, { options });
  await button.tap();
  await field.waitFor();
  await page.waitForTimeout(300);
  assert.deepEqual(await dialog.boundingBox(), { x: 0, y: 0, width: 320, height: 568 });
  // The keyboard stays down until the field is touched.
  assert.equal(
    await page.evaluate(() => document.activeElement.shadowRoot.activeElement?.localName),
    "dialog",
  );
  assert.equal(await dialog.evaluate((element) => element.matches(":modal")), true);
  for (const locator of await dialog.getByRole("button").all()) {
    const { width, height } = await locator.boundingBox();
    assert.ok(
      width >= 44 && height >= 44,
      `${await locator.getAttribute("aria-label")}: ${width} x ${height}`,
    );
  }
  await newestAfter(() => write(`https://shop.example.com/${"long".repeat(60)}`));
  const sideways = await dialog.evaluate((element) =>
    Array.from(
      element.querySelectorAll("*"),
      (child) => child.getBoundingClientRect().right,
    ).filter((right) => right > 320),
  );
  assert.deepEqual(sideways, []);
  // As the keyboard does it: the visual viewport shrinks and moves.
  await page.evaluate(() => {
    Object.defineProperty(visualViewport, "height", { value: 300, configurable: true });
    Object.defineProperty(visualViewport, "offsetTop", { value: 40, configurable: true });
    visualViewport.dispatchEvent(new Event("resize"));
  });
  const fitted = await dialog.boundingBox();
  assert.deepEqual([fitted.y, fitted.height], [40, 300]);
  const composer = await field.boundingBox();
  assert.ok(composer.y + composer.height <= 340);
  // Below 16 px, iOS zooms into a field.
  assert.equal(await field.evaluate((element) => getComputedStyle(element).fontSize), "16px");
  await dialog.getByRole("button", { name: "Close chat" }).tap();
  await dialog.waitFor({ state: "hidden" });
  assert.equal(await page.evaluate(() => document.activeElement.localName), "chat-launcher");
});

test("on a phone on its side, the next page begins with the chat closed", async (t) => {
  const options = { viewport: { width: 800, height: 360 } };
  const { page, open, button, dialog } = await openHost(t, { options });
  await open();
  await page.reload();
  await button.waitFor();
  await page.waitForTimeout(500);
  assert.equal(await dialog.isVisible(), false);
  assert.equal(await button.getAttribute("aria-expanded"), "false");
});

test("words about a load that failed are on the screen, on either side", async (t) => {
  for (const side of ["start", "end"]) {
    const { page, button } = await openHost(t, { attributes: `data-side="${side}"` });
    await page.route("**/widget-panel.js*", (route) => route.abort());
    await button.click();
    const box = await page.getByText("The chat could not be loaded.").boundingBox();
    const { width } = page.viewportSize();
    assert.ok(box.x >= 0 && box.x + box.width <= width, JSON.stringify([side, box]));
  }
});

test("a window that is turned or resized keeps the conversation", async (t) => {
  const host = await openHost(t);
  await host.open();
  await newestAfter(() => host.write("Hello"));
  await host.field.fill("A draft");
  for (const size of [
    { width: 400, height: 700 },
    { width: 1280, height: 400 },
    { width: 1280, height: 800 },
  ]) {
    await host.page.setViewportSize(size);
    await host.page.waitForTimeout(150);
    assert.equal(await host.field.inputValue(), "A draft");
    const box = await host.field.boundingBox();
    assert.ok(box.y > 0 && box.y + box.height <= size.height, JSON.stringify([size, box]));
  }
});

test("forced colours keep every edge; reduced motion moves nothing; print leaves it out", async (t) => {
  const options = {
    forcedColors: /** @type {const} */ ("active"),
    reducedMotion: /** @type {const} */ ("reduce"),
  };
  const host = await openHost(t, { options });
  await host.open();
  await newestAfter(() => host.write("Hello"));
  await host.dialog.locator("time").first().waitFor();
  const style = (selector, name) =>
    host.page.evaluate(
      ([selector, name]) => {
        const { shadowRoot } = document.querySelector("chat-launcher");
        return getComputedStyle(shadowRoot.querySelector(selector))[name];
      },
      [selector, name],
    );
  for (const selector of [".button", ".bubble", ".send", "textarea", "dialog"]) {
    assert.equal(await style(selector, "borderTopStyle"), "solid", selector);
  }
  assert.equal(await style("dialog", "animationName"), "none");
  assert.equal(await style(".button", "transitionDuration"), "0s");
  await host.page.emulateMedia({ media: "print" });
  assert.equal(await host.button.isVisible(), false);
});

test("themes: custom properties of the page, data-theme, data-side", async (t) => {
  const { page, open, dialog, button, field } = await openHost(t, {
    attributes: 'data-theme="dark" data-side="start"',
    head: "<style>chat-launcher { --chat-accent: #b00020; --chat-radius: 0px; --chat-font: monospace; --chat-offset-x: 50px }</style>",
  });
  await open();
  await field.waitFor();
  const style = (locator, name) =>
    locator.evaluate((element, name) => getComputedStyle(element)[name], name);
  assert.equal(await style(button, "backgroundColor"), "rgb(176, 0, 32)");
  assert.equal(await style(dialog, "borderTopLeftRadius"), "0px");
  assert.match(await style(dialog, "fontFamily"), /monospace/);
  assert.equal(await style(dialog, "colorScheme"), "dark");
  await page.mouse.move(600, 300);
  await eventually(
    async () => (await button.boundingBox()).x,
    (x) => x === 50,
  );
  await page.evaluate(() => (document.querySelector("chat-launcher").dataset.theme = "light"));
  assert.equal(await style(dialog, "colorScheme"), "light");
});
