// Failures that pass.

/**
 * Returns true if the same request may succeed later.
 *
 * @param {any} error
 */
export function isTransient(error) {
  const { code, status } = error ?? {};
  if (["network_error", "timeout", "rate_limited"].includes(code)) return true;
  return status === 502 || status === 503 || status === 504;
}
