// The origins that a publishable key lists, as they are typed.

/**
 * Parses an allow-list as it is typed, `https://a.example,https://*.b.example:8443`.
 *
 * An origin is scheme, host and port only, as a browser sends it. `*.` before the host
 * stands for one more label.
 */
export function parseOrigins(text) {
  return text
    .split(",")
    .map((origin) => origin.trim())
    .filter(Boolean)
    .map((origin) => {
      const [, scheme, wildcard, host] = origin.match(/^(https?:\/\/)(\*\.)?([^*]+)$/i) ?? [];
      if (!host || !URL.canParse(scheme + host)) {
        throw new Error(
          `ORIGINS: ${origin} is not an origin, like https://www.example.com or https://*.example.com`,
        );
      }
      const exact = new URL(scheme + host).origin;
      if (wildcard && !/^https?:\/\/[^/:]+\.[^/:.]+/.test(exact)) {
        throw new Error(`ORIGINS: ${origin} would allow strangers; name a domain behind the *.`);
      }
      const typed = scheme + host;
      const expected = exact.replace("//", `//${wildcard ?? ""}`);
      if (typed === exact || typed === `${exact}/`) return expected;
      throw new Error(`ORIGINS: ${origin} is not an origin; did you mean ${expected}?`);
    });
}
