//! The commands and outcomes of contacts, and of removals.

use crate::domain::contact::Contact;
use crate::domain::entry::Entry;
use crate::domain::export_query::ExportCursor;
use crate::domain::login::Login;
use crate::domain::session::Session;
use uuid::Uuid;

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
