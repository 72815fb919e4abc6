//! Retention of closed sessions, where a deployment sets it.

use crate::domain::limits::RETENTION_MAX_DAYS;

/// The time that sessions are kept after they were closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    days: u32,
}

impl Retention {
    /// Parses the setting `RETENTION_DAYS`; `None` if it is empty: sessions are kept
    /// until somebody removes them.
    ///
    /// # Errors
    /// A message for the log. A mistyped setting removes nothing.
    ///
    /// # Example
    /// ```
    /// use chat_sessions::storage::retention::Retention;
    /// let retention = Retention::parse("30")?.unwrap();
    /// assert_eq!(retention.before_ms(2_592_000_001), 1);
    /// assert_eq!(Retention::parse(" ")?, None);
    /// assert!(Retention::parse("30d").is_err());
    /// assert!(Retention::parse("0").is_err());
    /// # Ok::<(), String>(())
    /// ```
    pub fn parse(setting: &str) -> Result<Option<Self>, String> {
        let setting = setting.trim();
        if setting.is_empty() {
            return Ok(None);
        }
        match setting.parse() {
            Ok(days @ 1..=RETENTION_MAX_DAYS) => Ok(Some(Self { days })),
            _ => Err(format!(
                "RETENTION_DAYS must be a whole number of days from 1 to {RETENTION_MAX_DAYS}, \
                 or empty; no session is removed"
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
