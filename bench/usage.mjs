// D1 usage of a request.

import { converse, messagesEach, sendBody } from "./conversations.mjs";
import { createBody, headersOf } from "./load.mjs";
import { start } from "./start.mjs";

const usageIn = (answer) => JSON.parse(answer.headers.get("x-usage") ?? "");

/** Returns the D1 usage of a send to a session with messages, and of a page of history. */
export async function usageOfMessages(name) {
  const runtime = await start(name, "counted");
  const [id] = await converse(runtime, { sessions: 1, messages: messagesEach });
  const at = (suffix) => new URL(`/chat/sessions/${id}${suffix}`, runtime.url);
  const send = await fetch(at("/send"), {
    method: "POST",
    headers: headersOf("send", runtime.secret),
    body: sendBody(messagesEach),
  });
  const history = await fetch(at("/history"), { headers: headersOf("history", runtime.secret) });
  await runtime.stop();
  return { send: usageIn(send), history: usageIn(history) };
}

/** Returns the D1 usage of a create for a new contact, and of one for a known contact. */
export async function usageOf(name) {
  const runtime = await start(name, "counted");
  const send = async (index) => {
    const answer = await fetch(new URL("/chat/sessions", runtime.url), {
      method: "POST",
      headers: headersOf("create", runtime.secret),
      body: createBody(index),
    });
    return usageIn(answer);
  };
  const usage = [await send(1), await send(1)];
  await runtime.stop();
  return usage;
}
