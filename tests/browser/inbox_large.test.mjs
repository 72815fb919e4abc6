// The inbox of an organization with ten thousand open conversations.

import assert from "node:assert/strict";
import { test } from "node:test";
import { assertAccessible, focused, openInbox, row, runtime, server } from "../support/inbox.mjs";

const count = 10_000;
/** The nth session in order of activity, 1 being the latest. */
const idOf = (n) => `01900000-0000-7000-8000-${String(n).padStart(12, "0")}`;

/** Stores the conversations; once, for all tests. */
let stored;
const store = () => (stored ??= insert());

async function insert() {
  await runtime.execute(
    `WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?1)
     INSERT INTO sessions (organization, id, channel, verified, custom_data, ticket_number,
       created_at_ms, updated_at_ms, last_seq, last_message, last_message_seq,
       last_message_at_ms, unread_by_agent)
     SELECT 'acme', printf('01900000-0000-7000-8000-%012d', n), 'web', 0, '{}', n,
       ?2 - n * 1000, ?2 - n * 1000, 1, 'Message ' || n, 1, ?2 - n * 1000, n % 2
     FROM numbers`,
    count,
    Date.now() - 60_000,
  );
  await runtime.execute(
    `INSERT INTO entries (organization, session_id, seq, id, event, author, text, created_at_ms)
     SELECT organization, id, 1, id, 'message', 'contact', last_message, created_at_ms
     FROM sessions`,
  );
}

test("10,000 open conversations: one page to begin with, and few elements to the very end", async (t) => {
  await store();
  const { page, requests } = await openInbox(t);
  await row(page, idOf(1)).waitFor();
  const pages = () => requests.filter((request) => /sort=activity/.test(request.url())).length;
  assert.ok(pages() <= 3, `${pages()} pages before the first row`);
  const elements = () => page.evaluate(() => document.querySelectorAll("*").length);
  const rows = () => page.locator("#list > li").count();
  const atFirst = await elements();
  await page.waitForFunction(() => document.title === "(100+) Inbox");

  let most = await rows();
  const loaded = () =>
    page.evaluate(() => {
      const scroller = document.getElementById("list-scroller");
      scroller.scrollTop = scroller.scrollHeight;
      const { height } = document.getElementById("list").style;
      return Math.round(
        Number.parseFloat(height) / document.querySelector("#list > li").offsetHeight,
      );
    });
  for (let now = 0; now < count; now = await loaded()) {
    most = Math.max(most, await rows());
    await page.waitForTimeout(20);
  }
  await row(page, idOf(count)).waitFor();
  assert.ok(most <= 40, `${most} rows`);
  assert.ok((await elements()) < atFirst + 500, `${await elements()} elements`);
  const last = page.locator(`#list > li[data-id="${idOf(count)}"]`);
  assert.equal(await last.getAttribute("aria-posinset"), String(count));
  assert.equal(await last.getAttribute("aria-setsize"), String(count));

  // Every one is there, once, in its place.
  for (const n of [9_000, 5_000, 1]) {
    await page.evaluate((n) => {
      const height = document.querySelector("#list > li").offsetHeight;
      document.getElementById("list-scroller").scrollTop = (n - 1) * height;
    }, n);
    await row(page, idOf(n)).waitFor();
    const item = page.locator(`#list > li[data-id="${idOf(n)}"]`);
    assert.equal(await item.getAttribute("aria-posinset"), String(n));
  }

  // The keyboard comes from one end to the other; the last one opens, and comes to the top.
  await page.keyboard.press("j");
  await page.keyboard.press("End");
  assert.equal(await focused(page), idOf(count));
  await page.keyboard.press("Enter");
  await page.locator("#entries .bubble", { hasText: `Message ${count}` }).waitFor();
  await server.sendMessage(idOf(count), { sender: "contact", text: "Still there" });
  await page.waitForFunction(
    (id) => document.querySelector(`#list > li[data-id="${id}"]`).ariaPosInSet === "1",
    idOf(count),
  );
  assert.equal(await focused(page), idOf(count), "it has the focus out of sight, too");
  await page.keyboard.press("Home");
  await page.keyboard.press("ArrowDown");
  assert.equal(await focused(page), idOf(1));
  await assertAccessible(page, "a long list");
});

test("what a person reads stays in place while others come to the top", async (t) => {
  await store();
  const { page } = await openInbox(t);
  await row(page, idOf(1)).waitFor();
  await page.evaluate(() => (document.getElementById("list-scroller").scrollTop = 2_000));
  const topOf = (id) => row(page, id).evaluate((link) => link.getBoundingClientRect().top);
  await row(page, idOf(26)).waitFor();
  const top = await topOf(idOf(26));
  for (const n of [9_001, 9_002, 9_003]) {
    await server.sendMessage(idOf(n), { sender: "contact", text: `Up ${n}` });
  }
  await page.waitForFunction(
    ([id, before]) =>
      Number(document.querySelector(`#list > li[data-id="${id}"]`).ariaPosInSet) === before,
    [idOf(26), 26 + 4],
  );
  assert.equal(await topOf(idOf(26)), top);
});

test("a filter that finds little looks on, and asks before it looks for long", async (t) => {
  await store();
  await runtime.execute(
    "UPDATE sessions SET assignee = 'human', assignee_id = 'ann', assignee_name = 'Ann' WHERE id = ?1",
    idOf(8_000),
  );
  const { page, requests } = await openInbox(t);
  await row(page, idOf(1)).waitFor();
  const before = requests.length;
  await page.getByRole("button", { name: "Mine" }).click();
  for (;;) {
    const more = page.getByRole("button", { name: "Look further back" });
    await more
      .or(row(page, idOf(8_000)))
      .first()
      .waitFor();
    if (await row(page, idOf(8_000)).isVisible()) break;
    await more.click();
  }
  assert.ok(requests.length - before <= 15, `${requests.length - before} requests`);
});

test("unread conversations are counted on when those counted first have been read", async (t) => {
  await store();
  const { page } = await openInbox(t);
  await row(page, idOf(1)).waitFor();
  await page.waitForFunction(() => document.title === "(100+) Inbox");
  const query = { sort: "activity", status: "open", unread: "agent", limit: 100 };
  const { items } = await server.listSessions(query);
  for (const { id, last_seq } of items) await server.markRead(id, last_seq);
  await row(page, items[0].id).locator(".count").waitFor({ state: "detached" });
  // By then all those reads have come.
  const last = items.at(-1).id;
  await server.sendMessage(last, { sender: "agent", agent: { name: "Ben" }, text: "All read" });
  await row(page, last).getByText("All read").waitFor();
  await page.waitForFunction(() => /^\(\d\d+\+\) Inbox$/.test(document.title));
});
