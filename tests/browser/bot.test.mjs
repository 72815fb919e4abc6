// The examples of bots, as programs of their own against the real service.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { copyFile, mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { createClient } from "../../pkg/dist/index.js";
import { root } from "../../scripts/wrangler.mjs";
import { startRuntime } from "../support/runtime.mjs";

const bots = ["bot.mjs", "live-bot.mjs"];

let folder;
let runtime;
before(async () => {
  runtime = await startRuntime();
  // The examples, with the package installed beside them.
  folder = await mkdtemp(join(tmpdir(), "chat-sessions-bot-"));
  await mkdir(join(folder, "node_modules"));
  await symlink(`${root}pkg`, join(folder, "node_modules/chat-sessions"));
  for (const bot of bots) await copyFile(`${root}examples/${bot}`, join(folder, bot));
});
after(async () => {
  await runtime?.stop();
  if (folder) await rm(folder, { recursive: true });
});

for (const bot of bots) {
  test(`${bot} answers each message of a contact once, and leaves a person's sessions alone`, async (t) => {
    const { baseUrl, keys } = runtime;
    const firstAnswer = `ai: ${bot === "bot.mjs" ? "Hello! How can I help?" : "Tell me more!"}`;
    const chat = createClient({ baseUrl, token: keys.secret });
    const contact = { email: "ann@example.com" };
    const { id } = await chat.createSession({ contact, verified: true });
    const { id: taken } = await chat.createSession({ contact, verified: true });
    await chat.sendMessage(taken, { sender: "agent", agent: { name: "Ben" }, text: "I take this" });
    await chat.sendMessage(taken, { sender: "contact", text: "Hello" });
    await chat.sendMessage(id, { sender: "contact", text: "Hello" });

    let output = "";
    const environment = { CHAT_URL: baseUrl, CHAT_SECRET_KEY: keys.secret, POLL_MS: "100" };
    const start = () => {
      const child = spawn(process.execPath, [bot], {
        cwd: folder,
        env: { ...process.env, ...environment },
      });
      child.stderr.on("data", (text) => (output += text));
      t.after(() => child.kill());
    };
    // Two at once, as while one is replaced by another.
    start();
    start();

    const texts = async (id) => {
      const entries = await Array.fromAsync(chat.messages(id));
      return entries.map(({ event }) => `${event.sender.type}: ${event.content.text}`);
    };
    const until = async (count) => {
      for (let tries = 0; tries < 100 && (await texts(id)).length < count; tries += 1) {
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      // Nothing follows.
      await new Promise((resolve) => setTimeout(resolve, 500));
    };
    await until(2);
    await chat.sendMessage(id, { sender: "contact", text: "Where is my order?" });
    await until(4);
    assert.deepEqual(
      await texts(id),
      [
        "contact: Hello",
        firstAnswer,
        "contact: Where is my order?",
        "ai: Orders leave our house within two days.",
      ],
      output,
    );
    assert.deepEqual(await texts(taken), ["human_agent: I take this", "contact: Hello"], output);
  });
}
