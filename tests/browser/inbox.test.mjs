// The inbox: who signs in, and the list that they work from.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  answer,
  newAgent,
  newConversation,
  openConversation,
  openInbox,
  row,
  runtime,
  server,
  textsOf,
  untilListed,
} from "../support/inbox.mjs";
import { until } from "../support/runtime.mjs";

/** Closes what other tests have opened, so that a list has only a test's own sessions. */
async function closeAll() {
  let items;
  do {
    ({ items } = await server.listSessions({ status: "open", limit: 100 }));
    await Promise.all(items.map(({ id }) => server.deleteSession(id)));
  } while (items.length > 0);
}

test("a sign-in link signs in, and the token is in this tab's storage only", async (t) => {
  const { page, requests, token } = await openInbox(t);
  await page.getByText("Ann", { exact: true }).waitFor();
  await page.getByText("acme", { exact: true }).waitFor();
  assert.equal(page.url(), `${runtime.baseUrl}/inbox`);
  await page.locator("#list-end, #list li").first().waitFor({ state: "attached" });
  assert.ok(requests.length > 0);
  const withToken = requests.filter((request) => request.url().includes(token.slice(-20)));
  assert.deepEqual(withToken.map(String), []);
  const places = await page.evaluate(async () => ({
    local: JSON.stringify(Object.entries(localStorage)),
    cookie: document.cookie,
    databases: (await indexedDB.databases()).length,
    history: JSON.stringify(history.state),
    text: document.documentElement.outerHTML,
  }));
  assert.ok(!JSON.stringify(places).includes(token.slice(-20)));
  assert.ok(!runtime.lines.join("\n").includes(token.slice(-20)), "nor in the service's log");

  await page.reload();
  await page.getByText("Ann", { exact: true }).waitFor();

  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByText("You are signed out.").waitFor();
  assert.equal(await page.evaluate(() => sessionStorage.length), 0);
  await page.reload();
  await page.getByText("You are not signed in.").waitFor();
});

test("a link can be pasted, and another one opened in the same tab", async (t) => {
  const { page } = await openInbox(t, "Ann", { hash: "" });
  await page.getByText("You are not signed in.").waitFor();
  const field = page.getByLabel("Sign-in link");
  await field.fill("ann");
  await field.press("Enter");
  await page.getByText("Paste the whole link").waitFor();
  await field.fill(`${runtime.baseUrl}/inbox#token=${await newAgent("Ann")}`);
  await field.press("Enter");
  await page.getByText("Ann", { exact: true }).waitFor();

  await page.goto(`${runtime.baseUrl}/inbox#token=${await newAgent("Ben")}`);
  await page.getByText("Ben", { exact: true }).waitFor();
  assert.equal(page.url(), `${runtime.baseUrl}/inbox`);
});

test("signing out leaves nothing behind of what was on its way", async (t) => {
  const { id } = await newConversation({ name: "Leave" });
  const { page } = await openInbox(t, "Ann", { isChecked: false });
  await openConversation(page, id);
  // Stored, but not in this conversation: it leaves the outbox when that is closed.
  const other = await newConversation({ name: "Else" });
  let count = 0;
  await page.route(`**/chat/sessions/${id}/send`, async (route) => {
    count += 1;
    if (count > 1) return route.abort();
    const url = route.request().url().replace(id, other.id);
    return route.fulfill({ response: await route.fetch({ url }) });
  });
  await answer(page, "Answered");
  await answer(page, "Not sent");
  await page.waitForFunction(() =>
    Object.values(sessionStorage).some((value) => value.includes('"state":"waiting"')),
  );
  assert.ok(count > 1);
  page.removeAllListeners("dialog");
  page.on("dialog", (dialog) => dialog.accept());
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByText("You are signed out.").waitFor();
  assert.deepEqual(await page.evaluate(() => Object.entries(sessionStorage)), []);
});

test("an inbox whose code cannot be loaded says so, and can be tried again", async (t) => {
  const { id } = await newConversation({ name: "Code" });
  const { page, errors } = await openInbox(t, "Ann", { isChecked: false });
  await row(page, id).waitFor();
  await page.route("**/pkg/index.js", (route) => route.abort());
  await page.reload();
  await page.getByRole("alert").filter({ hasText: "The inbox cannot be loaded" }).waitFor();
  assert.deepEqual(
    errors.filter((error) => !error.includes("ERR_FAILED")),
    [],
  );
  await page.unroute("**/pkg/index.js");
  await page.getByRole("button", { name: "Try again" }).click();
  await row(page, id).waitFor();
});

test("an expired link says so, how to get a new one, and keeps what was typed", async (t) => {
  const { visitor, id } = await newConversation({ name: "Expiry" });
  const token = await newAgent("Ann", { expires_in: 6 });
  const { page } = await openInbox(t, "Ann", { token, isChecked: false });
  await openConversation(page, id);
  await page.context().setOffline(true);
  await answer(page, "Written offline");
  await page.locator("#text").fill("Half an ans");
  await page.getByText("Your sign-in link has expired").waitFor();
  await page.getByText('make agent NAME="Ann"').waitFor();
  assert.equal(await page.evaluate(() => JSON.stringify(sessionStorage).includes("eyJ")), false);

  await page.context().setOffline(false);
  await page.getByLabel("Sign-in link").fill(await newAgent("Ann"));
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.locator("#entries .bubble").first().waitFor();
  assert.equal(await page.locator("#text").inputValue(), "Half an ans");
  await until(async () => (await textsOf(visitor, id)).length >= 2);
  assert.deepEqual(await textsOf(visitor, id), ["Hello", "Written offline"]);
  await page.waitForFunction(() => document.querySelectorAll("#entries .own").length === 1);
});

