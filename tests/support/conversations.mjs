// Compares the answers to messages with the stored logs: each message answered with 201
// is in its session's log, at the place that the answer named, and nothing else is.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { Ledger } from "./ledger.mjs";
import { send } from "./runtime.mjs";

/** @import { Runtime } from "./runtime.mjs" */

/** Sends messages of many shapes, and records where they must be stored. */
export class Conversations {
  /** For each session its acknowledged messages, by their ids. */
  #logs = new Map();
  #count = 0;

  /** @param {Runtime} runtime */
  constructor(runtime, ledger = new Ledger(runtime)) {
    this.runtime = runtime;
    this.ledger = ledger;
  }

  /** Returns the number of acknowledged messages. */
  get size() {
    return Array.from(this.#logs.values()).reduce((sum, log) => sum + log.size, 0);
  }

  /** Creates a session, of the ledger's next shape or as `body` says; returns its id. */
  async open(body = /** @type {any} */ (undefined)) {
    const create = this.ledger.next();
    if (body) create.body = { channel: { type: "web" }, custom_data: {}, ...body };
    const { status, text, body: session } = await this.ledger.create(create);
    assert.equal(status, 201, text);
    this.#logs.set(session.id, new Map());
    return session.id;
  }

  /**
   * Returns the next message: a contact's, an agent's, an ai's or one that takes over,
   * some with attachments, and some with attributes of the session.
   */
  next(session) {
    const n = this.#count;
    this.#count += 1;
    const agent = { id: String(n % 3), name: `Ben ${n % 3}` };
    const shapes = [
      { sender: "contact" },
      { sender: "agent", agent },
      { sender: "ai", agent: { name: "Bot" } },
      { sender: "contact" },
      { sender: "agent", agent, should_take_over_session_from_ai: true },
      { sender: "agent" },
      { sender: "ai", should_take_over_session_from_ai: true },
    ];
    const attachments = [{ name: `${n}.png`, url: `https://files.example.com/${n}.png` }];
    const message = {
      id: randomUUID(),
      text: `${n}: "kéy/~\u{1f600}"\n\u0000`,
      ...(n % 5 === 0 && { attachments }),
    };
    const custom_data = n % 11 === 0 ? { [`said_${n % 40}`]: true } : undefined;
    return { session, body: { ...shapes[n % shapes.length], message, custom_data } };
  }

  /** Sends a message, and records the place of one that is stored. */
  async send({ session, body }, headers = {}, token = this.runtime.keys.secret) {
    const answer = await send(this.runtime.baseUrl, {
      path: `/chat/sessions/${session}/send`,
      token,
      headers,
      body,
    });
    if (answer.status === 201 || answer.status === 200) this.#record(session, body, answer);
    return answer;
  }

  #record(session, sent, { status, headers, body }) {
    const { id, seq, created_at } = body.data.message;
    assert.equal(headers.get("idempotency-replayed"), status === 200 ? "true" : null);
    const log = this.#logs.get(session);
    const known = log.get(id);
    if (known) assert.deepEqual([seq, created_at], [known.seq, known.created_at]);
    log.set(id, { seq, created_at, sent });
    this.ledger.promiseMore(session, sent);
  }

  /** Returns the whole log of a session, page by page. */
  async read(session, token = this.runtime.keys.secret) {
    const entries = [];
    for (;;) {
      const { status, text, body } = await send(this.runtime.baseUrl, {
        method: "GET",
        path: `/chat/sessions/${session}/history?limit=100&after=${entries.length}`,
        token,
      });
      assert.equal(status, 200, text);
      entries.push(...body.items);
      if (entries.length >= body.last_seq) return entries;
    }
  }

  /**
   * Asserts that every log has the acknowledged messages as they were sent, in their
   * order, and no other; and that nothing is half-written. No request may be pending,
   * and each message must have been acknowledged.
   */
  async assertWhole() {
    const logs = [...this.#logs];
    const reader = async () => {
      for (let next; (next = logs.pop());) await this.#assertLog(...next);
    };
    await Promise.all(Array.from({ length: 8 }, reader));
    await this.ledger.assertWhole();
  }

  async #assertLog(session, acknowledged) {
    const entries = await this.read(session);
    const seqs = entries.map(({ seq }) => seq);
    assert.deepEqual(
      seqs,
      entries.map((_, index) => index + 1),
      "1, 2, 3 … without a gap",
    );
    const messages = entries.filter(({ event }) => event.type === "message");
    assert.equal(new Set(messages.map(({ id }) => id)).size, messages.length, "each once");
    assert.equal(messages.length, acknowledged.size, "messages stored, and acknowledged");
    for (const { id, seq, created_at, event } of messages) {
      const { sent, ...place } = acknowledged.get(id) ?? {};
      assert.deepEqual({ seq, created_at }, place, `message ${id}`);
      const type = sent.sender === "agent" ? "human_agent" : sent.sender;
      assert.equal(event.sender.type, type);
      assert.equal(event.content.text, sent.message.text);
      assert.deepEqual(
        event.attachments.map(({ name, url }) => ({ name, url })),
        sent.message.attachments ?? [],
      );
    }
    // A contact's message that reopens a session directly follows the entry which says so.
    for (const [index, { event }] of entries.entries()) {
      if (event.type !== "session_reopened" || event.by !== "contact") continue;
      assert.equal(entries[index + 1].event.sender?.type, "contact", `entry ${index + 2}`);
    }
  }
}
