//! Creates with `resume`: the contact's open session, or a new one. Both are verified. Or
//! the open session of a visitor, or a new one, both unverified. Nobody else may resume.
//!
//! The statement that stores a new session checks that there is none to resume. For a
//! contact `sessions_to_resume`, a unique index, prevents a second one too.

use super::batch::{Batch, StatementResult, failed};
use super::{create, reservations, tokens};
use crate::storage::StorageError;
use crate::storage::quota::Quotas;
use crate::storage::sessions::{CreateSession, Created};
use uuid::Uuid;

const INSERT_SESSION_UNLESS_OPEN: &str = include_str!("sql/insert_session_unless_open.sql");
const KEEP_RESUMED_SESSION: &str = include_str!("sql/keep_resumed_session.sql");
const FIND_OPEN_SESSION: &str = include_str!("sql/find_open_session.sql");
const INSERT_SESSION_OF_VISITOR_UNLESS_OPEN: &str =
    include_str!("sql/insert_session_of_visitor_unless_open.sql");
const KEEP_RESUMED_SESSION_OF_VISITOR: &str =
    include_str!("sql/keep_resumed_session_of_visitor.sql");
const FIND_OPEN_SESSION_OF_VISITOR: &str = include_str!("sql/find_open_session_of_visitor.sql");

/// The contact of a create: named by id, or new, or found by identity.
#[derive(Clone, Copy)]
pub(super) struct ContactReference<'a> {
    pub(super) id: Option<Uuid>,
    pub(super) identity: Option<&'a str>,
}

/// Adds the statements that store a session unless there is one to resume, and read the
/// session of the create last.
pub(super) fn push_resume(
    batch: &mut Batch,
    organization: &str,
    create: &CreateSession,
    contact: ContactReference<'_>,
    key: Option<&str>,
    quotas: &Quotas,
) {
    if let Some(visitor_id) = tokens::visitor(create.subject.as_ref()) {
        return push_resume_of_visitor(
            batch,
            organization,
            create,
            visitor_id,
            contact,
            key,
            quotas,
        );
    }
    // `?1` to `?4` of all three statements.
    let push = |batch: &mut Batch, sql| {
        batch
            .statement(sql)
            .text(organization)
            .id_or_null(contact.id)
            .text_or_null(contact.identity)
            .text(create.channel.as_str());
    };
    push(batch, INSERT_SESSION_UNLESS_OPEN);
    batch
        .text_or_null(key)
        .id(create.session_id)
        .text(&create.custom_data.to_json())
        .number(create.now_ms)
        .number_or_null(tokens::epoch(create.subject.as_ref()));
    create::push_quota(batch, create, quotas);
    batch.text_or_null(create.given_name());
    if let Some(key) = key {
        push(batch, KEEP_RESUMED_SESSION);
        batch.text(key).id(create.session_id);
        reservations::push_read(batch, organization, key);
    } else {
        push(batch, FIND_OPEN_SESSION);
    }
}

fn push_resume_of_visitor(
    batch: &mut Batch,
    organization: &str,
    create: &CreateSession,
    visitor_id: Uuid,
    contact: ContactReference<'_>,
    key: Option<&str>,
    quotas: &Quotas,
) {
    let channel = create.channel.as_str();
    batch
        .statement(INSERT_SESSION_OF_VISITOR_UNLESS_OPEN)
        .text(organization)
        .id_or_null(contact.id)
        .text_or_null(contact.identity)
        .text(channel)
        .text_or_null(key)
        .id(create.session_id)
        .text(&create.custom_data.to_json())
        .number(create.now_ms)
        .id(visitor_id);
    create::push_quota(batch, create, quotas);
    batch.text_or_null(create.given_name());
    // `?1` to `?3` of both statements.
    let push = |batch: &mut Batch, sql| {
        batch
            .statement(sql)
            .text(organization)
            .id(visitor_id)
            .text(channel);
    };
    if let Some(key) = key {
        push(batch, KEEP_RESUMED_SESSION_OF_VISITOR);
        batch.text(key).id(create.session_id);
        reservations::push_read(batch, organization, key);
    } else {
        push(batch, FIND_OPEN_SESSION_OF_VISITOR);
    }
}

/// Returns the outcome of a create with `resume` and without an idempotency key.
pub(super) fn created(
    create: &CreateSession,
    results: &[StatementResult],
) -> Result<Created, StorageError> {
    let last = results.last().ok_or_else(|| failed("no result"))?;
    Ok(match last.rows.first() {
        None => Created::NoSuchContact,
        Some(row) => match row.id("session_id")? {
            id if id == create.session_id => Created::Stored,
            id => Created::Resumed(id),
        },
    })
}
