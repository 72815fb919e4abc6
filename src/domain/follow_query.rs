//! The request that follows a session's log live, and its rules.

use super::history_query::END_OF_LOG;
use super::query::Parameters;
use crate::error::{Error, ViolationCode};
use crate::validation::violations::Violations;

/// A position in a log that has passed every rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FollowQuery {
    /// The `seq` of the last entry that the caller has; 0 is before all of them. It may be
    /// beyond the last one.
    pub after: u64,
}

impl FollowQuery {
    /// Checks a query, percent-encoded as sent, against the rules. Unknown parameters
    /// are ignored. A `Last-Event-ID` wins: a client that reconnects sends the address that
    /// it began with, and the id of the event that it ended with.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] with every violation.
    ///
    /// # Example
    /// ```
    /// use chat_sessions::domain::follow_query::FollowQuery;
    /// assert_eq!(FollowQuery::check("", None)?.after, 0);
    /// assert_eq!(FollowQuery::check("after=7", None)?.after, 7);
    /// assert_eq!(FollowQuery::check("after=7", Some("12"))?.after, 12);
    /// assert!(FollowQuery::check("after=-1", None).is_err());
    /// # Ok::<(), chat_sessions::error::Error>(())
    /// ```
    pub fn check(query: &str, last_event_id: Option<&str>) -> Result<Self, Error> {
        let mut violations = Violations::default();
        let after = Parameters(query).read("after", &mut violations, read_seq);
        let last_event_id = last_event_id
            .filter(|id| !id.is_empty())
            .and_then(|id| read_seq(id, "/Last-Event-ID", &mut violations));
        violations.finish(Self {
            after: last_event_id.or(after).unwrap_or_default(),
        })
    }
}

fn read_seq(text: &str, path: &str, violations: &mut Violations) -> Option<u64> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number {
        let message = "must be the seq of an entry, a whole number, or 0";
        violations.push(path, ViolationCode::InvalidType, message);
        return None;
    }
    // No log is as long as a number that cannot be read.
    Some(text.parse().unwrap_or(END_OF_LOG).min(END_OF_LOG))
}
