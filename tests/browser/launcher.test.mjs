// The launcher on a page of another origin, in a real Chromium, and the real service: both
// sides of a conversation.

import assert from "node:assert/strict";
import { test } from "node:test";
import { eventually, openHost, server, sessions } from "../support/launcher_page.mjs";

test("a visitor and an agent write to each other, and see that they are read", async (t) => {
  const { page, errors, field, texts, open, write, dialog } = await openHost(t);
  await open();
  await field.waitFor();
  await write("Hello, is this lamp in stock?");
  const [session] = await eventually(sessions, (list) => list[0]?.last_seq === 1);
  await dialog
    .getByText(/\d:\d\d/)
    .first()
    .waitFor();
  assert.equal(session.last_message, "Hello, is this lamp in stock?");
  assert.equal(session.channel.type, "web");
  await server.markRead(session.id, 1);
  await dialog.getByText("Read", { exact: true }).waitFor();
  await server.showTyping(session.id);
  await dialog.locator(".typing").waitFor();
  const agent = { id: "b", name: "Ben" };
  await server.sendMessage(session.id, {
    sender: "agent",
    agent,
    text: "Yes: https://shop.example.com/lamp.",
  });
  await eventually(texts, (all) => all.length === 2);
  assert.deepEqual(await texts(), [
    "> Hello, is this lamp in stock?",
    "Yes: https://shop.example.com/lamp.",
  ]);
  const link = dialog.getByRole("link");
  assert.equal(await link.getAttribute("href"), "https://shop.example.com/lamp");
  assert.equal(await link.getAttribute("rel"), "noopener noreferrer nofollow");
  assert.equal(await dialog.locator(".typing").isVisible(), false);
  await eventually(
    () => server.getSession(session.id),
    ({ read }) => read.contact === 2,
  );
  assert.equal(await page.locator("chat-launcher").count(), 1);
  assert.deepEqual(errors, []);
});
