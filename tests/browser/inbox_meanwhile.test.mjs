// The inbox while the agent is elsewhere: in another conversation, or without a connection.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  answer,
  assertAccessible,
  newConversation,
  openConversation,
  openInbox,
  row,
  runtime,
  server,
} from "../support/inbox.mjs";

const isSignedOut = (page) => page.getByText("has expired, or was revoked").waitFor();

/** Holds the requests of a page that match, until the function that it returns is called. */
async function hold(page, pattern, method) {
  let release;
  const released = new Promise((resolve) => (release = resolve));
  let arrive;
  const arrived = new Promise((resolve) => (arrive = resolve));
  await page.route(pattern, async (route) => {
    if (route.request().method() !== method) return route.fallback();
    arrive();
    await released;
    return route.fallback();
  });
  return { arrived, release };
}

async function closeAsResolved(page) {
  await page.getByRole("button", { name: "Close", exact: true }).click();
  await page.getByRole("button", { name: "Resolved", exact: true }).click();
}

test("a conversation that is left while it is closed is closed all the same", async (t) => {
  const a = await newConversation({ name: "Left" });
  const b = await newConversation({ name: "Next" });
  const { page } = await openInbox(t);
  await openConversation(page, a.id);
  const { arrived, release } = await hold(page, `**/chat/sessions/${a.id}`, "GET");
  await closeAsResolved(page);
  await arrived;
  await openConversation(page, b.id);
  const close = page.getByRole("button", { name: "Close", exact: true });
  assert.equal(await close.getAttribute("aria-disabled"), "false", "the other one can be closed");
  // An entry that the page does not follow any more.
  const agent = { id: "ann", name: "Ann" };
  await server.sendMessage(a.id, { sender: "agent", agent, text: "Goodbye" });
  release();
  await page.locator("#announcer", { hasText: "Closed" }).waitFor({ state: "attached" });
  assert.equal((await server.getSession(a.id)).status, "closed_resolved");
  assert.equal((await server.getSession(b.id)).status, "open");
  assert.equal(await page.locator("#elsewhere").textContent(), "");
});

test("why a conversation that was left is not closed is told with its ticket", async (t) => {
  const a = await newConversation({ name: "Wrote" });
  const b = await newConversation({ name: "Other" });
  const { page } = await openInbox(t);
  const { ticket_number } = await server.getSession(a.id);
  await openConversation(page, a.id);
  const { arrived, release } = await hold(page, `**/chat/sessions/${a.id}`, "GET");
  await closeAsResolved(page);
  await arrived;
  await openConversation(page, b.id);
  await a.visitor.sendMessage(a.id, { text: "Wait!" });
  release();
  const notice = page.getByRole("alert").filter({ hasText: `#${ticket_number}: The visitor` });
  await notice.waitFor();
  assert.equal(await page.locator("#notice").textContent(), "");
  assert.equal((await server.getSession(a.id)).status, "open");
  await page.getByRole("link", { name: `Open #${ticket_number}` }).click();
  await page.locator("#entries .bubble", { hasText: "Wait!" }).waitFor();
  assert.equal(await notice.count(), 0);
});

test("the question before a close goes with its conversation, and with the sign-in", async (t) => {
  const a = await newConversation({ name: "Before" });
  const b = await newConversation({ name: "Asked" });
  const { page } = await openInbox(t, "Dora", { isChecked: false });
  const dialog = page.locator("#close-dialog");
  await openConversation(page, a.id);
  await openConversation(page, b.id);
  await page.getByRole("button", { name: "Close", exact: true }).click();
  await dialog.waitFor();
  await page.goBack();
  await page.getByRole("heading", { name: "Before" }).waitFor();
  assert.equal(await dialog.isVisible(), false);
  for (const { id } of [a, b]) assert.equal((await server.getSession(id)).status, "open");

  await page.getByRole("button", { name: "Close", exact: true }).click();
  await dialog.waitFor();
  await server.revokeAgentTokens("dora");
  await page.evaluate(() => document.querySelector("[data-status=closed]").click());
  await isSignedOut(page);
  assert.equal(await dialog.isVisible(), false);
});

