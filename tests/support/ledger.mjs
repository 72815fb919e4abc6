// Compares responses with the stored data: no session answered with 201 is lost or
// changed, and nothing is half-written.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { send } from "./runtime.mjs";

/** @import { Runtime } from "./runtime.mjs" */

/** Sends creates of many shapes, and records the sessions they must have stored. */
export class Ledger {
  /** The expected session for each 201, by its id. */
  #promised = new Map();
  #count = 0;

  /** @param {Runtime} runtime */
  constructor(runtime) {
    this.runtime = runtime;
  }

  /** Returns the number of creates that were answered with 201. */
  get size() {
    return this.#promised.size;
  }

  /**
   * Returns the next create: without a contact, with a new one, with one that many
   * share, or with `resume` and a new contact, which has no session to resume.
   */
  next() {
    const n = this.#count;
    this.#count += 1;
    const body = {
      channel: { type: n % 2 ? "web" : "sms" },
      custom_data: { n, exact: 149.99, "kéy/~\u{1f600}": `"${n}"\n\u0000`, vip: n % 3 === 0 },
    };
    const own = { email: `own-${n}@example.com`, name: `Ann ${n}`, custom_data: { n } };
    const crowd = { email: `crowd-${n % 7}@example.com`, custom_data: { [`key_${n}`]: n } };
    const shapes = [
      {},
      { contact: own, verified: n % 8 === 1 },
      { contact: crowd },
      { contact: own, verified: true, resume: true },
    ];
    Object.assign(body, shapes[n % shapes.length]);
    return { key: randomUUID(), body };
  }

  /** Sends a create, and records the session of a 201. */
  async create({ key, body }, headers = {}, token = this.runtime.keys.secret) {
    const answer = await send(this.runtime.baseUrl, {
      token,
      headers: { "Idempotency-Key": key, ...headers },
      body,
    });
    if (answer.status === 201) this.promise(answer.body.id, body);
    return answer;
  }

  /** Records that a 201 with this id answered this body. */
  promise(id, body) {
    this.#promised.set(id, body);
  }

  /** Records the attributes, and the contact if there was none, that a message added. */
  promiseMore(id, { custom_data, contact }) {
    const body = this.#promised.get(id);
    this.#promised.set(id, {
      ...body,
      custom_data: { ...body.custom_data, ...custom_data },
      contact: body.contact ?? contact,
    });
  }

  /**
   * Asserts that every recorded session can be read as it was sent, that there is no
   * other one, and that nothing is half-written. No request may be pending.
   */
  async assertWhole() {
    const promised = [...this.#promised];
    const reader = async () => {
      for (let next; (next = promised.pop());) await this.#assertReadable(...next);
    };
    await Promise.all(Array.from({ length: 16 }, reader));
    await assertNothingHalfWritten(this.runtime);
    const [{ n }] = await this.runtime.query("SELECT count(*) AS n FROM sessions");
    assert.equal(n, this.#promised.size, "sessions stored, and creates answered with 201");
  }

  async #assertReadable(id, { channel, custom_data, contact, verified }) {
    const { status, body } = await send(this.runtime.baseUrl, {
      method: "GET",
      path: `/chat/sessions/${id}`,
      token: this.runtime.keys.secret,
    });
    assert.equal(status, 200, `session ${id} was answered with 201`);
    assert.deepEqual(body.channel, channel);
    assert.deepEqual(body.custom_data, custom_data);
    assert.equal(body.contact?.email, contact?.email);
    if (contact) {
      const prefix = verified ? "" : "non_verified_";
      assert.equal(body.contact[`${prefix}name`], contact.name ?? null);
      const stored = body.contact[`${prefix}custom_data`];
      for (const [name, value] of Object.entries(contact.custom_data)) {
        assert.equal(stored[name], value, `${name} of ${contact.email}`);
      }
    }
  }
}

/** Queries that count rows without the row that they belong to. */
const orphans = {
  "idempotency keys without their session": `SELECT count(*) AS n FROM idempotency_keys AS k WHERE NOT EXISTS
    (SELECT 1 FROM sessions AS s WHERE s.organization = k.organization AND s.id = k.session_id)`,
  "sessions without their contact": `SELECT count(*) AS n FROM sessions AS s WHERE contact_id IS NOT NULL AND NOT EXISTS
    (SELECT 1 FROM contacts AS c WHERE c.organization = s.organization AND c.id = s.contact_id)`,
  "entries without their session": `SELECT count(*) AS n FROM entries AS e WHERE NOT EXISTS
    (SELECT 1 FROM sessions AS s WHERE s.organization = e.organization AND s.id = e.session_id)`,
};

/** Queries that count rows without the other rows of their transaction. */
const halves = {
  ...orphans,
  "contacts without a session": `SELECT count(*) AS n FROM contacts AS c WHERE NOT EXISTS
    (SELECT 1 FROM sessions AS s WHERE s.organization = c.organization AND s.contact_id = c.id)`,
  "ticket numbers taken for no session": `SELECT coalesce(sum(last_ticket_number), 0) -
    (SELECT count(DISTINCT organization || ' ' || ticket_number) FROM sessions) AS n FROM ticket_counters`,
};

