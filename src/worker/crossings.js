// What a request does with the platform, each in one call across the WebAssembly
// boundary, with one text in and one out: a crossing costs more than what most of
// these do. No rule and no decision is here.

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
 * The response. `text` is as HTTP/1.1 has it: the status, a header a line, an empty
 * line, the body. No header is there twice. A header that the platform does not take
 * (only `Origin` is ever sent back) is left out: thrown into the WebAssembly, it would
 * cost every request there.
 */
export function respond(text) {
  const headEnd = text.indexOf("\n\n");
  const [status, ...lines] = text.slice(0, headEnd).split("\n");
  const body = text.slice(headEnd + 2);
  const response = new Response(body === "" ? null : body, { status: Number(status) });
  const { headers } = response;
  // One by one: in the constructor's options, as pairs, they take three times as long.
  for (const line of lines) {
    const colon = line.indexOf(":");
    try {
      headers.set(line.slice(0, colon), line.slice(colon + 1));
    } catch (error) {
      console.error(`header left out: ${error.message}`);
    }
  }
  return response;
}

/** What KV has under a name: a text, or `null`. */
export async function findInKv({ KEYS }, name) {
  return KEYS.get(name);
}

/** Whether the limiter of credentials lets one more of `key` through. */
export async function isCredentialWithinLimit({ CREDENTIAL_RATE_LIMITER }, key) {
  return (await CREDENTIAL_RATE_LIMITER.limit({ key })).success;
}

/** Whether the limiter of client addresses does. */
export async function isAddressWithinLimit({ ADDRESS_RATE_LIMITER }, key) {
  return (await ADDRESS_RATE_LIMITER.limit({ key })).success;
}

/** The SQL texts that have crossed, by number: each crosses once. */
const sqlTexts = [];

/** Keeps an SQL text; gives its number. */
export function keepSql(sql) {
  return sqlTexts.push(sql) - 1;
}

/**
 * Runs statements as one transaction. `text` is the JSON text of a list: the binding
 * of the database, the bookmark to start from, and for each statement a list of the
 * number of its SQL and its values. Gives the JSON text of a list: the bookmark, and
 * for each statement a list of its rows, and how many it changed, read and wrote.
 */
export async function runBatch(env, text) {
  const [binding, bookmark, ...statements] = JSON.parse(text);
  const session = env[binding].withSession(bookmark);
  const prepared = statements.map(([sql, ...values]) =>
    session.prepare(sqlTexts[sql]).bind(...values),
  );
  const answers = (await session.batch(prepared)).map(({ results, meta }) => [
    results,
    meta.changes,
    meta.rows_read,
    meta.rows_written,
  ]);
  return JSON.stringify([session.getBookmark(), ...answers]);
}
