// A bot that answers: looks for sessions that have changed, and answers what their
// contacts have written since. `npm install chat-sessions`, then
//
//   CHAT_URL=https://chat.example.com CHAT_SECRET_KEY=sk_… node bot.mjs

import { createClient } from "chat-sessions";

const { CHAT_URL, CHAT_SECRET_KEY, POLL_MS = "2000" } = process.env;
const chat = createClient({ baseUrl: CHAT_URL, token: CHAT_SECRET_KEY });
const agent = { id: "bot", name: "Botty" };

const rules = [
  [/\b(hi|hello)\b/i, "Hello! How can I help?"],
  [/\border\b/i, "Orders leave our house within two days."],
  [/\b(person|human|agent)\b/i, "A person will answer here soon."],
];

/** Answers the last message of a session, if nobody has yet and it is not a person's to answer. */
async function answer({ id, unread, read, assignee }) {
  if (unread.agent === 0 || assignee.type === "human") return;
  let last;
  for await (const entry of chat.messages(id, { after: read.agent })) last = entry;
  if (last?.event.sender.type !== "contact") return;
  const { text } = last.event.content;
  const rule = rules.find(([words]) => words.test(text));
  const reply = rule?.[1] ?? "Could you tell me more?";
  // An id that follows from the message: run twice, the bot answers once.
  await chat.sendMessage(id, { id: answerId(last.id), sender: "ai", agent, text: reply });
}

/** Returns a UUID of its own for the answer to a message. */
function answerId(id) {
  return `${id.slice(0, 14)}8${id.slice(15)}`;
}

// Changes of the last seconds are looked at twice, and a session that was missed for a while too.
let since = new Date(Date.now() - 60_000);
for (;;) {
  const started = Date.now();
  let cursor;
  do {
    const page = await chat.listSessions({ updated_after: since, status: "open", cursor });
    for (const session of page.items) await answer(session);
    cursor = page.next ?? undefined;
  } while (cursor);
  since = new Date(started - 5_000);
  await new Promise((resolve) => setTimeout(resolve, Number(POLL_MS)));
}
