// What comes back: the answer of the service, or something else's.

import { ChatSessionError } from "./error.js";

/** Far more than a page of the largest sessions; no proxy's page is read further. */
const bodyMaxBytes = 32 * 1024 * 1024;

/** Sends one request and reads its answer; throws unless the service said yes. */
export async function ask(url, init, isExpected) {
  let answer;
  try {
    answer = await read(await fetch(url, init));
  } catch (cause) {
    throw new ChatSessionError({
      code: "network_error",
      message: "The service could not be reached",
      cause,
    });
  }
  if (answer.ok && isExpected(answer.body)) return answer;
  throw refusal(answer);
}

function refusal({ ok, status, header, body }) {
  const retryAfterMs = readRetryAfter(header("Retry-After"));
  if (!ok && typeof body?.code === "string") {
    const { code, message, errors, request_id: requestId } = body;
    return new ChatSessionError({ code, status, message, errors, requestId, retryAfterMs });
  }
  return new ChatSessionError({
    code: "unexpected_response",
    status,
    message: "The answer did not come from a chat-sessions service",
    retryAfterMs,
  });
}

/** All that is wanted of a response: a page may have replaced `fetch`, and this be anything. */
async function read(response) {
  const { ok, status, headers } = response ?? {};
  const header = (name) => headers?.get?.(name);
  return { ok, status, header, body: parse(await readText(response)) };
}

/** The body's text; none where it is too long, or no body. */
async function readText(response) {
  const reader = response?.body?.getReader?.();
  if (!reader) return response?.text?.();
  const decoder = new TextDecoder();
  let text = "";
  let bytesLeft = bodyMaxBytes;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    bytesLeft -= value.length;
    if (bytesLeft < 0) {
      reader.cancel().catch(() => {});
      return undefined;
    }
    text += decoder.decode(value, { stream: true });
  }
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Seconds, or a date. */
function readRetryAfter(header) {
  if (!header) return undefined;
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.max(ms, 0);
}
