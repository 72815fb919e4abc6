//! Creates with `resume`: the contact's open session, or a new one.
//!
//! Like every create, this is one [`Batch`]. The statement that stores a new session
//! checks that there is none to resume, and `sessions_to_resume`, a unique index,
//! prevents a second one.

use super::batch::{Batch, StatementResult, failed};
use super::contacts;
use super::reservations::{self, READ_KEY, is_first};
use super::sessions::next_ticket_number;
use crate::contact::ContactDraft;
use crate::store::{CreateSession, Created, SessionContact, StorageError};

/// The contact that is named by id as `?2`, or described by its identity `?3`.
macro_rules! contact_id {
    () => {
        "coalesce(?2, (SELECT id FROM contacts WHERE organization = ?1 AND identity = ?3))"
    };
}

/// The contact's newest open session on channel `?4` whose `verified` is `?5`.
macro_rules! open_session {
    () => {
        concat!(
            "(SELECT id FROM sessions INDEXED BY sessions_by_contact
              WHERE organization = ?1 AND contact_id = ",
            contact_id!(),
            " AND channel = ?4 AND verified = ?5 AND status = 'open' ORDER BY id DESC LIMIT 1)"
        )
    };
}

/// Stores the session, if there is nothing to resume.
const INSERT_SESSION: &str = concat!(
    "INSERT INTO sessions (organization, id, contact_id, channel, verified, custom_data,
       ticket_number, created_at_ms, updated_at_ms, is_resumable)
     SELECT ?1, ?7, id, ?4, ?5, ?8, ",
    next_ticket_number!(),
    ", ?9, ?9, 1 FROM contacts WHERE organization = ?1 AND id = ",
    contact_id!(),
    " AND ",
    is_first!(key = "?6", session = "?7"),
    " AND ",
    open_session!(),
    " IS NULL"
);

/// Stores the resumed session under the idempotency key, in place of the new one.
const KEEP_RESUMED: &str = concat!(
    "UPDATE idempotency_keys SET session_id = ",
    open_session!(),
    ", is_resumed = 1 WHERE organization = ?1 AND key = ?6 AND session_id = ?7 AND ",
    open_session!(),
    " <> ?7"
);

/// Reads the open session: the stored or the resumed one.
const FIND_OPEN_SESSION: &str = concat!("SELECT ", open_session!(), " AS session_id");

/// Returns the batch of a create with `resume`.
pub(crate) fn resume_session(organization: &str, create: &CreateSession) -> Batch {
    let (named_contact, identity) = match &create.contact {
        SessionContact::None => (None, None),
        SessionContact::Described(draft) => (None, ContactDraft::identity(draft)),
        SessionContact::Existing(id) | SessionContact::Speaking(id, _) => (Some(*id), None),
    };
    let key = create.reservation.as_ref();
    let key = key.map(|reservation| reservation.key.as_str());

    let mut batch = Batch::default();
    // `?1` to `?5` of all three statements.
    let which = |batch: &mut Batch, sql| {
        batch
            .statement(sql)
            .text(organization)
            .id_or_null(named_contact)
            .text_or_null(identity.as_deref())
            .text(create.channel.as_str())
            .number(create.verified);
    };
    reservations::push(&mut batch, organization, create, named_contact);
    contacts::push_to(&mut batch, organization, create, key);
    which(&mut batch, INSERT_SESSION);
    batch
        .text_or_null(key)
        .id(create.session_id)
        .text(&create.custom_data.to_json())
        .number(create.now_ms);
    if let Some(key) = key {
        which(&mut batch, KEEP_RESUMED);
        batch.text(key).id(create.session_id);
        batch.statement(READ_KEY).text(organization).text(key);
    } else {
        which(&mut batch, FIND_OPEN_SESSION);
    }
    batch
}

/// Returns the outcome of a [`resume_session`] batch.
pub(crate) fn resumed(
    create: &CreateSession,
    results: &[StatementResult],
) -> Result<Created, StorageError> {
    if let Some(reservation) = &create.reservation {
        return reservations::settled(create, reservation, results);
    }
    let last = results.last().ok_or_else(|| failed("no result"))?;
    let mut rows = last.rows.iter();
    match rows.find(|row| row.optional_text("session_id").is_some()) {
        None => Ok(Created::NoSuchContact),
        Some(row) => Ok(match row.id("session_id")? {
            id if id == create.session_id => Created::Stored,
            id => Created::Resumed(id),
        }),
    }
}
