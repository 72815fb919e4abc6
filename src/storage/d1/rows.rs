//! Rows of D1 as sessions and contacts.

use super::batch::Row;
use crate::domain::contact::Contact;
use crate::domain::entry::{Agent, Assignee, LogState, Sides};
use crate::domain::session::Session;
use crate::storage::StorageError;

/// Reads the columns of a session, and of its contact if it has one.
pub(super) fn read_session(row: &Row) -> Result<Session, StorageError> {
    let contact = match row.optional_text("contact_id") {
        None => None,
        Some(_) => Some(read_contact(row)?),
    };
    Ok(Session {
        id: row.id("id")?,
        status: row.parsed("status")?,
        channel: row.parsed("channel")?,
        verified: row.number::<u8>("verified")? != 0,
        ticket_number: row.number("ticket_number")?,
        created_at_ms: row.number("created_at_ms")?,
        updated_at_ms: row.number("updated_at_ms")?,
        custom_data: row.text("custom_data")?.to_owned(),
        log: read_log_state(row)?,
        given_name: row.optional_text("given_name").map(str::to_owned),
        contact,
    })
}

/// Reads the columns that a session's log adds up to.
fn read_log_state(row: &Row) -> Result<LogState, StorageError> {
    let owned = |column| row.optional_text(column).map(str::to_owned);
    Ok(LogState {
        last_seq: row.number("last_seq")?,
        last_message: owned("last_message"),
        last_message_at_ms: row.optional_number("last_message_at_ms")?,
        read: Sides {
            contact: row.number("read_by_contact")?,
            agent: row.number("read_by_agent")?,
        },
        unread: Sides {
            contact: row.number("unread_by_contact")?,
            agent: row.number("unread_by_agent")?,
        },
        assignee: Assignee {
            kind: row.parsed("assignee")?,
            agent: Agent {
                id: owned("assignee_id"),
                name: owned("assignee_name"),
                avatar_url: owned("assignee_avatar_url"),
            },
        },
    })
}

/// Reads the columns of a contact.
pub(super) fn read_contact(row: &Row) -> Result<Contact, StorageError> {
    let owned = |column| row.optional_text(column).map(str::to_owned);
    Ok(Contact {
        id: row.id("contact_id")?,
        email: owned("email"),
        phone_number: owned("phone_number"),
        name: owned("name"),
        custom_data: row.text("contact_custom_data")?.to_owned(),
        non_verified_name: owned("non_verified_name"),
        non_verified_phone_number: owned("non_verified_phone_number"),
        non_verified_custom_data: row.text("non_verified_custom_data")?.to_owned(),
    })
}
