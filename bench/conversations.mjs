// Sessions with messages, made through a contender's own API.

/** Messages of a conversation: one page of history. */
export const messagesEach = 50;

/** A message as a page or a help desk sends one: about 250 bytes. */
export const sendBody = (index) =>
  JSON.stringify({
    message: {
      id: crypto.randomUUID(),
      text: `Where is my order ord_${index}? It was to be here on Monday, and the tracking page says that it has not left the warehouse.`,
    },
    ...(index % 2 === 0
      ? { sender: "contact" }
      : { sender: "agent", agent: { id: "agent-7", name: "Ben Okafor" } }),
  });

async function post({ url, secret }, path, body) {
  const response = await fetch(new URL(path, url), {
    method: "POST",
    headers: { Authorization: `Bearer ${secret}`, "Content-Type": "application/json" },
    body,
  });
  const answer = await response.json();
  if (response.status !== 201) throw new Error(`${path}: ${JSON.stringify(answer)}`);
  return answer;
}

/** Creates `sessions` sessions, each with `messages` messages; returns their ids. */
export function converse(runtime, { sessions, messages }) {
  const indices = Array.from({ length: sessions }, (_, index) => index);
  return Promise.all(
    indices.map(async (session) => {
      const { id } = await post(
        runtime,
        "/chat/sessions",
        JSON.stringify({ contact: { email: `person-${session}@example.com`, name: "Ann Lee" } }),
      );
      for (let index = 0; index < messages; index += 1) {
        await post(runtime, `/chat/sessions/${id}/send`, sendBody(index));
      }
      return id;
    }),
  );
}
