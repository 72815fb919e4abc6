//! Sessions in D1: the statements and their values.
//!
//! Each operation is one [`Batch`]. The database ensures uniqueness and merges (a
//! unique index, `ON CONFLICT`, `json_patch`). There is no read followed by a write, so
//! requests cannot race.

use super::batch::{Batch, StatementResult, failed};
use super::contacts;
use super::reservations::{self, READ_KEY, has_named_contact, is_first};
use super::rows::{read_session, session_columns};
use crate::contact::ContactDraft;
use crate::session::Session;
use crate::store::{CreateSession, Created, SessionContact, StorageError, UpdateSession, Updated};
use uuid::Uuid;

/// The number after the organization's last one. The trigger that keeps the last one
/// (`0007_ticket_numbers.sql`) runs within the statement that stores the session.
macro_rules! next_ticket_number {
    () => {
        "coalesce((SELECT last_ticket_number FROM ticket_counters WHERE organization = ?1), 0) + 1"
    };
}
pub(crate) use next_ticket_number;

/// Stores a session without a contact, or with the contact whose id is `?3`; stores
/// nothing if that contact does not exist.
macro_rules! insert_session {
    ($($condition:expr),*) => {
        concat!(
            "INSERT INTO sessions (organization, id, contact_id, channel, verified, custom_data,
               ticket_number, created_at_ms, updated_at_ms)
             SELECT ?1, ?2, ?3, ?4, ?5, ?6, ",
            next_ticket_number!(),
            ", ?7, ?7 WHERE ",
            has_named_contact!("?3")
            $(, " AND ", $condition)*
        )
    };
}

/// Stores a session with the contact whose identity is `?3`.
macro_rules! insert_session_by_identity {
    ($($condition:expr),*) => {
        concat!(
            "INSERT INTO sessions (organization, id, contact_id, channel, verified, custom_data,
               ticket_number, created_at_ms, updated_at_ms)
             SELECT ?1, ?2, id, ?4, ?5, ?6, ",
            next_ticket_number!(),
            ", ?7, ?7 FROM contacts WHERE organization = ?1 AND identity = ?3"
            $(, " AND ", $condition)*
        )
    };
}

// Separate statements without a key: the check would take SQLite a quarter longer to
// prepare.
const INSERT_SESSION: &str = insert_session!();
const INSERT_SESSION_IF_FIRST: &str = insert_session!(is_first!(key = "?8", session = "?2"));
const INSERT_SESSION_BY_IDENTITY: &str = insert_session_by_identity!();
const INSERT_SESSION_BY_IDENTITY_IF_FIRST: &str =
    insert_session_by_identity!(is_first!(key = "?8", session = "?2"));

/// Removes sessions that were closed before `?1`, at most `?2` of them. Every
/// organization with a session has a counter, and every closed session has been
/// changed.
const REMOVE_CLOSED: &str = "
DELETE FROM sessions WHERE (organization, id) IN
  (SELECT s.organization, s.id
   FROM ticket_counters AS t
     CROSS JOIN sessions AS s INDEXED BY sessions_by_change ON s.organization = t.organization
   WHERE s.updated_at_ms < ?1 AND s.updated_at_ms > s.created_at_ms AND s.status <> 'open'
   LIMIT ?2)";

/// Changes a session's status, unless it has changed since `?5`. Every change advances
/// its time, even within one millisecond. A closed session is never resumable again:
/// another one may be when it reopens.
const UPDATE_SESSION: &str = "
UPDATE sessions SET status = ?3, updated_at_ms = max(?4, updated_at_ms + 1),
  is_resumable = iif(?3 = 'open', is_resumable, 0)
WHERE organization = ?1 AND id = ?2 AND (?5 IS NULL OR updated_at_ms = ?5)";

const FIND_SESSION: &str = concat!(
    "SELECT ",
    session_columns!(),
    " FROM sessions AS s
     LEFT JOIN contacts AS c ON c.organization = s.organization AND c.id = s.contact_id
     WHERE s.organization = ?1 AND s.id = ?2"
);

