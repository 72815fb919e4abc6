//! The outbox in D1: events that a transaction tells of, and their tries.
//!
//! Whoever is to send an event takes it first, by moving the time on when it is due: two
//! who read the same time do not both move it. So a crash only leaves events that are due
//! a little later.

use super::batch::{Batch, Row, StatementResult, failed};
use super::{log, sessions};
use crate::domain::delivery::Try;
use crate::domain::limits::{WEBHOOK_EVENT_KEPT_MS, WEBHOOK_FAILING_MAX_MS};
use crate::domain::tenant::Tenant;
use crate::domain::webhook_secret::WebhookSecret;
use crate::storage::StorageError;
use crate::storage::webhooks::{DueEvent, EventKind, OutgoingEvent, StoredTry, TestWebhook};
use serde::Deserialize;
use uuid::Uuid;

const TELL_TEST: &str = include_str!("sql/tell_test.sql");
const TELL_SESSION_CREATED: &str = include_str!("sql/tell_session_created.sql");
const TELL_ENTRIES: &str = include_str!("sql/tell_entries.sql");
const TELL_CONTACT_DELETED: &str = include_str!("sql/tell_contact_deleted.sql");
const TAKE_EVENT: &str = include_str!("sql/take_event.sql");
const FIND_TAKEN_EVENT: &str = include_str!("sql/find_taken_event.sql");
const SETTLE_EVENT: &str = include_str!("sql/settle_event.sql");
const HEAL_WEBHOOK: &str = include_str!("sql/heal_webhook.sql");
const FAIL_WEBHOOK: &str = include_str!("sql/fail_webhook.sql");
const TAKE_DUE_EVENTS: &str = include_str!("sql/take_due_events.sql");
const LIST_ORGANIZATIONS: &str = include_str!("sql/list_organizations_with_events.sql");
const DELETE_OLD_EVENTS: &str = include_str!("sql/delete_old_webhook_events.sql");
const LIST_ENTRIES: &str = include_str!("sql/list_entries.sql");

/// The time that whoever takes an event has for its try: the try's own, and what the
/// storage may take.
const TAKEN_MS: u64 = 25_000;
/// The time that the queue has to pass an event on which a sweep has found.
const QUEUED_MS: u64 = 60_000;
/// Events of an organization that one sweep takes: the most that the queue takes at once.
const SWEPT_MAX: u32 = 100;
/// The most events of an organization that sweeps have in the queue together. More would
/// make all others wait that use it.
const QUEUED_MAX: u32 = 200;
/// The time by which the queue may be late, before a sweep takes an event for lost.
pub(super) const LATE_MS: u64 = 10_000;

/// A secret that was replaced, as it is stored.
#[derive(Deserialize)]
struct PreviousSecret<'a> {
    secret: &'a str,
    until_ms: u64,
}

/// Adds the statement that tells of a session which the batch has stored, if it has.
pub(super) fn push_session_created(
    batch: &mut Batch,
    organization: &str,
    session_id: Uuid,
    now_ms: u64,
) {
    batch
        .telling(TELL_SESSION_CREATED)
        .text(organization)
        .id(session_id)
        .number(now_ms.saturating_add(TAKEN_MS));
}

/// Adds the statement that tells of the entries which the batch has appended: before the
/// one that brings the session up to them.
pub(super) fn push_entries(batch: &mut Batch, organization: &str, session_id: Uuid, now_ms: u64) {
    batch
        .telling(TELL_ENTRIES)
        .text(organization)
        .id(session_id)
        .number(now_ms.saturating_add(TAKEN_MS));
}

/// Adds the statement that tells of a contact which the batch is about to delete.
pub(super) fn push_contact_deleted(
    batch: &mut Batch,
    organization: &str,
    contact_id: Uuid,
    now_ms: u64,
) {
    batch
        .telling(TELL_CONTACT_DELETED)
        .text(organization)
        .id(contact_id)
        .number(now_ms)
        .number(now_ms.saturating_add(TAKEN_MS));
}

/// Adds the statement that tests an endpoint.
pub(super) fn push_test(batch: &mut Batch, organization: &str, test: &TestWebhook) {
    batch
        .telling(TELL_TEST)
        .text(organization)
        .id(test.id)
        .id(test.subject_id)
        .number(test.now_ms)
        .number(test.now_ms.saturating_add(TAKEN_MS));
}

/// Returns the events that a statement has put into the outbox, or taken from it.
pub(crate) fn due_events(
    tenant: &Tenant,
    result: &StatementResult,
) -> Result<Vec<DueEvent>, StorageError> {
    let read = |row: &Row| {
        Ok(DueEvent {
            tenant: tenant.clone(),
            webhook_id: row.id("webhook_id")?,
            created_at_ms: row.number("created_at_ms")?,
            subject_id: row.id("subject_id")?,
            seq: row.number("seq")?,
            due_ms: row.number("next_at_ms")?,
        })
    };
    result.rows.iter().map(read).collect()
}

/// Takes an event that is due, and returns the batch that says so to the storage.
pub(crate) fn take(event: &mut DueEvent, now_ms: u64) -> Batch {
    let mut batch = Batch::default();
    push_event(&mut batch, TAKE_EVENT, event);
    event.due_ms = now_ms.saturating_add(TAKEN_MS);
    batch.number(event.due_ms);
    batch
}

