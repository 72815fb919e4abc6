// The launcher where people log in and out, on time and late, in a real Chromium with the
// real service: nobody writes or reads as somebody else, and nothing typed is lost.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  eventually,
  newestAfter,
  openHost,
  server,
  storedTexts,
} from "../support/launcher_page.mjs";

const tokenOf = async (email) => (await server.authenticateUser({ email, name: email })).token;
const call = (page, name, ...values) =>
  page.evaluate(
    ([name, values]) => document.querySelector("chat-launcher")[name](...values),
    [name, values],
  );
const stored = (page) =>
  page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]));
/** Identifies by a function that waits for `window.answer`. */
const identifyLate = (page) =>
  page.evaluate(() => {
    const late = new Promise((resolve) => (window.answer = resolve));
    document.querySelector("chat-launcher").identify(() => late);
  });
const answer = (page, token) => page.evaluate((token) => window.answer(token), token);

/** Opens a page with Ann, who has written, and has a draft. */
async function openAsAnn(t, email) {
  const host = await openHost(t);
  await host.button.waitFor();
  await call(host.page, "identify", await tokenOf(email));
  await host.open();
  const session = await newestAfter(() => host.write("As Ann"));
  await host.dialog.locator("time").first().waitFor();
  await host.field.fill("Ann's draft");
  return { ...host, session };
}

test("a token that cannot be fetched takes neither draft nor message", async (t) => {
  const { page, dialog, field, write, texts, session } = await openAsAnn(t, "ann1@example.com");
  await page.route("**/send", (route) => route.abort());
  await write("Not sent");
  await field.fill("Ann's draft");
  await page.evaluate(
    (token) => {
      let calls = 0;
      document.querySelector("chat-launcher").identify(async () => {
        calls += 1;
        if (calls === 1) throw new TypeError("Failed to fetch");
        return token;
      });
    },
    await tokenOf("ann1@example.com"),
  );
  await dialog.getByText("Something went wrong.").waitFor();
  assert.match(await stored(page), /Ann's draft/);
  await page.unroute("**/send");
  await dialog.getByRole("button", { name: "Try again" }).click();
  await eventually(texts, (all) => all.join() === "> As Ann,> Not sent");
  assert.equal(await field.inputValue(), "Ann's draft");
  await eventually(
    () => storedTexts(session.id),
    (all) => all.join() === "As Ann,Not sent",
  );
});

test("until the next one's token is there, nobody writes as the last one", async (t) => {
  const { page, dialog, field, texts } = await openAsAnn(t, "ann2@example.com");
  await identifyLate(page);
  await dialog.getByText("Loading …").waitFor();
  assert.equal(await field.isVisible(), false);
  assert.equal(await dialog.getByRole("button", { name: "All conversations" }).isVisible(), false);
  await answer(page, await tokenOf("bob2@example.com"));
  await eventually(texts, (all) => all.length === 0);
  await field.waitFor();
  assert.equal(await field.inputValue(), "");
  assert.doesNotMatch(await stored(page), /Ann/);

  // A newer token of the same person covers it for so long, and leaves the focus.
  await field.fill("Bob's draft");
  await identifyLate(page);
  await field.waitFor({ state: "hidden" });
  await answer(page, await tokenOf("bob2@example.com"));
  await field.waitFor();
  assert.equal(await field.inputValue(), "Bob's draft");
  await page.keyboard.type(" goes on");
  assert.equal(await field.inputValue(), "Bob's draft goes on");
});

test("an element that is removed while a token is awaited stays quiet", async (t) => {
  const { page, requests } = await openAsAnn(t, "ann3@example.com");
  await identifyLate(page);
  await page.evaluate(() => document.querySelector("chat-launcher").remove());
  const before = requests.length;
  await answer(page, await tokenOf("bob3@example.com"));
  await page.waitForTimeout(500);
  assert.deepEqual(
    requests.slice(before).map((request) => request.url()),
    [],
  );
});

test("a log-out on a page where the chat was not opened removes what was left", async (t) => {
  const { page, button } = await openAsAnn(t, "ann4@example.com");
  await page.evaluate(() => {
    const names = Object.keys(sessionStorage).filter((name) => !name.endsWith(".drafts"));
    for (const name of names) sessionStorage.removeItem(name);
  });
  await page.reload();
  await button.waitFor();
  assert.match(await stored(page), /Ann's draft/);
  await call(page, "logout");
  assert.doesNotMatch(await stored(page), /Ann/);
});

test("attributes are removed by null, and are not another person's", async (t) => {
  const { page, button, open, write, dialog } = await openHost(t);
  await button.waitFor();
  const dataOf = async ({ id }) => (await server.getSession(id)).custom_data;
  await call(page, "setCustomData", { plan: "gold", page: "/lamps", gone: 1 });
  await page.evaluate(() =>
    document.querySelector("chat-launcher").setCustomData({ page: null, gone: undefined }),
  );
  await call(page, "identify", await tokenOf("ann5@example.com"));
  await open();
  const ann = await newestAfter(() => write("As Ann"));
  assert.deepEqual(await dataOf(ann), { plan: "gold" });
  await dialog.locator("time").first().waitFor();

  // Without a log-out: what was set since belongs to the next one.
  await call(page, "identify", await tokenOf("bob5@example.com"));
  await call(page, "setCustomData", { cart: 1 });
  await dialog.getByText("As Ann").waitFor({ state: "detached" });
  const bob = await newestAfter(() => write("As Bob"));
  assert.deepEqual(await dataOf(bob), { cart: 1 });
  await dialog.locator("time").first().waitFor();
  // Another token of the same person.
  await call(page, "identify", await tokenOf("bob5@example.com"));
  await call(page, "setCustomData", { size: 2 });
  await write("Again");
  await eventually(
    () => dataOf(bob),
    (data) => data.size === 2,
  );

  await call(page, "logout");
  await dialog.getByText("As Bob").waitFor({ state: "detached" });
  const visitor = await newestAfter(() => write("As a visitor"));
  assert.deepEqual(await dataOf(visitor), {});
});
