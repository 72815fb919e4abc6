// Conversations in the inbox: agents and visitors, both sides of them.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  answer,
  bubble,
  newConversation,
  openConversation,
  openInbox,
  row,
  runtime,
  server,
  textsOf,
} from "../support/inbox.mjs";
import { until } from "../support/runtime.mjs";

test("an answer is seen by the visitor and by other agents; the visitor's by both", async (t) => {
  const { visitor, id } = await newConversation({ name: "Vera", texts: ["Where is it?"] });
  const seen = [];
  const subscription = visitor.subscribe(id, {
    onMessage: ({ event }) => seen.push(event.content.text),
    onTyping: ({ by }) => seen.push(`${by} types`),
    onRead: ({ by }) => seen.push(`${by} has read`),
  });
  t.after(() => subscription.close());
  const untilSeen = (text) => until(() => seen.includes(text));
  await untilSeen("Where is it?");
  const { page: ann } = await openInbox(t, "Ann");
  const { page: ben } = await openInbox(t, "Ben");
  await openConversation(ann, id);
  await openConversation(ben, id);
  await untilSeen("agent has read");

  await ann.locator("#text").pressSequentially("On its");
  await untilSeen("agent types");
  await ben.locator(".typing", { hasText: "Ann is typing" }).waitFor();
  await ann.locator("#text").fill("On its way.");
  await ann.getByRole("button", { name: "Send" }).click();
  await untilSeen("On its way.");
  await bubble(ben, "On its way.").waitFor();
  await ben.locator(".who", { hasText: "Ann" }).first().waitFor();
  assert.equal(await bubble(ann, "On its way.").count(), 1);
  await ann.getByText("Answered by you").waitFor();
  await ben.getByText("Answered by Ann").waitFor();

  subscription.typing();
  await ann.locator(".typing", { hasText: "Vera is typing" }).waitFor();
  subscription.markRead(2);
  await ann.getByText("Seen").waitFor();
  await visitor.sendMessage(id, { text: "Thanks!" });
  await bubble(ann, "Thanks!").waitFor();
  await ann.locator("#announcer", { hasText: "Vera: Thanks!" }).waitFor({ state: "attached" });
  await ann.locator(".typing").waitFor({ state: "hidden" });
  await ann.waitForFunction(() => document.querySelector("#list a[aria-current] .count") === null);
});

test("answers keep their order and go out once, whatever the network does", async (t) => {
  const { visitor, id } = await newConversation({ name: "Order" });
  const { page } = await openInbox(t, "Ann", { isChecked: false });
  await openConversation(page, id);
  await page.context().setOffline(true);
  for (const text of ["one", "two", "three"]) await answer(page, text);
  await bubble(page, "three").waitFor();
  // Typed, and left: it is sent all the same.
  await page.evaluate(() => (location.hash = "#/"));
  await page.locator("#nothing-open").waitFor();
  assert.deepEqual(await textsOf(visitor, id), ["Hello"]);
  await page.context().setOffline(false);
  await until(async () => (await textsOf(visitor, id)).length >= 4);
  assert.deepEqual(await textsOf(visitor, id), ["Hello", "one", "two", "three"]);
  await openConversation(page, id);
  await bubble(page, "three").waitFor();
  assert.deepEqual(await page.locator("#entries .bubble:not(.dots)").allTextContents(), [
    "Hello",
    "one",
    "two",
    "three",
  ]);
});

test("what the service refuses is shown, can be mended, and holds up its successors", async (t) => {
  const { visitor, id } = await newConversation({ name: "Long" });
  const { page } = await openInbox(t);
  await openConversation(page, id);
  await answer(page, "x".repeat(8_001));
  const why = "Not sent: it must be at most 8000 characters long";
  await page.locator("#entries .problem", { hasText: why }).waitFor();
  await page.locator("#text").fill("and this");
  await page.getByRole("button", { name: "Send" }).click();
  await page.getByRole("button", { name: "Edit" }).click();
  assert.equal((await page.locator("#text").inputValue()).length, 8_001);
  await answer(page, "short");
  await until(async () => (await textsOf(visitor, id)).length >= 3);
  assert.deepEqual((await textsOf(visitor, id)).sort(), ["Hello", "and this", "short"]);
});

test("an answer goes out where the browser makes no UUIDs: over HTTP", async (t) => {
  const { visitor, id } = await newConversation({ name: "Plain" });
  const { page } = await openInbox(t);
  await openConversation(page, id);
  await page.evaluate(() => Reflect.deleteProperty(Crypto.prototype, "randomUUID"));
  await answer(page, "Over HTTP");
  await page.locator("#entries .own[data-id]", { hasText: "Over HTTP" }).waitFor();
  assert.deepEqual(await textsOf(visitor, id), ["Hello", "Over HTTP"]);
  assert.equal(await page.locator("#text").inputValue(), "");
});

