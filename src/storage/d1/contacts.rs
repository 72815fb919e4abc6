//! Contacts in D1: the statements and their values.
//!
//! Verified and unverified data have separate columns. An unverified caller's row has
//! NULL and '{}' in the verified columns and vice versa, so that one statement serves
//! both and cannot mix them.

use super::batch::{Batch, StatementResult, failed};
use super::reservations::is_first;
use super::rows::{read_contact, read_session};
use crate::contact::{ContactDraft, Email, NON_VERIFIED_ATTRIBUTES_MAX_CHARS, PhoneNumber};
use crate::store::{
    AuthenticateContact, ContactExport, CreateSession, SessionContact, StorageError,
};
use uuid::Uuid;

/// The contact's phone number after an upsert.
macro_rules! new_phone_number {
    () => {
        "CASE
           WHEN excluded.verified_at_ms IS NOT NULL OR verified_at_ms IS NULL
           THEN coalesce(excluded.phone_number, phone_number)
           ELSE phone_number
         END"
    };
}

/// The unverified attributes with `$new` merged in, or `$new` alone if that is too
/// long.
macro_rules! new_non_verified {
    ($new:literal, at_most = $chars:literal) => {
        concat!(
            "iif(length(json_patch(non_verified_custom_data, ",
            $new,
            ")) <= ",
            $chars,
            ", json_patch(non_verified_custom_data, ",
            $new,
            "), ",
            $new,
            ")"
        )
    };
}

/// Creates the contact, or updates the one with this identity with the data that this
/// caller may write. Writes nothing if nothing would change.
macro_rules! upsert_contact {
    ($($condition:expr),*) => {
        concat!(
            "INSERT INTO contacts (organization, id, identity, email, phone_number, name, custom_data,
              non_verified_name, non_verified_custom_data, verified_at_ms, created_at_ms, updated_at_ms)
            SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?11 WHERE true"
            $(, " AND ", $condition)*,
            " ON CONFLICT (organization, identity) WHERE identity IS NOT NULL DO UPDATE SET
              phone_number = ",
            new_phone_number!(),
            ", name = coalesce(excluded.name, name),
              custom_data = json_patch(custom_data, excluded.custom_data),
              non_verified_name = coalesce(excluded.non_verified_name, non_verified_name),
              non_verified_custom_data = ",
            new_non_verified!("excluded.non_verified_custom_data", at_most = "?12"),
            ", verified_at_ms = coalesce(verified_at_ms, excluded.verified_at_ms),
              updated_at_ms = excluded.updated_at_ms
            WHERE phone_number IS NOT ",
            new_phone_number!(),
            " OR name IS NOT coalesce(excluded.name, name)
             OR custom_data <> json_patch(custom_data, excluded.custom_data)
             OR non_verified_name IS NOT coalesce(excluded.non_verified_name, non_verified_name)
             OR non_verified_custom_data <> ",
            new_non_verified!("excluded.non_verified_custom_data", at_most = "?12"),
            " OR (verified_at_ms IS NULL AND excluded.verified_at_ms IS NOT NULL)"
        )
    };
}

const UPSERT_CONTACT: &str = upsert_contact!();
const UPSERT_CONTACT_IF_FIRST: &str = upsert_contact!(is_first!(key = "?13", session = "?14"));

/// Writes a contact's self-reported data to the unverified columns.
const HEAR_CONTACT: &str = concat!(
    "UPDATE contacts SET
       non_verified_name = coalesce(?3, non_verified_name),
       non_verified_custom_data = ",
    new_non_verified!("?4", at_most = "?5"),
    ", updated_at_ms = ?6
     WHERE organization = ?1 AND id = ?2 AND ",
    is_first!(key = "?7", session = "?8"),
    " AND (non_verified_name IS NOT coalesce(?3, non_verified_name)
       OR non_verified_custom_data <> ",
    new_non_verified!("?4", at_most = "?5"),
    ")"
);

/// Creates or updates the contact with an email, as verified; returns its id.
const AUTHENTICATE_CONTACT: &str =
    "INSERT INTO contacts (organization, id, identity, email, phone_number, name, custom_data,
       non_verified_custom_data, verified_at_ms, created_at_ms, updated_at_ms, avatar_url, language)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, '{}', ?8, ?8, ?8, ?9, ?10)
     ON CONFLICT (organization, identity) WHERE identity IS NOT NULL DO UPDATE SET
       phone_number = coalesce(excluded.phone_number, phone_number),
       name = coalesce(excluded.name, name),
       custom_data = json_patch(custom_data, excluded.custom_data),
       avatar_url = coalesce(excluded.avatar_url, avatar_url),
       language = coalesce(excluded.language, language),
       verified_at_ms = coalesce(verified_at_ms, excluded.verified_at_ms),
       updated_at_ms = excluded.updated_at_ms
     RETURNING id";

const FIND_CONTACT: &str = "
SELECT id AS contact_id, email, phone_number, name, custom_data AS contact_custom_data,
  non_verified_name, non_verified_custom_data, avatar_url, language, verified_at_ms, created_at_ms,
  updated_at_ms
FROM contacts WHERE organization = ?1 AND id = ?2";

/// A contact's sessions, each without its contact.
const SESSIONS_OF_CONTACT: &str = "
SELECT id, status, channel, ticket_number, created_at_ms, updated_at_ms, custom_data,
  NULL AS contact_id
FROM sessions WHERE organization = ?1 AND contact_id = ?2 ORDER BY id";

