//! The JSON shapes of messages and history.

use super::shapes::{AssigneeBody, iso_8601};
use crate::domain::contact::Contact;
use crate::domain::entry::{Agent, AssigneeKind, Entry, Event, Message};
use crate::domain::history_query::{Cursor, HistoryQuery, Order, Position, Range};
use crate::domain::limits::PAGE_MAX_BYTES;
use crate::domain::message::Sender;
use crate::domain::session::Session;
use crate::error::Error;
use crate::storage::log::{ContactNames, LogPage, StoredMessage};
use serde::Serialize;
use serde_json::value::RawValue;
use uuid::Uuid;

/// The response to a send, as OpenCX's reference has it, and to a note.
#[derive(Debug, Serialize)]
pub struct SentBody {
    success: bool,
    data: SentData,
}

#[derive(Debug, Serialize)]
struct SentData {
    message: SentMessage,
    /// The session that has it, where the one it was sent to is full.
    #[serde(skip_serializing_if = "Option::is_none")]
    session_id: Option<Uuid>,
}

#[derive(Debug, Serialize)]
struct SentMessage {
    id: Uuid,
    seq: u64,
    created_at: String,
}

impl SentBody {
    /// Returns the response to the send of a message or a note. `session_id` is set if
    /// another session than it was sent to has it.
    #[must_use]
    pub fn new(id: Uuid, stored: StoredMessage, session_id: Option<Uuid>) -> Self {
        Self {
            success: true,
            data: SentData {
                message: SentMessage {
                    id,
                    seq: stored.seq,
                    created_at: iso_8601(stored.created_at_ms),
                },
                session_id,
            },
        }
    }
}

/// A page of history.
#[derive(Debug, Serialize)]
pub struct HistoryBody {
    items: Vec<Box<RawValue>>,
    next: Option<String>,
    previous: Option<String>,
    last_seq: u64,
}

impl HistoryBody {
    /// Returns the page; `is_own` says that its reader is the session's contact. A page
    /// over [`PAGE_MAX_BYTES`] is cut at the end that is farther from where it begins; the
    /// cursor of that end continues there.
    ///
    /// # Errors
    /// [`Error::InternalError`] when stored attachments are damaged.
    pub fn new(page: &LogPage, query: &HistoryQuery, is_own: bool) -> Result<Self, Error> {
        let mut items = Vec::with_capacity(page.entries.len());
        let mut bytes = 0_u64;
        let mut shown: Option<(u64, u64)> = None;
        let is_reversed = query.is_backwards() != (query.order == Order::Desc);
        let mut entries: Vec<&Entry> = page.entries.iter().collect();
        if is_reversed {
            entries.reverse();
        }
        for entry in entries {
            let item = EntryBody::new(entry, (&page.session).into(), is_own)?;
            let item = serde_json::value::to_raw_value(&item)
                .map_err(|cause| Error::InternalError(format!("unserializable entry: {cause}")))?;
            bytes = bytes.saturating_add(item.get().len() as u64);
            if shown.is_some() && bytes > u64::from(PAGE_MAX_BYTES) {
                break;
            }
            shown = Some((shown.map_or(entry.seq, |(first, _)| first), entry.seq));
            items.push(item);
        }
        if is_reversed {
            items.reverse();
            shown = shown.map(|(last, first)| (first, last));
        }
        let last_seq = page.session.log.last_seq;
        let range = query.range;
        let (lowest, highest) = match range {
            Range::All => (1, last_seq),
            Range::After(seq) => (seq.saturating_add(1), last_seq),
            Range::Before(seq) => (1, last_seq.min(seq.saturating_sub(1))),
        };
        let beside = |position| Cursor { position, range };
        let following = |seq: u64| (seq < highest).then(|| beside(Position::Following(seq)));
        let preceding = |seq: u64| (seq > lowest).then(|| beside(Position::Preceding(seq)));
        let (next, previous) = match (shown, query.order) {
            (None, _) => (None, None),
            (Some((first, last)), Order::Asc) => (following(last), preceding(first)),
            (Some((first, last)), Order::Desc) => (preceding(last), following(first)),
        };
        Ok(Self {
            items,
            next: next.map(|cursor| cursor.to_string()),
            previous: previous.map(|cursor| cursor.to_string()),
            last_seq,
        })
    }
}

/// The contact of a session, as far as its messages name it.
///
/// A stranger's session has the contact with the email that they typed: neither its
/// verified name nor what other strangers said is theirs.
#[derive(Debug, Clone, Copy)]
pub(super) struct SessionContact<'a> {
    /// The contact's name, if the session is verified.
    name: Option<&'a str>,
    /// The name that an unverified caller of the session gave.
    given_name: Option<&'a str>,
}

impl<'a> SessionContact<'a> {
    /// Names the contact of a session.
    pub(super) fn new(session: &'a Session, contact: Option<&'a Contact>) -> Self {
        let contact = contact.filter(|_| session.verified);
        Self {
            name: contact.and_then(|contact| contact.name.as_deref()),
            given_name: session.given_name.as_deref(),
        }
    }
}

