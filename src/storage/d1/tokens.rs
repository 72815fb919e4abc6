//! Contact tokens: valid while their contact exists, in the epoch that they were signed in.
//!
//! Each operation with a token checks that in its own batch, first. Statements that write
//! check it too, so that a revoked token writes nothing.

use super::batch::{Batch, StatementResult, failed};
use crate::access::contact_token::TokenSubject;
use crate::storage::{StorageError, TokenError};
use uuid::Uuid;

const CHECK_TOKEN_SUBJECT: &str = include_str!("sql/check_token_subject.sql");
const REVOKE_TOKENS: &str = include_str!("sql/revoke_tokens.sql");

/// Adds the statement that checks the contact of the caller's token, if it has one, to an
/// empty batch.
pub(super) fn push_check(batch: &mut Batch, organization: &str, subject: Option<TokenSubject>) {
    if let Some(TokenSubject { contact_id, epoch }) = subject {
        batch
            .statement(CHECK_TOKEN_SUBJECT)
            .text(organization)
            .id(contact_id)
            .number(epoch);
    }
}

/// Returns the results of the other statements of a batch that began with
/// [`push_check`].
pub(super) fn checked(
    results: &[StatementResult],
    subject: Option<TokenSubject>,
) -> Result<&[StatementResult], TokenError> {
    if subject.is_none() {
        return Ok(results);
    }
    let (check, others) = results.split_first().ok_or_else(|| failed("no result"))?;
    if check.rows.is_empty() {
        return Err(TokenError::Revoked);
    }
    Ok(others)
}

/// Returns the batch that revokes the tokens of a contact.
pub(crate) fn revoke_tokens(organization: &str, contact_id: Uuid, now_ms: u64) -> Batch {
    let mut batch = Batch::default();
    batch
        .statement(REVOKE_TOKENS)
        .text(organization)
        .id(contact_id)
        .number(now_ms);
    batch
}

/// Returns true if a [`revoke_tokens`] batch found the contact.
pub(crate) fn revoked(results: &[StatementResult]) -> Result<bool, StorageError> {
    let last = results.last().ok_or_else(|| failed("no result"))?;
    Ok(last.changes() > 0)
}
