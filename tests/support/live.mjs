// Live connections of a test, over both transports. Each records all that it receives.

import assert from "node:assert/strict";
import WebSocket from "ws";
import { allowedOrigin, send, until } from "./runtime.mjs";

/** @typedef {Awaited<ReturnType<typeof follow>>} Socket */

/** The subprotocol of the service's WebSockets. */
export const protocol = "chat-sessions.v1";

/** Time within which a connection opens, on a busy machine too, in milliseconds. */
const openMaxMs = 10_000;

/** Path of a session's events. */
export const eventsOf = (session, query = "") => `/chat/sessions/${session}/events${query}`;

/**
 * Opens a WebSocket, and resolves when it is open or has failed. The token is sent as a
 * page does, unless `protocols` says otherwise; `headers` are those of a server.
 *
 * @param {string} baseUrl
 * @param {{
 *   path: string,
 *   token?: string | undefined,
 *   origin?: string | undefined,
 *   protocols?: string[],
 *   headers?: Record<string, string>,
 * }} request
 */
export async function follow(baseUrl, { path, token, origin, protocols, headers = {} }) {
  const offered = protocols ?? [protocol, ...(token ? [`bearer.${token}`] : [])];
  const socket = new WebSocket(baseUrl.replace("http", "ws") + path, offered, {
    headers,
    ...(origin && { origin }),
    // A runtime on one machine ends the connection up to ten seconds after its last frame.
    closeTimeout: 100,
    handshakeTimeout: openMaxMs,
  });
  const received = {
    /** Every frame, in order, parsed. */
    frames: /** @type {any[]} */ ([]),
    /** The times at which they came, in milliseconds. */
    timesMs: /** @type {number[]} */ ([]),
    /** The code that it was closed with; 1006 if it was not. */
    code: /** @type {number | undefined} */ (undefined),
    reason: /** @type {string | undefined} */ (undefined),
    /** The chosen subprotocol. */
    protocol: "",
    get entries() {
      return entriesIn(received.frames);
    },
    get seqs() {
      return entriesIn(received.frames).map(({ seq }) => seq);
    },
    /** Returns the frames of a type. */
    of: (type) => received.frames.filter((frame) => frame.type === type),
    /** Sends a frame: text and bytes as they are, anything else as JSON. */
    send: (frame, options = {}) =>
      socket.send(
        typeof frame === "string" || Buffer.isBuffer(frame) ? frame : JSON.stringify(frame),
        options,
      ),
    /** Sends a message, and resolves to the frame that answers it. */
    async ask(frame) {
      const isAnswer = ({ type, id }) => (type === "ack" || type === "nack") && id === frame.id;
      const before = received.frames.filter(isAnswer).length;
      received.send(frame);
      return until(() => received.frames.filter(isAnswer)[before]);
    },
    /** Resolves when the other side has closed; returns the code. */
    async closed() {
      await until(() => received.code);
      return received.code;
    },
    async close() {
      socket.close();
      await until(() => received.code);
    },
    /** Ends the connection without a word. */
    cut: () => socket.terminate(),
  };
  socket.on("message", (data) => {
    received.timesMs.push(performance.now());
    received.frames.push(String(data) === "pong" ? "pong" : JSON.parse(data));
  });
  socket.on("error", () => {});
  socket.on("close", (code, reason) => Object.assign(received, { code, reason: String(reason) }));
  await new Promise((resolve) => socket.once("open", resolve).once("close", resolve));
  received.protocol = socket.protocol;
  return received;
}

/**
 * Reads server-sent events, and resolves when the answer has begun. An answer that is no
 * stream has its `body`.
 *
 * @param {string} baseUrl
 * @param {{
 *   path: string,
 *   token?: string | undefined,
 *   origin?: string | undefined,
 *   headers?: Record<string, string>,
 * }} request
 */
