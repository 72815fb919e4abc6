// The bot of the examples, as a program of its own against the real service.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { createClient } from "../../pkg/dist/index.js";
import { root } from "../../scripts/wrangler.mjs";
import { startRuntime, until } from "../support/runtime.mjs";

let runtime;
before(async () => {
  runtime = await startRuntime();
});
after(() => runtime?.stop());

/** Starts the bot as its documentation says, until the test ends; `output` is what it prints. */
function startBot(t) {
  const child = spawn(process.execPath, ["examples/bot/bot.mjs"], {
    cwd: root,
    env: { ...process.env, BASE_URL: runtime.baseUrl, SECRET_KEY: runtime.keys.secret },
  });
  let output = "";
  child.stderr.on("data", (text) => (output += text));
  t.after(() => child.kill());
  return { output: () => output };
}

test("the bot answers each message of a contact once, and hands over to a person", async (t) => {
  const { baseUrl, keys } = runtime;
  const chat = createClient({ baseUrl, token: keys.secret });
  const contact = { email: "ann@example.com" };
  const { id } = await chat.createSession({ contact, verified: true });
  const { id: taken } = await chat.createSession({ contact, verified: true });
  await chat.sendMessage(taken, { sender: "agent", agent: { name: "Ben" }, text: "I take this" });
  await chat.sendMessage(taken, { sender: "contact", text: "Hello" });
  await chat.sendMessage(id, { sender: "contact", text: "Hello" });

  // Two at once, as while one is replaced by another.
  const bots = [startBot(t), startBot(t)];
  const output = () => bots.map((bot) => bot.output()).join("");

  const texts = async (id) => {
    const entries = await Array.fromAsync(chat.messages(id));
    return entries.map(({ event }) => `${event.sender.type}: ${event.content.text}`);
  };
  const untilAnswered = async (count) => {
    await until(async () => (await texts(id)).length >= count);
    // Nothing follows.
    await new Promise((resolve) => setTimeout(resolve, 500));
  };
  await untilAnswered(2);
  await chat.sendMessage(id, { sender: "contact", text: "Where is my order?" });
  await untilAnswered(4);
  await chat.sendMessage(id, { sender: "contact", text: "May I talk to a human?" });
  await untilAnswered(6);
  // From here on it is a person's.
  await chat.sendMessage(id, { sender: "contact", text: "Hello?" });
  await untilAnswered(7);
  assert.deepEqual(
    await texts(id),
    [
      "contact: Hello",
      "ai: Hello! Ask me about lamps, bulbs, delivery or returns.",
      "contact: Where is my order?",
      "ai: Orders leave our house within two days.",
      "contact: May I talk to a human?",
      "human_agent: A person will answer here soon.",
      "contact: Hello?",
    ],
    output(),
  );
  assert.equal((await chat.getSession(id)).assignee.type, "human");
  assert.deepEqual(await texts(taken), ["human_agent: I take this", "contact: Hello"], output());
});

test("without a service and without keys, the bot says how to get them", async () => {
  // Elsewhere than in a checkout, in which the service may have run.
  const folder = await mkdtemp(join(tmpdir(), "chat-sessions-bot-"));
  await mkdir(join(folder, "examples/bot"), { recursive: true });
  await symlink(`${root}pkg`, join(folder, "pkg"));
  await copyFile(`${root}examples/bot/bot.mjs`, join(folder, "examples/bot/bot.mjs"));
  const { BASE_URL: _, SECRET_KEY: __, ...env } = process.env;
  const child = spawn(process.execPath, ["examples/bot/bot.mjs"], { cwd: folder, env });
  let output = "";
  child.stderr.on("data", (text) => (output += text));
  const [code] = await once(child, "close");
  await rm(folder, { recursive: true });
  assert.equal(code, 1);
  assert.match(output, /make start/);
});
