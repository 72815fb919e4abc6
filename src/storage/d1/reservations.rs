//! Idempotency keys in D1: a create reserves its key in its own batch, and the
//! batch's other statements do nothing unless the key is theirs.

use super::batch::{Batch, StatementResult, failed};
use crate::idempotency::Reservation;
use crate::store::{CreateSession, Created, StorageError};
use uuid::Uuid;

/// True for the request that is executed: it has no idempotency key, or its own session
/// is stored under the key.
macro_rules! is_first {
    (key = $key:literal, session = $session:literal) => {
        concat!(
            "(",
            $key,
            " IS NULL OR ",
            $session,
            " = (SELECT session_id FROM idempotency_keys ",
            "WHERE organization = ?1 AND key = ",
            $key,
            "))"
        )
    };
}
pub(crate) use is_first;

/// True if the contact that the request names by id exists, or it names none.
macro_rules! has_named_contact {
    ($contact:literal) => {
        concat!(
            "(",
            $contact,
            " IS NULL OR EXISTS ",
            "(SELECT 1 FROM contacts WHERE organization = ?1 AND id = ",
            $contact,
            "))"
        )
    };
}
pub(crate) use has_named_contact;

/// Reserves an idempotency key, unless it is taken or nothing may be written.
const RESERVE_KEY: &str = concat!(
    "INSERT INTO idempotency_keys (organization, key, fingerprint, session_id, created_at_ms)
     SELECT ?1, ?2, ?3, ?4, ?5 WHERE ",
    has_named_contact!("?6"),
    " ON CONFLICT (organization, key) DO NOTHING"
);

/// Reads the row of an idempotency key.
pub(crate) const READ_KEY: &str = "
SELECT fingerprint, session_id, is_resumed FROM idempotency_keys
WHERE organization = ?1 AND key = ?2";

/// Removes keys from before `?1`, at most `?2` of them.
const FORGET_KEYS: &str = "
DELETE FROM idempotency_keys WHERE (organization, key) IN
  (SELECT organization, key FROM idempotency_keys WHERE created_at_ms < ?1 LIMIT ?2)";

/// Adds the reservation of the create's idempotency key, if it has one.
pub(crate) fn push(
    batch: &mut Batch,
    organization: &str,
    create: &CreateSession,
    named_contact: Option<Uuid>,
) {
    if let Some(reservation) = &create.reservation {
        batch
            .statement(RESERVE_KEY)
            .text(organization)
            .text(&reservation.key)
            .text(&reservation.fingerprint)
            .id(create.session_id)
            .number(create.now_ms)
            .id_or_null(named_contact);
    }
}

/// Returns the outcome of a batch that reserved a key, and read its row last.
pub(crate) fn settled(
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
    } else if row.text("fingerprint")? == reservation.fingerprint {
        Created::Replayed {
            id: session_id,
            was_resumed: row.number::<u8>("is_resumed")? != 0,
        }
    } else {
        Created::KeyReused
    })
}

/// Removes at most `limit` idempotency keys from before `before_ms`.
pub(crate) fn forget_keys(before_ms: u64, limit: u32) -> Batch {
    let mut batch = Batch::default();
    batch.statement(FORGET_KEYS).number(before_ms).number(limit);
    batch
}