test("drafts belong to their conversation", async (t) => {
  const one = await newConversation({ name: "One" });
  const two = await newConversation({ name: "Two" });
  const { page } = await openInbox(t);
  await openConversation(page, one.id);
  await page.locator("#text").fill("for one");
  await openConversation(page, two.id);
  assert.equal(await page.locator("#text").inputValue(), "");
  await row(page, one.id).getByText("Draft").waitFor();
  await page.reload();
  await row(page, one.id).click();
  await page.waitForFunction(() => document.getElementById("text").value === "for one");
});

test("a conversation is closed and reopened, for the visitor and other agents too", async (t) => {
  const { visitor, id } = await newConversation({ name: "Clo" });
  const { page: ann } = await openInbox(t, "Ann");
  const { page: ben } = await openInbox(t, "Ben");
  await openConversation(ann, id);
  await row(ben, id).waitFor();
  await ann.getByRole("button", { name: "Close", exact: true }).click();
  await ann.getByRole("button", { name: "Resolved", exact: true }).click();
  await ann.getByRole("button", { name: "Reopen" }).waitFor();
  await ann.getByText("Closed as resolved by an agent").waitFor();
  assert.equal((await visitor.getSession(id)).status, "closed_resolved");
  await row(ben, id).waitFor({ state: "detached" });
  await row(ann, id).getByText("Resolved").waitFor();

  await ben.getByRole("button", { name: "Closed" }).click();
  await row(ben, id).waitFor();
  await ann.getByRole("button", { name: "Reopen" }).click();
  await ann.getByRole("button", { name: "Close", exact: true }).waitFor();
  assert.equal((await visitor.getSession(id)).status, "open");
  await row(ben, id).waitFor({ state: "detached" });

  await ann.getByRole("button", { name: "Close", exact: true }).click();
  await ann.getByRole("button", { name: "Not resolved" }).click();
  await ann.getByText("Closed as not resolved").waitFor();
  await visitor.sendMessage(id, { text: "One more thing" });
  await ann.getByText("Reopened by Clo").waitFor();
  await ann.getByRole("button", { name: "Close", exact: true }).waitFor();
});

test("a conversation is not closed over a message that was not seen", async (t) => {
  const { visitor, id } = await newConversation({ name: "Race" });
  const { page } = await openInbox(t, "Ann", { isChecked: false });
  await openConversation(page, id);
  // The message is stored while the request to close is on its way.
  let isWritten = false;
  await page.route(`**/chat/sessions/${id}`, async (route) => {
    if (route.request().method() === "PATCH" && !isWritten) {
      isWritten = true;
      await visitor.sendMessage(id, { text: "Wait!" });
    }
    await route.continue();
  });
  await page.getByRole("button", { name: "Close", exact: true }).click();
  await page.getByRole("button", { name: "Resolved", exact: true }).click();
  await page.getByText("The visitor has written meanwhile").waitFor();
  assert.equal((await visitor.getSession(id)).status, "open");
  await bubble(page, "Wait!").waitFor();
});

test("who it is with: verified and not verified are never mistaken", async (t) => {
  const contact = { email: "real@example.com", name: "Real Rita", custom_data: { plan: "pro" } };
  const request = { contact, verified: true, custom_data: { order_id: "ord_7" } };
  const { id: real } = await server.createSession({ channel: { type: "web" }, ...request });
  await server.sendMessage(real, { sender: "contact", text: "It is me" });
  const { id: claim } = await newConversation({
    contact: { email: "real@example.com", name: "Claiming Carl", custom_data: { plan: "vip" } },
  });
  const { page } = await openInbox(t);
  const details = page.locator("#details");
  await openConversation(page, real);
  await page.locator("#facts").getByText("Verified", { exact: true }).waitFor();
  await page.getByRole("heading", { name: "Real Rita" }).waitFor();
  await details.getByText("Your server vouched").waitFor();
  await details.getByText("ord_7").waitFor();
  assert.equal(await row(page, real).getByText("not verified").count(), 0);

  await openConversation(page, claim);
  await page.locator("#facts").getByText("Not verified", { exact: true }).waitFor();
  await page.getByRole("heading", { name: "Claiming Carl" }).waitFor();
  await details.getByText("Anyone can type any name and email").waitFor();
  await row(page, claim).getByText("not verified").waitFor();
  const sections = await details.locator("section").allInnerTexts();
  assert.match(
    sections[0],
    /Typed by the visitor[^]*not verified[^]*Claiming Carl[^]*real@example.com[^]*vip/,
  );
  assert.match(sections[1], /On file for this email[^]*perhaps somebody else[^]*Real Rita[^]*pro/);
});

