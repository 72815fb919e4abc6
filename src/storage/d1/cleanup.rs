//! Removal of expired data: idempotency keys, and closed sessions.

use super::batch::Batch;

const DELETE_EXPIRED_IDEMPOTENCY_KEYS: &str =
    include_str!("sql/delete_expired_idempotency_keys.sql");
const DELETE_CLOSED_SESSIONS: &str = include_str!("sql/delete_closed_sessions.sql");

/// Deletes at most `limit` idempotency keys created before `before_ms`.
pub(crate) fn delete_expired_idempotency_keys(before_ms: u64, limit: u32) -> Batch {
    delete(DELETE_EXPIRED_IDEMPOTENCY_KEYS, before_ms, limit)
}

/// Deletes at most `limit` sessions that were closed before `before_ms`.
pub(crate) fn delete_closed_sessions(before_ms: u64, limit: u32) -> Batch {
    delete(DELETE_CLOSED_SESSIONS, before_ms, limit)
}

fn delete(sql: &'static str, before_ms: u64, limit: u32) -> Batch {
    let mut batch = Batch::default();
    batch.statement(sql).number(before_ms).number(limit);
    batch
}
