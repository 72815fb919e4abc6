// Data stored before the first request, so that reads, updates, exports and removals
// find existing ids too.

import { send } from "../support/runtime.mjs";

/** Creates sessions and contacts, to keep and to remove; returns their ids. */
export async function seedData(baseUrl, token, { toRemove }) {
  const contactIds = async (prefix, count) => {
    const ids = [];
    for (let number = 0; number < count; number += 1) {
      const email = `${prefix}-${number}@conformance.example`;
      ids.push((await authenticate(baseUrl, token, email, { sessions: 1 })).id);
    }
    return ids;
  };
  const kept = await createSessions(baseUrl, token, 20);
  return {
    kept_sessions: kept,
    kept_messages: await sendMessages(baseUrl, token, kept, "contact"),
    removed_sessions: await createSessions(baseUrl, token, toRemove),
    kept_contacts: await contactIds("kept", 20),
    removed_contacts: await contactIds("removed", toRemove),
    kept_webhooks: await createWebhooks(baseUrl, token, 4),
    removed_webhooks: await createWebhooks(baseUrl, token, 4),
  };
}

/** Authenticates a contact; returns its id, its token, and sessions that it opened. */
export async function authenticate(baseUrl, token, email, { sessions = 100 } = {}) {
  const path = "/widget/authenticate-user";
  const body = { email, name: "Ann Lee", customData: { plan: "pro" }, expires_in: 2_592_000 };
  const answer = (await send(baseUrl, { path, token, body })).body;
  return {
    id: answer.contact.id,
    token: answer.token,
    ...(await openSessions(baseUrl, answer.token, { sessions })),
  };
}

/** Makes a visitor; returns its token, and sessions that it opened. */
export async function createVisitor(baseUrl, token, origin) {
  const { body } = await send(baseUrl, { path: "/widget/visitors", token, origin });
  return { token: body.token, ...(await openSessions(baseUrl, body.token, { sessions: 100 })) };
}

/** Makes a token for an agent, and messages of the agent in these sessions. */
export async function createAgent(baseUrl, token, sessions) {
  const body = { id: "17", name: "Ben" };
  const answer = await send(baseUrl, { path: "/agents/tokens", token, body });
  const agent = answer.body.token;
  return { token: agent, messages: await sendMessages(baseUrl, agent, sessions) };
}

/** Opens sessions with a token, and writes a message to some of them. */
async function openSessions(baseUrl, token, { sessions: count }) {
  const sessions = await createSessions(baseUrl, token, count);
  return { sessions, messages: await sendMessages(baseUrl, token, sessions.slice(0, 20)) };
}

/** Sends a message to each session; returns pairs of session and message. */
async function sendMessages(baseUrl, token, sessions, sender) {
  const messages = [];
  for (const id of sessions) {
    const body = { sender, message: { text: "Where is my order?" } };
    const answer = await send(baseUrl, { path: `/chat/sessions/${id}/send`, token, body });
    messages.push([id, answer.body.data.message.id]);
  }
  return messages;
}

/** Creates webhooks that lead nowhere. */
async function createWebhooks(baseUrl, token, count) {
  const ids = [];
  for (let number = 0; number < count; number += 1) {
    const body = { url: "https://hooks.conformance.example/", events: ["contact.deleted"] };
    ids.push((await send(baseUrl, { path: "/webhooks", token, body })).body.id);
  }
  return ids;
}

async function createSessions(baseUrl, token, count) {
  const ids = [];
  for (let number = 0; number < count; number += 1) {
    const body = { channel: { type: "web" }, custom_data: { number } };
    ids.push((await send(baseUrl, { token, body })).body.id);
  }
  return ids;
}
