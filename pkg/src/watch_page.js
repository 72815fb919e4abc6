// Events of a page that tell about its line: the network is back, the page is seen again,
// the page enters the back/forward cache.

/**
 * Listens until the function that it returns is called. `check` is called when the line
 * may have died, or may be had again; `hold` and `release` around a stay in the cache.
 * Without a page, as in Node.js, nothing is listened to.
 *
 * @param {{ check(): void, hold(): void, release(): void }} calls
 */
export function watchPage({ check, hold, release }) {
  const { document } = globalThis;
  /** @type {[EventTarget | undefined, string, () => void][]} */
  const listeners = [
    [globalThis, "online", check],
    [globalThis, "offline", check],
    // Closed there: a page with an open connection is not kept.
    [globalThis, "pagehide", hold],
    [globalThis, "pageshow", release],
    [document, "visibilitychange", () => document.visibilityState === "visible" && check()],
  ];
  for (const [target, name, call] of listeners) target?.addEventListener?.(name, call);
  return () => {
    for (const [target, name, call] of listeners) target?.removeEventListener?.(name, call);
  };
}
