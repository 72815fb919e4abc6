// One call: as many tries as it takes and may take.

import { ask } from "./answer.js";
import { sleep } from "./deadline.js";
import { ChatSessionError } from "./error.js";
import { invalidOptions } from "./options.js";

/** The answers that another try may better: too many requests, and gateways' own. */
const passing = [429, 502, 503, 504];
const backOffMs = 300;
const backOffMaxMs = 5_000;

/**
 * Sends a request until it is answered for good.
 *
 * `request` gives the request as `fetch` takes it, for a token.
 */
export async function send(request, isExpected, { token, retries, timeoutMs, signal }) {
  const endMs = performance.now() + timeoutMs;
  let bearer = await currentToken(token);
  let mayRenewToken = typeof token === "function";
  for (let tried = 0; ;) {
    let error;
    try {
      const [url, init] = prepare(request, bearer);
      return await ask(url, { ...init, signal }, isExpected);
    } catch (caught) {
      error = caught;
    }
    if (signal.aborted) throw signal.reason;
    if (error.status === 401 && mayRenewToken) {
      mayRenewToken = false;
      bearer = await currentToken(token, bearer);
      continue;
    }
    const isPassing = error.code === "network_error" || passing.includes(error.status);
    const waitMs = delayMs(tried, error.retryAfterMs);
    // What would be waited for in vain is told at once.
    if (!isPassing || tried >= retries || performance.now() + waitMs >= endMs) throw error;
    await sleep(waitMs, signal);
    tried += 1;
  }
}

/** Full jitter, after what the service asked for: not everyone comes back at once. */
function delayMs(tried, retryAfterMs = 0) {
  return retryAfterMs + Math.random() * Math.min(backOffMs * 2 ** tried, backOffMaxMs);
}

function prepare(request, bearer) {
  try {
    const [url, init] = request(bearer);
    // Says what no header can carry before `fetch` would, which calls it a failed fetch.
    return [url, { ...init, headers: new Headers(init.headers) }];
  } catch (cause) {
    throw invalidOptions("what was given makes no request", cause);
  }
}

async function currentToken(token, refused) {
  if (typeof token === "string") return token;
  let cause;
  try {
    const current = await token(refused);
    if (typeof current === "string" && current !== "") return current;
  } catch (thrown) {
    cause = thrown;
  }
  throw new ChatSessionError({
    code: "token_unavailable",
    message: "options.token is a function that gave no token",
    cause,
  });
}