/// Removes the idempotency keys of a contact's sessions. Keys are kept for about a day,
/// so a scan of an organization's keys costs less than an index on all of them.
const FORGET_KEYS_OF_CONTACT: &str = "
DELETE FROM idempotency_keys WHERE organization = ?1 AND session_id IN
  (SELECT id FROM sessions WHERE organization = ?1 AND contact_id = ?2)";

const DELETE_SESSIONS_OF_CONTACT: &str =
    "DELETE FROM sessions WHERE organization = ?1 AND contact_id = ?2";

const DELETE_CONTACT: &str = "DELETE FROM contacts WHERE organization = ?1 AND id = ?2";

/// Adds the statement that writes a create's contact, if there is data to write. It
/// does nothing in a retry; `key` is the idempotency key, if there is one.
pub(crate) fn push_to(
    batch: &mut Batch,
    organization: &str,
    create: &CreateSession,
    key: Option<&str>,
) {
    match &create.contact {
        SessionContact::Described(draft) => upsert(batch, organization, create, draft, key),
        SessionContact::Speaking(id, said)
            if said.name.is_some() || !said.custom_data.is_empty() =>
        {
            batch
                .statement(HEAR_CONTACT)
                .text(organization)
                .id(*id)
                .text_or_null(said.name.as_deref())
                .text(&said.custom_data.to_json())
                .number(NON_VERIFIED_ATTRIBUTES_MAX_CHARS as u64)
                .number(create.now_ms)
                .text_or_null(key)
                .id(create.session_id);
        }
        SessionContact::None | SessionContact::Existing(_) | SessionContact::Speaking(..) => {}
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
    let custom_data = &draft.custom_data.to_json();
    batch
        .statement(match key {
            None => UPSERT_CONTACT,
            Some(_) => UPSERT_CONTACT_IF_FIRST,
        })
        .text(organization)
        .id(create.new_contact_id)
        .text_or_null(draft.identity().as_deref())
        .text_or_null(draft.email.as_ref().map(Email::as_str))
        .text_or_null(draft.phone_number.as_ref().map(PhoneNumber::as_str));
    if create.verified {
        batch.text_or_null(name).text(custom_data);
        batch.null().text("{}").number(create.now_ms);
    } else {
        batch.null().text("{}");
        batch.text_or_null(name).text(custom_data).null();
    }
    batch
        .number(create.now_ms)
        .number(NON_VERIFIED_ATTRIBUTES_MAX_CHARS as u64);
    if let Some(key) = key {
        batch.text(key).id(create.session_id);
    }
}

/// Returns the batch of an authentication.
pub(crate) fn authenticate_contact(organization: &str, request: &AuthenticateContact) -> Batch {
    let user = &request.user;
    let mut batch = Batch::default();
    batch
        .statement(AUTHENTICATE_CONTACT)
        .text(organization)
        .id(request.new_contact_id)
        .text(&user.email.identity())
        .text(user.email.as_str())
        .text_or_null(user.phone_number.as_ref().map(PhoneNumber::as_str))
        .text_or_null(user.name.as_deref())
        .text(&user.custom_data.to_json())
        .number(request.now_ms)
        .text_or_null(user.avatar_url.as_deref())
        .text_or_null(user.language.as_deref());
    batch
}

/// Returns the contact's id of an [`authenticate_contact`] batch.
pub(crate) fn authenticated(results: &[StatementResult]) -> Result<Uuid, StorageError> {
    let mut rows = results.iter().flat_map(|result| &result.rows);
    rows.next().ok_or_else(|| failed("no contact"))?.id("id")
}

/// Returns the batch of an export: the contact, and its sessions.
pub(crate) fn export_contact(organization: &str, contact_id: Uuid) -> Batch {
    let mut batch = Batch::default();
    for sql in [FIND_CONTACT, SESSIONS_OF_CONTACT] {
        batch.statement(sql).text(organization).id(contact_id);
    }
    batch
}

/// Returns the contact and sessions of an [`export_contact`] batch.
pub(crate) fn exported(results: &[StatementResult]) -> Result<Option<ContactExport>, StorageError> {
    let [contact, sessions] = results else {
        return Err(failed("an export without its two results"));
    };
    let Some(row) = contact.rows.first() else {
        return Ok(None);
    };
    let owned = |column| row.optional_text(column).map(str::to_owned);
    Ok(Some(ContactExport {
        contact: read_contact(row)?,
        avatar_url: owned("avatar_url"),
        language: owned("language"),
        verified_at_ms: row.optional_number("verified_at_ms")?,
        created_at_ms: row.number("created_at_ms")?,
        updated_at_ms: row.number("updated_at_ms")?,
        sessions: sessions
            .rows
            .iter()
            .map(read_session)
            .collect::<Result<_, _>>()?,
    }))
}

/// Returns the batch of a removal: the contact, its sessions and their idempotency
/// keys.
pub(crate) fn delete_contact(organization: &str, contact_id: Uuid) -> Batch {
    let mut batch = Batch::default();
    for sql in [
        FORGET_KEYS_OF_CONTACT,
        DELETE_SESSIONS_OF_CONTACT,
        DELETE_CONTACT,
    ] {
        batch.statement(sql).text(organization).id(contact_id);
    }
    batch
}

/// Returns true if a [`delete_contact`] batch found the contact.
pub(crate) fn deleted(results: &[StatementResult]) -> Result<bool, StorageError> {
    let last = results.last().ok_or_else(|| failed("no result"))?;
    Ok(last.changes() > 0)
}
