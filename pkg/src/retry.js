// Waits before a retry: those of src/browser/retry.rs.

const backOffMs = 300;
const backOffMaxMs = 5_000;

/**
 * Returns the wait after a number of earlier failures. Half of it is random: pages that
 * failed together do not return together.
 *
 * @param {number} failures
 * @param {number} [maxMs]
 */
export function waitMs(failures, maxMs = backOffMaxMs) {
  return Math.min(backOffMs * 2 ** failures, maxMs) * (0.5 + Math.random() / 2);
}

/**
 * Waits; an abort ends the wait.
 *
 * @param {number} ms
 * @param {AbortSignal} [signal]
 * @returns {Promise<void>}
 */
export function sleep(ms, signal) {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal?.addEventListener("abort", end);
  });
}
