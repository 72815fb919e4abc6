// Closes and reopens conversations, but closes none over a message that the agent has not
// seen. A change goes on when the agent opens another conversation meanwhile.

/** @import { Client, Session, SessionStatus } from "../pkg/index.js" */
/**
 * A conversation as the page shows it: the `seq` of its last entry, and of the contact's
 * last message. Both go on while it is shown.
 *
 * @typedef {{ id: string, session?: Session | undefined, newest: number, written: number }} Shown
 */

const attemptsMax = 4;
const catchUpMaxMs = 3_000;
const pollMs = 50;
const pageSize = 100;

/**
 * Creates the changes of status. `onBusy` is called when one begins or ends, `onNotDone`
 * with the reason for one that was not made.
 *
 * @param {{
 *   client: Client,
 *   isShown(conversation: Shown): boolean,
 *   onBusy(): void,
 *   onDone(session: Session): void,
 *   onNotDone(conversation: Shown, why: string): void,
 *   onError(error: any): void,
 * }} options
 */
export function newStatusChanges({ client, isShown, onBusy, onDone, onNotDone, onError }) {
  /** Ids of the sessions whose status is being changed. */
  const changing = new Set();

  return {
    /** @param {string} id */
    isChanging: (id) => changing.has(id),
    /**
     * @param {Shown} conversation
     * @param {SessionStatus} status
     */
    async set(conversation, status) {
      const { id } = conversation;
      if (changing.has(id)) return;
      changing.add(id);
      onBusy();
      try {
        const session = await closeUnlessWritten(client, conversation, status, isShown);
        if (session) onDone(session);
        else {
          onNotDone(conversation, "The visitor has written meanwhile. Read it first, then close.");
        }
      } catch (/** @type {any} */ error) {
        onError(error);
        onNotDone(conversation, `Not done: ${error.message}`);
      }
      changing.delete(id);
      onBusy();
    },
  };
}

/**
 * Sets a session's status; resolves with the session, or with undefined if the contact has
 * written since the call.
 *
 * @param {Client} client
 * @param {Shown} conversation
 * @param {SessionStatus} status
 * @param {(conversation: Shown) => boolean} isShown
 * @returns {Promise<Session | undefined>}
 */
async function closeUnlessWritten(client, conversation, status, isShown) {
  const { id, written } = conversation;
  if (status === "open") return client.updateSession(id, { status });
  for (let attempt = 1; ; attempt += 1) {
    const { last_seq, etag } = await client.getSession(id);
    const endMs = performance.now() + catchUpMaxMs;
    while (isShown(conversation) && conversation.newest < last_seq && performance.now() < endMs) {
      await new Promise((resolve) => setTimeout(resolve, pollMs));
    }
    if (!isShown(conversation)) await readNewer(client, conversation, last_seq);
    if (conversation.written > written || conversation.newest < last_seq) return undefined;
    try {
      return await client.updateSession(id, { status }, etag ? { ifMatch: etag } : {});
    } catch (/** @type {any} */ error) {
      // Somebody has read, answered or written meanwhile.
      if (error.code !== "precondition_failed" || attempt === attemptsMax) throw error;
    }
  }
}

/**
 * Reads the entries up to `last_seq` of a conversation that the page does not follow any
 * more.
 *
 * @param {Client} client
 * @param {Shown} conversation
 * @param {number} last_seq
 */
async function readNewer(client, conversation, last_seq) {
  while (conversation.newest < last_seq) {
    const range = { after: conversation.newest, limit: pageSize };
    const { items } = await client.history(conversation.id, range);
    if (items.length === 0) return;
    for (const { seq, event } of items) {
      conversation.newest = seq;
      if (isTheirs(event)) conversation.written = seq;
    }
  }
}

/**
 * Returns true for a message of the contact.
 *
 * @param {import("../pkg/index.js").HistoryEvent} event
 */
export function isTheirs(event) {
  return event.type === "message" && event.sender.type === "contact";
}
