// Server-sent events as the transport of a line, read with `fetch`: an `EventSource` can
// send no token.

/** @import { Opening, Transport } from "./line.js" */

/**
 * Opens a stream of events.
 *
 * @param {Opening} opening
 * @returns {Transport}
 */
export function openEvents({ url, token, fail, onHeard, onText, onEnd }) {
  const controller = new AbortController();
  /** @type {unknown} */
  let refused;

  async function read() {
    const response = await fetch(url, {
      headers: { Accept: "text/event-stream", Authorization: `Bearer ${token}` },
      redirect: "manual",
      signal: controller.signal,
    });
    const type = response.headers.get("Content-Type") ?? "";
    if (!response.ok || !response.body || !type.startsWith("text/event-stream")) {
      refused = fail(await refusal(response, url));
      throw refused;
    }
    const reader = response.body.getReader();
    const decoder = new TextDecoder();
    const feed = newEventReader(onText);
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      onHeard();
      feed(decoder.decode(value, { stream: true }));
    }
  }

  read().then(
    // A stream that ends is complete: the service asks to reconnect.
    () => onEnd({ isRestart: true }),
    (error) => onEnd(error === refused ? { error } : {}),
  );
  return { close: () => controller.abort() };
}

/**
 * Returns a function that takes the text of a stream in pieces, and calls `onData` with
 * the data of each event.
 *
 * @param {(data: string) => void} onData
 */
export function newEventReader(onData) {
  let rest = "";
  /** @type {string[]} */
  let data = [];
  return (/** @type {string} */ text) => {
    // A carriage return at the end may be half of a line's end.
    const lines = (rest + text).split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? "";
    for (const line of lines) {
      if (line.startsWith("data:")) data.push(line.slice(5).replace(/^ /, ""));
      if (line !== "" || data.length === 0) continue;
      const whole = data.join("\n");
      data = [];
      onData(whole);
    }
  };
}

/**
 * Returns the details of the service's error, or that another server has answered.
 *
 * @param {Response} response
 * @param {string} url
 * @returns {Promise<any>}
 */
async function refusal(response, url) {
  const { status } = response;
  const seconds = Number(response.headers.get("Retry-After") ?? NaN);
  const retryAfterMs = seconds >= 0 ? seconds * 1000 : undefined;
  const body = await response.json().catch(() => undefined);
  if (body?.statusCode === status && body.code && body.message) {
    const { code, message, errors, request_id: requestId } = body;
    return { code, status, message, errors, requestId, retryAfterMs };
  }
  const message = `baseUrl: ${new URL(url).origin} answered, but not as a chat-sessions service: check the address, and what is between`;
  return { code: "unexpected_response", status, message, retryAfterMs };
}