test("a conversation is not closed before its status is known", async (t) => {
  const a = await newConversation({ name: "Known" });
  const closed = await newConversation({ name: "Unknown" });
  await server.updateSession(closed.id, { status: "closed_resolved" });
  const { page } = await openInbox(t);
  await openConversation(page, a.id);
  const { arrived, release } = await hold(page, `**/chat/sessions/${closed.id}/history*`, "GET");
  await page.evaluate((id) => (location.hash = `#/conversations/${id}`), closed.id);
  await arrived;
  await page.keyboard.press("e");
  assert.equal(await page.locator("#close-dialog").isVisible(), false);
  assert.equal(await page.locator("#status-action").isVisible(), false);
  release();
  await page.getByRole("button", { name: "Reopen" }).waitFor();
});

test("an answer that is rejected after its conversation was left is told", async (t) => {
  const a = await newConversation({ name: "Rejected" });
  const b = await newConversation({ name: "Beside" });
  const { page } = await openInbox(t, "Ann", { isChecked: false });
  const { ticket_number } = await server.getSession(a.id);
  await openConversation(page, a.id);
  const messages = `**/chat/sessions/${a.id}/send`;
  // Too long for the service. The page itself sends none that is.
  const message = { text: "x".repeat(8_001) };
  await page.route(messages, (route) =>
    route.continue({ postData: { ...route.request().postDataJSON(), message } }),
  );
  const { arrived, release } = await hold(page, messages, "POST");
  await answer(page, "One more");
  await arrived;
  await openConversation(page, b.id);
  release();
  const why = `#${ticket_number}: Not sent: it must be at most 8000 characters long`;
  await page.getByRole("alert").filter({ hasText: why }).waitFor();
  await row(page, a.id).getByText("Not sent").waitFor();
  await assertAccessible(page, "a notice");
  await page.getByRole("button", { name: "Dismiss" }).click();
  assert.equal(await page.locator("#elsewhere").textContent(), "");

  await row(page, a.id).click();
  await page.getByRole("button", { name: "Edit" }).click();
  await row(page, a.id).getByText("Draft").waitFor();
  assert.equal(await row(page, a.id).getByText("Not sent").count(), 0);
});

test("a page of the list does not bring back what was closed after it was read", async (t) => {
  const stays = await newConversation({ name: "Stays" });
  const goes = await newConversation({ name: "Goes" });
  const { page } = await openInbox(t);
  await row(page, goes.id).waitFor();
  await page.waitForFunction(() => document.title.startsWith("("));
  const title = await page.title();
  await page.getByRole("button", { name: "Closed" }).click();
  await row(page, goes.id).waitFor({ state: "detached" });

  let release;
  const released = new Promise((resolve) => (release = resolve));
  let arrive;
  const arrived = new Promise((resolve) => (arrive = resolve));
  await page.route(/\/chat\/sessions\?(?=.*status=open)(?!.*unread)/, async (route) => {
    const response = await route.fetch();
    arrive();
    await released;
    await route.fulfill({ response });
  });
  await page.getByRole("button", { name: "Open", exact: true }).click();
  await arrived;
  await server.updateSession(goes.id, { status: "closed_resolved" });
  await page.waitForFunction((before) => document.title !== before, title);
  release();
  await row(page, stays.id).waitFor();
  assert.equal(await row(page, goes.id).count(), 0);
});

test("what another agent has read without a connection is not unread any more", async (t) => {
  const { id } = await newConversation({ name: "Read" });
  const { id: unread } = await newConversation({ name: "Unread" });
  // The list of what has changed reaches back a little.
  const longAgo = Date.now() - 600_000;
  const set = "UPDATE sessions SET updated_at_ms = ?1 WHERE id IN (?2, ?3)";
  await runtime.execute(set, longAgo, id, unread);
  const { page } = await openInbox(t, "Ann", { isChecked: false });
  await row(page, id).locator(".count").waitFor();
  await page.waitForFunction(() => document.title.startsWith("("));
  const title = await page.title();
  await page.context().setOffline(true);
  await page.getByText("No connection").waitFor();
  await server.markRead(id, 1);
  await page.context().setOffline(false);
  await row(page, id).locator(".count").waitFor({ state: "detached" });
  await row(page, unread).locator(".count").waitFor();
  assert.notEqual(await page.title(), title);
});