test("a revoked token signs out; a token of somebody else does not sign in", async (t) => {
  const { page } = await openInbox(t, "Rita", { isChecked: false });
  await page.getByText("Rita", { exact: true }).waitFor();
  await server.revokeAgentTokens("rita");
  // The next request, if the live list has not ended before.
  await page.evaluate(() => document.querySelector("[data-status=closed]").click());
  await page.getByText("has expired, or was revoked").waitFor();

  const { token } = await server.authenticateUser({ email: "contact@example.com" });
  await page.getByLabel("Sign-in link").fill(token);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("not an agent’s sign-in link").waitFor();
});

test("the latest message comes first, as it is written, for every agent", async (t) => {
  await closeAll();
  const first = await newConversation({ name: "First" });
  const second = await newConversation({ name: "Second" });
  const ann = await openInbox(t, "Ann");
  const ben = await openInbox(t, "Ben");
  for (const { page } of [ann, ben]) await untilListed(page, [second.id, first.id]);

  await first.visitor.sendMessage(first.id, { text: "Is anybody there?" });
  for (const { page } of [ann, ben]) {
    await untilListed(page, [first.id, second.id]);
    await row(page, first.id).getByText("Is anybody there?").waitFor();
    await row(page, first.id).getByText("2", { exact: true }).waitFor();
    await page.waitForFunction(() => document.title === "(2) Inbox");
  }
  const third = await newConversation({ name: "Third" });
  for (const { page } of [ann, ben]) await untilListed(page, [third.id, first.id, second.id]);
});

test("without a connection the page says so, and then has what came meanwhile", async (t) => {
  const { visitor, id } = await newConversation({ name: "Line" });
  const { page } = await openInbox(t, "Ann", { isChecked: false });
  await row(page, id).waitFor();
  await page.context().setOffline(true);
  await page.getByText("No connection").waitFor();
  await visitor.sendMessage(id, { text: "Meanwhile" });
  const opened = await newConversation({ name: "Meanwhile" });
  const closed = await newConversation({ name: "Done" });
  await server.updateSession(closed.id, { status: "closed_resolved" });
  await page.context().setOffline(false);
  await row(page, id).getByText("Meanwhile").waitFor();
  await row(page, opened.id).waitFor();
  await page.getByText("No connection").waitFor({ state: "detached" });
  assert.equal(await row(page, closed.id).count(), 0);
});

test("filters: open, closed, unread, mine, a channel", async (t) => {
  await closeAll();
  const mine = await newConversation({ name: "Mine" });
  await server.sendMessage(mine.id, {
    sender: "agent",
    agent: { id: "ann", name: "Ann" },
    text: "Hi",
  });
  const bens = await newConversation({ name: "Bens" });
  await server.sendMessage(bens.id, {
    sender: "agent",
    agent: { id: "ben", name: "Ben" },
    text: "Hi",
  });
  const { id: mail } = await server.createSession({ channel: { type: "email" } });
  await server.sendMessage(mail, { sender: "contact", text: "By mail" });
  const closed = await newConversation({ name: "Closed" });
  await server.updateSession(closed.id, { status: "closed_resolved" });
  const failed = await newConversation({ name: "Failed" });
  await server.updateSession(failed.id, { status: "closed_unresolved" });

  const { page } = await openInbox(t);
  const toggle = (name) => page.getByRole("button", { name }).click();
  await untilListed(page, [mail, bens.id, mine.id]);
  await toggle("Mine");
  await untilListed(page, [mine.id]);
  await toggle("Mine");
  await toggle("Unread");
  await untilListed(page, [mail]);
  await toggle("Unread");
  await page.getByLabel("Channel").selectOption("email");
  await untilListed(page, [mail]);
  await page.getByLabel("Channel").selectOption("");
  await toggle("Closed");
  await page.waitForFunction(() => document.querySelectorAll("#list li").length >= 2);
  const [first, second] = [failed.id, closed.id];
  await page.waitForFunction(
    ([first, second]) => {
      const tops = [first, second].map(
        (id) => document.querySelector(`[data-id="${id}"]`)?.getBoundingClientRect().top ?? NaN,
      );
      return tops[0] < tops[1];
    },
    [first, second],
  );

  // One that was read stays while it is open, and goes when it is left.
  await toggle("Open");
  await toggle("Unread");
  await openConversation(page, mail);
  await page.waitForFunction(() => document.querySelector("#list .count") === null);
  await untilListed(page, [mail]);
  await page.evaluate(() => (location.hash = "#/"));
  await page.getByText("No conversations here.").waitFor();
});
