// Attacks by what strangers write, which is shown beside an agent's token: as text, and
// nothing else.

import assert from "node:assert/strict";
import { test } from "node:test";
import { attacks } from "../support/attacks.mjs";
import {
  newVisitor,
  openConversation,
  openInbox,
  row,
  runtime,
  server,
} from "../support/inbox.mjs";

/** Returns the beginning of a text, as long as a rule permits. */
const cut = (text, chars) => Array.from(text).slice(0, chars).join("");
/** Returns a text as a key of attributes: without NUL, and unlike others. */
const keyOf = (text, index) => `${index} ${cut(text, 100).replaceAll("\0", "")}`;
const url = (text) => `https://files.example.com/${encodeURIComponent(cut(text, 60))}`;

/** Writes attacks in a session wherever strangers and agents can; returns its id. */
async function write(group) {
  const [first] = group;
  const visitor = await newVisitor();
  const entries = group.map((text, index) => [keyOf(text, index), cut(text, 1_000)]);
  const custom_data = Object.fromEntries(entries);
  const contact = { name: cut(first, 250), custom_data };
  const { id } = await visitor.createSession({ channel: { type: "web" }, contact, custom_data });
  for (const text of group) {
    await visitor.sendMessage(id, {
      text,
      attachments: [{ name: cut(text, 250), url: url(text) }],
    });
  }
  const agent = { name: cut(first, 250), avatar_url: url(first) };
  await server.sendMessage(id, { sender: "ai", agent, text: first });
  await server.addNote(id, { agent, text: first });
  return id;
}

test("the page's policy lets nothing run but its own files", async (t) => {
  const { page, errors } = await openInbox(t, "Ann", { isChecked: false });
  const answer = await page.request.get(`${runtime.baseUrl}/inbox`);
  const headers = answer.headers();
  const policy = headers["content-security-policy"];
  assert.match(
    policy,
    /^default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self';/,
  );
  for (const rule of [
    "connect-src 'self'",
    "img-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ]) {
    assert.ok(policy.includes(rule), rule);
  }
  assert.doesNotMatch(policy.replace("wasm-unsafe-eval", ""), /unsafe|http|\*|,/);
  assert.equal(headers["referrer-policy"], "no-referrer");
  assert.equal(headers["x-content-type-options"], "nosniff");
  assert.equal(headers["cross-origin-opener-policy"], "same-origin");
  const inlined = await page.evaluate(
    () =>
      document.querySelectorAll("script:not([src]), style, [style]:not(#list, #list *), [onclick]")
        .length,
  );
  assert.equal(inlined, 0);
  assert.deepEqual(errors, []);
  // The policy holds, and a violation would be told of.
  const isBlocked = await page.evaluate(() => {
    try {
      document.body.insertAdjacentHTML("beforeend", "<b>markup</b>");
      return false;
    } catch {
      return true;
    }
  });
  assert.equal(isBlocked, true);
  assert.equal(errors.length, 1);
});

test("200 attacks as names, messages, attributes and links: nothing runs", async (t) => {
  assert.ok(attacks.length >= 200, `${attacks.length}`);
  const { page, requests } = await openInbox(t, cut(attacks[0], 250));
  const groups = Array.from({ length: Math.ceil(attacks.length / 20) }, (_, index) =>
    attacks.slice(20 * index, 20 * index + 20),
  );
  const sessions = await Promise.all(groups.map(write));
  for (const [index, group] of groups.entries()) {
    const id = sessions[index];
    const [first] = group;
    await openConversation(page, id);
    await page
      .locator("#entries .bubble:not(.dots)")
      .nth(group.length + 1)
      .waitFor();
    const shown = await page.locator("#entries .bubble:not(.dots)").allTextContents();
    assert.deepEqual(shown, [...group, first, first], "each is shown as it was written");
    const details = await page.locator("#details").textContent();
    for (const text of group) assert.ok(details?.includes(cut(text, 1_000)), text);
    assert.equal(await page.locator("#title").textContent(), cut(first, 250));
    await row(page, id).locator(".name").waitFor();
  }
  const found = await page.evaluate(() => {
    const made = [...document.querySelectorAll("#entries *, #details *, #list *, #title *")];
    const names = new Set(made.map((element) => element.localName));
    const links = made.filter((element) => element.localName === "a" && !element.closest("#list"));
    return {
      names: [...names].sort(),
      handlers: made.filter((element) =>
        element.getAttributeNames().some((name) => /^on|^src/.test(name)),
      ).length,
      links: links.map((link) => [link.protocol, link.rel, link.target].join(" ")),
      ran: /** @type {any} */ (window).__xss,
    };
  });
  assert.equal(found.ran, undefined);
  assert.equal(found.handlers, 0);
  for (const name of [
    "script",
    "img",
    "iframe",
    "svg",
    "object",
    "form",
    "style",
    "base",
    "meta",
  ]) {
    assert.ok(!found.names.includes(name), name);
  }
  assert.ok(found.links.length > 0);
  for (const link of found.links) {
    assert.match(link, /^https?: noopener noreferrer nofollow _blank$/);
  }
  const foreign = requests.filter((request) => !request.url().startsWith(runtime.baseUrl));
  assert.deepEqual(foreign.map(String), []);
});
