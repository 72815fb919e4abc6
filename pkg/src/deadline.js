// The time that a call has, and its caller's wish to end it.

import { ChatSessionError } from "./error.js";

/**
 * Gives `work` a signal, and its result: unless the caller's own signal or the
 * time-out comes first.
 *
 * Not in the module, where a broken instance would never see the time-out.
 */
export async function within({ signal, timeoutMs }, work) {
  const controller = new AbortController();
  const stop = () => controller.abort(signal.reason);
  if (signal?.aborted) stop();
  signal?.addEventListener("abort", stop);
  const timer = setTimeout(() => controller.abort(timeout(timeoutMs)), timeoutMs);
  try {
    return await new Promise((resolve, reject) => {
      const end = () => reject(controller.signal.reason);
      if (controller.signal.aborted) return end();
      controller.signal.addEventListener("abort", end);
      // Not by resolving with the promise itself: that could not be rejected.
      work(controller.signal).then(resolve, reject);
    });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", stop);
    // Ends what the call still waits for.
    controller.abort();
  }
}

function timeout(timeoutMs) {
  const message = `No answer within ${timeoutMs} ms`;
  return new ChatSessionError({
    code: "timeout",
    message,
    cause: new DOMException(message, "TimeoutError"),
  });
}
