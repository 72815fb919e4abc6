// What a request does with the platform, each in one call across the WebAssembly
// boundary: a crossing costs more than what most of these do. No rule and no
// decision is here.

// Each await of a Rust future goes through this once. The platform's own takes ten
// times as long as a promise, and does no more.
globalThis.queueMicrotask = (task) => {
  Promise.resolve().then(task);
};

/** The headers that are looked at. */
const wanted = [
  "authorization",
  "cf-connecting-ip",
  "content-length",
  "content-type",
  "idempotency-key",
  "if-match",
  "if-none-match",
  "origin",
  "x-d1-bookmark",
];

/** A request as HTTP/1.1 has it: the method and the address, then a header a line. */
export function readRequest({ method, url, headers }) {
  let text = `${method} ${url}`;
  for (const name of wanted) {
    const value = headers.get(name);
    // No header has a line break in it.
    if (value !== null) text += `\n${name}:${value}`;
  }
  return text;
}

/** The body's bytes; `null` if they are more than `maxBytes`. */
export async function readBody(request, maxBytes) {
  const declared = request.headers.get("content-length");
  if (declared !== null && Number(declared) <= maxBytes) {
    const bytes = new Uint8Array(await request.arrayBuffer());
    return bytes.length <= maxBytes ? bytes : null;
  }
  return readChunks(request.body, maxBytes);
}

/** How much of a body that is refused is read, and dropped. */
const discardMaxBytes = 16 * 1024 * 1024;

/**
 * Chunk by chunk, so that an endless body costs no more than the limit. One that is
 * too long is read on, without being kept: a sender that is cut off in the middle of
 * its body sees a broken connection, and never the answer.
 */
async function readChunks(body, maxBytes) {
  const chunks = [];
  let length = 0;
  for await (const chunk of body ?? []) {
    length += chunk.length;
    if (length <= maxBytes) chunks.push(chunk);
    else if (length > maxBytes + discardMaxBytes) break;
  }
  if (length > maxBytes) return null;
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

/**
 * How long one call to D1 or KV may take: far more than it ever needs, and soon enough
 * that a caller can still try again. A create makes one of each.
 */
const storageMs = 5000;
/** How long the limiter may take; it answers from the same machine. */
const limiterMs = 500;

/**
 * How long a request waits for what, one thing after another, with one timer for all
 * of them: a timer costs as much as anything else that a request does.
 */
export class Patience {
  #endsAtMs = Infinity;
  #giveUp = () => {};
  #timer;

  /**
   * What a promise comes to; an error when it does not settle in time. What it stands
   * for goes on all the same.
   */
  wait(timeoutMs, promise) {
    this.#endsAtMs = Date.now() + timeoutMs;
    this.#timer ??= setTimeout(() => this.#look(), limiterMs);
    return new Promise((resolve, reject) => {
      this.#giveUp = () => reject(new Error(`no answer within ${timeoutMs} ms`));
      promise.then(resolve, reject);
    });
  }

  /** Ends what is waited for, if it has had its time, or looks again when it will have. */
  #look() {
    const leftMs = this.#endsAtMs - Date.now();
    if (leftMs <= 0) this.#giveUp();
    this.#timer = leftMs > 0 ? setTimeout(() => this.#look(), leftMs) : undefined;
  }

  /** Nothing more is waited for. */
  end() {
    clearTimeout(this.#timer);
  }
}

/** The response; `headers` has a name and a value a line, no name twice. */
export function respond(status, headers, body) {
  const response = new Response(body === "" ? null : body, { status });
  // One by one: in the constructor's options they take three times as long.
  for (const line of headers.split("\n")) {
    const colon = line.indexOf(":");
    response.headers.set(line.slice(0, colon), line.slice(colon + 1));
  }
  return response;
}

/** What KV has under a name: a text, or `null`. */
export function findInKv({ KEYS }, patience, name) {
  return patience.wait(storageMs, KEYS.get(name));
}

/** Whether the limiter of credentials lets one more of `key` through. */
export async function isCredentialWithinLimit({ CREDENTIAL_RATE_LIMITER }, patience, key) {
  return (await patience.wait(limiterMs, CREDENTIAL_RATE_LIMITER.limit({ key }))).success;
}

/** Whether the limiter of client addresses does. */
export async function isAddressWithinLimit({ ADDRESS_RATE_LIMITER }, patience, key) {
  return (await patience.wait(limiterMs, ADDRESS_RATE_LIMITER.limit({ key }))).success;
}

/** The SQL texts that have crossed, by number: each crosses once. */
const sqlTexts = [];

/** Keeps an SQL text; gives its number. */
export function keepSql(sql) {
  return sqlTexts.push(sql) - 1;
}

/**
 * Runs statements as one transaction. `statements` is the JSON text of a list: the
 * number of an SQL text and its values, for each. Gives the JSON text of D1's answer.
 */
export async function runBatch(env, patience, binding, bookmark, statements) {
  const session = env[binding].withSession(bookmark);
  const prepared = JSON.parse(statements).map(([sql, ...values]) =>
    session.prepare(sqlTexts[sql]).bind(...values),
  );
  const results = await patience.wait(storageMs, session.batch(prepared));
  return JSON.stringify({ bookmark: session.getBookmark(), results });
}