export async function followEvents(baseUrl, { path, token, origin, headers = {} }) {
  const stop = new AbortController();
  const late = setTimeout(() => stop.abort(), openMaxMs);
  const response = await fetch(baseUrl + path, {
    headers: {
      Accept: "text/event-stream",
      ...(token && { Authorization: `Bearer ${token}` }),
      ...(origin && { Origin: origin }),
      ...headers,
    },
    signal: stop.signal,
  }).finally(() => clearTimeout(late));
  const received = {
    status: response.status,
    headers: response.headers,
    body: /** @type {any} */ (undefined),
    /** Every block between two empty lines, as sent. */
    blocks: /** @type {string[]} */ ([]),
    /** Their data, parsed. */
    frames: /** @type {any[]} */ ([]),
    /** Their ids, or undefined. */
    ids: /** @type {(string | undefined)[]} */ ([]),
    timesMs: /** @type {number[]} */ ([]),
    hasEnded: false,
    get entries() {
      return entriesIn(received.frames);
    },
    get seqs() {
      return entriesIn(received.frames).map(({ seq }) => seq);
    },
    of: (type) => received.frames.filter((frame) => frame.type === type),
    /** Resolves when the other side has ended the stream. */
    ended: () => until(() => received.hasEnded),
    async close() {
      stop.abort();
      await until(() => received.hasEnded);
    },
  };
  if (!response.headers.get("content-type")?.startsWith("text/event-stream")) {
    const text = await response.text();
    return Object.assign(received, { hasEnded: true, body: text && JSON.parse(text) });
  }
  read(response, received).finally(() => (received.hasEnded = true));
  return received;
}

async function read({ body }, received) {
  let rest = "";
  try {
    for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
      const blocks = (rest + chunk).split("\n\n");
      rest = blocks.pop() ?? "";
      for (const block of blocks) {
        received.blocks.push(block);
        const data = block.match(/^data: (.*)$/m)?.[1];
        if (data === undefined) continue;
        received.timesMs.push(performance.now());
        received.ids.push(block.match(/^id: (.*)$/m)?.[1]);
        received.frames.push(JSON.parse(data));
      }
    }
  } catch {
    // Either side has ended it.
  }
}

const entriesIn = (frames) => frames.filter(({ seq, data }) => seq !== undefined && data);

/** One person of each kind, with a session of the contact's and one of the visitor's. */
export class People {
  /** @param {import("./runtime.mjs").Runtime} runtime */
  constructor(runtime) {
    this.runtime = runtime;
  }

  /** Sends a request that has to succeed; returns its body. */
  async post(path, token, body, /** @type {any} */ more = {}) {
    const answer = await send(this.runtime.baseUrl, { path, token, body, ...more });
    if (answer.status >= 300) throw new Error(`${path}: ${answer.status} ${answer.text}`);
    return answer.body;
  }

  /** Returns a session's id; of the token's person, or whom `body` names. */
  async open(body = {}, token = this.runtime.keys.secret) {
    return (await this.post("/chat/sessions", token, body)).id;
  }

  async visitor() {
    const { publishable } = this.runtime.keys;
    const { token } = await this.post("/widget/visitors", publishable, undefined, {
      origin: allowedOrigin,
    });
    return token;
  }

  agent(agent = { id: "ben", name: "Ben" }) {
    return this.post("/agents/tokens", this.runtime.keys.secret, agent).then(({ token }) => token);
  }

  async contact(email) {
    const path = "/widget/authenticate-user";
    const { token, contact } = await this.post(path, this.runtime.keys.secret, { email });
    return { token, id: contact.id };
  }

  /** Sends a message as the secret key: a contact's, unless it says otherwise. */
  async say(session, text, /** @type {any} */ { token, ...more } = {}) {
    const body = { ...(!token && { sender: "contact" }), message: { text }, ...more };
    const path = `/chat/sessions/${session}/send`;
    const { data } = await this.post(path, token ?? this.runtime.keys.secret, body);
    return data.message;
  }

  /** Returns the whole history, as the token's person sees it. */
  async history(session, token = this.runtime.keys.secret) {
    const items = [];
    for (;;) {
      const path = `/chat/sessions/${session}/history?limit=100&after=${items.length}`;
      const page = await this.post(path, token, undefined, { method: "GET" });
      items.push(...page.items);
      if (items.length >= page.last_seq) return items;
    }
  }

  /** Asserts that a connection has had the whole history, as the token's person sees it. */
  async assertWhole(live, session, token) {
    const entries = live.entries.map(({ data }) => data);
    assert.deepEqual(entries, await this.history(session, token));
  }
}
