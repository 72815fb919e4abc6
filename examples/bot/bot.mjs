// A bot that answers live: follows the organization's sessions, and answers what contacts
// write as they write it, until a person takes over. Beside `make start`:
//
//   node examples/bot/bot.mjs
//
// For another service, BASE_URL and SECRET_KEY are in the environment.

// In a project of yours, after `npm install chat-sessions`: from "chat-sessions".
import { createClient } from "../../pkg/dist/index.js";

const anyone = "A person will answer here soon.";
/** The first rule whose words are in a message answers it. */
const rules = [
  [/\b(human|person|agent|someone)\b/i, anyone],
  [/\b(hi|hello|hey)\b/i, "Hello! Ask me about lamps, bulbs, delivery or returns."],
  [/\bbulbs?\b/i, "Both lamps take an E27 bulb, up to 8 W. One is in the box."],
  [/\b(price|cost|much)\b/i, "Pebble is €129 and Heron is €349, delivery included."],
  [/\b(order|deliver\w*|ship\w*)\b/i, "Orders leave our house within two days."],
  [/\b(return\w*|refund)\b/i, "You may send a lamp back within 30 days."],
  [/\b(wood|ash|oak|glass|steel)\b/i, "Pebble is ash and blown glass, Heron steel and oak."],
  [/\bthank/i, "You are welcome!"],
];
const otherwise = "I do not know that one. Write “human”, and a person will answer.";

try {
  process.loadEnvFile(new URL("../../.local/env", import.meta.url));
} catch {
  // The service has not run here.
}
const { BASE_URL, SECRET_KEY } = process.env;
if (!BASE_URL || !SECRET_KEY) {
  console.error("BASE_URL and SECRET_KEY are missing: run `make start`, which writes .local/env.");
  process.exit(1);
}
const chat = createClient({ baseUrl: BASE_URL, token: SECRET_KEY });

/** Answers the last message of a session, if nobody has yet and it is not a person's to answer. */
async function answer({ id, status, unread, read, assignee }) {
  if (status !== "open" || unread.agent === 0 || assignee.type === "human") return;
  let last;
  for await (const entry of chat.messages(id, { after: read.agent })) last = entry;
  if (last?.event.sender.type !== "contact") return;
  await chat.showTyping(id);
  const { text } = last.event.content;
  const rule = rules.find(([words]) => words.test(text));
  const reply = rule?.[1] ?? otherwise;
  // An id that follows from the message: run twice, the bot answers once.
  const message = { id: `${last.id.slice(0, 14)}8${last.id.slice(15)}`, text: reply };
  // In the team's name, the message makes the session a person's to answer.
  const sender =
    reply === anyone
      ? { sender: "agent", agent: { name: "Our team" }, should_take_over_session_from_ai: true }
      : { sender: "ai", agent: { id: "bot", name: "Botty" } };
  await chat.sendMessage(id, { ...message, ...sender });
}

// Reconnects by itself, and then begins with what has changed meanwhile; so does a start.
const since = new Date(Date.now() - 60_000);
const onState = (state, error) => console.log(state, error?.message ?? "");
for await (const { session } of chat.subscribeSessions({ since, onState })) {
  await answer(session).catch((error) => console.error(session.id, error.message));
}
