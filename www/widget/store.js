// Texts that a person has written and the service does not have yet. They outlive a reload;
// where the browser denies storage, they are in memory.

/**
 * A conversation that has no session yet. `key` is the idempotency key of its create,
 * `body` what the first attempt sent: the service rejects another one with the same key.
 *
 * @typedef {{ key: string, resume: boolean, body?: CreateBody | undefined }} Beginning
 */
/**
 * A message on its way: to a session, or to one that it begins. `order` is when it was
 * written, in milliseconds; `error` the code of a refusal, after which it waits for the
 * person. `isMoved` tells that its first session is gone.
 *
 * @typedef {{ id: string, text: string, order: number, session?: string | undefined,
 *   beginning?: Beginning | undefined, error?: string | undefined, isMoved?: boolean }} Outgoing
 */
/** @typedef {Record<string, string | number | boolean>} CustomData */
/** @typedef {{ contact?: ContactDraft, custom_data?: CustomData }} CreateBody */
/** @typedef {{ name?: string, email?: string, phone_number?: string }} ContactDraft */
/** @typedef {ReturnType<typeof newStore>} Store */

/**
 * Returns the store of one person. Messages on their way and the contact are shared by all
 * tabs, drafts are each tab's own.
 *
 * @param {string} name
 */
export function newStore(name) {
  const prefix = `${name}.outgoing.`;
  /**
   * Messages that the browser does not store.
   *
   * @type {Map<string, Outgoing>}
   */
  const memory = new Map();
  const contact = newPlace(() => localStorage, `${name}.contact`);
  const begun = newPlace(() => localStorage, `${name}.begun`);
  const drafts = newPlace(() => sessionStorage, `${name}.drafts`);

  return {
    /** Returns the messages on their way, in order. */
    outgoing: () => [...stored(prefix), ...memory.values()].sort((a, b) => a.order - b.order),
    /**
     * Adds a message, or changes it. Each has a name of its own: two tabs that write at the
     * same time would lose one of a list.
     *
     * @param {Outgoing} message
     */
    put(message) {
      memory.delete(message.id);
      try {
        localStorage.setItem(prefix + message.id, JSON.stringify(message));
      } catch {
        memory.set(message.id, message);
      }
    },
    /** @param {string} id */
    remove(id) {
      memory.delete(id);
      try {
        localStorage.removeItem(prefix + id);
      } catch {
        // It never was there.
      }
    },
    /** @returns {ContactDraft | undefined} */
    contact: () => contact.read(),
    /** @param {ContactDraft} value */
    setContact: (value) => contact.write(value),
    /**
     * The session that was made last, by any tab, with the key of its beginning.
     *
     * @returns {{ key: string, id: string } | undefined}
     */
    begun: () => begun.read(),
    /** @type {(key: string, id: string) => void} */
    setBegun: (key, id) => begun.write({ key, id }),
    /** @type {(of: string) => string} */
    draft: (of) => `${drafts.read()?.[of] ?? ""}`,
    /** @type {(of: string, text: string) => void} */
    setDraft(of, text) {
      const { [of]: _, ...others } = drafts.read() ?? {};
      const all = text === "" ? others : { ...others, [of]: text };
      drafts.write(Object.keys(all).length > 0 ? all : undefined);
    },
    /**
     * Moves the draft of a conversation to that of another, behind the one it has.
     *
     * @param {string} from
     * @param {string} to
     */
    moveDraft(from, to) {
      const texts = [this.draft(to), this.draft(from)].filter((text) => text !== "");
      this.setDraft(from, "");
      this.setDraft(to, texts.join("\n"));
    },
    /** Removes everything, at log-out. */
    clear() {
      for (const { id } of this.outgoing()) this.remove(id);
      for (const place of [contact, begun, drafts]) place.write(undefined);
    },
    /**
     * Calls back when another tab has changed what is on its way. Returns a function that
     * ends it.
     *
     * @param {() => void} call
     */
    watch(call) {
      /** @param {StorageEvent} event */
      const onStorage = ({ key }) => key?.startsWith(name) && call();
      addEventListener("storage", onStorage);
      return () => removeEventListener("storage", onStorage);
    },
  };
}

/**
 * Returns the messages that are stored under names with a prefix.
 *
 * @param {string} prefix
 * @returns {Outgoing[]}
 */
function stored(prefix) {
  try {
    const names = Object.keys(localStorage).filter((name) => name.startsWith(prefix));
    return names.map((name) => JSON.parse(localStorage.getItem(name) ?? "null")).filter(Boolean);
  } catch {
    return [];
  }
}

/**
 * Returns one value of a storage. Empty values are removed.
 *
 * @param {() => Storage} storage Reading it throws where the browser denies it.
 * @param {string} name
 */
function newPlace(storage, name) {
  /** @type {any} */
  let memory;
  return {
    read() {
      try {
        return JSON.parse(storage().getItem(name) ?? "null") ?? memory;
      } catch {
        return memory;
      }
    },
    /** @param {unknown} value */
    write(value) {
      memory = undefined;
      try {
        if (value === undefined) storage().removeItem(name);
        else storage().setItem(name, JSON.stringify(value));
      } catch {
        memory = value;
      }
    },
  };
}
