//! Contacts in D1.
//!
//! Verified and unverified data have separate columns. An unverified caller's row has
//! NULL and '{}' in the verified columns and vice versa, so that one statement serves
//! both and cannot mix them.

use super::batch::{Batch, Row, StatementResult, failed};
use super::log::read_entry;
use super::page::{self, Listed};
use super::rows::read_contact;
use super::tokens;
use crate::access::token::ContactSubject;
use crate::domain::contact::{ContactDraft, Email};
use crate::domain::entry::Entry;
use crate::domain::limits::{
    NON_VERIFIED_ATTRIBUTES_MAX_BYTES, PAGE_MAX_BYTES, VERIFIED_ATTRIBUTES_MAX_BYTES,
};
use crate::domain::phone_number::PhoneNumber;
use crate::storage::StorageError;
use crate::storage::contacts::{AuthenticateContact, ContactExport, ContactRecord, ExportContact};
use crate::storage::sessions::{CreateSession, SessionContact};
use uuid::Uuid;

const UPSERT_CONTACT: &str = include_str!("sql/upsert_contact.sql");
const UPDATE_SELF_REPORTED_CONTACT: &str = include_str!("sql/update_self_reported_contact.sql");
const AUTHENTICATE_CONTACT: &str = include_str!("sql/authenticate_contact.sql");
const FIND_CONTACT: &str = include_str!("sql/find_contact.sql");
const FIND_CONTACT_BY_IDENTITY: &str = include_str!("sql/find_contact_by_identity.sql");
const ENTRIES_OF_CONTACT: &str = include_str!("sql/entries_of_contact.sql");
const SESSIONS_OF_CONTACT: &str = include_str!("sql/sessions_of_contact.sql");

/// Adds the statement that writes a create's contact, if there is data to write. It
/// does nothing in a retry; `key` is the idempotency key, if there is one.
pub(super) fn push_write(
    batch: &mut Batch,
    organization: &str,
    create: &CreateSession,
    key: Option<&str>,
) {
    match &create.contact {
        SessionContact::Described(draft) => upsert(batch, organization, create, draft, key),
        SessionContact::SelfReported(id, draft)
            if draft.name.is_some()
                || draft.phone_number.is_some()
                || !draft.custom_data.is_empty() =>
        {
            batch
                .statement(UPDATE_SELF_REPORTED_CONTACT)
                .text(organization)
                .id(*id)
                .text_or_null(draft.name.as_deref())
                .text_or_null(draft.phone_number.as_ref().map(PhoneNumber::as_str))
                .text(&draft.custom_data.to_json())
                .number(NON_VERIFIED_ATTRIBUTES_MAX_BYTES)
                .number(create.now_ms)
                .text_or_null(key)
                .id(create.session_id)
                .number_or_null(tokens::epoch(create.subject.as_ref()));
        }
        SessionContact::None | SessionContact::Existing(_) | SessionContact::SelfReported(..) => {}
    }
}

fn upsert(
    batch: &mut Batch,
    organization: &str,
    create: &CreateSession,
    draft: &ContactDraft,
    key: Option<&str>,
) {
    let name = draft.name.as_deref();
    let phone_number = draft.phone_number.as_ref().map(PhoneNumber::as_str);
    let identifying = phone_number.filter(|_| draft.is_identified_by_phone_number());
    let custom_data = &draft.custom_data.to_json();
    batch
        .statement(UPSERT_CONTACT)
        .text(organization)
        .id(create.new_contact_id)
        .text_or_null(draft.identity().as_deref())
        .text_or_null(draft.email.as_ref().map(Email::as_str));
    if create.verified {
        batch.text_or_null(phone_number);
        batch.text_or_null(name).text(custom_data);
        batch.null().null().text("{}").number(create.now_ms);
    } else {
        batch.text_or_null(identifying).null().text("{}");
        batch
            .text_or_null(name)
            .text_or_null(phone_number.filter(|_| identifying.is_none()));
        batch.text(custom_data).null();
    }
    batch
        .number(create.now_ms)
        .number(NON_VERIFIED_ATTRIBUTES_MAX_BYTES)
        .text_or_null(key)
        .id(create.session_id)
        .number(VERIFIED_ATTRIBUTES_MAX_BYTES)
        .id_or_null(tokens::visitor(create.subject.as_ref()).filter(|_| create.resume))
        .text(create.channel.as_str());
}

/// Returns true if a batch failed because a contact's verified attributes would exceed
/// their limit. Nothing of the batch was done.
pub(crate) fn is_too_large(error: &StorageError) -> bool {
    error
        .0
        .contains("NOT NULL constraint failed: contacts.custom_data")
}

