// Time-out and abort of a call.

import { ChatSessionError } from "./error.js";

/**
 * Runs `work` with a signal, and settles as it does, unless the caller's own signal
 * aborts or the time-out passes first.
 *
 * In JavaScript, because it has to work when an instance of the module is broken.
 *
 * @template Result
 * @param {{ signal: AbortSignal | undefined, timeoutMs: number }} options
 * @param {(signal: AbortSignal) => Promise<Result>} work
 * @returns {Promise<Result>}
 */
export async function within({ signal, timeoutMs }, work) {
  const controller = new AbortController();
  const stop = () => controller.abort(signal?.reason);
  if (signal?.aborted) stop();
  signal?.addEventListener("abort", stop);
  const timer = setTimeout(() => controller.abort(timeout(timeoutMs)), timeoutMs);
  try {
    return await new Promise((resolve, reject) => {
      const end = () => reject(controller.signal.reason);
      controller.signal.addEventListener("abort", end);
      if (controller.signal.aborted) end();
      // Resolving with the promise itself would rule out a rejection here.
      else work(controller.signal).then(resolve, reject);
    });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", stop);
    // Cancels the call's pending requests and waits.
    controller.abort();
  }
}

/** @param {number} timeoutMs */
function timeout(timeoutMs) {
  const message = `No answer within ${timeoutMs} ms`;
  return new ChatSessionError({
    code: "timeout",
    message,
    cause: new DOMException(message, "TimeoutError"),
  });
}
