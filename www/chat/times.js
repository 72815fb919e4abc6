// Times in a person's language and time zone.

/** @typedef {ReturnType<typeof newTimes>} Times */

const dayMs = 86_400_000;

/**
 * Returns functions that word times, given as ISO 8601.
 *
 * @param {string} language A language tag.
 */
export function newTimes(language) {
  /** @type {(options: Intl.DateTimeFormatOptions) => Intl.DateTimeFormat} */
  const format = (options) => {
    try {
      return new Intl.DateTimeFormat(language, options);
    } catch {
      // No tag, such as `en_US`.
      return new Intl.DateTimeFormat(undefined, options);
    }
  };
  const clock = format({ timeStyle: "short" });
  const weekday = format({ weekday: "long" });
  const date = format({ day: "numeric", month: "long", year: "numeric" });
  const shortDate = format({ day: "numeric", month: "short" });
  const full = format({ dateStyle: "long", timeStyle: "short" });
  const { locale } = clock.resolvedOptions();
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });

  /** @param {string} iso */
  const daysAgo = (iso) => Math.round((midnight(Date.now()) - midnight(iso)) / dayMs);
  /** @param {string} text */
  const capital = (text) => text.charAt(0).toLocaleUpperCase(locale) + text.slice(1);

  /**
   * Today, Yesterday, Monday, or a date.
   *
   * @param {string} iso
   */
  function day(iso) {
    const days = daysAgo(iso);
    if (days === 0 || days === 1) return capital(relative.format(-days, "day"));
    const words = days > 1 && days < 7 ? weekday : date;
    return capital(words.format(new Date(iso)));
  }

  return {
    locale,
    day,
    /** @param {string} iso */
    time: (iso) => clock.format(new Date(iso)),
    /** @param {string} iso */
    full: (iso) => full.format(new Date(iso)),
    /**
     * The time of today's, the day of others; for a list.
     *
     * @param {string} iso
     */
    brief(iso) {
      const days = daysAgo(iso);
      if (days === 0) return clock.format(new Date(iso));
      return days < 7 ? day(iso) : shortDate.format(new Date(iso));
    },
    /**
     * The same for two times of one day.
     *
     * @param {string} iso
     */
    dayKey: (iso) => midnight(iso),
  };
}

/**
 * Returns the beginning of a day, in milliseconds.
 *
 * @param {string | number} time
 */
function midnight(time) {
  return new Date(time).setHours(0, 0, 0, 0);
}
