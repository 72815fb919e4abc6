// The launcher on hostile pages, and hostile texts in the launcher, in a real Chromium with
// the real service.

import assert from "node:assert/strict";
import { test } from "node:test";
import { attacks } from "../support/attacks.mjs";
import {
  eventually,
  newestAfter,
  openHost,
  runtime,
  server,
  storedTexts,
} from "../support/launcher_page.mjs";

test("a page's styles do not reach it, and its styles do not reach the page", async (t) => {
  const reset = `*:not(html, body, head), *::before, *::after { all: initial !important; display: none !important;
      opacity: 0 !important; visibility: hidden !important; transform: rotate(3deg) !important; font-size: 40px !important }
    html, body { direction: rtl; font: 60px cursive; letter-spacing: 1em; text-transform: uppercase; line-height: 4 }
    chat-launcher { position: static !important; width: 0 !important; clip-path: inset(50%) !important; filter: blur(9px) !important }
    .button, dialog, .chat, textarea, p { display: none !important; color: red !important }`;
  const plain = await openHost(t);
  const host = await openHost(t, { head: `<style>${reset}</style>` });
  const measure = async ({ page, button, dialog, field, open }) => {
    await open();
    await field.waitFor();
    await page.waitForTimeout(300);
    const styles = await page.evaluate(() => {
      const { shadowRoot } = document.querySelector("chat-launcher");
      return ["textarea", ".greeting", "h2", ".send", "dialog"].map((selector) => {
        const {
          fontSize,
          color,
          letterSpacing,
          textTransform,
          lineHeight,
          opacity,
          visibility,
          direction,
          filter,
        } = getComputedStyle(shadowRoot.querySelector(selector));
        return {
          fontSize,
          color,
          letterSpacing,
          textTransform,
          lineHeight,
          opacity,
          visibility,
          direction,
          filter,
        };
      });
    });
    return [await button.boundingBox(), await dialog.boundingBox(), styles];
  };
  assert.deepEqual(await measure(host), await measure(plain));
  await newestAfter(() => host.write("It works"));

  // None of its own styles are the page's.
  const { page } = await openHost(t, {
    body: '<main><h1>Shop</h1><p class="bubble button own">Text</p></main>',
  });
  const ofPage = () =>
    page.evaluate(() => {
      const { backgroundColor, display, padding } = getComputedStyle(
        document.querySelector(".bubble"),
      );
      return [
        backgroundColor,
        display,
        padding,
        document.adoptedStyleSheets.length,
        document.styleSheets.length,
      ];
    });
  await page.locator("chat-launcher .button").click();
  await page.getByRole("dialog").locator("textarea").waitFor();
  assert.deepEqual(await ofPage(), ["rgba(0, 0, 0, 0)", "block", "0px", 0, 0]);
});

test("a page whose prototypes are polluted, as old libraries do it", async (t) => {
  const pollute = `
    Object.prototype.extra = "extra";
    Object.prototype.each = function () {};
    Array.prototype.extra = function () {};
    Array.prototype.remove = function () {};
    Array.prototype.toJSON = function () { return "[]"; };
    String.prototype.toJSON = function () { return '"' + this + '"'; };
    Date.prototype.toJSON = function () { return "never"; };
    Element.prototype.show = function () { throw new Error("show"); };
    HTMLElement.prototype.hide = function () { throw new Error("hide"); };
    window.Node.prototype.each = function () {};
    document.getElementById = function () { throw new Error("getElementById"); };
    window.element = window.name = window.status = "taken";
    window.createClient = window.test = 1;`;
  const host = await openHost(t, { head: `<script>${pollute}</script>` });
  await host.open();
  const session = await newestAfter(() => host.write("Hello"));
  await server.sendMessage(session.id, { sender: "agent", agent: { name: "Ben" }, text: "Hi" });
  await eventually(host.texts, (all) => all.join() === "> Hello,Hi");
  await host.field.fill("draft");
  await host.page.reload();
  await eventually(host.texts, (all) => all.join() === "> Hello,Hi");
  assert.equal(await host.field.inputValue(), "draft");
  assert.deepEqual(host.errors, []);
});

