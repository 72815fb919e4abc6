// `make screenshots`: takes pictures of the page, the launcher and the inbox, with both sides
// of a conversation, over a service that is started for it as `make start` does. All are in
// build/screenshots, those that the repository keeps in www/screenshots too.

import { spawn } from "node:child_process";
import { copyFile, mkdir, mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startChromium } from "../tests/support/chromium.mjs";
import { freePort, root } from "./wrangler.mjs";

/** @import { Browser, BrowserContextOptions, Page } from "playwright-core" */
/** @typedef {{ baseUrl: string, inbox: string, server: any }} Service */

const { createClient } = await import(`${root}pkg/dist/index.js`);
const all = join(root, "build/screenshots");
const kept = join(root, "www/screenshots");
const keptSizes = ["320-dark", "768-light", "1280-light", "1280-dark"];
const viewports = [
  { width: 320, height: 640 },
  { width: 768, height: 1024 },
  { width: 1280, height: 800 },
];
/** Conversations of the inbox beside the one that is seen, the oldest first. */
const others = [
  ["Jonas Weber", "jonas@example.com", ["Do you ship to Denmark?"]],
  ["Amélie Roux", "amelie@example.com", ["Bonjour! Is Heron in stock?", "I need two of them."]],
  ["Tom Okafor", "tom@example.com", ["My lamp arrived, thank you, it is lovely"]],
  ["Ines Duarte", "ines@example.com", ["The switch clicks, but there is no light."]],
  ["Kenji Mori", "kenji@example.com", ["Can I return it in the shop in Trieste?"]],
];

await mkdir(all, { recursive: true });
await mkdir(kept, { recursive: true });
const folder = await mkdtemp(join(tmpdir(), "chat-sessions-screenshots-"));
const config = join(root, "build/site/config.json");
// A developer's service may be running.
await copyFile(config, join(folder, "config.json")).catch(() => {});
const start = await startService();
const browser = await startChromium();
try {
  for (const [name, email, texts] of others) await converse(start.service, name, email, texts);
  for (const viewport of viewports) {
    for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
      await takeAll(browser, start.service, { viewport, colorScheme, reducedMotion: "reduce" });
    }
  }
} finally {
  await browser.close();
  await start.stop();
  await copyFile(join(folder, "config.json"), config).catch(() => rm(config, { force: true }));
  await rm(folder, { recursive: true, force: true });
}

/** Starts the service, with data of its own. */
async function startService() {
  const baseUrl = `http://127.0.0.1:${await freePort()}`;
  const child = spawn("node", ["scripts/start.mjs", new URL(baseUrl).port], {
    cwd: root,
    env: { ...process.env, PERSIST_TO: join(folder, "state"), LOCAL_DIR: folder },
  });
  const closed = new Promise((resolve) => child.once("close", resolve));
  let output = "";
  /** @type {Promise<void>} */
  const ready = new Promise((resolve) => {
    child.stdout.on("data", (text) => {
      output += text;
      if (/^ {2}curl .*$/m.test(output)) resolve();
    });
  });
  child.stderr.on("data", (text) => (output += text));
  await Promise.race([ready, closed.then(() => Promise.reject(new Error(output)))]);
  const inbox = output.match(/^ {2}inbox {5}(\S+)$/m)?.[1] ?? "";
  const [, token] = (await readFile(join(folder, "env"), "utf8")).match(/^SECRET_KEY=(.*)$/m) ?? [];
  const stop = () => {
    child.kill("SIGTERM");
    return closed;
  };
  return { service: { baseUrl, inbox, server: createClient({ baseUrl, token }) }, stop };
}

/**
 * @param {Service} service
 * @param {any} name
 * @param {any} email
 * @param {any} texts
 */
async function converse({ server }, name, email, texts) {
  const { id } = await server.createSession({ contact: { name, email }, verified: true });
  for (const text of texts) await server.sendMessage(id, { sender: "contact", text });
}

/**
 * Takes the pictures of one size and scheme.
 *
 * @param {Browser} browser
 * @param {Service} service
 * @param {BrowserContextOptions} options
 */
async function takeAll(browser, { baseUrl, inbox, server }, options) {
  const name = `${options.viewport?.width}-${options.colorScheme}`;
  const visitor = await browser.newContext(options);
  const page = await visitor.newPage();
  await page.goto(baseUrl);
  await page.locator("chat-launcher .button").waitFor();
  await page.locator("#verdict.accepted").waitFor();
  await take(page, `page-${name}`);

  await page.locator("chat-launcher .button").click();
  const dialog = page.locator("chat-launcher dialog");
  await dialog.locator("input").first().fill("Mara Conti");
  await dialog.locator("input").last().fill("mara@example.com");
  await page.keyboard.press("Enter");
  /** @param {string} text */
  const write = async (text) => {
    await dialog.locator("textarea").fill(text);
    await page.keyboard.press("Enter");
    await dialog.locator(".message.own", { hasText: text }).waitFor();
  };
  const began = page.evaluate(
    () =>
      new Promise((resolve) => {
        document.addEventListener("chat:message", (event) => {
          resolve(/** @type {CustomEvent} */ (event).detail.session_id);
        });
      }),
  );
  await write("Hello! Which bulb does the Pebble take?");
  const id = await began;
  const bulb = "An E27, up to 8 W. One is in the box.";
  await server.sendMessage(id, { sender: "ai", agent: { id: "bot", name: "Botty" }, text: bulb });
  await dialog.locator(".message", { hasText: "E27" }).waitFor();
  await write("And could you engrave a name on the foot?");

  const agent = await browser.newContext(options);
  const desk = await agent.newPage();
  await desk.goto(inbox);
  await desk.locator(`#list a[href$="${id}"]`).click();
  await desk.locator("#entries .bubble", { hasText: "engrave" }).waitFor();
  await desk.locator("#text").fill("We can, for €15. What should it say?");
  await desk.keyboard.press("Control+Enter");
  await dialog.locator(".message", { hasText: "€15" }).waitFor();
  await write("“For Nora”, please");
  await desk.locator("#entries .bubble", { hasText: "Nora" }).waitFor();
  await desk.waitForTimeout(1_000);
  await take(desk, `inbox-${name}`);
  await take(page, `launcher-${name}`);
  await agent.close();
  await visitor.close();
  // The next pictures have one such visitor too.
  await server.deleteSession(id);
}

/**
 * Takes one picture, and keeps it if it is to be.
 *
 * @param {Page} page
 * @param {string} name
 */
async function take(page, name) {
  const file = join(all, `${name}.png`);
  await page.screenshot({ path: file, caret: "hide" });
  if (!keptSizes.some((size) => name.endsWith(`-${size}`))) return;
  const to = join(kept, `${name}.png`);
  await copyFile(file, to);
  const { size } = await stat(to);
  console.log(`${to.slice(root.length)} ${size} B`);
}
