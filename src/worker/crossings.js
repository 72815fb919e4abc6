// What a request does with the platform, each in one call across the WebAssembly
// boundary: a crossing costs more than what most of these do. No rule and no
// decision is here.

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

/** The response; `headers` has a name and a value a line. */
export function respond(status, headers, body) {
  const pairs = headers.split("\n").map((line) => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon), line.slice(colon + 1)];
  });
  return new Response(body === "" ? null : body, { status, headers: pairs });
}

/** What KV has under a name: a text, or `null`. */
export function findInKv(env, binding, name, timeoutMs) {
  return within(timeoutMs, env[binding].get(name));
}

/** Whether a rate limiter lets one more of `key` through. */
export async function isWithinLimit(env, binding, key, timeoutMs) {
  return (await within(timeoutMs, env[binding].limit({ key }))).success;
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
export async function runBatch(env, binding, bookmark, statements, timeoutMs) {
  const session = env[binding].withSession(bookmark);
  const prepared = JSON.parse(statements).map(([sql, ...values]) =>
    session.prepare(sqlTexts[sql]).bind(...values),
  );
  const results = await within(timeoutMs, session.batch(prepared));
  return JSON.stringify({ bookmark: session.getBookmark(), results });
}

/**
 * What a promise comes to; an error when it does not settle in time. What it stands
 * for goes on all the same.
 */
function within(timeoutMs, promise) {
  return new Promise((resolve, reject) => {
    const late = () => reject(new Error(`no answer within ${timeoutMs} ms`));
    const timer = setTimeout(late, timeoutMs);
    const settle = (how) => (value) => {
      clearTimeout(timer);
      how(value);
    };
    promise.then(settle(resolve), settle(reject));
  });
}
