// The count of messages that the person has not read.

/** @import { Session } from "../../pkg/index.js" */

/**
 * Returns the count for a conversation; `session` is its session, if it has one.
 *
 * @param {Session | undefined} session
 */
export function newReading(session) {
  let unread = session?.unread.contact ?? 0;
  let readSeq = session?.read.contact ?? 0;
  /** The last entry that `unread` of the service's session counts. */
  let countedSeq = session?.last_seq ?? 0;

  return {
    get unread() {
      return unread;
    },
    /**
     * Takes the service's count, at each connection: something may have been read elsewhere
     * meanwhile. It does not know yet of what was read here just before.
     *
     * @param {Session} session
     */
    onSession(session) {
      if (session.read.contact < readSeq) return;
      readSeq = session.read.contact;
      unread = session.unread.contact;
      countedSeq = session.last_seq;
    },
    /** @type {(seq: number, isOwn: boolean) => void} */
    onMessage(seq, isOwn) {
      if (seq <= countedSeq || seq <= readSeq) return;
      unread = isOwn ? 0 : unread + 1;
    },
    /**
     * Takes that the person has read up to an entry, in another tab perhaps.
     *
     * @param {number} seq
     * @param {number} lastSeq The last entry of the conversation.
     */
    onRead(seq, lastSeq) {
      readSeq = Math.max(readSeq, seq);
      if (seq >= lastSeq) unread = 0;
    },
    /**
     * Marks everything as read. Returns false if it was.
     *
     * @param {number} lastSeq The last entry that is shown.
     */
    mark(lastSeq) {
      if (unread === 0 || lastSeq < countedSeq) return false;
      unread = 0;
      const isNew = lastSeq > readSeq;
      readSeq = Math.max(readSeq, lastSeq);
      return isNew;
    },
  };
}
