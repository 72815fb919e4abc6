//! The orders of a list of sessions, and positions in them.

use super::session::Session;
use std::fmt;
use strum::{EnumString, IntoStaticStr, VariantNames};
use uuid::Uuid;

/// Order of a list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, EnumString, IntoStaticStr, VariantNames)]
#[strum(serialize_all = "snake_case")]
pub enum Sort {
    /// `created`, the default: the newest session first.
    #[default]
    Created,
    /// `activity`: the session with the latest message first. Those without a message are
    /// not in it.
    Activity,
}

impl Sort {
    /// The order's name in the contract.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// A position in a list: behind a session.
///
/// Ids and the times of messages only grow, so what is created or written while somebody
/// reads page after page comes before the position: nothing behind it repeats or is
/// hidden.
///
/// ```
/// use chat_sessions::domain::id::uuid_v7;
/// use chat_sessions::domain::session_cursor::Cursor;
///
/// let id = uuid_v7(1_750_000_000_000, [0; 10]);
/// let behind = Cursor::Created(id);
/// assert_eq!(behind.to_string(), "01977420dc0070008000000000000000");
/// assert_eq!(Cursor::parse(&behind.to_string()), Some(behind));
///
/// let behind = Cursor::Activity { last_message_at_ms: 1_750_000_000_017, id };
/// assert_eq!(behind.to_string(), "1750000000017-01977420dc0070008000000000000000");
/// assert_eq!(Cursor::parse(&behind.to_string()), Some(behind));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cursor {
    /// In the order of creation: behind the session with this id.
    Created(Uuid),
    /// In the order of activity: behind the session with this id, as long as its last
    /// message is this one.
    Activity {
        /// When the message was stored, Unix time in milliseconds.
        last_message_at_ms: u64,
        /// The session.
        id: Uuid,
    },
}

impl Cursor {
    /// Spelling of a cursor, as a regular expression.
    pub const PATTERN: &str = "^([0-9]{13}-)?[0-9a-f]{32}$";

    /// Returns the position behind a session; `None` if that order does not have it.
    #[must_use]
    pub fn behind(session: &Session, sort: Sort) -> Option<Self> {
        let id = session.id;
        match sort {
            Sort::Created => Some(Self::Created(id)),
            Sort::Activity => Some(Self::Activity {
                last_message_at_ms: session.log.last_message_at_ms?,
                id,
            }),
        }
    }

    /// Parses a page's `next`; `None` if it is not a cursor.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let cursor = match text.split_once('-') {
            Some((time_ms, id)) => Self::Activity {
                last_message_at_ms: time_ms
                    .parse()
                    .ok()
                    .filter(|_| time_ms.len() == TIME_CHARS)?,
                id: Uuid::try_parse(id).ok()?,
            },
            None => Self::Created(Uuid::try_parse(text).ok()?),
        };
        (cursor.to_string() == text).then_some(cursor)
    }

    /// Returns the order that it is a position in.
    #[must_use]
    pub fn sort(self) -> Sort {
        match self {
            Self::Created(_) => Sort::Created,
            Self::Activity { .. } => Sort::Activity,
        }
    }

    /// Returns true if the session comes behind the position.
    #[must_use]
    pub fn precedes(self, session: &Session) -> bool {
        match self {
            Self::Created(id) => session.id < id,
            Self::Activity {
                last_message_at_ms,
                id,
            } => session
                .log
                .last_message_at_ms
                .is_some_and(|time_ms| (time_ms, session.id) < (last_message_at_ms, id)),
        }
    }
}

/// Digits of a time in a cursor: enough until the year 2286.
const TIME_CHARS: usize = 13;

impl fmt::Display for Cursor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Created(id) => id.simple().fmt(formatter),
            Self::Activity {
                last_message_at_ms,
                id,
            } => write!(
                formatter,
                "{last_message_at_ms:0TIME_CHARS$}-{}",
                id.simple()
            ),
        }
    }
}
