//! Deliveries of events: what counts as a success, and when the next try is due.

use uuid::Uuid;

/// Waits before the second try, the third, and so on.
const DELAYS_S: [u64; 7] = [
    5,
    30,
    5 * 60,
    30 * 60,
    2 * 60 * 60,
    5 * 60 * 60,
    10 * 60 * 60,
];

/// The longest wait, which is what the queue keeps a message back for at most.
const DELAY_MAX_MS: u64 = 12 * 60 * 60 * 1000;

/// Result of one try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Try {
    /// The time, Unix time in milliseconds.
    pub at_ms: u64,
    /// Duration, in milliseconds.
    pub duration_ms: u64,
    /// The status of the answer, if there was one.
    pub status: Option<u16>,
    /// The reason why there was none.
    pub failure: Option<Failure>,
    /// The beginning of the answer's body, of a failure.
    pub answer: String,
    /// The time that the answer asks to wait for, in milliseconds.
    pub retry_after_ms: Option<u64>,
}

/// The reasons why a try has no answer.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, strum::EnumString, strum::IntoStaticStr, strum::VariantNames,
)]
#[strum(serialize_all = "snake_case")]
pub enum Failure {
    /// `timed_out`: it took longer than it may.
    TimedOut,
    /// `unreachable`: there was no connection, or it broke.
    Unreachable,
    /// `forbidden_url`: the address no longer passes the rules.
    ForbiddenUrl,
}

impl Failure {
    /// The name in the contract.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

impl Try {
    /// Returns true if the event has arrived. A redirect is a failure.
    #[must_use]
    pub fn is_success(&self) -> bool {
        self.status
            .is_some_and(|status| (200..300).contains(&status))
    }

    /// Returns true if the endpoint is to be disabled.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        self.status == Some(410)
    }

    /// Returns the time of the next try, after `tries` that have failed; `None` after the
    /// last one. `random` spreads the tries of events that failed together: 20 % to each
    /// side.
    ///
    /// ```
    /// use chat_sessions::domain::delivery::Try;
    /// let failed = Try {
    ///     at_ms: 0, duration_ms: 1000, status: Some(500), failure: None,
    ///     answer: String::new(), retry_after_ms: None,
    /// };
    /// assert_eq!(failed.next_ms(1, 0), Some(5000));
    /// assert_eq!(failed.next_ms(1, 255), Some(7000));
    /// assert_eq!(failed.next_ms(8, 0), None);
    /// assert_eq!(Try { status: Some(204), ..failed }.next_ms(1, 0), None);
    /// ```
    #[must_use]
    pub fn next_ms(&self, tries: u32, random: u8) -> Option<u64> {
        if self.is_success() || self.is_gone() {
            return None;
        }
        let index = usize::try_from(tries).ok()?.checked_sub(1)?;
        let delay_ms = DELAYS_S.get(index)?.saturating_mul(1000);
        // From 80 % to 120 % of it.
        let spread = delay_ms.saturating_mul(4).saturating_mul(u64::from(random)) / 2550;
        let delay_ms = (delay_ms.saturating_mul(4) / 5).saturating_add(spread);
        let asked_ms = self.retry_after_ms.unwrap_or_default();
        let delay_ms = delay_ms.max(asked_ms).min(DELAY_MAX_MS);
        let ended_ms = self.at_ms.saturating_add(self.duration_ms);
        Some(ended_ms.saturating_add(delay_ms))
    }
}

/// Returns the `webhook-id` of an event: the same for each endpoint, each try and each
/// replay.
///
/// ```
/// use chat_sessions::domain::delivery::event_id;
/// let session = uuid::uuid!("0190163d-8694-739b-aea5-966c26f8ad91");
/// assert_eq!(event_id(session, 3), "msg_0190163d8694739baea5966c26f8ad91_3");
/// ```
#[must_use]
pub fn event_id(subject_id: Uuid, seq: u64) -> String {
    [
        "msg_",
        &subject_id.simple().to_string(),
        "_",
        &seq.to_string(),
    ]
    .concat()
}
