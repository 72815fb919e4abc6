//! Reading and changing one session.

use super::batch::{Batch, StatementResult};
use super::rows::read_session;
use super::{outbox, tokens};
use crate::access::token::TokenSubject;
use crate::domain::session::Session;
use crate::storage::sessions::{UpdateSession, Updated};
use crate::storage::{StorageError, TokenError};
use uuid::Uuid;

const FIND_SESSION: &str = include_str!("sql/find_session.sql");
const APPEND_STATUS: &str = include_str!("sql/append_status.sql");
const UPDATE_SESSION: &str = include_str!("sql/update_session.sql");

/// Returns the batch that reads the session with this id, and its contact. `subject` is
/// the person of the caller's token.
pub(crate) fn find_session(organization: &str, id: Uuid, subject: Option<&TokenSubject>) -> Batch {
    let mut batch = Batch::default();
    tokens::push_check(&mut batch, organization, subject);
    push_find(&mut batch, organization, id, tokens::visitor(subject));
    batch
}

/// Returns the session of a [`find_session`] batch.
pub(crate) fn found_session(
    results: &[StatementResult],
    subject: Option<&TokenSubject>,
) -> Result<Option<Session>, TokenError> {
    Ok(first_session(tokens::checked(results, subject)?)?)
}

/// Returns the batch of an update: its entry, the change, and the session after it.
pub(crate) fn update_session(organization: &str, update: &UpdateSession) -> Batch {
    let mut batch = Batch::default();
    let subject = update.subject.as_ref();
    tokens::push_check(&mut batch, organization, subject);
    if let Some(status) = update.status {
        batch
            .statement(APPEND_STATUS)
            .text(organization)
            .id(update.id)
            .id(update.entry_id)
            .text(status.as_str())
            .number(update.now_ms)
            .number_or_null(update.expected_updated_at_ms);
        tokens::push_agent(&mut batch, subject);
        outbox::push_entries(&mut batch, organization, update.id, update.now_ms);
        batch
            .statement(UPDATE_SESSION)
            .text(organization)
            .id(update.id)
            .text(status.as_str())
            .number(update.now_ms)
            .number_or_null(update.expected_updated_at_ms);
        tokens::push_agent(&mut batch, subject);
    }
    push_find(&mut batch, organization, update.id, None);
    batch
}

/// Returns the outcome of an [`update_session`] batch.
pub(crate) fn updated(
    update: &UpdateSession,
    results: &[StatementResult],
) -> Result<Updated, TokenError> {
    let results = tokens::checked(results, update.subject.as_ref())?;
    let Some(session) = first_session(results)? else {
        return Ok(Updated::NoSuchSession);
    };
    let is_unchanged = results.get(1).is_some_and(|result| result.changes() == 0);
    Ok(if update.status.is_some() && is_unchanged {
        Updated::Changed
    } else {
        Updated::Stored(Box::new(session))
    })
}

pub(super) fn first_session(results: &[StatementResult]) -> Result<Option<Session>, StorageError> {
    let mut rows = results.iter().flat_map(|result| &result.rows);
    rows.next().map(read_session).transpose()
}

/// Adds the statement that reads a session.
pub(super) fn push_find(batch: &mut Batch, organization: &str, id: Uuid, visitor_id: Option<Uuid>) {
    batch
        .statement(FIND_SESSION)
        .text(organization)
        .id(id)
        .id_or_null(visitor_id);
}
