//! Databases that lack a migration: their schema is compared with each statement by the
//! database itself, which costs no round trip.
//!
//! A statement that would be wrong without a migration names something that the migration
//! makes: a column, a table, or an index by `INDEXED BY`.

/// Returns true if a statement failed because the database lacks something it names.
///
/// All statements are constants, so no caller can cause these messages.
///
/// ```
/// use chat_sessions::storage::schema::lacks_migration;
/// assert!(lacks_migration("D1: D1_ERROR: no such table: sessions: SQLITE_ERROR"));
/// assert!(!lacks_migration("D1: no answer within 5000 ms"));
/// ```
#[must_use]
pub fn lacks_migration(cause: &str) -> bool {
    [
        "no such table: ",
        "no such column: ",
        "no such index: ",
        " has no column named ",
        "ON CONFLICT clause does not match any PRIMARY KEY or UNIQUE constraint",
        // The index named by a statement has other columns.
        "no query solution",
    ]
    .iter()
    .any(|message| cause.contains(message))
}
