//! D1: each operation is one batch, which is one round trip and one transaction.
//!
//! An operation is a pair of functions: one builds its [`batch::Batch`], one reads the
//! results. Statements are in `sql/`, whole. The database ensures uniqueness and merges
//! (unique indexes, `ON CONFLICT`, `json_patch`). There is no read followed by a write,
//! so requests cannot race.

pub(crate) mod batch;
pub(crate) mod bookmark;
pub(crate) mod cleanup;
pub(crate) mod contacts;
pub(crate) mod create;
pub(crate) mod list;
pub(crate) mod log;
pub(crate) mod log_changes;
pub(crate) mod outbox;
mod page;
pub(crate) mod removal;
mod reservations;
mod resume;
mod rows;
pub(crate) mod sessions;
pub(crate) mod tokens;
pub(crate) mod usage;
pub(crate) mod webhooks;
