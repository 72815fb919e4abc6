//! Removal of a session, or of a contact with its sessions, in steps.
//!
//! A step is a batch: it removes entries of the log, then the sessions that have none left,
//! and the contact that has no session left. So each step leaves a state in which nothing
//! lacks what it belongs to, and from which the next one continues.

use super::batch::{Batch, StatementResult, failed};
use super::outbox;
use crate::storage::StorageError;
use crate::storage::contacts::{Deleted, RemovalStep};
use uuid::Uuid;

const DELETE_ENTRIES_OF_SESSION: &str = include_str!("sql/delete_entries_of_session.sql");
const DELETE_RESUMING_KEYS_OF_SESSION: &str =
    include_str!("sql/delete_resuming_keys_of_session.sql");
const DELETE_CREATING_KEY_OF_SESSION: &str = include_str!("sql/delete_creating_key_of_session.sql");
const MARK_CONTACT_OF_SESSION: &str = include_str!("sql/mark_contact_of_session.sql");
const DELETE_SESSION: &str = include_str!("sql/delete_session.sql");
const DELETE_ENTRIES_OF_CONTACT: &str = include_str!("sql/delete_entries_of_contact.sql");
const DELETE_CREATING_KEYS_OF_CONTACT: &str =
    include_str!("sql/delete_creating_keys_of_contact.sql");
const DELETE_RESUMING_KEYS_OF_CONTACT: &str =
    include_str!("sql/delete_resuming_keys_of_contact.sql");
const DELETE_SESSIONS_OF_CONTACT: &str = include_str!("sql/delete_sessions_of_contact.sql");
const DELETE_CONTACT: &str = include_str!("sql/delete_contact.sql");

/// Returns a step of a session's removal.
pub(crate) fn delete_session(organization: &str, id: Uuid, step: RemovalStep) -> Batch {
    let mut batch = Batch::default();
    for sql in [DELETE_ENTRIES_OF_SESSION, DELETE_RESUMING_KEYS_OF_SESSION] {
        batch
            .statement(sql)
            .text(organization)
            .id(id)
            .number(step.entries);
    }
    let session = |batch: &mut Batch, sql| {
        batch.statement(sql).text(organization).id(id);
    };
    session(&mut batch, DELETE_CREATING_KEY_OF_SESSION);
    session(&mut batch, MARK_CONTACT_OF_SESSION);
    batch.number(step.now_ms);
    session(&mut batch, DELETE_SESSION);
    batch
}

/// Returns a step of a contact's removal.
pub(crate) fn delete_contact(organization: &str, id: Uuid, step: RemovalStep) -> Batch {
    let mut batch = Batch::default();
    batch
        .statement(DELETE_ENTRIES_OF_CONTACT)
        .text(organization)
        .id(id)
        .number(step.sessions)
        .number(step.entries);
    for sql in [
        DELETE_CREATING_KEYS_OF_CONTACT,
        DELETE_RESUMING_KEYS_OF_CONTACT,
        DELETE_SESSIONS_OF_CONTACT,
    ] {
        batch
            .statement(sql)
            .text(organization)
            .id(id)
            .number(step.sessions);
    }
    outbox::push_contact_deleted(&mut batch, organization, id, step.now_ms);
    batch.statement(DELETE_CONTACT).text(organization).id(id);
    batch
}

/// Returns the outcome of a step, whose last statement removes what was to be removed.
pub(crate) fn deleted(results: &[StatementResult]) -> Result<Deleted, StorageError> {
    let (last, others) = results.split_last().ok_or_else(|| failed("no result"))?;
    Ok(if last.changes() > 0 {
        Deleted::Whole
    } else if others.iter().any(|result| result.changes() > 0) {
        Deleted::InPart
    } else {
        Deleted::NotFound
    })
}
