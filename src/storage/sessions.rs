//! The commands and outcomes of sessions.

use crate::access::token::TokenSubject;
use crate::domain::attributes::Attributes;
use crate::domain::contact::ContactDraft;
use crate::domain::idempotency::Reservation;
use crate::domain::session::{Channel, Session, Status};
use crate::domain::session_cursor::Cursor;
use crate::domain::session_query::SessionQuery;
use uuid::Uuid;

/// Data to store for one `POST /chat/sessions`.
#[derive(Debug, Clone, PartialEq)]
pub struct CreateSession {
    /// Where the conversation takes place.
    pub channel: Channel,
    /// True if somebody vouches for the contact.
    pub verified: bool,
    /// The session's attributes.
    pub custom_data: Attributes,
    /// The contact.
    pub contact: SessionContact,
    /// True to resume the open session on this channel, if there is one: a visitor's own,
    /// or else the contact's verified one.
    pub resume: bool,
    /// The person of the caller's token, if it has one.
    pub subject: Option<TokenSubject>,
    /// True for a publishable key and its visitors, whose creates have a daily quota of
    /// their own.
    pub by_visitor: bool,
    /// The size of the request's body, which counts against the quota.
    pub body_bytes: usize,
    /// The reservation of its idempotency key, if it has one.
    pub reservation: Option<Reservation>,
    /// The session's id.
    pub session_id: Uuid,
    /// The contact's id, if a new contact is created.
    pub new_contact_id: Uuid,
    /// The time, in Unix milliseconds.
    pub now_ms: u64,
}

impl CreateSession {
    /// Returns the contact's name as a caller gives it who does not vouch for it.
    #[must_use]
    pub fn given_name(&self) -> Option<&str> {
        match &self.contact {
            SessionContact::Described(draft) if !self.verified => draft.name.as_deref(),
            SessionContact::SelfReported(_, draft) => draft.name.as_deref(),
            SessionContact::None | SessionContact::Described(_) | SessionContact::Existing(_) => {
                None
            }
        }
    }
}

/// The contact of a session to be stored.
#[derive(Debug, Clone, PartialEq)]
pub enum SessionContact {
    /// No contact.
    None,
    /// A contact found by the draft's identity, or created. The draft is written as
    /// verified if the session is.
    Described(ContactDraft),
    /// The contact with this id, which must exist.
    Existing(Uuid),
    /// The contact with this id, which must exist. The person is identified by a token;
    /// the draft is self-reported, so it is stored unverified.
    SelfReported(Uuid, ContactDraft),
}

/// Filter and position of one `GET /chat/sessions`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListSessions {
    /// The person of the caller's token, if it has one. Of a contact only the verified
    /// sessions are listed: a stranger can open others in its name. Of a visitor those that
    /// the visitor opened.
    pub subject: Option<TokenSubject>,
    /// The checked query.
    pub query: SessionQuery,
}

/// One page of a list of sessions.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SessionPage {
    /// The sessions, in the order asked for. A page may be short, or empty, although more
    /// follow: a storage limits the sessions that it examines.
    pub sessions: Vec<Session>,
    /// Where the next page begins; `None` behind the last one.
    pub next: Option<Cursor>,
}

/// Changes of one `PATCH /chat/sessions/{id}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpdateSession {
    /// The agent of the caller's token, if it has one.
    pub subject: Option<TokenSubject>,
    /// The session.
    pub id: Uuid,
    /// Its new status; `None` changes nothing.
    pub status: Option<Status>,
    /// The id of the entry that its log gets.
    pub entry_id: Uuid,
    /// The time of the last change that the caller has seen.
    pub expected_updated_at_ms: Option<u64>,
    /// The time, in Unix milliseconds.
    pub now_ms: u64,
}

/// Result of an [`UpdateSession`].
#[derive(Debug, Clone, PartialEq)]
pub enum Updated {
    /// The session after the update.
    Stored(Box<Session>),
    /// The session has changed since it was read; nothing was done.
    Changed,
    /// No session of this organization has the id.
    NoSuchSession,
}

/// Result of a [`CreateSession`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Created {
    /// The session is stored.
    Stored,
    /// The contact's open session is resumed; none was stored.
    Resumed(Uuid),
    /// An earlier request with the same key and body got this session.
    Replayed {
        /// The session.
        id: Uuid,
        /// True if that request resumed it.
        was_resumed: bool,
    },
    /// An earlier request with the same key had another body.
    KeyReused,
    /// No contact of this organization has the id; nothing was stored.
    NoSuchContact,
    /// The contact's verified attributes would exceed their limit; nothing was stored.
    ContactTooLarge,
    /// The organization has used up its quota of the day; nothing was stored.
    QuotaExceeded,
}
