//! The storage interface of the endpoints: its operations, their commands and outcomes.
//!
//! `edge/store.rs` implements it over D1, `tests/memory` in memory. The same test cases
//! run over both.

#[cfg(all(target_arch = "wasm32", feature = "edge"))]
pub(crate) mod d1;
#[cfg(all(target_arch = "wasm32", feature = "edge"))]
pub(crate) mod js;
#[cfg(all(target_arch = "wasm32", feature = "edge"))]
pub(crate) mod kv_keys;
pub mod log;
pub mod quota;
pub mod retention;
pub mod schema;

use crate::access::token::{ContactSubject, TokenSubject};
use crate::domain::attributes::Attributes;
use crate::domain::contact::{Contact, ContactDraft};
use crate::domain::entry::Entry;
use crate::domain::export_query::ExportCursor;
use crate::domain::idempotency::Reservation;
use crate::domain::login::Login;
use crate::domain::session::{Channel, Session, Status};
use crate::domain::session_cursor::Cursor;
use crate::domain::session_query::SessionQuery;
use crate::domain::tenant::Tenant;
use crate::error::Error;
use log::{
    ContinueSession, LogPage, MarkRead, ReadLog, RedactMessage, Redacted, SendMessage, Sent,
};
use uuid::Uuid;

/// The storage operations of the endpoints.
#[allow(async_fn_in_trait)] // An isolate has one thread; nothing needs `Send`.
pub trait Store {
    /// Stores a session and its contact in one transaction.
    ///
    /// # Errors
    /// [`TokenError::Storage`] when the storage failed or timed out: all of it is
    /// stored, or nothing. An idempotency key makes a retry safe.
    /// [`TokenError::Revoked`]: nothing is stored.
    async fn create_session(
        &self,
        tenant: &Tenant,
        create: &CreateSession,
    ) -> Result<Created, TokenError>;

    /// Creates or updates the contact with this email, as verified. Returns its id, and
    /// its token epoch.
    /// `None` if its attributes would exceed their limit: nothing was done.
    ///
    /// # Errors
    /// [`StorageError`] when the storage failed or timed out.
    async fn authenticate_contact(
        &self,
        tenant: &Tenant,
        authenticate: &AuthenticateContact,
    ) -> Result<Option<ContactSubject>, StorageError>;

    /// Revokes all tokens of the contact with this id: begins another token epoch.
    /// Returns true if there was one.
    ///
    /// # Errors
    /// [`StorageError`] when the storage failed or timed out.
    async fn revoke_tokens(
        &self,
        tenant: &Tenant,
        id: Uuid,
        now_ms: u64,
    ) -> Result<bool, StorageError>;

    /// Returns the contact with this identity, if the organization has one.
    ///
    /// # Errors
    /// [`StorageError`] when the storage failed or timed out.
    async fn find_contact(
        &self,
        tenant: &Tenant,
        identity: &str,
    ) -> Result<Option<ContactRecord>, StorageError>;

    /// Revokes all tokens of the agent with this id that were signed up to `now_ms`.
    ///
    /// # Errors
    /// [`StorageError`] when the storage failed or timed out.
    async fn revoke_agent_tokens(
        &self,
        tenant: &Tenant,
        agent_id: &str,
        now_ms: u64,
    ) -> Result<(), StorageError>;

    /// Returns the stored data of a contact, with one page of its sessions.
    ///
    /// # Errors
    /// [`StorageError`] when the storage failed or timed out.
    async fn export_contact(
        &self,
        tenant: &Tenant,
        export: &ExportContact,
    ) -> Result<Option<ContactExport>, StorageError>;

    /// Removes a step of the sessions of the contact with this id, with their entries and
    /// idempotency keys, in one transaction; and the contact if it has no session left.
    ///
    /// # Errors
    /// [`StorageError`] when the storage failed or timed out.
    async fn delete_contact(
        &self,
        tenant: &Tenant,
        id: Uuid,
        step: RemovalStep,
    ) -> Result<Deleted, StorageError>;

    /// Removes a step of the entries and idempotency keys of the session with this id, in
    /// one transaction; and the session if it has no entry left.
    ///
    /// # Errors
    /// [`StorageError`] when the storage failed or timed out.
    async fn delete_session(
        &self,
        tenant: &Tenant,
        id: Uuid,
        step: RemovalStep,
    ) -> Result<Deleted, StorageError>;

    /// Changes a session, unless it has changed since it was read.
    ///
    /// # Errors
    /// [`TokenError`] when the storage failed or timed out, or the token is revoked.
    async fn update_session(
        &self,
        tenant: &Tenant,
        update: &UpdateSession,
    ) -> Result<Updated, TokenError>;

    /// Appends a message to a session's log, in one transaction with all that follows
    /// from it.
    ///
    /// # Errors
    /// [`TokenError`] when the storage failed or timed out, or the token is revoked:
    /// nothing is half-written, and the message's id makes a retry safe.
    async fn send_message(&self, tenant: &Tenant, send: &SendMessage) -> Result<Sent, TokenError>;

