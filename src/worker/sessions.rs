//! Sessions in D1: the statements, and what is bound to them.
//!
//! Each operation is one [`Batch`]. Uniqueness and merging are the database's
//! work (a unique index, `ON CONFLICT`, `json_patch`), never a look followed by
//! a write, so that racing requests cannot come between.

use super::batch::{Batch, Row, StatementResult, failed, id, id_or_null, number, or_null, text};
use super::contacts;
use crate::contact::ContactDraft;
use crate::session::Session;
use crate::store::{CreateSession, Created, SessionContact, StorageError, UpdateSession, Updated};
use uuid::Uuid;
use worker::wasm_bindgen::JsValue;

/// Whether this request is the one that is carried out: it came without an
/// idempotency key, or its own session stands under the key.
macro_rules! is_first {
    (key = $key:literal, session = $session:literal) => {
        concat!(
            "(",
            $key,
            " IS NULL OR ",
            $session,
            " = (SELECT session_id FROM idempotency_keys ",
            "WHERE organization = ?1 AND key = ",
            $key,
            "))"
        )
    };
}
pub(super) use is_first;

/// Whether a contact that the request names by id exists, or it names none.
macro_rules! has_named_contact {
    ($contact:literal) => {
        concat!(
            "(",
            $contact,
            " IS NULL OR EXISTS ",
            "(SELECT 1 FROM contacts WHERE organization = ?1 AND id = ",
            $contact,
            "))"
        )
    };
}

pub(super) use has_named_contact;

/// Reserves an idempotency key, unless it is taken or nothing may be written.
const RESERVE_KEY: &str = concat!(
    "INSERT INTO idempotency_keys (organization, key, fingerprint, session_id, created_at_ms)
     SELECT ?1, ?2, ?3, ?4, ?5 WHERE ",
    has_named_contact!("?6"),
    " ON CONFLICT (organization, key) DO NOTHING"
);

/// Takes the organization's next ticket number, if a session will be stored.
const TAKE_TICKET_NUMBER: &str = concat!(
    "INSERT INTO ticket_counters (organization, last_ticket_number)
     SELECT ?1, 1 WHERE ",
    has_named_contact!("?2"),
    " AND ",
    is_first!(key = "?3", session = "?4"),
    " ON CONFLICT (organization) DO UPDATE SET last_ticket_number = last_ticket_number + 1"
);

/// Stores a session with no contact, or with the contact whose id is `?3`; no
/// row if there is none.
const INSERT_SESSION: &str = concat!(
    "INSERT INTO sessions (organization, id, contact_id, channel, verified, custom_data,
       ticket_number, created_at_ms, updated_at_ms)
     SELECT ?1, ?2, ?3, ?4, ?5, ?6, last_ticket_number, ?7, ?7
     FROM ticket_counters
     WHERE organization = ?1 AND ",
    has_named_contact!("?3"),
    " AND ",
    is_first!(key = "?8", session = "?2")
);

/// Stores a session with the contact whose identity is `?3`.
const INSERT_SESSION_BY_IDENTITY: &str = concat!(
    "INSERT INTO sessions (organization, id, contact_id, channel, verified, custom_data,
       ticket_number, created_at_ms, updated_at_ms)
     SELECT ?1, ?2, contacts.id, ?4, ?5, ?6, last_ticket_number, ?7, ?7
     FROM ticket_counters JOIN contacts USING (organization)
     WHERE organization = ?1 AND identity = ?3 AND ",
    is_first!(key = "?8", session = "?2")
);

/// What stands under an idempotency key.
pub(super) const READ_KEY: &str = "
SELECT fingerprint, session_id, is_resumed FROM idempotency_keys
WHERE organization = ?1 AND key = ?2";

/// Forgets keys from before `?1`, at most `?2` of them.
const FORGET_KEYS: &str = "
DELETE FROM idempotency_keys WHERE (organization, key) IN
  (SELECT organization, key FROM idempotency_keys WHERE created_at_ms < ?1 LIMIT ?2)";