/// Adds the statements that read an event which was taken: the event, and what it tells of.
pub(crate) fn push_find(batch: &mut Batch, event: &DueEvent) {
    let organization = &event.tenant.organization;
    push_event(batch, FIND_TAKEN_EVENT, event);
    sessions::push_find(batch, organization, event.subject_id, None);
    batch
        .statement(LIST_ENTRIES)
        .text(organization)
        .id(event.subject_id)
        .number(event.seq.saturating_sub(1))
        .number(event.seq.saturating_add(u64::from(event.seq > 0)))
        .number(1_u64);
}

/// Returns true if the first statement of a batch has taken the event.
pub(crate) fn is_taken(results: &[StatementResult]) -> bool {
    results.first().is_some_and(|taken| taken.changes() > 0)
}

/// Returns the event of a batch that ends with [`push_find`]; `None` if somebody else has
/// taken it.
pub(crate) fn found(
    results: &[StatementResult],
    now_ms: u64,
) -> Result<Option<OutgoingEvent>, StorageError> {
    let [.., event, session, entries] = results else {
        return Err(failed("an event without all results"));
    };
    let Some(row) = event.rows.first() else {
        return Ok(None);
    };
    let previous = row.optional_text("previous_secrets").unwrap_or("[]");
    let previous: Vec<PreviousSecret> =
        serde_json::from_str(previous).map_err(|cause| failed(&cause.to_string()))?;
    let previous = previous.iter().filter(|secret| secret.until_ms > now_ms);
    let secrets = row.optional_text("secret").into_iter();
    let secrets = secrets.chain(previous.map(|previous| previous.secret));
    let kind = EventKind::parse(row.text("type")?);
    let entry = entries.rows.first().map(log::read_entry);
    Ok(Some(OutgoingEvent {
        kind: kind.ok_or_else(|| failed("an event of an unknown type"))?,
        tries: row.number("attempts")?,
        // An endpoint that has been removed has neither.
        url: row.optional_text("url").unwrap_or_default().to_owned(),
        is_enabled: row.optional_text("status") == Some("enabled"),
        format: row
            .optional_text("format")
            .and_then(|format| format.parse().ok())
            .unwrap_or_default(),
        secrets: secrets.map(WebhookSecret::stored).collect(),
        session: sessions::first_session(std::slice::from_ref(session))?,
        entry: entry.transpose()?,
    }))
}

/// Returns the batch that stores a try, the first that was made now being number `tries`,
/// and when the next one is due; and whether the endpoint works. Without a try the event is
/// given up.
pub(crate) fn settle(
    event: &DueEvent,
    outgoing: &OutgoingEvent,
    tries: u32,
    made: Option<&Try>,
    next_ms: Option<u64>,
) -> Batch {
    let mut batch = Batch::default();
    let is_success = made.is_some_and(Try::is_success);
    let stored = made.map(|made| StoredTry::new(tries, made));
    let stored = stored.and_then(|stored| serde_json::to_string(&stored).ok());
    push_event(&mut batch, SETTLE_EVENT, event);
    batch
        .number(is_success)
        .number(tries)
        .number_or_null(next_ms)
        .text_or_null(stored.as_deref());
    let (organization, id) = (&event.tenant.organization, event.webhook_id);
    match (made, outgoing.kind) {
        (Some(_), _) if is_success => {
            batch.statement(HEAL_WEBHOOK).text(organization).id(id);
        }
        (Some(made), EventKind::Of(_)) => {
            let now_ms = made.at_ms.saturating_add(made.duration_ms);
            batch
                .statement(FAIL_WEBHOOK)
                .text(organization)
                .id(id)
                .number(now_ms)
                .number(made.is_gone())
                .number(now_ms.saturating_sub(WEBHOOK_FAILING_MAX_MS))
                .text(&outgoing.url);
        }
        _ => {}
    }
    batch
}

/// Binds the place of an event, and when it is due.
fn push_event(batch: &mut Batch, sql: &'static str, event: &DueEvent) {
    batch
        .statement(sql)
        .text(&event.tenant.organization)
        .id(event.webhook_id)
        .number(event.created_at_ms)
        .id(event.subject_id)
        .number(event.seq)
        .number(event.due_ms);
}

/// Returns the batch that takes events of an organization which should have been sent by
/// now, to pass them to the queue.
pub(crate) fn take_due(organization: &str, now_ms: u64) -> Batch {
    let mut batch = Batch::default();
    batch
        .statement(TAKE_DUE_EVENTS)
        .text(organization)
        .number(now_ms.saturating_sub(LATE_MS))
        .number(now_ms.saturating_add(QUEUED_MS))
        .number(SWEPT_MAX)
        .number(QUEUED_MAX);
    batch
}

/// Returns the batch that lists organizations after `organization` with events which should
/// have been sent by now.
pub(crate) fn list_organizations(organization: &str, limit: u32, now_ms: u64) -> Batch {
    let mut batch = Batch::default();
    batch
        .statement(LIST_ORGANIZATIONS)
        .text(organization)
        .number(now_ms.saturating_sub(LATE_MS))
        .number(limit);
    batch
}

/// Returns the names of a [`list_organizations`] batch.
pub(crate) fn organizations(results: &[StatementResult]) -> Result<Vec<String>, StorageError> {
    let rows = results.iter().flat_map(|result| &result.rows);
    rows.map(|row| row.text("organization").map(str::to_owned))
        .collect()
}

/// Returns the batch that deletes events which have been kept long enough.
pub(crate) fn delete_old(limit: u32, now_ms: u64) -> Batch {
    let mut batch = Batch::default();
    batch
        .statement(DELETE_OLD_EVENTS)
        .number(now_ms.saturating_sub(WEBHOOK_EVENT_KEPT_MS))
        .number(limit);
    batch
}
