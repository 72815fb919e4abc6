//! The seam to storage: what the endpoints ask for, in their own terms.
//!
//! `edge/` implements it over D1 and KV, [`crate::memory`] in memory. The
//! same cases run over both.

use crate::attributes::Attributes;
use crate::authentication::AuthenticatedUser;
use crate::contact::{Contact, ContactDraft};
use crate::credential::{KeyFingerprint, KeyRecord, Tenant};
use crate::idempotency::Reservation;
use crate::session::{Channel, Session, Status};
use crate::session_list::{Cursor, SessionListQuery};
use uuid::Uuid;

/// Everything the endpoints need of a storage.
#[allow(async_fn_in_trait)] // An isolate has one thread; nothing needs `Send`.
pub trait Store {
    /// The record of the key with this fingerprint.
    ///
    /// # Errors
    /// [`StorageError`] when the storage did not answer.
    async fn find_key(
        &self,
        fingerprint: &KeyFingerprint,
    ) -> Result<Option<KeyRecord>, StorageError>;

    /// Stores a session, and the contact it is with, in one transaction: all
    /// of it or nothing.
    ///
    /// # Errors
    /// [`StorageError`] when the storage failed or did not answer in time: all
    /// of it is stored, or nothing. An idempotency key makes it safe to ask again.
    async fn create_session(
        &self,
        tenant: &Tenant,
        create: &CreateSession,
    ) -> Result<Created, StorageError>;

    /// Makes the contact, or writes to the one with this email, as verified.
    /// Gives its id.
    ///
    /// # Errors
    /// [`StorageError`] when the storage failed or did not answer in time.
    async fn authenticate_contact(
        &self,
        tenant: &Tenant,
        authenticate: &AuthenticateContact,
    ) -> Result<Uuid, StorageError>;

    /// Everything that is kept of the contact with this id.
    ///
    /// # Errors
    /// [`StorageError`] when the storage did not answer.
    async fn export_contact(
        &self,
        tenant: &Tenant,
        id: Uuid,
    ) -> Result<Option<ContactExport>, StorageError>;

    /// Removes the contact with this id, its sessions and their idempotency
    /// keys, in one transaction. Gives whether there was one.
    ///
    /// # Errors
    /// [`StorageError`] when the storage failed or did not answer in time.
    async fn delete_contact(&self, tenant: &Tenant, id: Uuid) -> Result<bool, StorageError>;

    /// Changes a session, unless it has changed since it was read.
    ///
    /// # Errors
    /// [`StorageError`] when the storage failed or did not answer in time.
    async fn update_session(
        &self,
        tenant: &Tenant,
        update: &UpdateSession,
    ) -> Result<Updated, StorageError>;

    /// One page of the sessions that `list` is about, the newest first.
    ///
    /// # Errors
    /// [`StorageError`] when the storage did not answer.
    async fn list_sessions(
        &self,
        tenant: &Tenant,
        list: &ListSessions,
    ) -> Result<SessionPage, StorageError>;

    /// The session with this id, if it is the organization's own.
    ///
    /// # Errors
    /// [`StorageError`] when the storage did not answer.
    async fn find_session(
        &self,
        tenant: &Tenant,
        id: Uuid,
    ) -> Result<Option<Session>, StorageError>;
}

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
    /// True to resume the contact's open session on this channel, if there is one
    /// that is as verified as this one.
    pub resume: bool,
    /// The idempotency key it came with, if any.
    pub reservation: Option<Reservation>,
    /// The session's id.
    pub session_id: Uuid,
    /// The contact's id, should a new one be needed.
    pub new_contact_id: Uuid,
    /// The time, in Unix milliseconds.
    pub now_ms: u64,
}

/// The contact of a session to be stored.
#[derive(Debug, Clone, PartialEq)]
pub enum SessionContact {
    /// Nobody in particular.
    None,
    /// Whom the draft describes: found by identity, or made. What it says is
    /// written as verified if the session is.
    Described(ContactDraft),
    /// The contact with this id, who must be there.
    Existing(Uuid),
    /// The contact with this id, who must be there, with what they say of
    /// themselves: unverified, although they are who they are.
    Speaking(Uuid, ContactDraft),
}

/// Which sessions to show for one `GET /chat/sessions`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListSessions {
    /// Only those of the contact with this id.
    pub contact: Option<Uuid>,
    /// The proven query.
    pub query: SessionListQuery,
}

/// One page of a list of sessions.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SessionPage {
    /// The sessions, the newest first. There may be fewer than a page holds,
    /// or none, although more follow: a storage may stop looking.
    pub sessions: Vec<Session>,
    /// Where the next page begins; `None` behind the last one.
    pub next: Option<Cursor>,
}

/// Changes of one `PATCH /chat/sessions/{id}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UpdateSession {
    /// The session.
    pub id: Uuid,
    /// Its new status; `None` changes nothing.
    pub status: Option<Status>,
    /// When it was last changed, as far as the caller knows.
    pub expected_updated_at_ms: Option<u64>,
    /// The time, in Unix milliseconds.
    pub now_ms: u64,
}

/// Result of an [`UpdateSession`].
#[derive(Debug, Clone, PartialEq)]
pub enum Updated {
    /// The session as it now is.
    Stored(Box<Session>),
    /// It has been changed meanwhile; nothing was done.
    Changed,
    /// The id is no session of this organization.
    NoSuchSession,
}

/// Data to store for one `POST /widget/authenticate-user`.
#[derive(Debug, Clone, PartialEq)]
pub struct AuthenticateContact {
    /// The proven request.
    pub user: AuthenticatedUser,
    /// The contact's id, should a new one be needed.
    pub new_contact_id: Uuid,
    /// The time, in Unix milliseconds.
    pub now_ms: u64,
}

/// Everything that is kept of a person.
#[derive(Debug, Clone, PartialEq)]
pub struct ContactExport {
    /// The contact, as sessions show it.
    pub contact: Contact,
    /// Where their picture is.
    pub avatar_url: Option<String>,
    /// Their language.
    pub language: Option<String>,
    /// When a verified caller first wrote about them, in Unix milliseconds.
    pub verified_at_ms: Option<u64>,
    /// When they were first heard of, in Unix milliseconds.
    pub created_at_ms: u64,
    /// When something about them last changed, or they were last authenticated,
    /// in Unix milliseconds.
    pub updated_at_ms: u64,
    /// Their sessions, the oldest first, each without its contact.
    pub sessions: Vec<Session>,
}

/// Result of a [`CreateSession`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Created {
    /// It is stored.
    Stored,
    /// The contact's open session, this one, goes on; none was stored.
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
    /// The contact's id is none of this organization's; nothing was stored.
    NoSuchContact,
}

/// The storage did not do what was asked. The text is for the log only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StorageError(pub String);
