// Closes a conversation, but not over a message that the agent has not seen.

/** @import { Client, Session, SessionStatus } from "../pkg/index.js" */

const attemptsMax = 4;
const catchUpMaxMs = 3_000;
const pollMs = 50;

/**
 * Sets a session's status; resolves with the session, or with undefined if the contact has
 * written since the call.
 *
 * `shown` is what the page shows: the `seq` of the last entry, and of the contact's last
 * message. Both go on while this waits.
 *
 * @param {Client} client
 * @param {{ id: string, newest: number, written: number }} shown
 * @param {SessionStatus} status
 * @returns {Promise<Session | undefined>}
 */
export async function closeUnlessWritten(client, shown, status) {
  const { id, written } = shown;
  if (status === "open") return client.updateSession(id, { status });
  for (let attempt = 1; ; attempt += 1) {
    const { last_seq, etag } = await client.getSession(id);
    const endMs = performance.now() + catchUpMaxMs;
    while (shown.newest < last_seq && performance.now() < endMs) {
      await new Promise((resolve) => setTimeout(resolve, pollMs));
    }
    if (shown.written > written || shown.newest < last_seq) return undefined;
    try {
      return await client.updateSession(id, { status }, etag ? { ifMatch: etag } : {});
    } catch (/** @type {any} */ error) {
      // Somebody has read, answered or written meanwhile.
      if (error.code !== "precondition_failed" || attempt === attemptsMax) throw error;
    }
  }
}
