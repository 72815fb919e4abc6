//! Idempotency keys: a create reserves its key in its own batch, and the batch's other
//! statements do nothing unless the key is theirs.

use super::batch::{Batch, StatementResult, failed};
use super::tokens;
use crate::domain::idempotency::Reservation;
use crate::storage::StorageError;
use crate::storage::sessions::{CreateSession, Created};
use uuid::Uuid;

const RESERVE_IDEMPOTENCY_KEY: &str = include_str!("sql/reserve_idempotency_key.sql");
const READ_IDEMPOTENCY_KEY: &str = include_str!("sql/read_idempotency_key.sql");

/// Adds the statement that reserves the create's idempotency key, if it has one.
pub(super) fn push_reserve(
    batch: &mut Batch,
    organization: &str,
    create: &CreateSession,
    named_contact: Option<Uuid>,
) {
    if let Some(reservation) = &create.reservation {
        batch
            .statement(RESERVE_IDEMPOTENCY_KEY)
            .text(organization)
            .text(&reservation.key)
            .text(&reservation.request_hash)
            .id(create.session_id)
            .number(create.now_ms)
            .id_or_null(named_contact)
            .number_or_null(tokens::epoch(create.subject.as_ref()));
    }
}

/// Adds the statement that reads the key's row, the last of the batch.
pub(super) fn push_read(batch: &mut Batch, organization: &str, key: &str) {
    batch
        .statement(READ_IDEMPOTENCY_KEY)
        .text(organization)
        .text(key);
}

/// Returns the outcome of a batch that reserved a key, and read its row last.
pub(super) fn created(
    create: &CreateSession,
    reservation: &Reservation,
    results: &[StatementResult],
) -> Result<Created, StorageError> {
    let last = results.last().ok_or_else(|| failed("no result"))?;
    let Some(row) = last.rows.first() else {
        return Ok(Created::NoSuchContact);
    };
    let session_id = row.id("session_id")?;
    let is_reserved = results.first().is_some_and(|result| result.changes() > 0);
    Ok(if session_id == create.session_id {
        Created::Stored
    } else if is_reserved {
        Created::Resumed(session_id)
    } else if row.text("request_hash")? == reservation.request_hash {
        Created::Replayed {
            id: session_id,
            was_resumed: row.number::<u8>("is_resumed")? != 0,
        }
    } else {
        Created::KeyReused
    })
}
