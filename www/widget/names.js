// Names under which the launcher stores.

/**
 * Returns the name of what is the visitor's.
 *
 * @param {string} key
 */
export const visitorName = (key) => `chat-sessions.launcher.${key}`;

/**
 * Returns the name of what is a person's who is logged in.
 *
 * @param {string} key
 * @param {string} subject
 */
export const personName = (key, subject) => `${visitorName(key)}.person.${subject}`;

/**
 * Removes what people who were logged in left in this browser.
 *
 * @param {string} key
 */
export function removePersons(key) {
  const prefix = personName(key, "");
  for (const storage of [() => localStorage, () => sessionStorage]) {
    try {
      const names = Object.keys(storage()).filter((name) => name.startsWith(prefix));
      for (const name of names) storage().removeItem(name);
    } catch {
      // The browser denies it: nothing was stored.
    }
  }
}
