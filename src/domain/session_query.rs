//! The query of `GET /chat/sessions`: the filter of a list, and the start of a page.

use super::contact::Email;
use super::contact_query::read_email;
use super::entry::{AssigneeKind, Side};
use super::id::uuid_v7;
use super::limits::{AGENT_ID_MAX_CHARS, PAGE_SIZE_DEFAULT, TICKET_NUMBER_MAX};
use super::query::{Parameters, is_whole_number, read_page_size};
use super::session::{Channel, Session, Status};
use super::session_cursor::{Cursor, Sort};
use crate::error::{Error, ViolationCode};
use crate::validation::text::{at_most, check_name, is_longer};
use crate::validation::violations::Violations;
use chrono::DateTime;
use std::borrow::Cow;
use uuid::Uuid;

/// A request to list sessions that has passed every rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionQuery {
    /// Which sessions to show.
    pub filter: SessionFilter,
    /// Their order.
    pub sort: Sort,
    /// Where the page begins, in that order; `None` is the first session.
    pub cursor: Option<Cursor>,
    /// Sessions on a page, at most.
    pub page_size: usize,
}

/// Filter of a list; a session must match every part of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SessionFilter {
    /// Only sessions with this status.
    pub status: Option<Status>,
    /// Only sessions on this channel.
    pub channel: Option<Channel>,
    /// Only verified sessions, or only unverified ones.
    pub verified: Option<bool>,
    /// Only sessions with messages that this side has not read.
    pub unread: Option<Side>,
    /// Only sessions that nobody, a program or a person answers in.
    pub assignee: Option<AssigneeKind>,
    /// Only sessions whose assignee has this id.
    pub assignee_id: Option<String>,
    /// Only the session with this ticket number.
    pub ticket_number: Option<u64>,
    /// Only sessions of the contact that this email identifies, verified or not.
    pub email: Option<Email>,
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
        Self::check_for(query, check_name, read_ticket_number, read_email)
    }

    /// Checks the query of a person's list of their own sessions, which has one order only
    /// and nothing to search.
    ///
    /// # Errors
    /// Those of [`SessionQuery::check`], and one each for a `sort` by activity, a
    /// `ticket_number` and an `email`.
    ///
    /// # Example
    /// ```
    /// use chat_sessions::domain::session_query::SessionQuery;
    /// assert!(SessionQuery::check("sort=activity").is_ok());
    /// assert!(SessionQuery::check_own("sort=activity").is_err());
    /// ```
    pub fn check_own(query: &str) -> Result<Self, Error> {
        let read_sort = |text: &str, path: &str, violations: &mut Violations| {
            let sort = check_name(text, path, violations);
            if sort == Some(Sort::Activity) {
                let message = "must be created, or left out: only a secret key or an agent token \
                               lists by activity";
                violations.push(path, ViolationCode::UnknownValue, message);
            }
            sort
        };
        Self::check_for(query, read_sort, refuse_search, refuse_search)
    }

    fn check_for(
        query: &str,
        read_sort: impl FnOnce(&str, &str, &mut Violations) -> Option<Sort>,
        read_ticket_number: impl FnOnce(&str, &str, &mut Violations) -> Option<u64>,
        read_email: impl FnOnce(&str, &str, &mut Violations) -> Option<Email>,
    ) -> Result<Self, Error> {
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
        // With an invalid order, a cursor of either is fine.
        let sort = if parameters.has("sort") {
            parameters.read("sort", &mut violations, read_sort)
        } else {
            Some(Sort::default())
        };
        let query = Self {
            filter: SessionFilter {
                status: parameters.read("status", &mut violations, check_name),
                channel: parameters.read("channel_type", &mut violations, check_name),
                verified: parameters.read("verified", &mut violations, read_bool),
                unread: parameters.read("unread", &mut violations, check_name),
                assignee: parameters.read("assignee", &mut violations, check_name),
                assignee_id: parameters.read("assignee_id", &mut violations, read_agent_id),
                ticket_number: parameters.read(
                    "ticket_number",
                    &mut violations,
                    read_ticket_number,
                ),
                email: parameters.read("email", &mut violations, read_email),
                created,
                updated,
            },
            sort: sort.unwrap_or_default(),
            cursor: parameters.read("cursor", &mut violations, |text, path, violations| {
                read_cursor(text, sort, path, violations)
            }),
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
        let position = match self.cursor {
            Some(Cursor::Created(id)) => Some(id),
            Some(Cursor::Activity { .. }) | None => None,
        };
        (lowest, before.chain(position).min().unwrap_or(Uuid::max()))
    }

    /// Returns true if this page or a later one has the session.
    #[must_use]
    pub fn matches(&self, session: &Session) -> bool {
        let (filter, log) = (&self.filter, &session.log);
        let contact = session.contact.as_ref();
        let email = contact.and_then(|contact| contact.email.as_deref());
        Cursor::behind(session, self.sort).is_some()
            && self.cursor.is_none_or(|cursor| cursor.precedes(session))
            && filter.status.is_none_or(|status| status == session.status)
            && filter
                .channel
                .is_none_or(|channel| channel == session.channel)
            && filter
                .verified
                .is_none_or(|verified| verified == session.verified)
            && filter.unread.is_none_or(|side| log.unread.of(side) > 0)
            && filter.assignee.is_none_or(|kind| kind == log.assignee.kind)
            && (filter.assignee_id.is_none() || filter.assignee_id == log.assignee.agent.id)
            && filter
                .ticket_number
                .is_none_or(|number| number == session.ticket_number)
            && (filter.email.is_none() || filter.email.as_ref().map(Email::as_str) == email)
            && filter.created.contains(session.created_at_ms)
            && filter.updated.contains(session.updated_at_ms)
    }
}

