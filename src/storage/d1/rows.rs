//! Rows of D1 as sessions and contacts.

use super::batch::Row;
use crate::contact::Contact;
use crate::session::Session;
use crate::store::StorageError;

/// Columns that [`read_session`] reads, of a session `s` and its contact `c`.
macro_rules! session_columns {
    () => {
        "s.id, s.status, s.channel, s.ticket_number, s.created_at_ms, s.updated_at_ms,
  s.custom_data, c.id AS contact_id, c.email, c.phone_number, c.name,
  c.custom_data AS contact_custom_data, c.non_verified_name, c.non_verified_custom_data"
    };
}
pub(crate) use session_columns;

/// Reads the columns of a session, and of its contact if it has one.
pub(crate) fn read_session(row: &Row) -> Result<Session, StorageError> {
    let contact = match row.optional_text("contact_id") {
        None => None,
        Some(_) => Some(read_contact(row)?),
    };
    Ok(Session {
        id: row.id("id")?,
        status: row.parsed("status")?,
        channel: row.parsed("channel")?,
        ticket_number: row.number("ticket_number")?,
        created_at_ms: row.number("created_at_ms")?,
        updated_at_ms: row.number("updated_at_ms")?,
        custom_data: row.text("custom_data")?.to_owned(),
        contact,
    })
}

/// Reads the columns of a contact.
pub(crate) fn read_contact(row: &Row) -> Result<Contact, StorageError> {
    let owned = |column| row.optional_text(column).map(str::to_owned);
    Ok(Contact {
        id: row.id("contact_id")?,
        email: owned("email"),
        phone_number: owned("phone_number"),
        name: owned("name"),
        custom_data: row.text("contact_custom_data")?.to_owned(),
        non_verified_name: owned("non_verified_name"),
        non_verified_custom_data: row.text("non_verified_custom_data")?.to_owned(),
    })
}