/// Returns the batch of a create: the idempotency key, the contact, the session.
pub(crate) fn create_session(organization: &str, create: &CreateSession) -> Batch {
    let (named_contact, draft) = match &create.contact {
        SessionContact::None => (None, None),
        SessionContact::Described(draft) => (None, Some(draft)),
        SessionContact::Existing(id) | SessionContact::Speaking(id, _) => (Some(*id), None),
    };
    let identity = draft.and_then(ContactDraft::identity);

    let key = create.reservation.as_ref();
    let key = key.map(|reservation| reservation.key.as_str());

    let mut batch = Batch::default();
    reservations::push(&mut batch, organization, create, named_contact);
    contacts::push_to(&mut batch, organization, create, key);
    batch
        .statement(match (&identity, key) {
            (None, None) => INSERT_SESSION,
            (None, Some(_)) => INSERT_SESSION_IF_FIRST,
            (Some(_), None) => INSERT_SESSION_BY_IDENTITY,
            (Some(_), Some(_)) => INSERT_SESSION_BY_IDENTITY_IF_FIRST,
        })
        .text(organization)
        .id(create.session_id);
    match identity {
        Some(identity) => batch.text(&identity),
        None => batch.id_or_null(draft.map_or(named_contact, |_| Some(create.new_contact_id))),
    };
    batch
        .text(create.channel.as_str())
        .number(create.verified)
        .text(&create.custom_data.to_json())
        .number(create.now_ms);
    if let Some(key) = key {
        batch.text(key);
        batch.statement(READ_KEY).text(organization).text(key);
    }
    batch
}

/// Returns the outcome of a [`create_session`] batch.
pub(crate) fn created(
    create: &CreateSession,
    results: &[StatementResult],
) -> Result<Created, StorageError> {
    if let Some(reservation) = &create.reservation {
        return reservations::settled(create, reservation, results);
    }
    let last = results.last().ok_or_else(|| failed("no result"))?;
    Ok(match last.changes() {
        0 => Created::NoSuchContact,
        _ => Created::Stored,
    })
}

/// Removes at most `limit` sessions that were closed before `before_ms`.
pub(crate) fn remove_closed(before_ms: u64, limit: u32) -> Batch {
    let mut batch = Batch::default();
    batch
        .statement(REMOVE_CLOSED)
        .number(before_ms)
        .number(limit);
    batch
}

/// Returns the batch of an update: the change, and the session after it.
pub(crate) fn update_session(organization: &str, update: &UpdateSession) -> Batch {
    let mut batch = Batch::default();
    if let Some(status) = update.status {
        batch
            .statement(UPDATE_SESSION)
            .text(organization)
            .id(update.id)
            .text(status.as_str())
            .number(update.now_ms)
            .number_or_null(update.expected_updated_at_ms);
    }
    batch
        .statement(FIND_SESSION)
        .text(organization)
        .id(update.id);
    batch
}

/// Returns the outcome of an [`update_session`] batch.
pub(crate) fn updated(
    update: &UpdateSession,
    results: &[StatementResult],
) -> Result<Updated, StorageError> {
    let Some(session) = found_session(results)? else {
        return Ok(Updated::NoSuchSession);
    };
    let is_unchanged = results.first().is_some_and(|result| result.changes() == 0);
    Ok(if update.status.is_some() && is_unchanged {
        Updated::Changed
    } else {
        Updated::Stored(Box::new(session))
    })
}

/// Returns the batch that reads the session with this id, and its contact.
pub(crate) fn find_session(organization: &str, session_id: Uuid) -> Batch {
    let mut batch = Batch::default();
    batch
        .statement(FIND_SESSION)
        .text(organization)
        .id(session_id);
    batch
}

/// Returns the session of a [`find_session`] batch.
pub(crate) fn found_session(results: &[StatementResult]) -> Result<Option<Session>, StorageError> {
    let mut rows = results.iter().flat_map(|result| &result.rows);
    rows.next().map(read_session).transpose()
}
