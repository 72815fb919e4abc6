// The agent's token: from the address of a sign-in link, then in this tab's storage only.

const storageName = "chat-sessions-inbox-token";

/**
 * The agent of a token. The service verifies tokens; the page only shows what is in one.
 *
 * @typedef {{ token: string, id: string, name: string, organization: string, expiresAtMs: number }} Agent
 */

/** Holds the token where the browser denies the page its storage. */
let inMemory = "";

/** Takes a token out of the address, before anything can read it there, and stores it. */
export function takeToken() {
  const { hash, pathname, search } = location;
  if (!hash.startsWith("#token=")) return;
  history.replaceState(history.state, "", pathname + search);
  storeToken(hash.slice("#token=".length));
}

/** @param {string} token */
export function storeToken(token) {
  inMemory = token;
  try {
    sessionStorage.setItem(storageName, token);
  } catch {
    // A reload will ask for the link again.
  }
}

export function forgetToken() {
  inMemory = "";
  try {
    sessionStorage.removeItem(storageName);
  } catch {
    // Nothing was stored either.
  }
}

/** Returns the token of this tab; empty if there is none. */
export function storedToken() {
  try {
    return sessionStorage.getItem(storageName) ?? inMemory;
  } catch {
    return inMemory;
  }
}

/**
 * Returns the token of a pasted link, or of a pasted token.
 *
 * @param {string} text
 */
export function tokenIn(text) {
  return /(?:^|#token=)([\w-]+\.[\w-]+\.[\w-]+)$/.exec(text.trim())?.[1];
}

/**
 * Returns the agent of a token; undefined if it is no agent's.
 *
 * @param {string} token
 * @returns {Agent | undefined}
 */
export function agentOf(token) {
  try {
    const [, payload = ""] = token.split(".");
    const bytes = Uint8Array.from(
      atob(payload.replaceAll("-", "+").replaceAll("_", "/")),
      (character) => character.charCodeAt(0),
    );
    const claims = JSON.parse(new TextDecoder().decode(bytes));
    if (claims.aud !== "chat-sessions/agent") return undefined;
    const { sub, name, org, exp } = claims;
    return {
      token,
      id: String(sub),
      name: String(name),
      organization: String(org),
      expiresAtMs: Number(exp) * 1000,
    };
  } catch {
    return undefined;
  }
}
