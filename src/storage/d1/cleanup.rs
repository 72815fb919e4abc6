//! Removal of expired data: closed sessions, and idempotency keys.
//!
//! A task goes through its rows in order, a slice a batch, and stores the place behind
//! the slice in the same batch. So no row is examined twice in one pass, however many
//! have to stay, and a run that breaks off costs nothing of what it did.

use super::batch::{Batch, Row, StatementResult, failed};
use crate::storage::StorageError;

const FIND_CLEANUP_POSITION: &str = include_str!("sql/find_cleanup_position.sql");
const ADVANCE_SESSION_CLEANUP: &str = include_str!("sql/advance_session_cleanup.sql");
const DELETE_CLOSED_SESSIONS: &str = include_str!("sql/delete_closed_sessions.sql");
const ADVANCE_IDEMPOTENCY_KEY_CLEANUP: &str =
    include_str!("sql/advance_idempotency_key_cleanup.sql");
const DELETE_EXPIRED_IDEMPOTENCY_KEYS: &str =
    include_str!("sql/delete_expired_idempotency_keys.sql");

/// A task of the cleanup.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CleanupTask {
    /// Removal of closed sessions.
    ClosedSessions,
    /// Removal of expired idempotency keys.
    IdempotencyKeys,
}

impl CleanupTask {
    /// Returns the name of the task.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::ClosedSessions => "closed_sessions",
            Self::IdempotencyKeys => "idempotency_keys",
        }
    }

    /// Returns the batch that reads the place where the task continues.
    pub(crate) fn find_position(self) -> Batch {
        let mut batch = Batch::default();
        batch.statement(FIND_CLEANUP_POSITION).text(self.as_str());
        batch
    }

    /// Returns the batch that examines at most `limit` rows behind `position`, and deletes
    /// those that expired before `before_ms`.
    pub(crate) fn delete(self, position: &CleanupPosition, before_ms: u64, limit: u32) -> Batch {
        let CleanupPosition {
            organization,
            changed_at_ms,
            id,
        } = position;
        let mut batch = Batch::default();
        batch
            .statement(match self {
                Self::ClosedSessions => ADVANCE_SESSION_CLEANUP,
                Self::IdempotencyKeys => ADVANCE_IDEMPOTENCY_KEY_CLEANUP,
            })
            .text(self.as_str())
            .text(organization)
            .number(*changed_at_ms)
            .text(id)
            .number(limit);
        match self {
            Self::ClosedSessions => batch
                .number(before_ms)
                .statement(DELETE_CLOSED_SESSIONS)
                .text(organization)
                .number(*changed_at_ms),
            Self::IdempotencyKeys => batch
                .statement(DELETE_EXPIRED_IDEMPOTENCY_KEYS)
                .text(organization),
        };
        batch.text(id).number(limit).number(before_ms);
        batch
    }
}

/// A place in the rows of a task: the last one examined. The default is the beginning.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct CleanupPosition {
    organization: String,
    changed_at_ms: u64,
    id: String,
}

impl CleanupPosition {
    /// Returns true if a pass begins here.
    pub(crate) fn is_beginning(&self) -> bool {
        self.organization.is_empty()
    }

    fn read(row: &Row) -> Result<Self, StorageError> {
        Ok(Self {
            organization: row.text("organization")?.to_owned(),
            changed_at_ms: row.number("changed_at_ms")?,
            id: row.text("id")?.to_owned(),
        })
    }
}

/// Returns the place of a [`CleanupTask::find_position`] batch.
pub(crate) fn found_position(results: &[StatementResult]) -> Result<CleanupPosition, StorageError> {
    let mut rows = results.iter().flat_map(|result| &result.rows);
    let position = rows.next().map(CleanupPosition::read).transpose()?;
    Ok(position.unwrap_or_default())
}

/// Returns the number of rows that a [`CleanupTask::delete`] batch deleted, and the place
/// where the task continues.
pub(crate) fn deleted(results: &[StatementResult]) -> Result<(u32, CleanupPosition), StorageError> {
    let [advanced, deleted] = results else {
        return Err(failed("a cleanup without both results"));
    };
    let row = advanced.rows.first().ok_or_else(|| failed("no position"))?;
    Ok((deleted.changes(), CleanupPosition::read(row)?))
}
