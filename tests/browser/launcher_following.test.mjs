// The launcher with several conversations: what is told to which, and that none of them is
// deaf, in a real Chromium with the real service.

import assert from "node:assert/strict";
import { test } from "node:test";
import { startLine } from "../support/line.mjs";
import {
  eventually,
  newestAfter,
  openHost,
  runtime,
  server,
  storedTexts,
} from "../support/launcher_page.mjs";

const agent = { id: "b", name: "Ben" };
const say = ({ id }, text) => server.sendMessage(id, { sender: "agent", agent, text });
const setCustomData = (page, values) =>
  page.evaluate((values) => document.querySelector("chat-launcher").setCustomData(values), values);
const dataOf = async ({ id }) => (await server.getSession(id)).custom_data;
const unread = (page) => page.evaluate(() => document.querySelector("chat-launcher").unread);

/** Records the messages of `chat:message`. */
const listen = (page) =>
  page.evaluate(() => {
    window.heard = [];
    document.addEventListener("chat:message", ({ detail }) =>
      window.heard.push(detail.entry.event.content.text),
    );
  });
const heard = (page) => page.evaluate(() => window.heard);

/** Opens the chat, and begins a conversation. */
async function begin(t, how) {
  const host = await openHost(t, how);
  await host.open();
  const session = await newestAfter(() => host.write("First"));
  await host.dialog.locator("time").first().waitFor();
  const press = (name) => host.dialog.getByRole("button", { name }).click();
  return { ...host, session, press };
}

test("behind the list, and behind a new conversation, an answer is heard of", async (t) => {
  const { page, dialog, session, press, open, write, texts, field } = await begin(t);
  await listen(page);
  await press("All conversations");
  await dialog.locator(".session").waitFor();
  await say(session, "On the list");
  await dialog.locator(".session .badge").waitFor();
  assert.match(`${await dialog.locator(".session").textContent()}`, /On the list/);
  await page.keyboard.press("Escape");
  await say(session, "Closed");
  await page.getByRole("button", { name: "Open chat. Unread messages: 2" }).waitFor();
  assert.deepEqual(await heard(page), ["On the list", "Closed"]);

  await open();
  assert.match(`${await dialog.locator(".session").textContent()}`, /Closed/);
  await press("New conversation");
  await field.waitFor();
  await say(session, "Behind a new one");
  await eventually(
    () => unread(page),
    (count) => count === 3,
  );
  const second = await newestAfter(() => write("Second"));
  assert.deepEqual(await storedTexts(second.id), ["Second"]);
  await say(session, "Behind it still");
  await eventually(
    () => unread(page),
    (count) => count === 4,
  );
  await press("All conversations");
  await dialog.locator(".session", { hasText: "Behind it still" }).click();
  await eventually(texts, (all) => all.length === 5);
  await eventually(
    () => unread(page),
    (count) => count === 0,
  );
});

test("the list is read again when it is opened", async (t) => {
  const { page, dialog, session, press, open, write } = await begin(t);
  for (const text of ["Second", "Third"]) {
    await press("All conversations");
    await press("New conversation");
    await newestAfter(() => write(text));
    await dialog.locator("time").first().waitFor();
  }
  await press("All conversations");
  await eventually(
    () => dialog.locator(".session").count(),
    (count) => count === 3,
  );
  await page.keyboard.press("Escape");
  await say(session, "In one that is not followed");
  await open();
  await dialog.getByText("In one that is not followed").waitFor();
});

test("a new conversation is a new one, also before the list is there", async (t) => {
  const { page, press, write, session } = await begin(t);
  await page.route("**/chat/sessions?*", () => {});
  await press("All conversations");
  await press("New conversation");
  const second = await newestAfter(() => write("Second"));
  assert.deepEqual(await storedTexts(session.id), ["First"]);
  assert.deepEqual(await storedTexts(second.id), ["Second"]);
});

test("attributes are told to each session", async (t) => {
  const { page, dialog, session, press, write, texts } = await begin(t);
  await setCustomData(page, { plan: "gold" });
  await press("All conversations");
  await press("New conversation");
  const second = await newestAfter(() => write("Second"));
  assert.deepEqual(await dataOf(second), { plan: "gold" });
  await dialog.locator("time").first().waitFor();
  await press("All conversations");
  await dialog.locator(".session", { hasText: "First" }).click();
  await eventually(texts, (all) => all.join() === "> First");
  await write("Again");
  await eventually(
    () => dataOf(session),
    ({ plan }) => plan === "gold",
  );
});

test("attributes of a tab whose conversation another one has begun", async (t) => {
  const one = await openHost(t);
  const two = await openHost(t, { context: one.context });
  await Promise.all([one.open(), two.open()]);
  await Promise.all([one.field.waitFor(), two.field.waitFor()]);
  await setCustomData(two.page, { tab: "two" });
  const session = await newestAfter(() => one.write("From one"));
  await two.write("From two");
  await eventually(
    () => dataOf(session),
    ({ tab }) => tab === "two",
  );
  assert.deepEqual(await storedTexts(session.id), ["From one", "From two"]);
});

test("a first message whose answer is lost is retried as it was, whatever the page says", async (t) => {
  const { page, field, open, write, texts } = await openHost(t);
  await open();
  await field.waitFor();
  await setCustomData(page, { page: "/before" });
  const create = (url) => url.pathname === "/chat/sessions";
  let isLost = () => {};
  const lost = new Promise((resolve) => (isLost = () => resolve(undefined)));
  await page.route(create, async (route) => {
    await route.fetch().catch(() => {});
    await route.abort().catch(() => {});
    isLost();
  });
  const session = await newestAfter(async () => {
    await write("Once");
    await lost;
    await page.unroute(create);
    // The next page has other attributes.
    await page.reload();
    await eventually(texts, (all) => all.join() === "> Once");
  });
  assert.deepEqual(await storedTexts(session.id), ["Once"]);
  assert.deepEqual(await dataOf(session), { page: "/before" });
});

test("what was read elsewhere during an outage is not counted after it", async (t) => {
  const line = await startLine(runtime.baseUrl);
  t.after(() => line.close());
  const one = await begin(t);
  const two = await openHost(t, { context: one.context, from: line.baseUrl });
  await two.open();
  await listen(two.page);
  await eventually(two.texts, (all) => all.length === 1);
  for (const host of [one, two]) await host.page.keyboard.press("Escape");
  await say(one.session, "Hi");
  await eventually(
    () => unread(two.page),
    (count) => count === 1,
  );
  line.down();
  await one.open();
  await eventually(
    () => server.getSession(one.session.id),
    (session) => session.unread.contact === 0,
  );
  await one.page.keyboard.press("Escape");
  await say(one.session, "And this is new");
  line.down(false);
  await two.page.evaluate(() => dispatchEvent(new Event("online")));
  await eventually(
    () => heard(two.page),
    (all) => all.includes("And this is new"),
  );
  assert.equal(await unread(two.page), 1);
});

test("a session that is gone takes no draft with it", async (t) => {
  const { page, session, field, write, texts } = await begin(t);
  let release = () => {};
  const held = new Promise((resolve) => (release = () => resolve(undefined)));
  await page.route("**/send", async (route) => {
    await held;
    await route.continue();
  });
  await write("Still here?");
  await field.fill("And a draft");
  await server.deleteSession(session.id);
  const second = await newestAfter(() => release());
  assert.deepEqual(await storedTexts(second.id), ["Still here?"]);
  await eventually(texts, (all) => all.join() === "> Still here?");
  assert.equal(await field.inputValue(), "And a draft");
});
