// The time that a call has, and its caller's wish to end it.

import { ChatSessionError } from "./error.js";

/**
 * Gives `work` a signal, and its result: unless the caller's own signal or the
 * time-out comes first.
 */
export async function within({ signal, timeoutMs }, work) {
  const controller = new AbortController();
  const stop = () => controller.abort(signal.reason);
  if (signal?.aborted) stop();
  signal?.addEventListener("abort", stop);
  const timer = setTimeout(() => controller.abort(timeout(timeoutMs)), timeoutMs);
  try {
    return await abortable(controller.signal, (resolve, reject) => {
      // Not by resolving with the promise itself: that could not be given up.
      if (!controller.signal.aborted) work(controller.signal).then(resolve, reject);
    });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", stop);
    // Whatever still goes on is for nobody.
    controller.abort();
  }
}

/** Waits. */
export function sleep(ms, signal) {
  let timer;
  return abortable(signal, (resolve) => {
    timer = setTimeout(resolve, ms);
  }).finally(() => clearTimeout(timer));
}

/** A promise that the signal rejects with exactly its reason. */
function abortable(signal, start) {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop);
    start(resolve, reject);
  });
}

function timeout(timeoutMs) {
  const message = `No answer within ${timeoutMs} ms`;
  return new ChatSessionError({
    code: "timeout",
    message,
    cause: new DOMException(message, "TimeoutError"),
  });
}
