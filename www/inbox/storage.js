// Texts that an agent has typed and not sent yet: in this tab, until it is closed.

/** @import { Agent } from "./session_token.js" */
/** @typedef {ReturnType<typeof newStorage>} Storage */

const prefix = "chat-sessions-inbox:";

/**
 * Creates the storage of an agent: nobody else who signs in in this tab sees what is in it.
 *
 * @param {Agent} agent
 */
export function newStorage({ organization, id }) {
  const ofAgent = `${prefix}${JSON.stringify([organization, id])}:`;
  /** Holds what the browser does not store. */
  const inMemory = new Map();

  return {
    /**
     * @param {string} name
     * @returns {any}
     */
    get(name) {
      try {
        const text = sessionStorage.getItem(ofAgent + name);
        return text === null ? inMemory.get(name) : JSON.parse(text);
      } catch {
        return inMemory.get(name);
      }
    },
    /**
     * Stores a value; undefined removes it.
     *
     * @param {string} name
     * @param {unknown} value
     */
    set(name, value) {
      inMemory.delete(name);
      try {
        if (value === undefined) sessionStorage.removeItem(ofAgent + name);
        else sessionStorage.setItem(ofAgent + name, JSON.stringify(value));
      } catch {
        // Full, or denied.
        if (value !== undefined) inMemory.set(name, value);
      }
    },
  };
}

/** Removes what every agent has typed in this tab. */
export function clearStorage() {
  try {
    const names = Object.keys(sessionStorage).filter((name) => name.startsWith(prefix));
    for (const name of names) sessionStorage.removeItem(name);
  } catch {
    // Nothing was stored.
  }
}
