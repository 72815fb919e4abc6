//! Retention of closed sessions, and of contacts without a session, where a deployment
//! sets it.

use crate::domain::limits::RETENTION_MAX_DAYS;

/// The time that rows are kept after their last change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    days: u32,
}

impl Retention {
    /// Setting of sessions that are closed.
    pub const OF_SESSIONS: &'static str = "RETENTION_DAYS";
    /// Setting of contacts that have no session.
    pub const OF_CONTACTS: &'static str = "CONTACT_RETENTION_DAYS";

    /// Parses the setting with this name; `None` if it is empty: rows are kept until
    /// somebody removes them.
    ///
    /// # Errors
    /// A message for the log. A mistyped setting removes nothing.
    ///
    /// # Example
    /// ```
    /// use chat_sessions::storage::retention::Retention;
    /// let parse = |setting| Retention::parse(Retention::OF_SESSIONS, setting);
    /// let retention = parse("30")?.unwrap();
    /// assert_eq!(retention.before_ms(2_592_000_001), 1);
    /// assert_eq!(parse(" ")?, None);
    /// assert!(parse("30d").is_err());
    /// assert!(parse("0").is_err());
    /// # Ok::<(), String>(())
    /// ```
    pub fn parse(name: &str, setting: &str) -> Result<Option<Self>, String> {
        let setting = setting.trim();
        if setting.is_empty() {
            return Ok(None);
        }
        match setting.parse() {
            Ok(days @ 1..=RETENTION_MAX_DAYS) => Ok(Some(Self { days })),
            _ => Err(format!(
                "{name} must be a whole number of days from 1 to {RETENTION_MAX_DAYS}, or empty; \
                 nothing is removed by it"
            )),
        }
    }

    /// Returns the time before which rows expire; both times are in Unix milliseconds.
    #[must_use]
    pub fn before_ms(self, now_ms: u64) -> u64 {
        const DAY_MS: u64 = 24 * 60 * 60 * 1000;
        now_ms.saturating_sub(DAY_MS.saturating_mul(self.days.into()))
    }
}
