// Options of a call, proven plain before they enter the module: an exception that
// a getter or a proxy throws would pass through it.

import { ChatSessionError } from "./error.js";

/** @import { ClientOptions, CreateOptions } from "../index.js" */

const timeoutMsDefault = 10_000;
/** The longest delay of a timer; a longer one would fire at once. */
const timeoutMsMax = 2 ** 31 - 1;

/**
 * Reads the options of one call, which override those of its client.
 *
 * @param {ClientOptions} ofClient
 * @param {Partial<ClientOptions & CreateOptions>} [ofCall]
 */
export function readOptions(ofClient, ofCall) {
  try {
    /** @type {<Name extends keyof ClientOptions>(name: Name) => Partial<ClientOptions>[Name]} */
    const option = (name) => ofCall?.[name] ?? ofClient?.[name];
    const baseUrl = option("baseUrl");
    const token = option("token");
    const signal = option("signal");
    const timeoutMs = option("timeoutMs") ?? timeoutMsDefault;
    const retries = option("retries");
    const idempotencyKey = ofCall?.idempotencyKey;

    expect(typeof baseUrl === "string", "baseUrl must be a string: the address of the service");
    expect(
      typeof token === "function" || (typeof token === "string" && token !== ""),
      "token must be a string, or a function that gives one: a publishable key (pk_…) in a web page",
    );
    expect(
      signal === undefined || typeof signal.addEventListener === "function",
      "signal must be an AbortSignal",
    );
    expect(timeoutMs > 0, "timeoutMs must be a number above 0");
    expect(retries === undefined || retries >= 0, "retries must be a number, 0 or more");
    return {
      // A page may leave out its own origin.
      baseUrl: new URL(baseUrl, globalThis.location?.href).href.replace(/\/+$/, ""),
      token,
      signal,
      timeoutMs: Math.min(timeoutMs, timeoutMsMax),
      retries: retries && Number(retries),
      idempotencyKey: idempotencyKey === undefined ? undefined : `${idempotencyKey}`,
    };
  } catch (cause) {
    throw cause instanceof ChatSessionError ? cause : invalidOptions("cannot be used", cause);
  }
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