    /// Returns the session that continues a full one: opens it if there is none yet.
    /// `None` if the session does not exist.
    ///
    /// # Errors
    /// [`StorageError`] when the storage failed or timed out.
    async fn continue_session(
        &self,
        tenant: &Tenant,
        full: &ContinueSession,
    ) -> Result<Option<Uuid>, StorageError>;

    /// Moves a read mark forward, to the last entry at most. Returns the session; `None` if
    /// there is none.
    ///
    /// # Errors
    /// [`TokenError`] when the storage failed or timed out, or the token is revoked.
    async fn mark_read(
        &self,
        tenant: &Tenant,
        mark: &MarkRead,
    ) -> Result<Option<Session>, TokenError>;

    /// Removes the text and the attachments of a message, which keeps its place.
    ///
    /// # Errors
    /// [`StorageError`] when the storage failed or timed out.
    async fn redact_message(
        &self,
        tenant: &Tenant,
        redact: &RedactMessage,
    ) -> Result<Redacted, StorageError>;

    /// Returns one page of a session's log; `None` if there is no such session.
    ///
    /// # Errors
    /// [`TokenError`] when the storage failed or timed out, or the token is revoked.
    async fn read_log(
        &self,
        tenant: &Tenant,
        read: &ReadLog,
    ) -> Result<Option<LogPage>, TokenError>;

    /// Returns one page of the sessions that match `list`, the newest first.
    ///
    /// # Errors
    /// [`TokenError`] when the storage failed or timed out, or the token is revoked.
    async fn list_sessions(
        &self,
        tenant: &Tenant,
        list: &ListSessions,
    ) -> Result<SessionPage, TokenError>;

    /// Returns the session with this id, if it belongs to the organization. `subject`
    /// is the person of the caller's token, if it has one; a visitor's must be the one that
    /// opened the session.
    ///
    /// # Errors
    /// [`TokenError`] when the storage failed or timed out, or the token is revoked.
    async fn find_session(
        &self,
        tenant: &Tenant,
        id: Uuid,
        subject: Option<&TokenSubject>,
    ) -> Result<Option<Session>, TokenError>;
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

/// Data to store for one `POST /widget/authenticate-user`.
#[derive(Debug, Clone, PartialEq)]
pub struct AuthenticateContact {
    /// The checked request.
    pub login: Login,
    /// The contact's id, if a new contact is created.
    pub new_contact_id: Uuid,
    /// The time, in Unix milliseconds.
    pub now_ms: u64,
}

/// The page of one `GET /contacts/{id}/export`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExportContact {
    /// The contact.
    pub id: Uuid,
    /// Where the page begins; `None` for the first one.
    pub cursor: Option<ExportCursor>,
    /// The most sessions of the page.
    pub page_size: usize,
    /// The most entries of their histories.
    pub entries: u64,
}

/// The stored data of a person, with one page of their sessions.
#[derive(Debug, Clone, PartialEq)]
pub struct ContactExport {
    /// The contact.
    pub contact: ContactRecord,
    /// Their sessions, the oldest first, each without its contact.
    pub sessions: Vec<Session>,
    /// The entries of their histories, in the order of sessions and of `seq`, each with its
    /// session: those that a page may hold, at least.
    pub entries: Vec<(Uuid, Entry)>,
    /// The session behind which more follow; `None` if none do.
    pub next: Option<Uuid>,
}

/// The stored data of a person, without their sessions.
#[derive(Debug, Clone, PartialEq)]
pub struct ContactRecord {
    /// The contact, as sessions show it.
    pub contact: Contact,
    /// The URL of their picture.
    pub avatar_url: Option<String>,
    /// Their language.
    pub language: Option<String>,
    /// Time of the first verified write, in Unix milliseconds.
    pub verified_at_ms: Option<u64>,
    /// Time of creation, in Unix milliseconds.
    pub created_at_ms: u64,
    /// Time of the last change or authentication, in Unix milliseconds.
    pub updated_at_ms: u64,
}

/// The most that one step of a removal removes, and when it does so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RemovalStep {
    /// Sessions.
    pub sessions: u32,
    /// Entries of their logs.
    pub entries: u32,
    /// The time, in Unix milliseconds.
    pub now_ms: u64,
}

/// Result of one step of a removal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deleted {
    /// Nothing is left.
    Whole,
    /// Some of it was removed; there may be more.
    InPart,
    /// Nothing of this organization has the id.
    NotFound,
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

/// The storage failed. The text is for the log only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StorageError(pub String);

/// Reason why an operation with a token failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenError {
    /// The token is revoked, or its contact is removed; nothing was done.
    Revoked,
    /// The storage failed.
    Storage(StorageError),
}

impl From<StorageError> for TokenError {
    fn from(error: StorageError) -> Self {
        Self::Storage(error)
    }
}

impl From<TokenError> for Error {
    fn from(error: TokenError) -> Self {
        match error {
            TokenError::Revoked => Self::InvalidToken,
            TokenError::Storage(error) => error.into(),
        }
    }
}

impl From<StorageError> for Error {
    fn from(StorageError(cause): StorageError) -> Self {
        if schema::lacks_migration(&cause) {
            return Self::SchemaOutdated(cause);
        }
        Self::StorageUnavailable(cause)
    }
}
