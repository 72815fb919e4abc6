//! Daily quotas: what an organization's creates may store until midnight UTC, so that no
//! organization fills a database that it shares with others.

use crate::domain::limits::{
    BYTES_PER_DAY, SESSIONS_PER_DAY, VISITOR_BYTES_PER_DAY, VISITOR_SESSIONS_PER_DAY,
};

const DAY_MS: u64 = 24 * 60 * 60 * 1000;
/// The largest number that D1 binds exactly.
const MAX: u64 = (1 << 53) - 1;

/// The most that creates of one kind may store in a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// Sessions that a day may store.
    pub sessions: u64,
    /// Bytes of request bodies that a day may store.
    pub bytes: u64,
}

/// The quotas of each organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quotas {
    /// Those of its publishable keys: everybody can read one in its page.
    pub visitors: Quota,
    /// Those of its secret keys and contact tokens.
    pub others: Quota,
}

impl Default for Quotas {
    fn default() -> Self {
        Self {
            visitors: Quota {
                sessions: VISITOR_SESSIONS_PER_DAY,
                bytes: VISITOR_BYTES_PER_DAY,
            },
            others: Quota {
                sessions: SESSIONS_PER_DAY,
                bytes: BYTES_PER_DAY,
            },
        }
    }
}

impl Quotas {
    /// Reads the settings; one that is absent or empty is the default.
    ///
    /// Also returns a message for the log for each that is no number: a mistyped setting
    /// stops no create.
    ///
    /// ```
    /// use chat_sessions::storage::quota::Quotas;
    /// let settings = |name: &str| match name {
    ///     "SESSIONS_PER_DAY" => Some("500".to_owned()),
    ///     "BYTES_PER_DAY" => Some("1 GB".to_owned()),
    ///     _ => None,
    /// };
    /// let (quotas, problems) = Quotas::read(settings);
    /// assert_eq!(quotas.others.sessions, 500);
    /// assert_eq!(quotas.others.bytes, Quotas::default().others.bytes);
    /// assert_eq!(problems.len(), 1);
    /// ```
    #[must_use]
    pub fn read(setting: impl Fn(&str) -> Option<String>) -> (Self, Vec<String>) {
        let mut quotas = Self::default();
        let mut problems = Vec::new();
        for (name, quota) in [
            ("VISITOR_SESSIONS_PER_DAY", &mut quotas.visitors.sessions),
            ("VISITOR_BYTES_PER_DAY", &mut quotas.visitors.bytes),
            ("SESSIONS_PER_DAY", &mut quotas.others.sessions),
            ("BYTES_PER_DAY", &mut quotas.others.bytes),
        ] {
            let text = setting(name).unwrap_or_default();
            match text.trim().parse() {
                _ if text.trim().is_empty() => {}
                Ok(number @ 0..=MAX) => *quota = number,
                _ => problems.push(format!(
                    "{name} must be a whole number, or empty; the quota is {quota}"
                )),
            }
        }
        (quotas, problems)
    }

    /// Returns the quota of creates of one kind.
    #[must_use]
    pub fn of(&self, by_visitor: bool) -> Quota {
        if by_visitor {
            self.visitors
        } else {
            self.others
        }
    }
}

/// Returns how long a day still lasts (UTC), in seconds, rounded up.
///
/// ```
/// use chat_sessions::storage::quota::seconds_to_next_day;
/// assert_eq!(seconds_to_next_day(0), 86_400);
/// assert_eq!(seconds_to_next_day(86_400_000 - 1), 1);
/// ```
#[must_use]
pub fn seconds_to_next_day(now_ms: u64) -> u64 {
    let over_ms = now_ms.checked_rem(DAY_MS).unwrap_or_default();
    DAY_MS.saturating_sub(over_ms).div_ceil(1000)
}
