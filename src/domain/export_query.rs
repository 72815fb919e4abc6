//! The query of `GET /contacts/{id}/export`: where a page begins.

use super::query::Parameters;
use crate::error::{Error, ViolationCode};
use crate::validation::violations::Violations;
use std::fmt;
use uuid::Uuid;

/// A position in an export: behind a session, or within its history.
///
/// ```
/// use chat_sessions::domain::export_query::ExportCursor;
/// for text in ["01a20ce405c07c419f02e83b551a96d7", "01a20ce405c07c419f02e83b551a96d7-2000"] {
///     assert_eq!(ExportCursor::parse(text).unwrap().to_string(), text);
/// }
/// assert_eq!(ExportCursor::parse("2000"), None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExportCursor {
    /// The session.
    pub session_id: Uuid,
    /// The last entry of it that an earlier page has; `None` if it has the whole session.
    pub seq: Option<u64>,
}

impl ExportCursor {
    /// Spelling of a cursor, as a regular expression.
    pub const PATTERN: &str = "^[0-9a-f]{32}(-(0|[1-9][0-9]{0,14}))?$";

    /// Checks a query, percent-encoded as sent: it may have a `cursor`. Other parameters are
    /// ignored.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] when the cursor is none.
    pub fn check(query: &str) -> Result<Option<Self>, Error> {
        let mut violations = Violations::default();
        let cursor = Parameters(query).read("cursor", &mut violations, read_cursor);
        violations.finish(cursor)
    }

    /// Parses a page's `next`; `None` if it is not a cursor.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        const SEQ_MAX: u64 = 999_999_999_999_999;
        let (id, seq) = match text.split_once('-') {
            Some((id, seq)) => (id, Some(seq.parse().ok().filter(|seq| *seq <= SEQ_MAX)?)),
            None => (text, None),
        };
        let cursor = Self {
            session_id: Uuid::try_parse(id).ok()?,
            seq,
        };
        (cursor.to_string() == text).then_some(cursor)
    }

    /// Returns the `seq` that a page begins behind, in the history of this session.
    #[must_use]
    pub fn seq_in(cursor: Option<Self>, session_id: Uuid) -> u64 {
        let cursor = cursor.filter(|cursor| cursor.session_id == session_id);
        cursor.and_then(|cursor| cursor.seq).unwrap_or(0)
    }

    /// Returns true if a page that begins here, or a later one, has this session.
    #[must_use]
    pub fn precedes(self, session_id: Uuid) -> bool {
        session_id > self.session_id || (session_id == self.session_id && self.seq.is_some())
    }
}

impl fmt::Display for ExportCursor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.session_id.simple().fmt(formatter)?;
        match self.seq {
            Some(seq) => write!(formatter, "-{seq}"),
            None => Ok(()),
        }
    }
}

fn read_cursor(text: &str, path: &str, violations: &mut Violations) -> Option<ExportCursor> {
    let cursor = ExportCursor::parse(text);
    if cursor.is_none() {
        let message = "must be the next of an earlier page, or left out for the first one";
        violations.push(path, ViolationCode::InvalidFormat, message);
    }
    cursor
}
