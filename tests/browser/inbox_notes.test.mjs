// Notes among agents, and the search, in the inbox.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  bubble,
  focused,
  newConversation,
  openConversation,
  openInbox,
  row,
  runtime,
  server,
  untilListed,
} from "../support/inbox.mjs";
import { until } from "../support/runtime.mjs";

test("a note is seen by agents, at its place, and never by the visitor", async (t) => {
  const { visitor, id } = await newConversation({ name: "Nota" });
  const received = [];
  const subscription = visitor.subscribe(id, {
    onMessage: (entry) => received.push(entry),
    onSession: (session, entry) => received.push(session, entry),
    onTyping: (typing) => received.push(typing),
  });
  t.after(() => subscription.close());
  const { page: ann } = await openInbox(t, "Ann");
  const { page: ben } = await openInbox(t, "Ben");
  await openConversation(ann, id);
  await openConversation(ben, id);

  await ann.getByRole("button", { name: "Note", exact: true }).click();
  await ann.getByText("Only agents see notes.").waitFor();
  assert.equal(await focused(ann), "text");
  await ann.keyboard.type("Refund approved, see https://erp.example.com/7");
  await ann.getByRole("button", { name: "Add note" }).click();
  for (const page of [ann, ben]) await bubble(page, "Refund approved").waitFor();
  assert.equal(await ann.locator(".note .bubble").count(), 1);
  await ann.getByText("Note · You").waitFor();
  await ben.getByText("Note · Ann").waitFor();
  // The next thing typed is for the visitor again, and marked so.
  await ann.getByRole("button", { name: "Send" }).waitFor();
  await ann.locator("#text").fill("Done!");
  await ann.keyboard.press("Control+Enter");
  await bubble(ann, "Done!").waitFor();
  await until(() => received.some((entry) => entry?.event?.content?.text === "Done!"));
  const { items } = await visitor.history(id);
  assert.deepEqual(
    items.map(({ event }) => event.type),
    ["message", "internal", "message"],
  );
  const seen = JSON.stringify([received, items, await visitor.getSession(id)]);
  assert.ok(seen.includes("Done!"));
  assert.ok(!/Refund|erp\.example/.test(seen), seen);
  assert.ok(!runtime.lines.join("\n").includes("Refund"));

  await ann.reload();
  await bubble(ann, "Refund approved").waitFor();
  await row(ann, id).getByText("Done!").waitFor();
});

test("nobody is told that a note is typed; what is half typed is kept apart", async (t) => {
  const { visitor, id } = await newConversation({ name: "Quiet" });
  const typing = [];
  const subscription = visitor.subscribe(id, { onTyping: (each) => typing.push(each) });
  t.after(() => subscription.close());
  const { page } = await openInbox(t);
  await openConversation(page, id);
  await page.locator("#text").press("Escape");
  await page.keyboard.press("n");
  await page.keyboard.type("half a note");
  await page.waitForTimeout(500);
  assert.deepEqual(typing, []);
  await page.keyboard.press("Escape");
  await page.keyboard.press("r");
  assert.equal(await page.locator("#text").inputValue(), "");
  await page.keyboard.type("half an answer");
  await page.keyboard.press("Escape");
  await page.keyboard.press("n");
  assert.equal(await page.locator("#text").inputValue(), "half a note");
  await page.keyboard.press("Control+Enter");
  await bubble(page, "half a note").waitFor();
  assert.equal(await page.locator("#text").inputValue(), "half an answer");
});

test("search finds by email and by ticket number, closed and silent conversations too", async (t) => {
  const contact = { email: "seek@example.com", name: "Seek" };
  const { id: silent } = await server.createSession({ contact });
  const { id: closed } = await server.createSession({ contact, verified: true });
  await server.sendMessage(closed, { sender: "contact", text: "Long ago" });
  await server.updateSession(closed, { status: "closed_resolved" });
  const other = await newConversation({ name: "Other" });
  const { ticket_number } = await server.getSession(closed);

  // An email that is none is the service's to refuse, which the console tells.
  const { page } = await openInbox(t, "Ann", { isChecked: false });
  await row(page, other.id).waitFor();
  await page.keyboard.press("/");
  await page.keyboard.type("  Seek@Example.com ");
  await page.keyboard.press("Enter");
  await page.getByText("Conversations of Seek@Example.com").waitFor();
  await untilListed(page, [closed, silent]);
  await row(page, silent).getByText("not verified").waitFor();
  await row(page, silent).getByText("No message yet").waitFor();

  // It is live, and a message does not bring others in.
  await server.sendMessage(silent, { sender: "contact", text: "Now I write" });
  await row(page, silent).getByText("Now I write").waitFor();
  await untilListed(page, [closed, silent]);

  await page.getByLabel("Search by email").fill(`#${ticket_number}`);
  await page.keyboard.press("Enter");
  await untilListed(page, [closed]);
  await row(page, closed).click();
  await bubble(page, "Long ago").waitFor();
  await untilListed(page, [closed]);

  await page.getByLabel("Search by email").fill("nobody@example.com");
  await page.keyboard.press("Enter");
  await page.getByText("Nothing found.").waitFor();
  await page.getByLabel("Search by email").fill("a@b@c");
  await page.keyboard.press("Enter");
  await page.getByText("Nothing to look for: email must be an email address").waitFor();
  await page.getByRole("button", { name: "Clear search" }).click();
  await row(page, other.id).waitFor();
  assert.equal(await focused(page), "search-text");
});
