//! The query of `GET /chat/sessions`: the filter of a list, and the start of a page.

use super::id::uuid_v7;
use super::limits::PAGE_SIZE_DEFAULT;
use super::query::{Parameters, read_page_size};
use super::session::{Channel, Session, Status};
use crate::error::{Error, ViolationCode};
use crate::validation::text::check_name;
use crate::validation::violations::Violations;
use chrono::DateTime;
use std::borrow::Cow;
use std::fmt;
use uuid::Uuid;

/// A request to list sessions that has passed every rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionQuery {
    /// Which sessions to show.
    pub filter: SessionFilter,
    /// Where the page begins; `None` is the newest session.
    pub cursor: Option<Cursor>,
    /// Sessions on a page, at most.
    pub page_size: usize,
}

/// Filter of a list; a session must match every part of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SessionFilter {
    /// Only sessions with this status.
    pub status: Option<Status>,
    /// Only sessions on this channel.
    pub channel: Option<Channel>,
    /// Only verified sessions, or only unverified ones.
    pub verified: Option<bool>,
    /// Only sessions created in this period.
    pub created: Period,
    /// Only sessions last changed in this period.
    pub updated: Period,
}

/// A period; an end that is `None` is open.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Period {
    /// Start, exclusive; Unix time in milliseconds.
    pub after_ms: Option<u64>,
    /// End, exclusive; Unix time in milliseconds.
    pub before_ms: Option<u64>,
}

impl Period {
    /// Returns true if `time_ms` (Unix time in milliseconds) lies in it.
    ///
    /// ```
    /// use chat_sessions::domain::session_query::Period;
    /// let period = Period { after_ms: Some(1), before_ms: Some(3) };
    /// assert_eq!([1, 2, 3].map(|time_ms| period.contains(time_ms)), [false, true, false]);
    /// ```
    #[must_use]
    pub fn contains(self, time_ms: u64) -> bool {
        self.after_ms.is_none_or(|after_ms| time_ms > after_ms)
            && self.before_ms.is_none_or(|before_ms| time_ms < before_ms)
    }

    /// Returns true if it has neither start nor end.
    #[must_use]
    pub fn is_open(self) -> bool {
        self == Self::default()
    }
}

impl SessionQuery {
    /// Checks a query, percent-encoded as sent, against the rules. Unknown parameters
    /// are ignored.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] with every failing parameter; a `path` is the
    /// parameter's name behind a slash.
    ///
    /// # Example
    /// ```
    /// use chat_sessions::domain::session::Status;
    /// use chat_sessions::domain::session_query::SessionQuery;
    ///
    /// let query = SessionQuery::check("status=open&limit=10")?;
    /// assert_eq!(query.filter.status, Some(Status::Open));
    /// assert_eq!(query.page_size, 10);
    ///
    /// let error = SessionQuery::check("status=ajar&created_after=2026-02-30").unwrap_err();
    /// assert_eq!(error.violations().len(), 2);
    /// # Ok::<(), chat_sessions::error::Error>(())
    /// ```
    pub fn check(query: &str) -> Result<Self, Error> {
        let mut violations = Violations::default();
        let parameters = Parameters(query);
        let mut period = |after, before| Period {
            after_ms: parameters
                .read(after, &mut violations, read_instant)
                .map(Instant::floor_ms),
            before_ms: parameters
                .read(before, &mut violations, read_instant)
                .map(Instant::ceiling_ms),
        };
        let created = period("created_after", "created_before");
        let updated = period("updated_after", "updated_before");
        let query = Self {
            filter: SessionFilter {
                status: parameters.read("status", &mut violations, check_name),
                channel: parameters.read("channel_type", &mut violations, check_name),
                verified: parameters.read("verified", &mut violations, read_bool),
                created,
                updated,
            },
            cursor: parameters.read("cursor", &mut violations, read_cursor),
            page_size: parameters
                .read("limit", &mut violations, read_page_size)
                .unwrap_or(PAGE_SIZE_DEFAULT),
        };
        violations.finish(query)
    }

    /// Returns the range of ids that can match: the lowest id, and the first one above
    /// the range. Ids contain the time of creation.
    #[must_use]
    pub fn id_range(&self) -> (Uuid, Uuid) {
        let SessionFilter {
            created, updated, ..
        } = self.filter;
        let lowest = created.after_ms.map_or(Uuid::nil(), first_id_after);
        // A session is created before it is last changed.
        let before_ms = [created.before_ms, updated.before_ms].into_iter().flatten();
        let before = before_ms.map(|before_ms| uuid_v7(before_ms, [0; 10]));
        let position = self.cursor.map(|Cursor(id)| id);
        (lowest, before.chain(position).min().unwrap_or(Uuid::max()))
    }

