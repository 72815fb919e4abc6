//! The frames of live connections, as JSON.

use super::changes::NewEntry;
use super::log_shapes::{EntryBody, SessionContact};
use super::shapes::{SessionBody, ViolationBody, iso_8601};
use crate::access::permissions::Role;
use crate::domain::entry::{Entry, Event, Side};
use crate::domain::session::Session;
use crate::error::Error;
use crate::storage::log::{ContactNames, StoredMessage};
use serde::Serialize;
use uuid::Uuid;

/// A frame that the service sends.
#[derive(Debug, Serialize)]
#[serde(tag = "type")]
enum Frame<'a> {
    /// The first one of a connection to a session.
    #[serde(rename = "hello")]
    Hello {
        session_id: Uuid,
        last_seq: u64,
        session: SessionBody<'a>,
    },
    /// The first one of a connection to all sessions.
    #[serde(rename = "hello")]
    HelloToAll { at: String },
    #[serde(rename = "message.created")]
    MessageCreated(EntryData<'a>),
    #[serde(rename = "session.updated")]
    EntryCreated(EntryData<'a>),
    #[serde(rename = "session.created")]
    SessionCreated(SessionData<'a>),
    #[serde(rename = "session.updated")]
    SessionUpdated(SessionData<'a>),
    #[serde(rename = "typing")]
    Typing {
        by: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        name: Option<&'a str>,
    },
    #[serde(rename = "read")]
    Read { by: &'static str, seq: u64 },
    #[serde(rename = "ack")]
    Ack {
        id: Uuid,
        seq: u64,
        created_at: String,
        /// The session that has it, where the one it was sent to is full.
        #[serde(skip_serializing_if = "Option::is_none")]
        session_id: Option<Uuid>,
    },
    #[serde(rename = "nack")]
    Nack {
        id: Option<&'a str>,
        code: &'static str,
        message: &'a str,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        errors: Vec<ViolationBody<'a>>,
    },
}

#[derive(Debug, Serialize)]
struct EntryData<'a> {
    session_id: Uuid,
    seq: u64,
    data: EntryBody<'a>,
}

#[derive(Debug, Serialize)]
struct SessionData<'a> {
    session_id: Uuid,
    data: SessionBody<'a>,
}

fn to_text(frame: &Frame<'_>) -> Result<String, Error> {
    serde_json::to_string(frame)
        .map_err(|cause| Error::InternalError(format!("unserializable frame: {cause}")))
}

/// Returns the first frame of a connection to a session, as this role sees it.
///
/// # Errors
/// [`Error::InternalError`] when its stored attributes are damaged.
pub fn hello(session: &Session, role: Role) -> Result<String, Error> {
    let mut session = session.clone();
    role.omit_strangers(&mut session);
    to_text(&Frame::Hello {
        session_id: session.id,
        last_seq: session.log.last_seq,
        session: SessionBody::try_from(&session)?,
    })
}

/// Returns the first frame of a connection to all sessions of an organization.
///
/// # Errors
/// [`Error::InternalError`] when it cannot be written.
pub fn hello_to_all(now_ms: u64) -> Result<String, Error> {
    to_text(&Frame::HelloToAll {
        at: iso_8601(now_ms),
    })
}

/// Returns the frame of an entry, as the session's contact (`is_own`) or anyone else sees
/// it.
///
/// # Errors
/// [`Error::InternalError`] when stored attachments are damaged.
pub fn entry(entry: &Entry, session: &Session, is_own: bool) -> Result<String, Error> {
    entry_of(entry, session.id, session.into(), is_own)
}

/// Returns the frames of a message that was stored just now.
///
/// # Errors
/// [`Error::InternalError`] when its attachments are damaged.
pub(super) fn new_entry(
    entry: &Entry,
    session_id: Uuid,
    contact: &ContactNames,
) -> Result<NewEntry, Error> {
    let own = entry_of(entry, session_id, contact.into(), true)?;
    let others = entry_of(entry, session_id, contact.into(), false)?;
    Ok(NewEntry {
        seq: entry.seq,
        own: Some(own).filter(|own| *own != others),
        others,
    })
}

fn entry_of(
    entry: &Entry,
    session_id: Uuid,
    contact: SessionContact<'_>,
    is_own: bool,
) -> Result<String, Error> {
    let data = EntryData {
        session_id,
        seq: entry.seq,
        data: EntryBody::new(entry, contact, is_own)?,
    };
    to_text(&match entry.event {
        Event::Message(_) => Frame::MessageCreated(data),
        _ => Frame::EntryCreated(data),
    })
}

/// Returns the frame of a session that was created or has changed, as a list has it.
///
/// # Errors
/// [`Error::InternalError`] when its stored attributes are damaged.
pub fn session(session: &Session, is_new: bool) -> Result<String, Error> {
    let data = SessionData {
        session_id: session.id,
        data: SessionBody::try_from(session)?,
    };
    to_text(&if is_new {
        Frame::SessionCreated(data)
    } else {
        Frame::SessionUpdated(data)
    })
}

/// Returns the frame that somebody is typing.
///
/// # Errors
/// [`Error::InternalError`] when it cannot be written.
pub fn typing(by: Side, name: Option<&str>) -> Result<String, Error> {
    to_text(&Frame::Typing {
        by: by.as_str(),
        name,
    })
}

/// Returns the frame that a side has read up to an entry.
///
/// # Errors
/// [`Error::InternalError`] when it cannot be written.
pub fn read(by: Side, seq: u64) -> Result<String, Error> {
    to_text(&Frame::Read {
        by: by.as_str(),
        seq,
    })
}

/// Returns the frame that a message is stored.
pub(super) fn ack(
    id: Uuid,
    stored: StoredMessage,
    session_id: Option<Uuid>,
) -> Result<String, Error> {
    to_text(&Frame::Ack {
        id,
        seq: stored.seq,
        created_at: iso_8601(stored.created_at_ms),
        session_id,
    })
}

/// Returns the frame that a frame of the client was rejected; `id` is that of its message.
pub(super) fn nack(id: Option<&str>, error: &Error) -> Result<String, Error> {
    to_text(&Frame::Nack {
        id,
        code: error.code(),
        message: &error.message(),
        errors: error.violations().iter().map(ViolationBody::from).collect(),
    })
}
