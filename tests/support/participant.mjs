// A participant of a conversation, as any client should be: connects again when its line
// breaks, from the last entry that it has, and sends each message until it is acknowledged.

import { randomUUID } from "node:crypto";
import { eventsOf, follow, followEvents } from "./live.mjs";
import { send } from "./runtime.mjs";

/** Time without a word after which a connection is taken for dead, in milliseconds. */
const silenceMaxMs = 1_500;
const pingEveryMs = 500;

const delay = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export class Participant {
  /** Every entry, in the order it came. */
  shown = /** @type {any[]} */ ([]);
  connections = 0;
  /** Breaches of the guarantees: a gap, a double, a wrong order, a refusal. */
  complaints = /** @type {string[]} */ ([]);
  #live = /** @type {any} */ (undefined);
  #hasLeft = false;

  /**
   * @param {string} baseUrl
   * @param {{ session: string, token: string, isEventStream?: boolean }} who
   */
  constructor(baseUrl, { session, token, isEventStream = false }) {
    this.baseUrl = baseUrl;
    this.session = session;
    this.token = token;
    this.isEventStream = isEventStream;
    this.ended = this.#follow();
  }

  /** Returns the messages that were shown. */
  get messages() {
    return this.shown.filter(({ event }) => event.type === "message");
  }

  async leave() {
    this.#hasLeft = true;
    await this.ended;
  }

  async #follow() {
    while (!this.#hasLeft) {
      try {
        await (this.isEventStream ? this.#readEvents() : this.#readSocket());
      } catch (error) {
        // The runtime is not there.
        if (error.name === "AssertionError") throw error;
      }
      await delay(20 + 80 * Math.random());
    }
  }

  async #readSocket() {
    const { session, token } = this;
    const path = eventsOf(session, `?after=${this.shown.length}`);
    const live = await follow(this.baseUrl, { path, token });
    this.#begin(live);
    let read = 0;
    let pingedMs = performance.now();
    let heardMs = pingedMs;
    while (!this.#hasLeft && live.code === undefined) {
      for (; read < live.frames.length; read += 1) {
        heardMs = performance.now();
        this.#show(live.frames[read]);
      }
      if (performance.now() - pingedMs > pingEveryMs) {
        live.send("ping");
        pingedMs = performance.now();
      }
      if (performance.now() - heardMs > silenceMaxMs) live.cut();
      await delay(2);
    }
    for (; read < live.frames.length; read += 1) this.#show(live.frames[read]);
    if ([4400, 4401, 4403, 4404].includes(live.code ?? 0)) this.#complain(`closed: ${live.code}`);
    this.#live = undefined;
    live.cut();
  }

  async #readEvents() {
    const { session, token, shown } = this;
    const headers = { "Last-Event-ID": String(shown.length) };
    const live = await followEvents(this.baseUrl, { path: eventsOf(session), token, headers });
    if (live.status >= 400 && live.status < 500) this.#complain(`refused: ${live.status}`);
    this.#begin(live);
    const openedMs = performance.now();
    let read = 0;
    // Comments come too seldom for a test: it does not wait to be sure.
    while (!this.#hasLeft && !live.hasEnded && performance.now() - openedMs < 5_000) {
      for (; read < live.frames.length; read += 1) this.#show(live.frames[read]);
      await delay(2);
    }
    await live.close();
  }

  #begin(live) {
    this.#live = live;
    this.connections += 1;
  }

  #show({ data, seq }) {
    if (!data || seq === undefined) return;
    if (seq !== this.shown.length + 1) this.#complain(`${seq} after ${this.shown.length}`);
    else this.shown.push(data);
  }

  #complain(text) {
    this.complaints.push(text);
  }

  /** Sends a message, by a frame or a request, until it is acknowledged; returns its id. */
  async say(text, { sender, isFrame }) {
    const id = randomUUID();
    for (;;) {
      const isSent = isFrame ? this.#sendFrame(id, text, sender) : this.#post(id, text, sender);
      if (await isSent.catch(() => false)) return id;
      await delay(50 + 100 * Math.random());
    }
  }

  async #sendFrame(id, text, sender) {
    const live = this.#live;
    if (!live || live.code !== undefined) return false;
    const heard = live.frames.length;
    live.send({ type: "send", id, text, ...(sender && { sender }) });
    for (let waited = 0; waited < 1_000 && live.code === undefined; waited += 1) {
      const answer = live.frames.slice(heard).find((frame) => frame.id === id && frame.type);
      if (answer?.type === "ack") return true;
      if (answer) return this.#isRefused(answer.code);
      await delay(3);
    }
    return false;
  }

  async #post(id, text, sender) {
    const { status, body } = await send(this.baseUrl, {
      path: `/chat/sessions/${this.session}/send`,
      token: this.token,
      body: { message: { id, text }, ...(sender && { sender }) },
      signal: AbortSignal.timeout(3_000),
    });
    return status < 300 ? true : this.#isRefused(body.code);
  }

  /** A message may be sent again, unless it is wrong. */
  #isRefused(code) {
    if (!["storage_unavailable", "rate_limited", "internal_error"].includes(code)) {
      this.#complain(`not sent: ${code}`);
    }
    return false;
  }
}
