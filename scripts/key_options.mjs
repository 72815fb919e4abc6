// The options of `make key`, as they are typed: each is checked whole, and refused with
// its rule.

const usage = `usage:
  make key ORG=acme KIND=secret
  make key ORG=acme KIND=publishable ORIGINS=https://www.example.com,https://shop.example.com
  make key REVOKE=<the key, or its first characters>
  make keys [ORG=acme]
NAME='Checkout page' says what a key is for, EXPIRES=2027-01-31 when it stops working.
REMOTE=1 does it on the deployed service instead of this machine.`;

/** KV's shortest lifetime of a record. */
const lifetimeMinMs = 60_000;

/** Returns the kind of a new key. */
export function parseKind(kind, org) {
  if (!org || (kind !== "secret" && kind !== "publishable")) throw new Error(usage);
  return kind;
}

export function parseOrganization(text) {
  if (/^[\w.-]{1,64}$/.test(text)) return text;
  throw new Error("ORG must be 1 to 64 letters, digits, dots, dashes or underscores");
}

/** Returns what a key is for; undefined if nothing was said. */
export function parseName(text) {
  if (!text) return undefined;
  if (!/^[\p{L}\p{M}\p{N} .,:/()_-]{1,64}$/u.test(text)) {
    throw new Error("NAME must be 1 to 64 letters, digits, spaces or . , : / ( ) _ -");
  }
  if (/^[sp]k_/.test(text)) throw new Error("NAME is what the key is for, not the key itself");
  return text;
}

/** Returns the time that a key stops working; undefined if it does not. */
export function parseExpiry(text, nowMs) {
  if (!text) return undefined;
  const isTime = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2}))?$/.test(text);
  const time = new Date(text);
  // A day that a month does not have would be one of the next month.
  const exists = new Date(`${text.slice(0, 10)}T00:00Z`).toJSON()?.startsWith(text.slice(0, 10));
  if (!isTime || !exists || Number.isNaN(time.getTime())) {
    throw new Error(
      "EXPIRES must be a date (midnight UTC) or a time with its offset, " +
        "like 2027-01-31 or 2027-01-31T09:00Z",
    );
  }
  if (time.getTime() < nowMs + lifetimeMinMs) {
    throw new Error("EXPIRES must be at least a minute from now");
  }
  return time;
}
