//! The commands and outcomes of a session's log.

use crate::access::token::TokenSubject;
use crate::domain::attributes::Attributes;
use crate::domain::contact::ContactDraft;
use crate::domain::entry::{Agent, AssigneeKind, Entry, Side};
use crate::domain::history_query::HistoryQuery;
use crate::domain::message::Sender;
use crate::domain::session::Session;
use uuid::Uuid;

/// Data to store for one `POST /chat/sessions/{session_id}/send`.
#[derive(Debug, Clone, PartialEq)]
pub struct SendMessage {
    /// The session.
    pub session_id: Uuid,
    /// The person of the caller's token, if it has one: the session must be their own,
    /// unless it is an agent.
    pub subject: Option<TokenSubject>,
    /// The message's id: a message that is stored with it makes this one a retry.
    pub message_id: Uuid,
    /// The author.
    pub sender: Sender,
    /// The agent who wrote it, as far as it is known.
    pub agent: Agent,
    /// The text.
    pub text: String,
    /// The attachments, as the text of a JSON array.
    pub attachments: String,
    /// SHA-256 of author, text and attachments.
    pub content_hash: String,
    /// The beginning of the message, for lists.
    pub preview: String,
    /// Attributes to merge into the session's.
    pub custom_data: Attributes,
    /// Data to merge into the session's contact, or of the contact to link to a session
    /// that has none.
    pub contact: Option<ContactDraft>,
    /// The contact's id, if it is a new one.
    pub new_contact_id: Uuid,
    /// True for a secret key: its attributes replace the session's own, and its contact's
    /// data is as verified as the session.
    pub by_server: bool,
    /// True for the tokens of contacts and visitors, whose messages to one session are
    /// limited.
    pub is_limited: bool,
    /// The assignee that the message makes of its agent, whoever answered before.
    pub takes_over_as: Option<AssigneeKind>,
    /// Ids for the entries that the message may put before itself.
    pub entry_ids: [Uuid; 2],
    /// The time, in Unix milliseconds.
    pub now_ms: u64,
}

impl SendMessage {
    /// Returns the contact's name, if the message gives one.
    #[must_use]
    pub fn contact_name(&self) -> Option<&str> {
        self.contact.as_ref()?.name.as_deref()
    }
}

/// Result of a [`SendMessage`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sent {
    /// The message is stored.
    Stored {
        /// Its place.
        message: StoredMessage,
        /// The names of the session's contact, who may have written it.
        contact: ContactNames,
    },
    /// It had been stored before; nothing was done.
    Replayed(StoredMessage),
    /// Another message, or another entry, has its id; nothing was done.
    IdReused,
    /// The log has no room for more; nothing was done.
    Full,
    /// The session got too many messages within a minute; nothing was done.
    TooMany {
        /// The time until the minute ends, in seconds.
        retry_after_s: u64,
    },
    /// The session would have too many attributes; nothing was done.
    TooManyAttributes,
    /// The session's attributes would exceed their limit; nothing was done.
    AttributesTooLarge,
    /// The contact's verified attributes would exceed their limit; nothing was done.
    ContactTooLarge,
    /// No session of the organization that the caller may see has the id.
    NoSuchSession,
}

/// The names of a session's contact, as its messages have them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ContactNames {
    /// The contact's name, if the session is verified.
    pub vouched_for: Option<String>,
    /// The name that an unverified caller of the session gave.
    pub given: Option<String>,
}

/// The place of a stored message or note.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredMessage {
    /// Its `seq`.
    pub seq: u64,
    /// When it was stored, Unix time in milliseconds.
    pub created_at_ms: u64,
}

/// Data to store for one `POST /chat/sessions/{session_id}/notes`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddNote {
    /// The session.
    pub session_id: Uuid,
    /// The agent of the caller's token, if it has one.
    pub subject: Option<TokenSubject>,
    /// The note's id: a note that is stored with it makes this one a retry.
    pub note_id: Uuid,
    /// The agent who wrote it, as far as it is known.
    pub agent: Agent,
    /// The text.
    pub text: String,
    /// SHA-256 of the text.
    pub content_hash: String,
    /// The time, in Unix milliseconds.
    pub now_ms: u64,
}

/// Result of an [`AddNote`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Noted {
    /// The note is stored.
    Stored(StoredMessage),
    /// It had been stored before; nothing was done.
    Replayed(StoredMessage),
    /// Another note, or another entry, has its id; nothing was done.
    IdReused,
    /// The log has no room for more; nothing was done.
    Full,
    /// No session of the organization has the id.
    NoSuchSession,
}

/// A full session, for whose contact another session is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ContinueSession {
    /// The session.
    pub session_id: Uuid,
    /// The id of the other one, if it is a new one.
    pub new_session_id: Uuid,
    /// The time, in Unix milliseconds.
    pub now_ms: u64,
}

/// Returns the seconds until a minute that began then ends; at least 1.
#[must_use]
pub fn seconds_left_of_minute(began_ms: u64, now_ms: u64) -> u64 {
    let left_ms = began_ms.saturating_add(60_000).saturating_sub(now_ms);
    left_ms.div_ceil(1000).max(1)
}

/// Data to store for one `POST /chat/sessions/{session_id}/read`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MarkRead {
    /// The session.
    pub session_id: Uuid,
    /// The person of the caller's token, if it has one.
    pub subject: Option<TokenSubject>,
    /// The side that has read.
    pub side: Side,
    /// The last entry that it has read.
    pub seq: u64,
}

/// Data to store for one `POST /chat/sessions/{session_id}/messages/{message_id}/redact`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RedactMessage {
    /// The session.
    pub session_id: Uuid,
    /// The message, or the note.
    pub message_id: Uuid,
    /// The id of the entry that tells of it.
    pub entry_id: Uuid,
    /// The time, in Unix milliseconds.
    pub now_ms: u64,
}

/// Result of a [`RedactMessage`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Redacted {
    /// The message or note has neither text nor attachments.
    Done,
    /// No message or note of the session has the id.
    NoSuchMessage,
    /// No session of the organization has the id.
    NoSuchSession,
}

/// Range of one `GET /chat/sessions/{session_id}/history`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadLog {
    /// The session.
    pub session_id: Uuid,
    /// The contact of the caller's token, if it has one: the session must be its own.
    pub subject: Option<TokenSubject>,
    /// The checked query.
    pub query: HistoryQuery,
}

/// One page of a session's log.
#[derive(Debug, Clone, PartialEq)]
pub struct LogPage {
    /// The session.
    pub session: Session,
    /// The entries, in the order of the query.
    pub entries: Vec<Entry>,
}
