// What a caller says about a call, made sure of.

import { ChatSessionError } from "./error.js";

const timeoutMsDefault = 10_000;
const retriesDefault = 2;
/** What a timer can count to; more would be no time at all. */
const timeoutMsMax = 2 ** 31 - 1;

/** Reads the options of one call, which stand before those of its client. */
export function readOptions(ofClient, ofCall) {
  try {
    const option = (name) => ofCall?.[name] ?? ofClient?.[name];
    const baseUrl = option("baseUrl");
    const token = option("token");
    const signal = option("signal");
    const timeoutMs = option("timeoutMs") ?? timeoutMsDefault;
    const retries = option("retries") ?? retriesDefault;
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
    expect(retries >= 0, "retries must be a number, 0 or more");
    return {
      // A page may leave out its own origin.
      baseUrl: new URL(baseUrl, globalThis.location?.href).href.replace(/\/+$/, ""),
      token,
      signal,
      timeoutMs: Math.min(timeoutMs, timeoutMsMax),
      retries,
      idempotencyKey,
    };
  } catch (cause) {
    throw cause instanceof ChatSessionError ? cause : invalidOptions("cannot be used", cause);
  }
}

/** The error for options that make no request. */
export function invalidOptions(what, cause) {
  return new ChatSessionError({ code: "invalid_options", message: `options: ${what}`, cause });
}

function expect(isSo, what) {
  if (!isSo) throw invalidOptions(what);
}