/// Returns the batch of an authentication.
pub(crate) fn authenticate_contact(organization: &str, request: &AuthenticateContact) -> Batch {
    let login = &request.login;
    let mut batch = Batch::default();
    batch
        .statement(AUTHENTICATE_CONTACT)
        .text(organization)
        .id(request.new_contact_id)
        .text(&login.email.identity())
        .text(login.email.as_str())
        .text_or_null(login.phone_number.as_ref().map(PhoneNumber::as_str))
        .text_or_null(login.name.as_deref())
        .text(&login.custom_data.to_json())
        .number(request.now_ms)
        .text_or_null(login.avatar_url.as_deref())
        .text_or_null(login.language.as_deref())
        .number(VERIFIED_ATTRIBUTES_MAX_BYTES);
    batch
}

/// Returns the contact of an [`authenticate_contact`] batch.
pub(crate) fn authenticated(results: &[StatementResult]) -> Result<ContactSubject, StorageError> {
    let mut rows = results.iter().flat_map(|result| &result.rows);
    let row = rows.next().ok_or_else(|| failed("no contact"))?;
    Ok(ContactSubject {
        contact_id: row.id("id")?,
        epoch: row.number("token_epoch")?,
    })
}

/// Returns the batch of a page of an export: the contact, and its sessions.
pub(crate) fn export_contact(organization: &str, command: &ExportContact) -> Batch {
    let (within, seq) = match command.cursor {
        Some(cursor) => (cursor.session_id, cursor.seq),
        None => (Uuid::nil(), None),
    };
    // A page that begins within a session has it again.
    let after = match seq {
        Some(_) => Uuid::from_u128(within.as_u128().saturating_sub(1)),
        None => within,
    };
    let mut batch = Batch::default();
    batch
        .statement(FIND_CONTACT)
        .text(organization)
        .id(command.id)
        .statement(SESSIONS_OF_CONTACT)
        .text(organization)
        .id(command.id)
        .id(after)
        // An extra row means that there is another page.
        .number(command.page_size.saturating_add(1) as u64)
        .number(PAGE_MAX_BYTES)
        .statement(ENTRIES_OF_CONTACT)
        .text(organization)
        .id(command.id)
        .id(after)
        .number(command.page_size as u64)
        .id(within)
        .number(seq.unwrap_or(0))
        .number(command.entries)
        .number(PAGE_MAX_BYTES);
    batch
}

/// Returns the contact and sessions of an [`export_contact`] batch.
pub(crate) fn exported(
    command: &ExportContact,
    results: &[StatementResult],
) -> Result<Option<ContactExport>, StorageError> {
    let [contact, sessions, entries] = results else {
        return Err(failed("an export without all results"));
    };
    let Some(row) = contact.rows.first() else {
        return Ok(None);
    };
    let listed = sessions.rows.iter().map(Listed::read);
    let (sessions, has_more) = page::cut(listed.collect::<Result<_, _>>()?, command.page_size);
    let last = sessions.last().filter(|_| has_more);
    let next = last.map(|last| last.id);
    Ok(Some(ContactExport {
        contact: read_record(row)?,
        sessions,
        entries: entries
            .rows
            .iter()
            .map(read_entry_of_session)
            .collect::<Result<_, _>>()?,
        next,
    }))
}

fn read_entry_of_session(row: &Row) -> Result<(Uuid, Entry), StorageError> {
    Ok((row.id("session_id")?, read_entry(row)?))
}

/// Returns the batch that finds the contact with this identity.
pub(crate) fn find_contact(organization: &str, identity: &str) -> Batch {
    let mut batch = Batch::default();
    batch
        .statement(FIND_CONTACT_BY_IDENTITY)
        .text(organization)
        .text(identity);
    batch
}

/// Returns the contact of a [`find_contact`] batch.
pub(crate) fn found_contact(
    results: &[StatementResult],
) -> Result<Option<ContactRecord>, StorageError> {
    let mut rows = results.iter().flat_map(|result| &result.rows);
    rows.next().map(read_record).transpose()
}

/// Reads all columns of a contact.
fn read_record(row: &Row) -> Result<ContactRecord, StorageError> {
    let owned = |column| row.optional_text(column).map(str::to_owned);
    Ok(ContactRecord {
        contact: read_contact(row)?,
        avatar_url: owned("avatar_url"),
        language: owned("language"),
        verified_at_ms: row.optional_number("verified_at_ms")?,
        created_at_ms: row.number("created_at_ms")?,
        updated_at_ms: row.number("updated_at_ms")?,
    })
}