/// Returns the lowest id that a session created after `time_ms` can have.
#[must_use]
pub fn first_id_after(time_ms: u64) -> Uuid {
    uuid_v7(time_ms.saturating_add(1), [0; 10])
}

/// Reads a position in the order `sort`; in any, if that is invalid.
fn read_cursor(
    text: &str,
    sort: Option<Sort>,
    path: &str,
    violations: &mut Violations,
) -> Option<Cursor> {
    let cursor = Cursor::parse(text);
    let message = match cursor {
        None => "must be the next of an earlier page, or left out for the first one",
        Some(cursor) if sort.is_some_and(|sort| sort != cursor.sort()) => {
            "must be the next of a page with the same sort, and is of another: leave it out to \
             begin at the first page"
        }
        Some(_) => return cursor,
    };
    violations.push(path, ViolationCode::InvalidFormat, message);
    None
}

fn read_agent_id(text: &str, path: &str, violations: &mut Violations) -> Option<String> {
    if text.is_empty() {
        let message = "must be an agent's id, or left out";
        violations.push(path, ViolationCode::TooShort, message);
        return None;
    }
    if is_longer(text, AGENT_ID_MAX_CHARS) {
        let message = at_most(AGENT_ID_MAX_CHARS, "be", "characters long");
        violations.push(path, ViolationCode::TooLong, message);
        return None;
    }
    Some(text.to_owned())
}

fn read_ticket_number(text: &str, path: &str, violations: &mut Violations) -> Option<u64> {
    match text.parse() {
        Ok(number @ 1..=TICKET_NUMBER_MAX) if is_whole_number(text) => return Some(number),
        _ if is_whole_number(text) => {
            let message = "must be from 1 to 9007199254740991";
            violations.push(path, ViolationCode::OutOfRange, message);
        }
        _ => {
            let message = "must be a whole number, like 42";
            violations.push(path, ViolationCode::InvalidType, message);
        }
    }
    None
}

fn refuse_search<T>(_: &str, path: &str, violations: &mut Violations) -> Option<T> {
    let message = "must be left out: only a secret key or an agent token searches";
    violations.push(path, ViolationCode::InvalidFormat, message);
    None
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
pub(super) struct Instant {
    ms: i64,
    is_past_the_ms: bool,
}

impl Instant {
    /// Rounds down: a stored time, in whole milliseconds, is after the instant if it is
    /// after this.
    pub(super) fn floor_ms(self) -> u64 {
        u64::try_from(self.ms).unwrap_or(0)
    }

    fn ceiling_ms(self) -> u64 {
        self.floor_ms()
            .saturating_add(u64::from(self.is_past_the_ms && self.ms >= 0))
    }
}

pub(super) fn read_instant(text: &str, path: &str, violations: &mut Violations) -> Option<Instant> {
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
