//! The query of `GET /webhooks/{webhook_id}/deliveries`: where a page begins.

use super::limits::PAGE_SIZE_DEFAULT;
use super::query::{Parameters, read_page_size};
use crate::error::{Error, ViolationCode};
use crate::validation::violations::Violations;
use std::fmt;
use uuid::Uuid;

/// A request to list deliveries that has passed every rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeliveryQuery {
    /// Where the page begins; `None` at the newest event.
    pub cursor: Option<EventCursor>,
    /// Events on a page, at most.
    pub page_size: usize,
}

impl DeliveryQuery {
    /// Checks a query, percent-encoded as sent. Other parameters are ignored.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] with every failing parameter.
    pub fn check(query: &str) -> Result<Self, Error> {
        let mut violations = Violations::default();
        let parameters = Parameters(query);
        let cursor = parameters.read("cursor", &mut violations, read_cursor);
        let page_size = parameters.read("limit", &mut violations, read_page_size);
        violations.finish(Self {
            cursor,
            page_size: page_size.unwrap_or(PAGE_SIZE_DEFAULT),
        })
    }
}

/// The place of an event among those of its endpoint.
///
/// ```
/// use chat_sessions::domain::delivery_query::EventCursor;
/// let text = "1764000000000-01a20ce405c07c419f02e83b551a96d7-3";
/// assert_eq!(EventCursor::parse(text).unwrap().to_string(), text);
/// assert_eq!(EventCursor::parse("1764000000000"), None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct EventCursor {
    /// The time of the event, Unix time in milliseconds.
    pub created_at_ms: u64,
    /// The session, or the contact.
    pub subject_id: Uuid,
    /// The entry of the session's log, or 0.
    pub seq: u64,
}

impl EventCursor {
    /// Spelling of a cursor, as a regular expression.
    pub const PATTERN: &str = "^(0|[1-9][0-9]{0,14})-[0-9a-f]{32}-(0|[1-9][0-9]{0,14})$";

    /// Parses a page's `next`; `None` if it is not a cursor.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        const NUMBER_MAX: u64 = 999_999_999_999_999;
        let number = |text: &str| text.parse().ok().filter(|number| *number <= NUMBER_MAX);
        let (created_at_ms, rest) = text.split_once('-')?;
        let (subject_id, seq) = rest.split_once('-')?;
        let cursor = Self {
            created_at_ms: number(created_at_ms)?,
            subject_id: Uuid::try_parse(subject_id).ok()?,
            seq: number(seq)?,
        };
        (cursor.to_string() == text).then_some(cursor)
    }
}

impl fmt::Display for EventCursor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = self.subject_id.simple();
        write!(formatter, "{}-{id}-{}", self.created_at_ms, self.seq)
    }
}

fn read_cursor(text: &str, path: &str, violations: &mut Violations) -> Option<EventCursor> {
    let cursor = EventCursor::parse(text);
    if cursor.is_none() {
        let message = "must be the next of an earlier page, or left out for the first one";
        violations.push(path, ViolationCode::InvalidFormat, message);
    }
    cursor
}
