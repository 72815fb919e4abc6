//! The storage interface of the endpoints: its operations, their commands and outcomes.
//!
//! `edge/store.rs` implements it over D1, `tests/memory` in memory. The same test cases
//! run over both.

pub mod contacts;
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
pub mod sessions;
pub mod webhooks;

use crate::access::token::{ContactSubject, TokenSubject};
use crate::domain::session::Session;
use crate::domain::tenant::Tenant;
use crate::error::Error;
use contacts::{
    AuthenticateContact, ContactExport, ContactRecord, Deleted, ExportContact, RemovalStep,
};
use log::{
    AddNote, ContinueSession, LogPage, MarkRead, Noted, ReadLog, RedactMessage, Redacted,
    SendMessage, Sent,
};
use sessions::{CreateSession, Created, ListSessions, SessionPage, UpdateSession, Updated};
use uuid::Uuid;
use webhooks::WebhookStore;

/// The storage operations of the endpoints.
#[allow(async_fn_in_trait)] // An isolate has one thread; nothing needs `Send`.
pub trait Store: WebhookStore {
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

    /// Appends a note to a session's log; nothing else of the session changes but the end of
    /// its log and the time of its last change.
    ///
    /// # Errors
    /// [`TokenError`] when the storage failed or timed out, or the token is revoked: nothing
    /// is half-written, and the note's id makes a retry safe.
    async fn add_note(&self, tenant: &Tenant, note: &AddNote) -> Result<Noted, TokenError>;

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

    /// Removes the text and the attachments of a message or a note, which keeps its place.
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

    /// Checks that the token of the person `subject` has not been revoked; a key has none.
    ///
    /// # Errors
    /// [`TokenError`] when the storage failed or timed out, or the token is revoked.
    async fn check_token(
        &self,
        tenant: &Tenant,
        subject: Option<&TokenSubject>,
    ) -> Result<(), TokenError>;

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
