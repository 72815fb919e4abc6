//! The log of a session in D1: one batch appends a message, one reads a page.

use super::batch::{Batch, Row, StatementResult, failed};
use super::{outbox, sessions, tokens};
use crate::access::token::TokenSubject;
use crate::domain::contact::{ContactDraft, Email};
use crate::domain::entry::{Agent, Assignee, AssigneeKind, Entry, Event, Message, Note, Side};
use crate::domain::history_query::Order;
use crate::domain::limits::{
    ATTRIBUTES_MAX, LOG_MAX_ENTRIES, MESSAGES_PER_MINUTE_MAX, NON_VERIFIED_ATTRIBUTES_MAX_BYTES,
    SESSION_ATTRIBUTES_MAX_BYTES, VERIFIED_ATTRIBUTES_MAX_BYTES,
};
use crate::domain::message::Sender;
use crate::domain::phone_number::PhoneNumber;
use crate::storage::log::{
    ContactNames, ContinueSession, LogPage, ReadLog, SendMessage, Sent, StoredMessage,
    seconds_left_of_minute,
};
use crate::storage::{StorageError, TokenError};
use uuid::Uuid;

const APPEND_MESSAGE: &str = include_str!("sql/append_message.sql");
const REOPEN_SESSION: &str = include_str!("sql/reopen_session.sql");
const ADVANCE_LOG: &str = include_str!("sql/advance_log.sql");
pub(super) const FIND_MESSAGE: &str = include_str!("sql/find_message.sql");
const INSERT_CONTACT: &str = include_str!("sql/insert_contact_of_message.sql");
const LINK_CONTACT: &str = include_str!("sql/link_contact_of_message.sql");
const MERGE_CONTACT: &str = include_str!("sql/merge_contact_of_message.sql");
const INSERT_CONTINUATION: &str = include_str!("sql/insert_continuation.sql");
const LINK_CONTINUATION: &str = include_str!("sql/link_continuation.sql");
const FIND_CONTINUATION: &str = include_str!("sql/find_continuation.sql");
const LIST_ENTRIES: &str = include_str!("sql/list_entries.sql");
const LIST_ENTRIES_BACKWARDS: &str = include_str!("sql/list_entries_backwards.sql");

/// Returns the batch of a send: the entries, the session's new state, and the message as
/// it is stored.
pub(crate) fn send_message(organization: &str, send: &SendMessage) -> Batch {
    let mut batch = Batch::default();
    let subject = send.subject.as_ref();
    tokens::push_check(&mut batch, organization, subject);
    let contact = subject.and_then(TokenSubject::contact);
    let contact_id = contact.map(|contact| contact.contact_id);
    let visitor_id = tokens::visitor(subject);
    let agent = &send.agent;
    let custom_data = &send.custom_data.to_json();
    let takes_over_as = send.takes_over_as.map(AssigneeKind::as_str);
    batch
        .statement(APPEND_MESSAGE)
        .text(organization)
        .id(send.session_id)
        .id_or_null(contact_id)
        .number_or_null(tokens::epoch(subject))
        .id(send.message_id)
        .text(send.sender.as_str())
        .text_or_null(agent.id.as_deref())
        .text_or_null(agent.name.as_deref())
        .text_or_null(agent.avatar_url.as_deref())
        .text(&send.text)
        .text(&send.attachments)
        .text(&send.content_hash)
        .number(send.now_ms);
    for id in send.entry_ids {
        batch.id(id);
    }
    batch
        .text_or_null(takes_over_as)
        .text(custom_data)
        .number(ATTRIBUTES_MAX as u64)
        .number(SESSION_ATTRIBUTES_MAX_BYTES)
        .number(LOG_MAX_ENTRIES)
        .number_or_null(send.is_limited.then_some(MESSAGES_PER_MINUTE_MAX))
        .id_or_null(visitor_id);
    tokens::push_agent(&mut batch, subject);
    if let Some(draft) = &send.contact {
        push_contact(&mut batch, organization, send, draft);
    }
    outbox::push_entries(&mut batch, organization, send.session_id, send.now_ms);
    if send.sender == Sender::Contact {
        batch
            .statement(REOPEN_SESSION)
            .text(organization)
            .id(send.session_id)
            .id(send.message_id);
    }
    batch
        .statement(ADVANCE_LOG)
        .text(organization)
        .id(send.session_id)
        .text(send.sender.side().as_str())
        .text(&send.preview)
        .number(send.now_ms)
        .text(custom_data)
        .number(!send.by_server)
        .text_or_null(takes_over_as)
        .text_or_null(send.sender.answers_as().map(AssigneeKind::as_str))
        .text_or_null(agent.id.as_deref())
        .text_or_null(agent.name.as_deref())
        .text_or_null(agent.avatar_url.as_deref())
        .number(send.is_limited)
        .text_or_null(send.contact_name());
    batch
        .statement(FIND_MESSAGE)
        .text(organization)
        .id(send.session_id)
        .id_or_null(contact_id)
        .id(send.message_id)
        .text(custom_data)
        .id_or_null(visitor_id);
    batch
}