/** Queries that count what a session says of its log, and the log does not. */
const untruths = {
  "logs with a gap, or that do not end at last_seq": `SELECT count(*) AS n FROM sessions AS s
    LEFT JOIN (SELECT organization, session_id, count(*) AS entries, min(seq) AS first, max(seq) AS last
      FROM entries GROUP BY organization, session_id) AS log
    ON log.organization = s.organization AND log.session_id = s.id
    WHERE coalesce(entries, 0) <> last_seq OR coalesce(last, 0) <> last_seq OR coalesce(first, 1) <> 1`,
  "entries before whose time the one before them was stored": `SELECT count(*) AS n FROM entries AS e
    JOIN entries AS next ON next.organization = e.organization AND next.session_id = e.session_id
      AND next.seq = e.seq + 1 WHERE next.created_at_ms < e.created_at_ms`,
  "redactions of what is there, or of another kind": `SELECT count(*) AS n FROM entries AS r
    LEFT JOIN entries AS e ON e.organization = r.organization AND e.session_id = r.session_id
      AND e.seq = CAST(r.detail AS INTEGER) AND e.seq < r.seq AND e.text = '' AND e.attachments = '[]'
    WHERE (r.event = 'redacted' AND e.event IS NOT 'message')
      OR (r.event = 'note_redacted' AND e.event IS NOT 'note')`,
  "notes of a contact, or that hold what is a message's": `SELECT count(*) AS n FROM entries
    WHERE event = 'note' AND (author <> 'agent' OR attachments <> '[]' OR content_hash IS NULL)`,
  "sessions with another last message": `SELECT count(*) AS n FROM sessions AS s
    LEFT JOIN (SELECT organization, session_id, max(seq) AS seq, created_at_ms
      FROM entries WHERE event = 'message' GROUP BY organization, session_id) AS message
    ON message.organization = s.organization AND message.session_id = s.id
    WHERE last_message_seq <> coalesce(seq, 0) OR last_message_at_ms IS NOT message.created_at_ms`,
  "sessions that count other unread messages": `SELECT count(*) AS n FROM sessions AS s
    LEFT JOIN (SELECT e.organization, session_id,
        count(*) FILTER (WHERE author <> 'contact' AND seq > read_by_contact) AS by_contact,
        count(*) FILTER (WHERE author = 'contact' AND seq > read_by_agent) AS by_agent
      FROM entries AS e JOIN sessions AS s ON s.organization = e.organization AND s.id = session_id
      WHERE event = 'message' GROUP BY e.organization, session_id) AS unread
    ON unread.organization = s.organization AND unread.session_id = s.id
    WHERE unread_by_contact <> min(coalesce(by_contact, 0), 100)
      OR unread_by_agent <> min(coalesce(by_agent, 0), 100)`,
  "sessions with another status": `SELECT count(*) AS n FROM sessions AS s
    JOIN (SELECT organization, session_id, max(seq), iif(event = 'session_reopened', 'open', detail) AS status
      FROM entries WHERE event IN ('session_closed', 'session_reopened')
      GROUP BY organization, session_id) AS change
    ON change.organization = s.organization AND change.session_id = s.id
    WHERE s.status IS NOT change.status`,
  // The one who answered first or was handed the session last; of agents the last named.
  "sessions with another assignee": `WITH answers AS (
      SELECT organization, session_id, seq, event, agent_id, agent_name,
        CASE author WHEN 'agent' THEN 'human' ELSE author END AS kind
      FROM entries WHERE event = 'handoff' OR (event = 'message' AND author <> 'contact')),
    turns AS (
      SELECT organization, session_id, coalesce(
        max(seq) FILTER (WHERE event = 'handoff'), min(seq)) AS seq
      FROM answers GROUP BY organization, session_id),
    answering AS (
      SELECT a.organization, a.session_id, a.kind, max(b.seq) AS seq, b.agent_id, b.agent_name
      FROM turns JOIN answers AS a USING (organization, session_id, seq)
        JOIN answers AS b ON b.organization = a.organization AND b.session_id = a.session_id
          AND (b.seq = a.seq OR (b.seq > a.seq AND a.kind = 'human' AND b.kind = 'human'
            AND coalesce(b.agent_id, b.agent_name) IS NOT NULL))
      GROUP BY a.organization, a.session_id)
    SELECT count(*) AS n FROM sessions AS s
      LEFT JOIN answering AS a ON a.organization = s.organization AND a.session_id = s.id
    WHERE assignee <> coalesce(kind, 'none') OR assignee_id IS NOT agent_id
      OR assignee_name IS NOT agent_name`,
};

/**
 * Asserts that no transaction was stored in part, and that each session is what its log
 * says, where nothing has been removed.
 */
export const assertNothingHalfWritten = (runtime) =>
  assertNone(runtime, { ...halves, ...untruths });

/** Asserts that no removal has left a row without the one that it belongs to. */
export const assertNothingOrphaned = (runtime) => assertNone(runtime, orphans);

async function assertNone(runtime, queries) {
  for (const [what, sql] of Object.entries(queries)) {
    const [{ n }] = await runtime.query(sql);
    assert.equal(n, 0, what);
  }
}