    /// Returns true if this page or a later one has the session.
    #[must_use]
    pub fn matches(&self, session: &Session) -> bool {
        let filter = self.filter;
        self.cursor.is_none_or(|Cursor(id)| session.id < id)
            && filter.status.is_none_or(|status| status == session.status)
            && filter
                .channel
                .is_none_or(|channel| channel == session.channel)
            && filter
                .verified
                .is_none_or(|verified| verified == session.verified)
            && filter.created.contains(session.created_at_ms)
            && filter.updated.contains(session.updated_at_ms)
    }
}

/// Returns the lowest id that a session created after `time_ms` can have.
#[must_use]
pub fn first_id_after(time_ms: u64) -> Uuid {
    uuid_v7(time_ms.saturating_add(1), [0; 10])
}

/// A position in the list: behind the session with this id.
///
/// Ids only grow, so sessions created while somebody reads page after page neither
/// repeat nor hide others.
///
/// ```
/// use chat_sessions::domain::session_query::Cursor;
/// let cursor = Cursor(chat_sessions::domain::id::uuid_v7(1_750_000_000_000, [0; 10]));
/// assert_eq!(Cursor::parse(&cursor.to_string()), Some(cursor));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor(pub Uuid);

impl Cursor {
    /// Spelling of a cursor, as a regular expression.
    pub const PATTERN: &str = "^[0-9a-f]{32}$";

    /// Parses a page's `next`; `None` if it is not a cursor.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let cursor = Self(Uuid::try_parse(text).ok()?);
        (cursor.to_string() == text).then_some(cursor)
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.simple().fmt(formatter)
    }
}

fn read_cursor(text: &str, path: &str, violations: &mut Violations) -> Option<Cursor> {
    let cursor = Cursor::parse(text);
    if cursor.is_none() {
        let message = "must be the next of an earlier page, or left out for the first one";
        violations.push(path, ViolationCode::InvalidFormat, message);
    }
    cursor
}

fn read_bool(text: &str, path: &str, violations: &mut Violations) -> Option<bool> {
    let value = text.parse().ok();
    if value.is_none() {
        let message = "must be true or false";
        violations.push(path, ViolationCode::InvalidType, message);
    }
    value
}

/// A time in milliseconds, and whether a fraction of a millisecond follows.
#[derive(Clone, Copy)]
struct Instant {
    ms: i64,
    is_past_the_ms: bool,
}

impl Instant {
    /// Rounds down: a stored time, in whole milliseconds, is after the instant if it is
    /// after this.
    fn floor_ms(self) -> u64 {
        u64::try_from(self.ms).unwrap_or(0)
    }

    fn ceiling_ms(self) -> u64 {
        self.floor_ms()
            .saturating_add(u64::from(self.is_past_the_ms && self.ms >= 0))
    }
}

fn read_instant(text: &str, path: &str, violations: &mut Violations) -> Option<Instant> {
    let instant = parse_instant(text);
    if instant.is_none() {
        let lacks_offset = parse_instant(&[text, "Z"].concat()).is_some();
        let message = if lacks_offset {
            "must end with its offset from UTC, which is missing: 2026-11-24T09:30:00Z or \
             2026-11-24T09:30:00+01:00"
        } else {
            "must be a date, or a date and a time with an offset from UTC (RFC 3339): 2026-11-24 \
             or 2026-11-24T09:30:00Z"
        };
        violations.push(path, ViolationCode::InvalidFormat, message);
    }
    instant
}

/// Parses an RFC 3339 date-time, whose seconds may be left out, or a date, which begins
/// at midnight UTC.
fn parse_instant(text: &str) -> Option<Instant> {
    let text = match text.len() {
        DATE_CHARS => Cow::Owned([text, "T00:00:00Z"].concat()),
        _ => with_seconds(restore_plus(text)),
    };
    let time = DateTime::parse_from_rfc3339(&text).ok()?;
    Some(Instant {
        ms: time.timestamp_millis(),
        is_past_the_ms: time.timestamp_subsec_nanos() % 1_000_000 != 0,
    })
}

/// Length of a date: `2026-11-24`.
const DATE_CHARS: usize = 10;

/// A `+01:00` that its sender did not percent-encode arrives as ` 01:00`.
fn restore_plus(text: &str) -> Cow<'_, str> {
    match text.rsplit_once(' ') {
        Some((local, offset)) if offset.len() == "01:00".len() && local.len() > DATE_CHARS => {
            Cow::Owned([local, "+", offset].concat())
        }
        _ => Cow::Borrowed(text),
    }
}

/// Adds the seconds to a time of hours and minutes, as ISO 8601 allows and many date
/// pickers send.
fn with_seconds(text: Cow<'_, str>) -> Cow<'_, str> {
    match text.split_at_checked("2026-11-24T09:30".len()) {
        Some((minutes, offset)) if offset.starts_with(['Z', 'z', '+', '-']) => {
            Cow::Owned([minutes, ":00", offset].concat())
        }
        _ => text,
    }
}