/// Adds the statements that write the contact of a message which was just appended.
fn push_contact(batch: &mut Batch, organization: &str, send: &SendMessage, draft: &ContactDraft) {
    let phone_number = draft.phone_number.as_ref().map(PhoneNumber::as_str);
    let identifying = phone_number.filter(|_| draft.is_identified_by_phone_number());
    let identity = draft.identity();
    batch
        .statement(INSERT_CONTACT)
        .text(organization)
        .id(send.session_id)
        .id(send.message_id)
        .id(send.new_contact_id)
        .text_or_null(identity.as_deref())
        .text_or_null(draft.email.as_ref().map(Email::as_str))
        .text_or_null(identifying)
        .number(send.now_ms)
        .number(send.by_server);
    batch
        .statement(LINK_CONTACT)
        .text(organization)
        .id(send.session_id)
        .id(send.message_id)
        .id(send.new_contact_id)
        .text_or_null(identity.as_deref())
        .number(send.by_server);
    batch
        .statement(MERGE_CONTACT)
        .text(organization)
        .id(send.session_id)
        .id(send.message_id)
        .number(send.by_server)
        .text_or_null(draft.name.as_deref())
        .text_or_null(phone_number)
        .text_or_null(
            draft
                .phone_number
                .as_ref()
                .and_then(PhoneNumber::identity)
                .as_deref(),
        )
        .text(&draft.custom_data.to_json())
        .number(send.now_ms)
        .number(NON_VERIFIED_ATTRIBUTES_MAX_BYTES)
        .number(VERIFIED_ATTRIBUTES_MAX_BYTES);
}

/// Returns the outcome of a [`send_message`] batch.
pub(crate) fn sent(send: &SendMessage, results: &[StatementResult]) -> Result<Sent, TokenError> {
    let results = tokens::checked(results, send.subject.as_ref())?;
    let (Some(appended), Some(found)) = (results.first(), results.last()) else {
        return Err(failed("a send without its results").into());
    };
    let Some(row) = found.rows.first() else {
        return Ok(Sent::NoSuchSession);
    };
    let Some(seq) = row.optional_number("seq")? else {
        return Ok(reason_of_rejection(send, row)?);
    };
    let message = StoredMessage {
        seq,
        created_at_ms: row.number("created_at_ms")?,
    };
    Ok(if appended.changes() > 0 {
        let owned = |column| row.optional_text(column).map(str::to_owned);
        let contact = ContactNames {
            vouched_for: owned("contact_name"),
            given: owned("given_name"),
        };
        Sent::Stored { message, contact }
    } else if row.optional_text("content_hash") == Some(&send.content_hash) {
        Sent::Replayed(message)
    } else {
        Sent::IdReused
    })
}

/// Returns the reason why a message was not appended, from the session as it is.
fn reason_of_rejection(send: &SendMessage, row: &Row) -> Result<Sent, StorageError> {
    let began_ms: u64 = row.number("minute_began_ms")?;
    let is_same_minute = began_ms > send.now_ms.saturating_sub(60_000);
    let messages: u64 = row.number("minute_messages")?;
    if send.is_limited && is_same_minute && messages >= MESSAGES_PER_MINUTE_MAX {
        let retry_after_s = seconds_left_of_minute(began_ms, send.now_ms);
        return Ok(Sent::TooMany { retry_after_s });
    }
    if row.number::<usize>("attributes")? > ATTRIBUTES_MAX {
        return Ok(Sent::TooManyAttributes);
    }
    if row.number::<u64>("attributes_bytes")? > SESSION_ATTRIBUTES_MAX_BYTES {
        return Ok(Sent::AttributesTooLarge);
    }
    Ok(Sent::Full)
}

