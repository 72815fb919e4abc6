//! Changes beside the messages of a log: notes, read marks, and redactions.

use super::batch::{Batch, StatementResult, failed};
use super::log::FIND_MESSAGE;
use super::{outbox, sessions, tokens};
use crate::access::token::TokenSubject;
use crate::domain::limits::{LOG_MAX_ENTRIES, UNREAD_MAX};
use crate::domain::session::Session;
use crate::storage::log::{AddNote, MarkRead, Noted, RedactMessage, Redacted, StoredMessage};
use crate::storage::{StorageError, TokenError};

const APPEND_NOTE: &str = include_str!("sql/append_note.sql");
const ADVANCE_READ_MARK: &str = include_str!("sql/advance_read_mark.sql");
const APPEND_REDACTION: &str = include_str!("sql/append_redaction.sql");
const EMPTY_MESSAGE: &str = include_str!("sql/empty_message.sql");
const ADVANCE_LOG: &str = include_str!("sql/advance_log_without_message.sql");
const FIND_ENTRY: &str = include_str!("sql/find_entry.sql");

/// Returns the batch that adds a note: the entry, the session's new state, and the note as it
/// is stored.
pub(crate) fn add_note(organization: &str, note: &AddNote) -> Batch {
    let subject = note.subject.as_ref();
    let mut batch = Batch::default();
    tokens::push_check(&mut batch, organization, subject);
    batch
        .statement(APPEND_NOTE)
        .text(organization)
        .id(note.session_id)
        .id(note.note_id)
        .text_or_null(note.agent.id.as_deref())
        .text_or_null(note.agent.name.as_deref())
        .text_or_null(note.agent.avatar_url.as_deref())
        .text(&note.text)
        .text(&note.content_hash)
        .number(note.now_ms)
        .number(LOG_MAX_ENTRIES);
    tokens::push_agent(&mut batch, subject);
    batch
        .statement(ADVANCE_LOG)
        .text(organization)
        .id(note.session_id)
        .number(note.now_ms);
    batch
        .statement(FIND_MESSAGE)
        .text(organization)
        .id(note.session_id)
        .null()
        .id(note.note_id)
        .text("{}")
        .null();
    batch
}

/// Returns the outcome of an [`add_note`] batch.
pub(crate) fn noted(note: &AddNote, results: &[StatementResult]) -> Result<Noted, TokenError> {
    let results = tokens::checked(results, note.subject.as_ref())?;
    let (Some(appended), Some(found)) = (results.first(), results.last()) else {
        return Err(failed("a note without its results").into());
    };
    let Some(row) = found.rows.first() else {
        return Ok(Noted::NoSuchSession);
    };
    let Some(seq) = row.optional_number("seq")? else {
        return Ok(Noted::Full);
    };
    let stored = StoredMessage {
        seq,
        created_at_ms: row.number("created_at_ms")?,
    };
    Ok(if appended.changes() > 0 {
        Noted::Stored(stored)
    } else if row.optional_text("content_hash") == Some(&note.content_hash) {
        Noted::Replayed(stored)
    } else {
        Noted::IdReused
    })
}

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

/// Returns the batch that redacts a message or a note: the entry that tells of it, the change, and
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
    outbox::push_entries(&mut batch, organization, redact.session_id, redact.now_ms);
    batch
        .statement(EMPTY_MESSAGE)
        .text(organization)
        .id(redact.session_id)
        .id(redact.message_id);
    batch
        .statement(ADVANCE_LOG)
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
        Some(row) => match row.optional_text("event") {
            Some("message" | "note") => Redacted::Done,
            _ => Redacted::NoSuchMessage,
        },
    })
}