test("numbers are shown with all their digits", async (t) => {
  const created = await fetch(`${runtime.baseUrl}/chat/sessions`, {
    method: "POST",
    headers: {
      Authorization: `Bearer ${runtime.keys.secret}`,
      "Content-Type": "application/json",
    },
    body: '{"custom_data":{"order":9007199254740993,"share":0.5}}',
  });
  const { id } = await created.json();
  await server.sendMessage(id, { sender: "contact", text: "Where is it?" });
  const { page } = await openInbox(t);
  await openConversation(page, id);
  const details = page.locator("#details");
  await details.getByText("9007199254740993", { exact: true }).waitFor();
  await details.getByText("0.5", { exact: true }).waitFor();
});

test("an agent takes over from a bot with the next answer, or leaves it to the bot", async (t) => {
  const { visitor, id } = await newConversation({ name: "Botty" });
  await server.sendMessage(id, { sender: "ai", agent: { name: "Helper" }, text: "I am a bot" });
  const { page } = await openInbox(t);
  await openConversation(page, id);
  await page.getByText("Answered by Helper").waitFor();
  const box = page.getByLabel("Take over from Helper");
  assert.equal(await box.isChecked(), true);
  await box.uncheck();
  await answer(page, "A hint from a person");
  await bubble(page, "A hint from a person").waitFor();
  assert.equal((await visitor.getSession(id)).assignee.type, "ai");

  await box.check();
  await answer(page, "I am here now");
  await page.getByText("Answered by you").waitFor();
  await page.getByText("You answer from here on").waitFor();
  await box.waitFor({ state: "hidden" });
  const { assignee } = await visitor.getSession(id);
  assert.deepEqual([assignee.type, assignee.id, assignee.name], ["human", "ann", "Ann"]);
});

test("earlier messages come on demand, in order, and what is read stays in place", async (t) => {
  const { id } = await newConversation({ name: "Old", texts: [] });
  for (let n = 1; n <= 130; n += 1)
    await server.sendMessage(id, { sender: "contact", text: `${n}.` });
  const { page } = await openInbox(t);
  await openConversation(page, id);
  await bubble(page, /^130\.$/).waitFor();
  assert.equal(await page.locator("#entries .message").count(), 50);
  const inView = () =>
    page.evaluate(() => {
      const { top } = document.getElementById("timeline").getBoundingClientRect();
      return [...document.querySelectorAll("#entries .bubble")].find(
        (each) => each.getBoundingClientRect().top > top,
      ).textContent;
    });
  await page.locator("#timeline").focus();
  await page.keyboard.press("Home");
  await page.waitForFunction(() => document.querySelectorAll("#entries .message").length === 100);
  assert.match(await inView(), /^8\d\.$/);
  // Not by Playwright's click: it scrolls there first, which asks for them as well.
  const earlier = page.getByRole("button", { name: "Earlier messages" });
  await earlier.evaluate((button) => button.click());
  await page.waitForFunction(() => document.querySelectorAll("#entries .message").length === 130);
  await earlier.waitFor({ state: "hidden" });
  const texts = await page.locator("#entries .bubble:not(.dots)").allTextContents();
  assert.deepEqual(
    texts,
    Array.from({ length: 130 }, (_, index) => `${index + 1}.`),
  );

  // New ones do not move the view of somebody who reads: a button leads to them.
  await page.keyboard.press("Home");
  await server.sendMessage(id, { sender: "contact", text: "Newest" });
  await page.getByRole("button", { name: "New messages" }).click();
  await bubble(page, "Newest").waitFor();
});

test("a message that is redacted goes from the page", async (t) => {
  const { id } = await newConversation({ name: "Red", texts: ["my card is 4111"] });
  const { page } = await openInbox(t);
  await openConversation(page, id);
  const { items } = await server.history(id);
  const path = `${runtime.baseUrl}/chat/sessions/${id}/messages/${items[0].id}/redact`;
  const headers = { Authorization: `Bearer ${runtime.keys.secret}` };
  await fetch(path, { method: "POST", headers });
  await page.getByText("This message was removed.").waitFor();
  await page.getByText("4111").waitFor({ state: "detached" });
});

test("a conversation that does not exist, or is deleted, is told", async (t) => {
  const { page } = await openInbox(t, "Ann", { isChecked: false });
  await page.evaluate(() => (location.hash = `#/conversations/${crypto.randomUUID()}`));
  await page.getByText("This conversation does not exist").waitFor();
  const { id } = await newConversation({ name: "Gone" });
  await row(page, id).click();
  await page.locator("#entries .bubble").first().waitFor();
  await server.deleteSession(id);
  await page.getByText("This conversation does not exist").waitFor();
  await row(page, id).waitFor({ state: "detached" });
});
