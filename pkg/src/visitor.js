// The credential of an anonymous visitor: made at its first use, and stored.

/** @import { TokenStorage, Visitor } from "../index.js" */

/**
 * Returns a visitor, documented in index.d.ts.
 *
 * @param {string} key The publishable key, which the token belongs to.
 * @param {TokenStorage | undefined} storage
 * @param {() => Promise<{ token: string }>} request Requests a new token.
 * @returns {Visitor}
 */
export function newVisitor(key, storage, request) {
  // A page that changes its key, and with it perhaps its organization, has other visitors.
  const name = `chat-sessions.visitor.${key}`;
  const { read, write } = newStore(name, storage);
  /**
   * The token that is made: concurrent first uses make one.
   *
   * @type {Promise<string> | undefined}
   */
  let pending;

  /** @type {(rejected?: string) => Promise<string | undefined>} */
  const find = async (rejected) => {
    const token = await read();
    return token === rejected ? undefined : token;
  };

  /** @type {(rejected?: string) => Promise<string>} */
  async function make(rejected) {
    // Another tab may have made one before this one had the lock.
    const known = await find(rejected);
    if (known) return known;
    const { token } = await request();
    // Without locks, the first of two tabs wins.
    const first = await find(rejected);
    if (first) return first;
    await write(token);
    return token;
  }

  /** @type {(rejected?: string) => Promise<string>} */
  async function visitor(rejected) {
    const known = await find(rejected);
    if (known) return known;
    const mine = (pending ??= inOneTab(name, () => make(rejected)));
    try {
      return await mine;
    } finally {
      if (pending === mine) pending = undefined;
    }
  }

  return Object.assign(visitor, {
    isKnown: async () => Boolean(await read()),
    forget: async () => {
      // A token that is made now would be stored again.
      await pending?.catch(() => {});
      await write(undefined);
    },
  });
}

/**
 * Returns a place for a token: one name of a storage, or memory where that fails.
 *
 * @param {string} name
 * @param {TokenStorage | undefined} storage
 */
function newStore(name, storage) {
  /** @type {string | undefined} */
  let memory;
  // Reading the global throws where the browser denies it.
  const place = () => storage ?? globalThis.localStorage;
  return {
    /** @type {() => Promise<string | undefined>} */
    async read() {
      try {
        return (await place().getItem(name)) ?? memory;
      } catch {
        return memory;
      }
    },
    /** @type {(token: string | undefined) => Promise<void>} */
    async write(token) {
      memory = undefined;
      try {
        await (token ? place().setItem(name, token) : place().removeItem(name));
      } catch {
        memory = token;
      }
    },
  };
}

/**
 * Runs `work` in one tab at a time, where the browser has locks.
 *
 * @template Result
 * @param {string} name
 * @param {() => Promise<Result>} work
 * @returns {Promise<Result>}
 */
async function inOneTab(name, work) {
  const { locks } = globalThis.navigator ?? {};
  return locks ? locks.request(name, work) : work();
}