/// Removes sessions that were closed before `?1`, at most `?2` of them. Every
/// organization that has a session has a counter, and every session that is
/// closed was changed.
const REMOVE_CLOSED: &str = "
DELETE FROM sessions WHERE (organization, id) IN
  (SELECT s.organization, s.id
   FROM ticket_counters AS t
     CROSS JOIN sessions AS s INDEXED BY sessions_by_change ON s.organization = t.organization
   WHERE s.updated_at_ms < ?1 AND s.updated_at_ms > s.created_at_ms AND s.status <> 'open'
   LIMIT ?2)";

/// Changes a session's status, unless it has changed since `?5`. Its time moves
/// on with every change, even within one millisecond. One that is closed gives
/// up being the one to resume, for good: another may be by the time it reopens.
const UPDATE_SESSION: &str = "
UPDATE sessions SET status = ?3, updated_at_ms = max(?4, updated_at_ms + 1),
  is_resumable = iif(?3 = 'open', is_resumable, 0)
WHERE organization = ?1 AND id = ?2 AND (?5 IS NULL OR updated_at_ms = ?5)";

/// What [`read_session`] reads, of a session `s` and its contact `c`.
macro_rules! session_columns {
    () => {
        "s.id, s.status, s.channel, s.ticket_number, s.created_at_ms, s.updated_at_ms,
  s.custom_data, c.id AS contact_id, c.email, c.phone_number, c.name,
  c.custom_data AS contact_custom_data, c.non_verified_name, c.non_verified_custom_data"
    };
}
pub(super) use session_columns;

const FIND_SESSION: &str = concat!(
    "SELECT ",
    session_columns!(),
    " FROM sessions AS s
     LEFT JOIN contacts AS c ON c.organization = s.organization AND c.id = s.contact_id
     WHERE s.organization = ?1 AND s.id = ?2"
);

/// A contact's sessions, each without its contact.
pub(super) const SESSIONS_OF_CONTACT: &str = "
SELECT id, status, channel, ticket_number, created_at_ms, updated_at_ms, custom_data,
  NULL AS contact_id
FROM sessions WHERE organization = ?1 AND contact_id = ?2 ORDER BY id";

/// One create: the idempotency key, the ticket number, the contact, the session.
pub(super) fn create_session(organization: &str, create: &CreateSession) -> Batch {
    let (named_contact, draft) = match &create.contact {
        SessionContact::None => (None, None),
        SessionContact::Described(draft) => (None, Some(draft)),
        SessionContact::Existing(id) | SessionContact::Speaking(id, _) => (Some(*id), None),
    };
    let identity = draft.and_then(ContactDraft::identity);

    let reservation = create.reservation.as_ref();
    let key = or_null(reservation.map(|reservation| reservation.key.as_str()));
    let session_id = id(create.session_id);

    let mut batch = Batch::default();
    push_reservation(&mut batch, organization, create, named_contact);
    batch.push(
        TAKE_TICKET_NUMBER,
        &[
            text(organization),
            id_or_null(named_contact),
            key.clone(),
            session_id.clone(),
        ],
    );
    contacts::push_to(&mut batch, organization, create, &key);
    let (sql, contact) = match (&identity, draft) {
        (Some(identity), _) => (INSERT_SESSION_BY_IDENTITY, text(identity)),
        (None, Some(_)) => (INSERT_SESSION, id(create.new_contact_id)),
        (None, None) => (INSERT_SESSION, id_or_null(named_contact)),
    };
    batch.push(
        sql,
        &[
            text(organization),
            session_id,
            contact,
            text(create.channel.as_str()),
            JsValue::from(u8::from(create.verified)),
            text(&create.custom_data.to_json()),
            number(create.now_ms),
            key.clone(),
        ],
    );
    if reservation.is_some() {
        batch.push(READ_KEY, &[text(organization), key]);
    }
    batch
}

/// Adds the reservation of the create's idempotency key, if it has one.
pub(super) fn push_reservation(
    batch: &mut Batch,
    organization: &str,
    create: &CreateSession,
    named_contact: Option<Uuid>,
) {
    if let Some(reservation) = &create.reservation {
        batch.push(
            RESERVE_KEY,
            &[
                text(organization),
                text(&reservation.key),
                text(&reservation.fingerprint),
                id(create.session_id),
                number(create.now_ms),
                id_or_null(named_contact),
            ],
        );
    }
}

