//! The query of a session's history: the range of its log, and the order of a page.

use super::limits::HISTORY_PAGE_SIZE_DEFAULT;
use super::query::{Parameters, read_page_size};
use crate::error::{Error, ViolationCode};
use crate::validation::text::check_name;
use crate::validation::violations::Violations;
use std::fmt;
use strum::{EnumString, VariantNames};

/// A request for a page of history that has passed every rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HistoryQuery {
    /// The range of the log.
    pub range: Range,
    /// The place of the page within it; `None` is where the order begins.
    pub position: Option<Position>,
    /// The order of the page.
    pub order: Order,
    /// Entries on a page, at most.
    pub page_size: usize,
}

/// The order of a page.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, EnumString, VariantNames)]
#[strum(serialize_all = "snake_case")]
pub enum Order {
    /// `asc`: the oldest entry first.
    #[default]
    Asc,
    /// `desc`: the newest entry first.
    Desc,
}

/// A range of a log.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Range {
    /// The whole log.
    #[default]
    All,
    /// The entries after this `seq`.
    After(u64),
    /// The entries before this `seq`.
    Before(u64),
}

/// A position of a page beside another one: its entries are the nearest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Position {
    /// The entries that follow this `seq`.
    Following(u64),
    /// The entries that precede this `seq`.
    Preceding(u64),
}

/// A page's `next` or `previous`: the position of that page, within the same range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// The position.
    pub position: Position,
    /// The range.
    pub range: Range,
}

impl Cursor {
    /// Spelling of a cursor, as a regular expression.
    pub const PATTERN: &str = "^[fp][0-9]{1,15}([ab][0-9]{1,15})?$";

    /// Parses a page's `next` or `previous`; `None` if it is no cursor.
    ///
    /// ```
    /// use chat_sessions::domain::history_query::{Cursor, Position, Range};
    /// let cursor = Cursor { position: Position::Following(50), range: Range::Before(90) };
    /// assert_eq!(Cursor::parse("f50b90"), Some(cursor));
    /// assert_eq!(cursor.to_string(), "f50b90");
    /// assert_eq!(Cursor::parse("50"), None);
    /// ```
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (position, bound) = text.split_at(text.find(['a', 'b']).unwrap_or(text.len()));
        Some(Self {
            position: match position.split_at_checked(1)? {
                ("f", seq) => Position::Following(parse_seq(seq)?),
                ("p", seq) => Position::Preceding(parse_seq(seq)?),
                _ => return None,
            },
            range: match bound.split_at_checked(1) {
                None => Range::All,
                Some(("a", seq)) => Range::After(parse_seq(seq)?),
                Some((_, seq)) => Range::Before(parse_seq(seq)?),
            },
        })
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.position {
            Position::Following(seq) => write!(formatter, "f{seq}")?,
            Position::Preceding(seq) => write!(formatter, "p{seq}")?,
        }
        match self.range {
            Range::All => Ok(()),
            Range::After(seq) => write!(formatter, "a{seq}"),
            Range::Before(seq) => write!(formatter, "b{seq}"),
        }
    }
}

impl HistoryQuery {
    /// Checks a query, percent-encoded as sent, against the rules. Unknown parameters
    /// are ignored.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] with every failing parameter.
    ///
    /// # Example
    /// ```
    /// use chat_sessions::domain::history_query::{HistoryQuery, Range};
    /// let query = HistoryQuery::check("after=10&limit=5")?;
    /// assert_eq!((query.range, query.page_size), (Range::After(10), 5));
    ///
    /// let error = HistoryQuery::check("after=-1&order=up").unwrap_err();
    /// assert_eq!(error.violations().len(), 2);
    /// # Ok::<(), chat_sessions::error::Error>(())
    /// ```
    pub fn check(query: &str) -> Result<Self, Error> {
        let mut violations = Violations::default();
        let parameters = Parameters(query);
        let after = parameters.read("after", &mut violations, read_seq);
        let before = parameters.read("before", &mut violations, read_seq);
        let cursor = parameters.read("cursor", &mut violations, read_cursor);
        let names = ["cursor", "after", "before"];
        let given = names.into_iter().filter(|name| parameters.has(name));
        for name in given.skip(1) {
            let message = "is one of cursor, after and before: send at most one of them";
            let path = ["/", name].concat();
            violations.push(path, ViolationCode::InvalidFormat, message);
        }
        let range = match (cursor, after, before) {
            (Some(cursor), ..) => cursor.range,
            (None, Some(seq), _) => Range::After(seq),
            (None, None, Some(seq)) => Range::Before(seq),
            (None, None, None) => Range::All,
        };
        let query = Self {
            range,
            position: cursor.map(|cursor| cursor.position),
            order: parameters
                .read("order", &mut violations, check_name)
                .unwrap_or_default(),
            page_size: parameters
                .read("limit", &mut violations, read_page_size)
                .unwrap_or(HISTORY_PAGE_SIZE_DEFAULT),
        };
        violations.finish(query)
    }

    /// Returns the `seq` that the page's entries are all after, and the one that they are
    /// all before.
    ///
    /// ```
    /// use chat_sessions::domain::history_query::HistoryQuery;
    /// let query = HistoryQuery::check("cursor=f50b90")?;
    /// assert_eq!(query.bounds(), (50, 90));
    /// # Ok::<(), chat_sessions::error::Error>(())
    /// ```
    #[must_use]
    pub fn bounds(&self) -> (u64, u64) {
        let (mut after, mut before) = match self.range {
            Range::All => (0, END_OF_LOG),
            Range::After(seq) => (seq, END_OF_LOG),
            Range::Before(seq) => (0, seq),
        };
        match self.position {
            None => {}
            Some(Position::Following(seq)) => after = after.max(seq),
            Some(Position::Preceding(seq)) => before = before.min(seq),
        }
        (after, before)
    }

    /// Returns true if the page begins at the end of its bounds.
    #[must_use]
    pub fn is_backwards(&self) -> bool {
        match self.position {
            Some(Position::Following(_)) => false,
            Some(Position::Preceding(_)) => true,
            None => self.order == Order::Desc,
        }
    }
}

/// Later than every entry: the largest whole number that D1 accepts.
pub(super) const END_OF_LOG: u64 = (1 << 53) - 1;

/// Parses a `seq`: digits, and below what a double holds exactly.
fn parse_seq(text: &str) -> Option<u64> {
    const MAX_CHARS: usize = 15;
    let is_number =
        (1..=MAX_CHARS).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { text.parse().ok() } else { None }
}

fn read_seq(text: &str, path: &str, violations: &mut Violations) -> Option<u64> {
    let seq = parse_seq(text);
    if seq.is_none() {
        let message = "must be the seq of an entry, a whole number, or 0";
        violations.push(path, ViolationCode::InvalidType, message);
    }
    seq
}

fn read_cursor(text: &str, path: &str, violations: &mut Violations) -> Option<Cursor> {
    let cursor = Cursor::parse(text);
    if cursor.is_none() {
        let message = "must be the next or previous of another page";
        violations.push(path, ViolationCode::InvalidFormat, message);
    }
    cursor
}
