// The inbox without a mouse, on a phone, and to assistive technology.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  assertAccessible,
  bubble,
  focused,
  newConversation,
  openConversation,
  openInbox,
  row,
  server,
  textsOf,
} from "../support/inbox.mjs";

const until = (page, isSo, argument) => page.waitForFunction(isSo, argument, { polling: 20 });

test("a whole day's work by keyboard alone", async (t) => {
  const second = await newConversation({ name: "Second" });
  const first = await newConversation({ name: "First" });
  const { page } = await openInbox(t);
  const press = async (...keys) => {
    for (const key of keys) await page.keyboard.press(key);
  };
  await row(page, first.id).waitFor();

  // The list: j and k, arrows, and no way out of its ends.
  await press("j");
  assert.equal(await focused(page), first.id);
  await press("j");
  assert.equal(await focused(page), second.id);
  await press("k", "k");
  assert.equal(await focused(page), first.id);
  await press("ArrowDown");
  assert.equal(await focused(page), second.id);
  await press("Home");
  assert.equal(await focused(page), first.id);
  const tabbable = await page.locator('#list a[tabindex="0"]').count();
  assert.equal(tabbable, 1, "Tab comes to one row");

  await press("Enter");
  await bubble(page, "Hello").waitFor();
  assert.equal(await focused(page), first.id, "the list goes on");

  // Answer.
  await press("r");
  assert.equal(await focused(page), "text");
  await page.keyboard.type("jkne/? are letters here");
  await press("Control+Enter");
  await bubble(page, "jkne/? are letters here").waitFor();
  assert.equal(await focused(page), "text");
  assert.equal((await textsOf(first.visitor, first.id)).at(-1), "jkne/? are letters here");

  // Where something scrolls, arrows scroll it.
  await page.locator("#timeline").focus();
  await press("ArrowDown");
  assert.equal(await focused(page), "timeline");
  await press("r");

  // Out, to the next one.
  await press("Escape");
  assert.equal(await focused(page), first.id);
  await press("j", "Enter");
  await page.getByRole("heading", { name: "Second" }).waitFor();

  // Close, without and with a decision.
  await press("e");
  assert.equal(await page.locator("#close-dialog").getAttribute("open"), "");
  await press("Escape");
  assert.equal((await second.visitor.getSession(second.id)).status, "open");
  assert.notEqual(await focused(page), "body");
  await press("e", "Enter");
  await page.getByRole("button", { name: "Reopen" }).waitFor();
  assert.equal((await second.visitor.getSession(second.id)).status, "closed_resolved");
  await press("e");
  await page.getByRole("button", { name: "Close", exact: true }).waitFor();

  // Search, and help.
  await press("/");
  assert.equal(await focused(page), "search-text");
  await page.keyboard.type("nobody");
  await press("Enter");
  await page.getByText("Type a whole email address").waitFor();
  await press("Escape");
  await press("?");
  await page.getByRole("heading", { name: "Keyboard shortcuts" }).waitFor();
  assert.equal(await focused(page), "shortcuts-done");
  await press("Escape");
});

test("the focus stays where it is, whatever happens live", async (t) => {
  const made = [];
  for (const name of ["C", "B", "A"]) made.unshift(await newConversation({ name }));
  const [a, b, c] = made;
  const { page } = await openInbox(t);
  await row(page, a.id).waitFor();
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  assert.equal(await focused(page), b.id);

  await c.visitor.sendMessage(c.id, { text: "to the top" });
  await until(page, (id) => document.querySelector("#list li")?.dataset.id === id, c.id);
  assert.equal(await focused(page), b.id);
  await b.visitor.sendMessage(b.id, { text: "me too" });
  await row(page, b.id).getByText("me too").waitFor();
  assert.equal(await focused(page), b.id);
  const opened = await newConversation({ name: "New" });
  await row(page, opened.id).waitFor();
  assert.equal(await focused(page), b.id);

  // One that goes from the list hands it on to the row that takes its place.
  await server.updateSession(b.id, { status: "closed_resolved" });
  await row(page, b.id).waitFor({ state: "detached" });
  const next = await focused(page);
  assert.ok([opened.id, c.id, a.id].includes(next), `the focus is on ${next}`);

  // Typing goes on while the conversation does.
  await openConversation(page, a.id);
  await page.locator("#text").pressSequentially("Let me ");
  await a.visitor.sendMessage(a.id, { text: "Hurry" });
  await bubble(page, "Hurry").waitFor();
  await page.keyboard.type("see");
  assert.equal(await page.locator("#text").inputValue(), "Let me see");
});

test("details that are always shown take no key", async (t) => {
  const { id } = await newConversation({ name: "Wide" });
  const { page } = await openInbox(t);
  await openConversation(page, id);
  await page.keyboard.press("i");
  await page.keyboard.press("r");
  assert.equal(await focused(page), "text");
  await page.keyboard.press("Escape");
  assert.equal(await focused(page), id);

  // Shown on their own, and then beside the conversation.
  await page.setViewportSize({ width: 900, height: 800 });
  await page.keyboard.press("i");
  assert.equal(await focused(page), "hide-details");
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.locator("#hide-details").waitFor({ state: "hidden" });
  await page.keyboard.press("r");
  await page.keyboard.press("Escape");
  assert.equal(await focused(page), id);
});

