//! Changes beside the messages of a log: read marks, and redactions.

use super::batch::{Batch, StatementResult, failed};
use super::{sessions, tokens};
use crate::access::token::TokenSubject;
use crate::domain::limits::UNREAD_MAX;
use crate::domain::session::Session;
use crate::storage::log::{MarkRead, RedactMessage, Redacted};
use crate::storage::{StorageError, TokenError};

const ADVANCE_READ_MARK: &str = include_str!("sql/advance_read_mark.sql");
const APPEND_REDACTION: &str = include_str!("sql/append_redaction.sql");
const EMPTY_MESSAGE: &str = include_str!("sql/empty_message.sql");
const ADVANCE_LOG_TO_REDACTION: &str = include_str!("sql/advance_log_to_redaction.sql");
const FIND_ENTRY: &str = include_str!("sql/find_entry.sql");

/// Returns the batch that moves a read mark, and reads the session.
pub(crate) fn mark_read(organization: &str, mark: &MarkRead) -> Batch {
    let subject = mark.subject.as_ref();
    let contact = subject.and_then(TokenSubject::contact);
    let mut batch = Batch::default();
    tokens::push_check(&mut batch, organization, subject);
    batch
        .statement(ADVANCE_READ_MARK)
        .text(organization)
        .id(mark.session_id)
        .id_or_null(contact.map(|contact| contact.contact_id))
        .number_or_null(tokens::epoch(subject))
        .text(mark.side.as_str())
        .number(mark.seq)
        .number(UNREAD_MAX)
        .id_or_null(tokens::visitor(subject));
    tokens::push_agent(&mut batch, subject);
    sessions::push_find(
        &mut batch,
        organization,
        mark.session_id,
        tokens::visitor(subject),
    );
    batch
}

/// Returns the session of a [`mark_read`] batch.
pub(crate) fn marked(
    mark: &MarkRead,
    results: &[StatementResult],
) -> Result<Option<Session>, TokenError> {
    sessions::found_session(results, mark.subject.as_ref())
}

/// Returns the batch that redacts a message: the entry that tells of it, the change, and
/// the session's new state.
pub(crate) fn redact_message(organization: &str, redact: &RedactMessage) -> Batch {
    let mut batch = Batch::default();
    batch
        .statement(APPEND_REDACTION)
        .text(organization)
        .id(redact.session_id)
        .id(redact.message_id)
        .id(redact.entry_id)
        .number(redact.now_ms);
    batch
        .statement(EMPTY_MESSAGE)
        .text(organization)
        .id(redact.session_id)
        .id(redact.message_id);
    batch
        .statement(ADVANCE_LOG_TO_REDACTION)
        .text(organization)
        .id(redact.session_id)
        .number(redact.now_ms);
    batch
        .statement(FIND_ENTRY)
        .text(organization)
        .id(redact.session_id)
        .id(redact.message_id);
    batch
}

/// Returns the outcome of a [`redact_message`] batch.
pub(crate) fn redacted(results: &[StatementResult]) -> Result<Redacted, StorageError> {
    let found = results.last().ok_or_else(|| failed("no result"))?;
    Ok(match found.rows.first() {
        None => Redacted::NoSuchSession,
        Some(row) if row.optional_text("event") == Some("message") => Redacted::Done,
        Some(_) => Redacted::NoSuchMessage,
    })
}