/// Returns the batch that finds the session which continues a full one, or stores it.
pub(crate) fn continue_session(organization: &str, full: &ContinueSession) -> Batch {
    let mut batch = Batch::default();
    batch
        .statement(INSERT_CONTINUATION)
        .text(organization)
        .id(full.session_id)
        .id(full.new_session_id)
        .number(full.now_ms)
        .number(LOG_MAX_ENTRIES);
    batch
        .statement(LINK_CONTINUATION)
        .text(organization)
        .id(full.session_id)
        .id(full.new_session_id);
    batch
        .statement(FIND_CONTINUATION)
        .text(organization)
        .id(full.session_id);
    outbox::push_session_created(&mut batch, organization, full.new_session_id, full.now_ms);
    batch
}

/// Returns the session of a [`continue_session`] batch.
pub(crate) fn continued(results: &[StatementResult]) -> Result<Option<Uuid>, StorageError> {
    let found = results.last().ok_or_else(|| failed("no result"))?;
    let row = found.rows.first();
    row.filter(|row| row.optional_text("continued_in").is_some())
        .map(|row| row.id("continued_in"))
        .transpose()
}

/// Returns the batch of a page of history: the session, and the entries.
pub(crate) fn read_log(organization: &str, read: &ReadLog) -> Batch {
    let mut batch = sessions::find_session(organization, read.session_id, read.subject.as_ref());
    let (after, before) = read.query.bounds();
    batch
        .statement(if read.query.is_backwards() {
            LIST_ENTRIES_BACKWARDS
        } else {
            LIST_ENTRIES
        })
        .text(organization)
        .id(read.session_id)
        .number(after)
        .number(before)
        .number(read.query.page_size as u64);
    batch
}

/// Returns the page of a [`read_log`] batch.
pub(crate) fn page(
    read: &ReadLog,
    results: &[StatementResult],
) -> Result<Option<LogPage>, TokenError> {
    let [session, entries] = tokens::checked(results, read.subject.as_ref())? else {
        return Err(failed("a history without both results").into());
    };
    let Some(session) = sessions::first_session(std::slice::from_ref(session))? else {
        return Ok(None);
    };
    let entries = entries.rows.iter().map(read_entry);
    let mut entries = entries.collect::<Result<Vec<_>, StorageError>>()?;
    if read.query.is_backwards() != (read.query.order == Order::Desc) {
        entries.reverse();
    }
    Ok(Some(LogPage { session, entries }))
}

pub(super) fn read_entry(row: &Row) -> Result<Entry, StorageError> {
    Ok(Entry {
        seq: row.number("seq")?,
        id: row.id("id")?,
        created_at_ms: row.number("created_at_ms")?,
        event: read_event(row)?,
    })
}

fn read_event(row: &Row) -> Result<Event, StorageError> {
    let owned = |column| row.optional_text(column).map(str::to_owned);
    let agent = Agent {
        id: owned("agent_id"),
        name: owned("agent_name"),
        avatar_url: owned("avatar_url"),
    };
    Ok(match row.text("event")? {
        "message" => Event::Message(Message {
            sender: row.parsed::<Sender>("author")?,
            agent,
            text: row.text("text")?.to_owned(),
            attachments: row.text("attachments")?.to_owned(),
        }),
        "note" => Event::Note(Note {
            agent,
            text: row.text("text")?.to_owned(),
        }),
        "session_closed" => Event::SessionClosed {
            status: row.parsed("detail")?,
            by: row.parsed::<Side>("author")?,
        },
        "session_reopened" => Event::SessionReopened {
            by: row.parsed("author")?,
        },
        "handoff" => Event::Handoff(Assignee {
            kind: row.parsed("author")?,
            agent,
        }),
        event @ ("redacted" | "note_redacted") => Event::Redacted {
            redacted_seq: row.parsed("detail")?,
            is_note: event == "note_redacted",
        },
        _ => return Err(failed("an entry of an unknown kind")),
    })
}
