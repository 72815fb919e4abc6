// D1 usage of a create.

import { createBody, headersOf } from "./load.mjs";
import { start } from "./start.mjs";

/** Returns the D1 usage of a create for a new contact, and of one for a known contact. */
export async function usageOf(name) {
  const runtime = await start(name, "counted");
  const send = async (index) => {
    const answer = await fetch(new URL("/chat/sessions", runtime.url), {
      method: "POST",
      headers: headersOf("create", runtime.secret),
      body: createBody(index),
    });
    return JSON.parse(answer.headers.get("x-usage") ?? "");
  };
  const usage = [await send(1), await send(1)];
  await runtime.stop();
  return usage;
}
