// Options of a call, proven plain before they enter the module: an exception that
// a getter or a proxy throws would pass through it.

import { ChatSessionError } from "./error.js";
import { parseExact } from "./numbers.js";

/** @import { ClientOptions, CreateOptions, UpdateOptions } from "../index.js" */

const timeoutMsDefault = 10_000;
/** The longest delay of a timer; a longer one would fire at once. */
const timeoutMsMax = 2 ** 31 - 1;
export const retriesDefault = 2;

/**
 * Reads the options of one call, which override those of its client.
 *
 * @param {ClientOptions} ofClient
 * @param {Partial<ClientOptions & CreateOptions & UpdateOptions>} [ofCall]
 */
export function readOptions(ofClient, ofCall) {
  try {
    /** @type {<Name extends keyof ClientOptions>(name: Name) => Partial<ClientOptions>[Name]} */
    const option = (name) => ofCall?.[name] ?? ofClient?.[name];
    const baseUrl = option("baseUrl");
    const token = option("token");
    const signal = ofCall?.signal === undefined ? ofClient?.signal : ofCall.signal;
    const timeoutMs = option("timeoutMs") ?? timeoutMsDefault;
    const retries = option("retries") ?? retriesDefault;
    const bigNumbers = option("bigNumbers");
    const idempotencyKey = ofCall?.idempotencyKey ?? undefined;
    const ifMatch = ofCall?.ifMatch ?? undefined;

    expect(
      typeof token === "function" || (typeof token === "string" && token !== ""),
      "token must be a string, or a function that gives one: a publishable key (pk_…) in a web page",
    );
    expect(
      signal === undefined || typeof signal?.addEventListener === "function",
      "signal must be an AbortSignal; leave it out for a call that nothing aborts",
    );
    expect(
      typeof timeoutMs === "number" && timeoutMs > 0,
      "timeoutMs must be a number above 0, in milliseconds",
    );
    expect(typeof retries === "number" && retries >= 0, "retries must be a number, 0 or more");
    expect(
      idempotencyKey === undefined || typeof idempotencyKey === "string",
      "idempotencyKey must be a string that names this create; leave it out to have one made",
    );
    expect(
      ifMatch === undefined || typeof ifMatch === "string",
      "ifMatch must be a session's etag, a string",
    );
    expect(
      bigNumbers === undefined || bigNumbers === "string",
      'bigNumbers must be "string"; leave it out for numbers, rounded as JavaScript rounds them',
    );
    return {
      baseUrl: readBaseUrl(baseUrl),
      token,
      signal,
      timeoutMs: Math.min(timeoutMs, timeoutMsMax),
      retries,
      parse: bigNumbers && parseExact,
      idempotencyKey,
      ifMatch,
    };
  } catch (cause) {
    throw cause instanceof ChatSessionError ? cause : invalidOptions("cannot be read", cause);
  }
}

/**
 * Returns the service's address without a slash at its end.
 *
 * @param {unknown} baseUrl
 */
function readBaseUrl(baseUrl) {
  const example = "such as https://chat.example.com";
  expect(
    typeof baseUrl === "string",
    `baseUrl must be a string: the service's address, ${example}`,
  );
  // A page may leave out its own origin. Any other relative address would be one of the
  // page's paths: most often it lacks its scheme.
  const isPath = /^\/(?!\/)/.test(baseUrl);
  const page = isPath ? globalThis.location?.origin : undefined;
  let url;
  try {
    url = new URL(baseUrl, page);
  } catch (cause) {
    const rule = `baseUrl must be an address with its scheme, ${example}`;
    throw invalidOptions(rule, cause);
  }
  const { protocol, href, username, password } = url;
  expect(
    protocol === "https:" || protocol === "http:",
    `baseUrl must begin with https:// or http://, ${example}: ${protocol} is another scheme`,
  );
  expect(!/[?#]/.test(href), "baseUrl must have no query and no fragment: no ? and no #");
  expect(
    username === "" && password === "",
    "baseUrl must have no user name and no password: token is the credential",
  );
  return href.replace(/\/+$/, "");
}

/**
 * @param {boolean} isValid
 * @param {string} rule
 * @returns {asserts isValid}
 */
function expect(isValid, rule) {
  if (!isValid) throw invalidOptions(rule);
}

/**
 * @param {string} reason
 * @param {unknown} [cause]
 */
function invalidOptions(reason, cause) {
  const message = `options: ${reason}`;
  return new ChatSessionError({ code: "invalid_options", message, cause });
}
