// A request and a response as texts: HTTP/1.1 as it would be on the wire, nearly.
// A text crosses the WebAssembly boundary in one piece.

/** The headers that are looked at. */
const wanted = [
  "origin",
  "authorization",
  "cf-connecting-ip",
  "content-length",
  "content-type",
  "idempotency-key",
  "x-d1-bookmark",
];
/** And those that mean something where a session is there already. */
const preconditions = ["if-match", "if-none-match"];

/** The method and the address, then a header a line. */
export function readRequest({ method, url, headers }) {
  let text = `${method} ${url}`;
  for (const name of method === "POST" ? wanted : [...wanted, ...preconditions]) {
    const value = headers.get(name);
    // No header has a line break in it.
    if (value !== null) text += `\n${name}:${value}`;
    // Who shows no credential is refused, or served, without a look at the rest.
    else if (name === "authorization") break;
  }
  return text;
}

/**
 * The response that `text` spells from `start` on: the status, a header a line, an
 * empty line, the body. No header is there twice.
 */
export function respond(text, start) {
  const headEnd = text.indexOf("\n\n", start);
  const body = text.slice(headEnd + 2);
  let lineEnd = text.indexOf("\n", start);
  const status = Number(text.slice(start, lineEnd));
  const response = new Response(body === "" ? null : body, { status });
  const { headers } = response;
  // One by one: in the constructor's options, as pairs, they take three times as long.
  while (lineEnd < headEnd) {
    const lineStart = lineEnd + 1;
    const colon = text.indexOf(":", lineStart);
    lineEnd = text.indexOf("\n", colon);
    set(headers, text.slice(lineStart, colon), text.slice(colon + 1, lineEnd));
  }
  return response;
}

/** A header that the platform does not take (only `Origin` is ever sent back) is left out. */
function set(headers, name, value) {
  try {
    headers.set(name, value);
  } catch (error) {
    console.error(`header left out: ${error.message}`);
  }
}