test("the key that confirms what an input method has composed does nothing else", async (t) => {
  const { visitor, id } = await newConversation({ name: "Ime" });
  const { page } = await openInbox(t);
  await openConversation(page, id);
  const text = page.locator("#text");
  await text.fill("\u306f\u3044");
  // Safari's: after the end of the composition.
  for (const key of ["Enter", "Escape"]) {
    await text.dispatchEvent("keydown", { key, ctrlKey: key === "Enter", keyCode: 229 });
    assert.equal(await focused(page), "text", key);
  }
  assert.equal(await text.inputValue(), "\u306f\u3044");
  await page.keyboard.press("Control+Enter");
  await bubble(page, "\u306f\u3044").waitFor();
  assert.equal((await textsOf(visitor, id)).length, 2);
});

test("shortcuts of a single key can be turned off", async (t) => {
  const { id } = await newConversation({ name: "Off" });
  const { page } = await openInbox(t);
  await openConversation(page, id);
  await page.getByRole("button", { name: "Keyboard shortcuts" }).click();
  await page.getByLabel("Shortcuts of a single key").uncheck();
  await page.getByRole("button", { name: "Done" }).click();
  await page.keyboard.press("r");
  assert.notEqual(await focused(page), "text");
  await page.reload();
  await bubble(page, "Hello").waitFor();
  await page.keyboard.press("r");
  assert.notEqual(await focused(page), "text");
});

test("on a phone: the list, then the conversation, and back", async (t) => {
  const { id } = await newConversation({ name: "Phone" });
  const viewport = { width: 320, height: 568 };
  const { page } = await openInbox(t, "Ann", { viewport, hasTouch: true, isMobile: true });
  const assertTouchable = async () => {
    const small = await page.evaluate(() =>
      [...document.querySelectorAll("button, a, select, input, textarea, label:not(.unseen)")]
        .filter((each) => each.checkVisibility() && !each.closest("label > input, .bubble"))
        .filter((each) => each.getBoundingClientRect().height < 44)
        .map((each) => each.outerHTML),
    );
    assert.deepEqual(small, [], "44 pixels for a finger");
  };
  await row(page, id).waitFor();
  await assertTouchable();
  await server.sendMessage(id, { sender: "ai", text: "I am a bot" });
  await row(page, id).tap();
  await bubble(page, "Hello").waitFor();
  await page.getByLabel("Take over").waitFor();
  await assertTouchable();
  assert.equal(await page.locator("#list-scroller").isVisible(), false);
  assert.equal(await focused(page), "title");
  await page.getByRole("button", { name: "Details" }).tap();
  await page.getByText("Anyone can type any name and email").waitFor();
  assert.equal(await page.locator("#entries").isVisible(), false);
  await page.getByRole("button", { name: "Back to the conversation" }).tap();
  assert.equal(await focused(page), "show-details");
  await page.locator("#text").fill("From my phone");
  await page.getByRole("button", { name: "Send" }).tap();
  await bubble(page, "From my phone").waitFor();
  await page.keyboard.press("Escape");
  assert.equal(await focused(page), "title");
  await page.keyboard.press("r");
  assert.equal(await focused(page), "text");
  await page.getByRole("link", { name: "Back to the list" }).tap();
  await row(page, id).waitFor();
  await until(page, (id) => document.activeElement?.closest("li")?.dataset.id === id, id);

  await row(page, id).tap();
  await page.locator("#text").waitFor();
  await page.goBack();
  await row(page, id).waitFor();
  assert.equal(await page.locator("#text").isVisible(), false);
});

for (const colorScheme of ["light", "dark"]) {
  test(`axe finds nothing to mend, and nothing scrolls sideways: ${colorScheme}`, async (t) => {
    const { id } = await newConversation({
      name: "Averylongnamewithoutanyspacesinitwhichgoesonandon",
      texts: ["x".repeat(500), "See https://www.example.com/orders/1042", "And?"],
    });
    const bot = { sender: "ai", agent: { name: "Helper" } };
    await server.sendMessage(id, { ...bot, text: "I am a bot" });
    const { page } = await openInbox(t, "Ann", { colorScheme });
    const sideways = () =>
      page.evaluate(() => {
        const { scrollWidth, clientWidth } = document.documentElement;
        const inner = [...document.querySelectorAll("#timeline, #list-scroller, #details")];
        return scrollWidth > clientWidth || inner.some((e) => e.scrollWidth > e.clientWidth);
      });
    await row(page, id).waitFor();
    await assertAccessible(page, "the list");
    await openConversation(page, id);
    for (const [width, height] of [
      [1280, 800],
      [768, 900],
      [320, 568],
    ]) {
      await page.setViewportSize({ width, height });
      await assertAccessible(page, `a conversation, ${width}`);
      assert.equal(await sideways(), false, `${width}`);
    }
    await page.getByRole("button", { name: "Details" }).click();
    await assertAccessible(page, "details");
    assert.equal(await sideways(), false);
    await page.keyboard.press("Escape");
    await page.keyboard.press("e");
    await assertAccessible(page, "the dialog");
    await page.keyboard.press("Escape");
    await page.keyboard.press("?");
    await assertAccessible(page, "shortcuts");
    await page.keyboard.press("Escape");
    await page.evaluate(() => sessionStorage.clear());
    await page.reload();
    await page.getByText("You are not signed in.").waitFor();
    await assertAccessible(page, "the sign-in");
    assert.equal(await sideways(), false);
  });
}