for (const [name, policy] of Object.entries({
  "a strict policy with Trusted Types": (origin) =>
    `default-src 'none'; img-src data:; script-src ${origin}; connect-src ${origin} ${origin.replace("http", "ws")}; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'`,
  "a policy by nonce, with strict-dynamic": (origin) =>
    `default-src 'none'; img-src data:; script-src 'nonce-x' 'strict-dynamic' 'wasm-unsafe-eval'; connect-src ${origin} ${origin.replace("http", "ws")}; require-trusted-types-for 'script'`,
})) {
  test(`${name} is kept`, async (t) => {
    const host = await openHost(t, {
      headers: { "Content-Security-Policy": policy(runtime.baseUrl) },
      attributes: 'nonce="x" data-ask="name?"',
      prepare: (page) =>
        page.addInitScript(() => {
          window.violations = [];
          document.addEventListener(
            "securitypolicyviolation",
            ({ violatedDirective, blockedURI }) =>
              window.violations.push(`${violatedDirective} ${blockedURI}`),
          );
        }),
    });
    await host.open();
    await host.dialog.getByRole("button", { name: "Start chat" }).click();
    await host.field.waitFor();
    const session = await newestAfter(() => host.write("Hello https://shop.example.com/"));
    const agent = { name: "Ben", avatar_url: "https://pictures.example.com/ben.png" };
    await server.sendMessage(session.id, { sender: "agent", agent, text: "Hi" });
    await eventually(host.texts, (all) => all.length === 2);
    const violations = await host.page.evaluate(() => window.violations);
    // The package finds out that WebAssembly is blocked, and does without; a picture from
    // elsewhere is blocked, and a letter is in its place.
    const known = /^(script-src wasm-eval|img-src https:\/\/pictures.example.com)/;
    assert.deepEqual(
      violations.filter((violation) => !known.test(violation)),
      [],
    );
    await eventually(
      () => host.dialog.locator(".avatar").first().textContent(),
      (text) => text === "B",
    );
  });
}

test("on a page that the key does not list: words for people, a reason for developers", async (t) => {
  for (const key of [runtime.keys.wildcard, "pk_unknown"]) {
    const host = await openHost(t, { key });
    await host.open();
    await host.write("Hello?");
    await host.dialog.getByText("The chat is not available here at the moment.").waitFor();
    // Not lost: it can be sent when the key is mended.
    await host.dialog.getByRole("button", { name: "Try again" }).waitFor();
    assert.deepEqual(await host.texts(), ["> Hello?"]);
    const told = host.errors.filter((text) => text.startsWith("chat-launcher:"));
    assert.equal(told.length > 0, true);
    if (key === runtime.keys.wildcard) {
      assert.match(
        told[0],
        /does not list the origin of this page: .*ORIGINS=http:\/\/127\.0\.0\.1:\d+/,
      );
    }
    assert.doesNotMatch(told.join(), new RegExp(key === "pk_unknown" ? "pk_unknown_" : key));
  }
});

test("200 attack strings, as messages, names, attributes and links: nothing runs", async (t) => {
  assert.ok(attacks.length >= 200);
  const host = await openHost(t, {
    attributes: `data-title="&lt;img src=x onerror=window.__xss=1&gt;" data-greeting="&lt;script&gt;window.__xss=1&lt;/script&gt;"`,
    prepare: (page) =>
      page.addInitScript(() => {
        window.alert = window.prompt = window.confirm = () => (window.__xss = "dialog");
      }),
  });
  const { page, dialog } = host;
  await host.open();
  const session = await newestAfter(() => host.write(attacks[0]));
  const count = () =>
    page.evaluate(() => {
      const { shadowRoot } = document.querySelector("chat-launcher");
      const forbidden =
        "script, img, iframe, object, embed, form:not(.composer), style, link, base, meta, math, svg *:not(path)";
      const within = (root) => root.querySelectorAll(forbidden).length;
      const handlers = Array.from(shadowRoot.querySelectorAll("*")).flatMap(({ attributes }) =>
        Array.from(attributes, ({ name }) => name).filter((name) => name.startsWith("on")),
      );
      return [within(shadowRoot), document.querySelectorAll("script").length, handlers.length];
    });
  const before = await count();
  assert.deepEqual(before, [0, 1, 0]);
  // By the visitor's own hand, from the API as the visitor, and by an agent whose name it is.
  for (const text of attacks.slice(1, 12)) await host.write(text.replaceAll("\n", " "));
  for (const [n, text] of attacks.entries()) {
    const name = text.trim().slice(0, 200);
    await server.sendMessage(session.id, {
      sender: n % 2 ? "agent" : "ai",
      agent: { id: name, name },
      text,
      attachments: [
        {
          name,
          url: `https://files.example.com/${encodeURIComponent(text.slice(0, 100))}`,
        },
      ],
      custom_data: { attack: text.slice(0, 1_000) },
    });
  }
  await eventually(host.texts, (all) => all.length === attacks.length + 12, 60_000);
  const stored = await storedTexts(session.id);
  const shown = (await host.texts()).map((text) => text.replace(/^> /, ""));
  // As text, to the letter.
  assert.deepEqual(shown, stored);
  assert.deepEqual(await count(), before);
  const hrefs = await dialog
    .getByRole("link")
    .evaluateAll((links) => links.map((link) => [link.protocol, link.target, link.rel]));
  assert.ok(hrefs.length > attacks.length);
  for (const [protocol, target, rel] of hrefs) {
    assert.match(protocol, /^https?:$/);
    assert.deepEqual([target, rel], ["_blank", "noopener noreferrer nofollow"]);
  }
  await dialog.getByRole("button", { name: "All conversations" }).click();
  await dialog.locator(".session").waitFor();
  assert.equal(await page.evaluate(() => window.__xss), undefined);
  assert.deepEqual(await count(), before);
  assert.deepEqual(host.errors, []);
});
