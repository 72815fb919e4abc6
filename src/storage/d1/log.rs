//! The log of a session in D1: one batch appends a message, one reads a page.

use super::batch::{Batch, Row, StatementResult, failed};
use super::{sessions, tokens};
use crate::domain::entry::{Agent, Assignee, Entry, Event, Message, Side};
use crate::domain::history_query::{Cursor, HistoryQuery, Order, Range};
use crate::domain::limits::{ATTRIBUTES_MAX, LOG_MAX_ENTRIES};
use crate::domain::message::Sender;
use crate::storage::log::{LogPage, ReadLog, SendMessage, Sent, StoredMessage};
use crate::storage::{StorageError, TokenError};

const APPEND_MESSAGE: &str = include_str!("sql/append_message.sql");
const ADVANCE_LOG: &str = include_str!("sql/advance_log.sql");
const FIND_MESSAGE: &str = include_str!("sql/find_message.sql");
const LIST_ENTRIES: &str = include_str!("sql/list_entries.sql");
const LIST_ENTRIES_BACKWARDS: &str = include_str!("sql/list_entries_backwards.sql");
/// Later than every entry.
const END_OF_LOG: u64 = (1 << 53) - 1;

/// Returns the batch of a send: the entries, the session's new state, and the message as
/// it is stored.
pub(crate) fn send_message(organization: &str, send: &SendMessage) -> Batch {
    let mut batch = Batch::default();
    tokens::push_check(&mut batch, organization, send.subject);
    let contact_id = send.subject.map(|subject| subject.contact_id);
    let agent = &send.agent;
    let custom_data = &send.custom_data.to_json();
    let takes_over_as = send.takes_over_as.map(|kind| kind.as_str());
    batch
        .statement(APPEND_MESSAGE)
        .text(organization)
        .id(send.session_id)
        .id_or_null(contact_id)
        .number_or_null(send.subject.map(|subject| subject.epoch))
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
        .number(LOG_MAX_ENTRIES);
    batch
        .statement(ADVANCE_LOG)
        .text(organization)
        .id(send.session_id)
        .text(send.sender.side().as_str())
        .text(&send.preview)
        .number(send.now_ms)
        .text(custom_data)
        .number(send.subject.is_some())
        .text_or_null(takes_over_as)
        .text_or_null(send.sender.answers_as().map(|kind| kind.as_str()))
        .text_or_null(agent.id.as_deref())
        .text_or_null(agent.name.as_deref())
        .text_or_null(agent.avatar_url.as_deref());
    batch
        .statement(FIND_MESSAGE)
        .text(organization)
        .id(send.session_id)
        .id_or_null(contact_id)
        .id(send.message_id);
    batch
}

/// Returns the outcome of a [`send_message`] batch.
pub(crate) fn sent(send: &SendMessage, results: &[StatementResult]) -> Result<Sent, TokenError> {
    let [appended, _, found] = tokens::checked(results, send.subject)? else {
        return Err(failed("a send without its three results").into());
    };
    let Some(row) = found.rows.first() else {
        return Ok(Sent::NoSuchSession);
    };
    let Some(seq) = row.optional_number("seq")? else {
        let last_seq: u64 = row.number("last_seq")?;
        let is_full = last_seq.saturating_add(3) > LOG_MAX_ENTRIES;
        return Ok(if is_full {
            Sent::Full
        } else {
            Sent::TooManyAttributes
        });
    };
    let message = StoredMessage {
        seq,
        created_at_ms: row.number("created_at_ms")?,
    };
    Ok(if appended.changes() > 0 {
        Sent::Stored(message)
    } else if row.optional_text("content_hash") == Some(&send.content_hash) {
        Sent::Replayed(message)
    } else {
        Sent::IdReused
    })
}

/// Returns the batch of a page of history: the session, and the entries.
pub(crate) fn read_log(organization: &str, read: &ReadLog) -> Batch {
    let mut batch = sessions::find_session(organization, read.session_id, read.subject);
    let (after, before) = match read.query.range {
        Range::All => (0, END_OF_LOG),
        Range::After(seq) | Range::Beside(Cursor::Following(seq)) => (seq, END_OF_LOG),
        Range::Before(seq) | Range::Beside(Cursor::Preceding(seq)) => (0, seq),
    };
    batch
        .statement(if is_backwards(&read.query) {
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

/// Returns true if the page begins at the end of its range.
fn is_backwards(query: &HistoryQuery) -> bool {
    match query.range {
        Range::Beside(Cursor::Following(_)) => false,
        Range::Beside(Cursor::Preceding(_)) => true,
        Range::All | Range::After(_) | Range::Before(_) => query.order == Order::Desc,
    }
}

/// Returns the page of a [`read_log`] batch.
pub(crate) fn page(
    read: &ReadLog,
    results: &[StatementResult],
) -> Result<Option<LogPage>, TokenError> {
    let [session, entries] = tokens::checked(results, read.subject)? else {
        return Err(failed("a history without both results").into());
    };
    let Some(session) = sessions::first_session(std::slice::from_ref(session))? else {
        return Ok(None);
    };
    let entries = entries.rows.iter().map(read_entry);
    let mut entries = entries.collect::<Result<Vec<_>, StorageError>>()?;
    if is_backwards(&read.query) != (read.query.order == Order::Desc) {
        entries.reverse();
    }
    Ok(Some(LogPage { session, entries }))
}

fn read_entry(row: &Row) -> Result<Entry, StorageError> {
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
        "redacted" => Event::Redacted {
            redacted_seq: row.parsed("detail")?,
        },
        _ => return Err(failed("an entry of an unknown kind")),
    })
}
