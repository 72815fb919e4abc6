//! The log of a session in D1: one batch appends a message, one reads a page.

use super::batch::{Row, failed};
use crate::domain::entry::{Agent, Assignee, Entry, Event, Message, Side};
use crate::domain::message::Sender;
use crate::storage::StorageError;

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
