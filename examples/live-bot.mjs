// A bot that answers live: follows the organization's sessions, and answers what contacts
// write as they write it. `npm install chat-sessions`, then
//
//   CHAT_URL=https://chat.example.com CHAT_SECRET_KEY=sk_… node live-bot.mjs

import { createClient } from "chat-sessions";

const { CHAT_URL, CHAT_SECRET_KEY } = process.env;
const chat = createClient({ baseUrl: CHAT_URL, token: CHAT_SECRET_KEY });
const agent = { id: "bot", name: "Botty" };

/** Returns the answer to a text. Yours asks a model, for instance. */
async function think(text) {
  return /\border\b/i.test(text) ? "Orders leave our house within two days." : "Tell me more!";
}

/** Answers the last message of a session, if nobody has yet and it is not a person's to answer. */
async function answer({ id, status, unread, read, assignee }) {
  if (status !== "open" || unread.agent === 0 || assignee.type === "human") return;
  let last;
  for await (const entry of chat.messages(id, { after: read.agent })) last = entry;
  if (last?.event.sender.type !== "contact") return;
  await chat.showTyping(id);
  const text = await think(last.event.content.text);
  // An id that follows from the message: run twice, the bot answers once.
  const answerId = `${last.id.slice(0, 14)}8${last.id.slice(15)}`;
  await chat.sendMessage(id, { id: answerId, sender: "ai", agent, text });
}

// Reconnects by itself, and then begins with what has changed meanwhile; so does a start.
const since = new Date(Date.now() - 60_000);
const onState = (state, error) => console.log(state, error?.message ?? "");
for await (const { session } of chat.subscribeSessions({ since, onState })) {
  await answer(session).catch((error) => console.error(session.id, error.message));
}
