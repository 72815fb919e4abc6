//! Tokens: a contact's are valid while the contact exists, in the epoch that they were
//! signed in; an agent's until they are revoked. A visitor's end with their key only.
//!
//! Each operation with a token checks that in its own batch, first. Statements that write
//! check it too, so that a revoked token writes nothing.

use super::batch::{Batch, StatementResult, failed};
use crate::access::token::{AgentSubject, TokenSubject};
use crate::domain::limits::AGENT_TOKEN_LIFETIME_MAX_S;
use crate::storage::{StorageError, TokenError};
use uuid::Uuid;

/// The age of a revocation when every token that it ends has expired, with an hour for
/// clocks that differ.
const REVOCATION_LIFETIME_MS: u64 = (AGENT_TOKEN_LIFETIME_MAX_S as u64 + 60 * 60) * 1000;

const CHECK_TOKEN_SUBJECT: &str = include_str!("sql/check_token_subject.sql");
const CHECK_AGENT_TOKEN: &str = include_str!("sql/check_agent_token.sql");
const REVOKE_TOKENS: &str = include_str!("sql/revoke_tokens.sql");
const REVOKE_AGENT_TOKENS: &str = include_str!("sql/revoke_agent_tokens.sql");
const DELETE_EXPIRED_AGENT_REVOCATIONS: &str =
    include_str!("sql/delete_expired_agent_revocations.sql");

/// Adds the statement that checks the caller's token, if it has one that can be revoked,
/// to an empty batch.
pub(super) fn push_check(batch: &mut Batch, organization: &str, subject: Option<&TokenSubject>) {
    match subject {
        Some(TokenSubject::Contact(contact)) => {
            batch
                .statement(CHECK_TOKEN_SUBJECT)
                .text(organization)
                .id(contact.contact_id)
                .number(contact.epoch);
        }
        Some(TokenSubject::Agent(_)) => {
            batch.statement(CHECK_AGENT_TOKEN).text(organization);
            push_agent(batch, subject);
        }
        Some(TokenSubject::Visitor(_)) | None => {}
    }
}

/// Returns the batch that checks the caller's token alone.
pub(crate) fn check_token(organization: &str, subject: Option<&TokenSubject>) -> Batch {
    let mut batch = Batch::default();
    push_check(&mut batch, organization, subject);
    batch
}

/// Binds the agent of the caller's token and when it was signed, or NULL twice.
pub(super) fn push_agent(batch: &mut Batch, subject: Option<&TokenSubject>) {
    match subject.and_then(TokenSubject::agent) {
        Some(AgentSubject {
            id, issued_at_ms, ..
        }) => batch.text(id).number(*issued_at_ms),
        None => batch.null().null(),
    };
}

/// Returns the epoch of a contact's token.
pub(super) fn epoch(subject: Option<&TokenSubject>) -> Option<u64> {
    Some(subject?.contact()?.epoch)
}

/// Returns the visitor of a visitor's token.
pub(super) fn visitor(subject: Option<&TokenSubject>) -> Option<Uuid> {
    subject?.visitor()
}

/// Returns the results of the other statements of a batch that began with
/// [`push_check`].
pub(crate) fn checked<'a>(
    results: &'a [StatementResult],
    subject: Option<&TokenSubject>,
) -> Result<&'a [StatementResult], TokenError> {
    if let Some(TokenSubject::Visitor(_)) | None = subject {
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

/// Returns the batch that revokes the tokens of an agent, and removes what earlier ones
/// have left.
pub(crate) fn revoke_agent_tokens(organization: &str, agent_id: &str, now_ms: u64) -> Batch {
    let mut batch = Batch::default();
    batch
        .statement(REVOKE_AGENT_TOKENS)
        .text(organization)
        .text(agent_id)
        .number(now_ms)
        .statement(DELETE_EXPIRED_AGENT_REVOCATIONS)
        .text(organization)
        .number(now_ms.saturating_sub(REVOCATION_LIFETIME_MS));
    batch
}