/// What became of a [`create_session`] batch.
pub(super) fn created(
    create: &CreateSession,
    results: &[StatementResult<'_>],
) -> Result<Created, StorageError> {
    let last = results.last().ok_or_else(|| failed("no result"))?;
    let Some(reservation) = &create.reservation else {
        return match last.changes {
            1 => Ok(Created::Stored),
            0 => Ok(Created::NoSuchContact),
            _ => Err(failed("a create that stored more than its session")),
        };
    };
    let Some(row) = last.rows.first() else {
        return Ok(Created::NoSuchContact);
    };
    let session_id: Uuid = row.parsed("session_id")?;
    let is_reserved = results.first().is_some_and(|result| result.changes > 0);
    Ok(if session_id == create.session_id {
        Created::Stored
    } else if is_reserved {
        Created::Resumed(session_id)
    } else if row.text("fingerprint")? == reservation.fingerprint {
        Created::Replayed {
            id: session_id,
            was_resumed: row.number::<u8>("is_resumed")? != 0,
        }
    } else {
        Created::KeyReused
    })
}

/// Forgets at most `limit` idempotency keys from before `before_ms`.
pub(super) fn forget_keys(before_ms: u64, limit: u32) -> Batch {
    let mut batch = Batch::default();
    batch.push(FORGET_KEYS, &[number(before_ms), limit.into()]);
    batch
}

/// Removes at most `limit` sessions that were closed before `before_ms`.
pub(super) fn remove_closed(before_ms: u64, limit: u32) -> Batch {
    let mut batch = Batch::default();
    batch.push(REMOVE_CLOSED, &[number(before_ms), limit.into()]);
    batch
}

/// One update, and the session after it.
pub(super) fn update_session(organization: &str, update: &UpdateSession) -> Batch {
    let mut batch = Batch::default();
    if let Some(status) = update.status {
        let seen_ms = update.expected_updated_at_ms;
        batch.push(
            UPDATE_SESSION,
            &[
                text(organization),
                id(update.id),
                text(status.as_str()),
                number(update.now_ms),
                seen_ms.map_or(JsValue::NULL, number),
            ],
        );
    }
    batch.push(FIND_SESSION, &[text(organization), id(update.id)]);
    batch
}

/// What became of an [`update_session`] batch.
pub(super) fn updated(
    update: &UpdateSession,
    results: &[StatementResult<'_>],
) -> Result<Updated, StorageError> {
    let Some(session) = found_session(results)? else {
        return Ok(Updated::NoSuchSession);
    };
    let is_unchanged = results.first().is_some_and(|result| result.changes == 0);
    Ok(if update.status.is_some() && is_unchanged {
        Updated::Changed
    } else {
        Updated::Stored(Box::new(session))
    })
}

/// The session with this id, and its contact.
pub(super) fn find_session(organization: &str, session_id: Uuid) -> Batch {
    let mut batch = Batch::default();
    batch.push(FIND_SESSION, &[text(organization), id(session_id)]);
    batch
}

/// What a [`find_session`] batch found.
pub(super) fn found_session(
    results: &[StatementResult<'_>],
) -> Result<Option<Session>, StorageError> {
    let mut rows = results.iter().flat_map(|result| &result.rows);
    rows.next().map(read_session).transpose()
}

/// Reads the columns of a session, and of its contact if it has one.
pub(super) fn read_session(row: &Row<'_>) -> Result<Session, StorageError> {
    let contact = match row.optional_text("contact_id") {
        None => None,
        Some(_) => Some(contacts::read_contact(row)?),
    };
    Ok(Session {
        id: row.parsed("id")?,
        status: row.parsed("status")?,
        channel: row.parsed("channel")?,
        ticket_number: row.number("ticket_number")?,
        created_at_ms: row.number("created_at_ms")?,
        updated_at_ms: row.number("updated_at_ms")?,
        custom_data: row.text("custom_data")?.to_owned(),
        contact,
    })
}
