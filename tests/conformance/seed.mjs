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
  return {
    kept_sessions: await createSessions(baseUrl, token, 20),
    removed_sessions: await createSessions(baseUrl, token, toRemove),
    kept_contacts: await contactIds("kept", 20),
    removed_contacts: await contactIds("removed", toRemove),
  };
}

/** Authenticates a contact; returns its id, its token, and sessions that it opened. */
export async function authenticate(baseUrl, token, email, { sessions = 20 } = {}) {
  const path = "/widget/authenticate-user";
  const body = { email, name: "Ann Lee", customData: { plan: "pro" }, expires_in: 2_592_000 };
  const answer = (await send(baseUrl, { path, token, body })).body;
  return {
    id: answer.contact.id,
    token: answer.token,
    sessions: await createSessions(baseUrl, answer.token, sessions),
  };
}

async function createSessions(baseUrl, token, count) {
  const ids = [];
  for (let number = 0; number < count; number += 1) {
    const body = { channel: { type: "web" }, custom_data: { number } };
    ids.push((await send(baseUrl, { token, body })).body.id);
  }
  return ids;
}