impl<'a> From<&'a Session> for SessionContact<'a> {
    fn from(session: &'a Session) -> Self {
        Self::new(session, session.contact.as_ref())
    }
}

impl<'a> From<&'a ContactNames> for SessionContact<'a> {
    fn from(names: &'a ContactNames) -> Self {
        Self {
            name: names.vouched_for.as_deref(),
            given_name: names.given.as_deref(),
        }
    }
}

/// An entry of a log.
#[derive(Debug, Serialize)]
pub struct EntryBody<'a> {
    id: Uuid,
    seq: u64,
    created_at: String,
    event: EventBody<'a>,
}

#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum EventBody<'a> {
    Message {
        sender: SenderBody<'a>,
        content: ContentBody<'a>,
        attachments: &'a RawValue,
    },
    Note {
        author: SenderBody<'a>,
        content: ContentBody<'a>,
    },
    /// A note or its redaction, as the session's contact sees it.
    Internal,
    SessionClosed {
        status: &'static str,
        by: &'static str,
    },
    SessionReopened {
        status: &'static str,
        by: &'static str,
    },
    Handoff {
        assignee: AssigneeBody<'a>,
    },
    Redacted {
        redacted_seq: u64,
    },
}

#[derive(Debug, Serialize)]
struct ContentBody<'a> {
    r#type: &'static str,
    text: &'a str,
}

/// The author of a message or a note.
#[derive(Debug, Serialize)]
struct SenderBody<'a> {
    r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    name: Option<&'a str>,
    /// A contact's name as an unverified caller gave it.
    #[serde(skip_serializing_if = "Option::is_none")]
    non_verified_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    avatar_url: Option<&'a str>,
}

impl<'a> EntryBody<'a> {
    /// Returns an entry of the session's log, as its contact or anyone else sees it.
    ///
    /// # Errors
    /// [`Error::InternalError`] when stored attachments are damaged.
    pub(super) fn new(
        entry: &'a Entry,
        contact: SessionContact<'a>,
        is_own: bool,
    ) -> Result<Self, Error> {
        Ok(Self {
            id: entry.id,
            seq: entry.seq,
            created_at: iso_8601(entry.created_at_ms),
            event: match &entry.event {
                event if is_own && event.is_internal() => EventBody::Internal,
                Event::Message(message) => message_body(message, contact, is_own)?,
                Event::Note(note) => EventBody::Note {
                    author: agent_body(&note.agent, AssigneeKind::Human),
                    content: text_body(&note.text),
                },
                Event::SessionClosed { status, by } => EventBody::SessionClosed {
                    status: status.as_str(),
                    by: by.as_str(),
                },
                Event::SessionReopened { by } => EventBody::SessionReopened {
                    status: "open",
                    by: by.as_str(),
                },
                Event::Handoff(assignee) => EventBody::Handoff {
                    assignee: assignee.into(),
                },
                Event::Redacted { redacted_seq, .. } => EventBody::Redacted {
                    redacted_seq: *redacted_seq,
                },
            },
        })
    }
}

fn message_body<'a>(
    message: &'a Message,
    contact: SessionContact<'a>,
    is_own: bool,
) -> Result<EventBody<'a>, Error> {
    let attachments = serde_json::from_str(&message.attachments)
        .map_err(|cause| Error::InternalError(format!("stored attachments: {cause}")))?;
    Ok(EventBody::Message {
        sender: match message.sender {
            Sender::Contact => contact_body(contact, is_own),
            Sender::Agent => agent_body(&message.agent, AssigneeKind::Human),
            Sender::Ai => agent_body(&message.agent, AssigneeKind::Ai),
        },
        content: text_body(&message.text),
        attachments,
    })
}

fn text_body(text: &str) -> ContentBody<'_> {
    ContentBody {
        r#type: "text",
        text,
    }
}

/// Names the contact of a session: to itself by the name that it gave, to others by the one
/// that is vouched for, and the given one apart.
fn contact_body(contact: SessionContact<'_>, is_own: bool) -> SenderBody<'_> {
    let (name, given) = if is_own {
        (contact.given_name.or(contact.name), None)
    } else {
        (contact.name, contact.given_name)
    };
    SenderBody {
        r#type: "contact",
        id: None,
        name,
        non_verified_name: given,
        avatar_url: None,
    }
}

fn agent_body(agent: &Agent, kind: AssigneeKind) -> SenderBody<'_> {
    SenderBody {
        r#type: match kind {
            AssigneeKind::Ai => "ai",
            AssigneeKind::Human | AssigneeKind::None => "human_agent",
        },
        id: agent.id.as_deref(),
        name: agent.name.as_deref(),
        non_verified_name: None,
        avatar_url: agent.avatar_url.as_deref(),
    }
}
