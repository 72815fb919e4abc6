//! Removal of expired data: closed sessions, contacts, and idempotency keys.
//!
//! A task goes through its rows in order, a slice a batch, and stores the place behind
//! the slice in the same batch. So no row is examined twice in one pass, however many
//! have to stay, and a run that breaks off costs nothing of what it did. Sessions go once
//! their entries have, which takes several batches where there are many: the place stays
//! before them until then.

use super::batch::{Batch, Row, StatementResult, failed};
use crate::storage::StorageError;

const FIND_CLEANUP_POSITION: &str = include_str!("sql/find_cleanup_position.sql");
const ADVANCE_SESSION_CLEANUP: &str = include_str!("sql/advance_session_cleanup.sql");
const DELETE_ENTRIES_OF_CLOSED_SESSIONS: &str =
    include_str!("sql/delete_entries_of_closed_sessions.sql");
const MARK_CONTACTS_OF_CLOSED_SESSIONS: &str =
    include_str!("sql/mark_contacts_of_closed_sessions.sql");
const DELETE_CLOSED_SESSIONS: &str = include_str!("sql/delete_closed_sessions.sql");
const ADVANCE_CONTACT_CLEANUP: &str = include_str!("sql/advance_contact_cleanup.sql");
const TELL_CONTACTS_WITHOUT_SESSION: &str = include_str!("sql/tell_contacts_without_session.sql");
const DELETE_CONTACTS_WITHOUT_SESSION: &str =
    include_str!("sql/delete_contacts_without_session.sql");
const ADVANCE_IDEMPOTENCY_KEY_CLEANUP: &str =
    include_str!("sql/advance_idempotency_key_cleanup.sql");
const DELETE_EXPIRED_IDEMPOTENCY_KEYS: &str =
    include_str!("sql/delete_expired_idempotency_keys.sql");

/// A task of the cleanup.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CleanupTask {
    /// Removal of closed sessions.
    ClosedSessions,
    /// Removal of contacts that have had no session, and have not changed, for long.
    ContactsWithoutSession,
    /// Removal of expired idempotency keys.
    IdempotencyKeys,
}

impl CleanupTask {
    /// Returns the name of the task.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::ClosedSessions => "closed_sessions",
            Self::ContactsWithoutSession => "contacts_without_session",
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
    /// those that expired before `before_ms`, with at most `limit` entries.
    pub(crate) fn delete(
        self,
        position: &CleanupPosition,
        before_ms: u64,
        limit: u32,
        now_ms: u64,
    ) -> Batch {
        let mut batch = Batch::default();
        match self {
            Self::ClosedSessions => {
                let push = |batch: &mut Batch, sql| {
                    batch
                        .statement(sql)
                        .text(&position.organization)
                        .number(position.changed_at_ms)
                        .text(&position.id)
                        .number(limit)
                        .number(before_ms);
                };
                push(&mut batch, DELETE_ENTRIES_OF_CLOSED_SESSIONS);
                push(&mut batch, MARK_CONTACTS_OF_CLOSED_SESSIONS);
                batch.number(now_ms);
                push(&mut batch, DELETE_CLOSED_SESSIONS);
                self.advance(&mut batch, ADVANCE_SESSION_CLEANUP, position, limit);
                batch.number(before_ms);
            }
            Self::ContactsWithoutSession => {
                self.advance(&mut batch, ADVANCE_CONTACT_CLEANUP, position, limit);
                batch
                    .statement(TELL_CONTACTS_WITHOUT_SESSION)
                    .text(&position.organization)
                    .text(&position.id)
                    .number(before_ms)
                    .number(now_ms)
                    .text(self.as_str());
                position.push(
                    &mut batch,
                    DELETE_CONTACTS_WITHOUT_SESSION,
                    limit,
                    before_ms,
                );
            }
            Self::IdempotencyKeys => {
                self.advance(&mut batch, ADVANCE_IDEMPOTENCY_KEY_CLEANUP, position, limit);
                position.push(
                    &mut batch,
                    DELETE_EXPIRED_IDEMPOTENCY_KEYS,
                    limit,
                    before_ms,
                );
            }
        }
        batch
    }

    fn advance(self, batch: &mut Batch, sql: &'static str, position: &CleanupPosition, limit: u32) {
        batch
            .statement(sql)
            .text(self.as_str())
            .text(&position.organization)
            .number(position.changed_at_ms)
            .text(&position.id)
            .number(limit);
    }

    /// Returns what a [`Self::delete`] batch did.
    pub(crate) fn deleted(self, results: &[StatementResult]) -> Result<Cleaned, StorageError> {
        let (entries, deleted, advanced) = match (self, results) {
            (Self::ClosedSessions, [entries, _, deleted, advanced]) => {
                (entries.changes(), deleted, advanced)
            }
            (Self::ContactsWithoutSession, [advanced, _, deleted])
            | (Self::IdempotencyKeys, [advanced, deleted]) => (0, deleted, advanced),
            _ => return Err(failed("a cleanup without all results")),
        };
        let row = advanced.rows.first().ok_or_else(|| failed("no position"))?;
        Ok(Cleaned {
            rows: deleted.changes(),
            entries,
            position: CleanupPosition::read(row)?,
        })
    }
}

/// Result of one batch of a task.
pub(crate) struct Cleaned {
    /// Rows that it deleted.
    pub(crate) rows: u32,
    /// Entries of sessions that it deleted.
    pub(crate) entries: u32,
    /// The place where the task continues.
    pub(crate) position: CleanupPosition,
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

    /// Adds the statement that deletes those of the next `limit` rows that have expired.
    fn push(&self, batch: &mut Batch, delete: &'static str, limit: u32, before_ms: u64) {
        batch
            .statement(delete)
            .text(&self.organization)
            .text(&self.id)
            .number(limit)
            .number(before_ms);
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
