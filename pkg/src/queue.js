// The queue of a subscription, from which a loop takes: `next` of an asynchronous iterator.

/**
 * Returns a queue. `onDrained` is called when a reader waits for more.
 *
 * @template Item
 * @param {() => void} onDrained
 */
export function newQueue(onDrained) {
  /** @type {Item[]} */
  let items = [];
  /** @type {{ resolve(result: IteratorResult<Item, undefined>): void, reject(reason: unknown): void }[]} */
  const readers = [];
  /** @type {{ error?: unknown } | undefined} */
  let ended;
  /** @type {() => IteratorReturnResult<undefined>} */
  const done = () => ({ done: true, value: undefined });

  return {
    get length() {
      return items.length;
    },
    /** @param {Item} item */
    push(item) {
      const reader = readers.shift();
      if (reader) reader.resolve({ done: false, value: item });
      else items.push(item);
    },
    /** @type {() => Promise<IteratorResult<Item, undefined>>} */
    next() {
      return new Promise((resolve, reject) => {
        const value = items.shift();
        if (value !== undefined) resolve({ done: false, value });
        else if (ended) {
          const { error } = ended;
          // An error ends the loop once.
          ended = {};
          if (error === undefined) resolve(done());
          else reject(error);
        } else {
          readers.push({ resolve, reject });
          onDrained();
        }
      });
    },
    /**
     * Ends it: with an error behind what is in it; without one, at once.
     *
     * @param {unknown} [error]
     */
    end(error) {
      if (error === undefined) items = [];
      ended = { error };
      const first = readers.shift();
      if (error === undefined) first?.resolve(done());
      else if (first) {
        ended = {};
        first.reject(error);
      }
      for (const { resolve } of readers.splice(0)) resolve(done());
    },
  };
}
