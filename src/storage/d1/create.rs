//! The create: its idempotency key, its contact and its session, in one batch.

use super::batch::{Batch, StatementResult, failed};
use super::{contacts, outbox, reservations, resume, tokens};
use crate::domain::contact::ContactDraft;
use crate::storage::quota::Quotas;
use crate::storage::sessions::{CreateSession, Created, SessionContact};
use crate::storage::{StorageError, TokenError};

const INSERT_SESSION: &str = include_str!("sql/insert_session.sql");
const INSERT_SESSION_BY_IDENTITY: &str = include_str!("sql/insert_session_by_identity.sql");

/// Returns the batch of a create.
pub(crate) fn create_session(organization: &str, create: &CreateSession, quotas: &Quotas) -> Batch {
    let (named_contact, draft) = match &create.contact {
        SessionContact::None => (None, None),
        SessionContact::Described(draft) => (None, Some(draft)),
        SessionContact::Existing(id) | SessionContact::SelfReported(id, _) => (Some(*id), None),
    };
    let identity = draft.and_then(ContactDraft::identity);
    let key = create.reservation.as_ref();
    let key = key.map(|reservation| reservation.key.as_str());

    let mut batch = Batch::default();
    tokens::push_check(&mut batch, organization, create.subject.as_ref());
    reservations::push_reserve(&mut batch, organization, create, named_contact);
    contacts::push_write(&mut batch, organization, create, key);
    if create.resume {
        let contact = resume::ContactReference {
            id: named_contact.or(draft
                .map(|_| create.new_contact_id)
                .filter(|_| identity.is_none())),
            identity: identity.as_deref(),
        };
        resume::push_resume(&mut batch, organization, create, contact, key, quotas);
        outbox::push_session_created(&mut batch, organization, create.session_id, create.now_ms);
        return batch;
    }
    batch
        .statement(match identity {
            None => INSERT_SESSION,
            Some(_) => INSERT_SESSION_BY_IDENTITY,
        })
        .text(organization)
        .id(create.session_id);
    match &identity {
        Some(identity) => batch.text(identity),
        None => batch.id_or_null(draft.map_or(named_contact, |_| Some(create.new_contact_id))),
    };
    batch
        .text(create.channel.as_str())
        .number(create.verified)
        .text(&create.custom_data.to_json())
        .number(create.now_ms)
        .text_or_null(key);
    if identity.is_none() {
        batch.number_or_null(tokens::epoch(create.subject.as_ref()));
    }
    push_quota(&mut batch, create, quotas);
    batch
        .id_or_null(tokens::visitor(create.subject.as_ref()))
        .text_or_null(create.given_name());
    if let Some(key) = key {
        reservations::push_read(&mut batch, organization, key);
    }
    outbox::push_session_created(&mut batch, organization, create.session_id, create.now_ms);
    batch
}

/// Binds four values of a statement that stores a session: what the create
/// counts, and the quota that it counts against.
pub(super) fn push_quota(batch: &mut Batch, create: &CreateSession, quotas: &Quotas) {
    let quota = quotas.of(create.by_visitor);
    batch
        .number(create.by_visitor)
        .number(create.body_bytes as u64)
        .number(quota.sessions)
        .number(quota.bytes);
}

/// Returns true if a trigger failed the batch of a create because of the quota.
pub(crate) fn is_over_quota(StorageError(cause): &StorageError) -> bool {
    cause.contains("quota_exceeded")
}

/// Returns the outcome of a [`create_session`] batch.
pub(crate) fn created(
    create: &CreateSession,
    results: &[StatementResult],
) -> Result<Created, TokenError> {
    let results = tokens::checked(results, create.subject.as_ref())?;
    if let Some(reservation) = &create.reservation {
        return Ok(reservations::created(create, reservation, results)?);
    }
    if create.resume {
        return Ok(resume::created(create, results)?);
    }
    let last = results.last().ok_or_else(|| failed("no result"))?;
    Ok(match last.changes() {
        0 => Created::NoSuchContact,
        _ => Created::Stored,
    })
}
