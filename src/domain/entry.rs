//! The log of a session: its entries, in the order of `seq`.

use super::limits::LAST_MESSAGE_MAX_CHARS;
use super::message::Sender;
use super::session::Status;
use crate::validation::text::is_longer;
use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantNames};
use uuid::Uuid;

/// One entry of a session's log.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Its place in the log: 1, 2, 3 … without a gap.
    pub seq: u64,
    /// Its id, a UUID.
    pub id: Uuid,
    /// When it was stored, Unix time in milliseconds; it never goes back along `seq`.
    pub created_at_ms: u64,
    /// The event that it records.
    pub event: Event,
}

/// The event of an entry.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A message.
    Message(Message),
    /// A note that agents wrote for each other.
    Note(Note),
    /// The session was closed.
    SessionClosed {
        /// Its new status.
        status: Status,
        /// The side that closed it.
        by: Side,
    },
    /// The session was reopened.
    SessionReopened {
        /// The side that reopened it.
        by: Side,
    },
    /// The session has another assignee.
    Handoff(Assignee),
    /// An earlier message or note was redacted.
    Redacted {
        /// Its `seq`.
        redacted_seq: u64,
        /// True if it is a note.
        is_note: bool,
    },
}

impl Event {
    /// Returns true if only agents may read it. A session's contact sees that there is an
    /// entry.
    #[must_use]
    pub fn is_internal(&self) -> bool {
        match self {
            Self::Note(_) => true,
            Self::Redacted { is_note, .. } => *is_note,
            Self::Message(_)
            | Self::SessionClosed { .. }
            | Self::SessionReopened { .. }
            | Self::Handoff(_) => false,
        }
    }
}

/// A note as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The agent who wrote it, as far as it is known.
    pub agent: Agent,
    /// The text; empty once it is redacted.
    pub text: String,
}

/// A message as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// The kind of its author.
    pub sender: Sender,
    /// The agent who wrote it, if known; empty for a message of the contact.
    pub agent: Agent,
    /// The text; empty once it is redacted, or where there are attachments only.
    pub text: String,
    /// The attachments, as the text of a JSON array.
    pub attachments: String,
}

/// An agent as it is stored.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Agent {
    /// The agent's id at the customer's.
    pub id: Option<String>,
    /// The name that visitors see.
    pub name: Option<String>,
    /// The address of a picture.
    pub avatar_url: Option<String>,
}

/// The two sides of a conversation.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Deserialize,
    Serialize,
    EnumString,
    IntoStaticStr,
    VariantNames,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Side {
    /// The contact.
    Contact,
    /// Agents and programs.
    Agent,
}

impl Side {
    /// The side's name in the contract.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// The one who answers in a session.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Assignee {
    /// The kind.
    pub kind: AssigneeKind,
    /// The agent or program, as far as it is known.
    pub agent: Agent,
}

/// The kinds of assignee.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, EnumString, IntoStaticStr, VariantNames)]
#[strum(serialize_all = "snake_case")]
pub enum AssigneeKind {
    /// Nobody.
    #[default]
    None,
    /// A program.
    Ai,
    /// A person.
    Human,
}

impl AssigneeKind {
    /// The kind's name in the contract.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// Summary of a session's log, derived from its entries.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LogState {
    /// The `seq` of the last entry; 0 while there is none.
    pub last_seq: u64,
    /// The beginning of the last message.
    pub last_message: Option<String>,
    /// When it was stored, Unix time in milliseconds.
    pub last_message_at_ms: Option<u64>,
    /// The last `seq` that each side has read.
    pub read: Sides,
    /// Unread messages of each side; 100 stands for 100 or more.
    pub unread: Sides,
    /// The one who answers.
    pub assignee: Assignee,
}

/// A number for each side.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sides {
    /// The contact's.
    pub contact: u64,
    /// The agents'.
    pub agent: u64,
}

impl Sides {
    /// Returns the number of one side.
    #[must_use]
    pub fn of(self, side: Side) -> u64 {
        match side {
            Side::Contact => self.contact,
            Side::Agent => self.agent,
        }
    }
}

/// Returns the beginning of a message as lists show it: at most 200 characters, with `…`
/// where it is cut, or else the name of its first file.
///
/// ```
/// use chat_sessions::domain::entry::preview;
/// assert_eq!(preview("Hello", None), "Hello");
/// assert_eq!(preview("", Some("a.pdf")), "a.pdf");
/// assert_eq!(preview(&"x".repeat(201), None), format!("{}…", "x".repeat(199)));
/// ```
#[must_use]
pub fn preview(text: &str, file: Option<&str>) -> String {
    let shown = if text.is_empty() {
        file.unwrap_or_default()
    } else {
        text
    };
    if !is_longer(shown, LAST_MESSAGE_MAX_CHARS) {
        return shown.to_owned();
    }
    let beginning = shown.chars().take(LAST_MESSAGE_MAX_CHARS.saturating_sub(1));
    beginning.chain(['…']).collect()
}
