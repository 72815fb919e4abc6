// The origins that a publishable key lists, as they are typed.

import { getPublicSuffix } from "tldts";

/** Schemes whose pages have the origin `null`, or that no page has. */
const schemesWithoutOrigin = ["file", "data", "blob", "about", "javascript", "ws", "wss", "ftp"];

/**
 * Parses an allow-list as it is typed, `https://a.example,https://*.b.example:8443`.
 *
 * An origin is scheme, host and port only, as a browser sends it. `*.` before the host
 * stands for one more label. Apps and extensions have schemes of their own:
 * `capacitor://localhost`, `chrome-extension://<id>`.
 */
export function parseOrigins(text) {
  return text
    .split(",")
    .map((origin) => origin.trim())
    .filter(Boolean)
    .map((origin) => (/^https?:/i.test(origin) ? parseWebOrigin(origin) : parseAppOrigin(origin)));
}

function parseWebOrigin(origin) {
  const [, scheme, wildcard, host] = origin.match(/^(https?:\/\/)(\*\.)?([^*]+)$/i) ?? [];
  if (!host || !URL.canParse(scheme + host)) throw notAnOrigin(origin);
  const exact = new URL(scheme + host);
  if (wildcard && isOfStrangers(exact.hostname)) {
    throw new Error(
      `ORIGINS: ${origin} would allow strangers: anybody can have a name below ` +
        `${exact.hostname}. Name a domain of your own behind the *.`,
    );
  }
  const typed = scheme + host;
  const expected = exact.origin.replace("//", `//${wildcard ?? ""}`);
  if (typed === exact.origin || typed === `${exact.origin}/`) return expected;
  throw new Error(`ORIGINS: ${origin} is not an origin; did you mean ${expected}?`);
}

/** Parses the origin of an app or an extension, which has no wildcard. */
function parseAppOrigin(origin) {
  const [, exact, scheme, slash] =
    origin.match(/^(([a-z][a-z0-9+.-]*):\/\/[A-Za-z0-9._-]+(?::\d{1,5})?)(\/?)$/) ?? [];
  if (!exact || schemesWithoutOrigin.includes(scheme)) throw notAnOrigin(origin);
  if (slash) throw new Error(`ORIGINS: ${origin} is not an origin; did you mean ${exact}?`);
  return exact;
}

function notAnOrigin(origin) {
  return new Error(
    `ORIGINS: ${origin} is not an origin, like https://www.example.com, ` +
      "https://*.example.com or capacitor://localhost",
  );
}

/**
 * Returns true if names one level below a host are not one organization's: the host is a
 * public suffix (https://publicsuffix.org), such as `co.uk` or `github.io`, or they are,
 * or it is an address.
 */
function isOfStrangers(hostname) {
  const host = hostname.replace(/\.$/, "");
  return [host, `a.${host}`].some((name) => {
    const suffix = getPublicSuffix(name, { allowPrivateDomains: true });
    return suffix === null || suffix === name;
  });
}

/** Returns the origins of a stored list that would allow strangers. */
export function originsOfStrangers(origins) {
  return origins.filter((origin) => {
    const [, host] = origin.match(/^https?:\/\/\*\.([^/:]+)/) ?? [];
    return host !== undefined && isOfStrangers(host);
  });
}
