//! The endpoints of webhooks in D1.

use super::batch::{Batch, Row, StatementResult, failed};
use super::outbox;
use crate::domain::delivery_query::EventCursor;
use crate::domain::limits::WEBHOOKS_MAX;
use crate::domain::webhook::{DisabledReason, EventFilter, Format, WebhookStatus};
use crate::storage::StorageError;
use crate::storage::webhooks::{
    CreateWebhook, DeliveryPage, EventKind, ListDeliveries, ReplayEvents, Replayed, RotateWebhook,
    TestWebhook, TriedEvent, UpdateWebhook, Webhook,
};
use uuid::Uuid;

const INSERT_WEBHOOK: &str = include_str!("sql/insert_webhook.sql");
const LIST_WEBHOOKS: &str = include_str!("sql/list_webhooks.sql");
const FIND_WEBHOOK: &str = include_str!("sql/find_webhook.sql");
const UPDATE_WEBHOOK: &str = include_str!("sql/update_webhook.sql");
const ROTATE_WEBHOOK_SECRET: &str = include_str!("sql/rotate_webhook_secret.sql");
const DELETE_WEBHOOK: &str = include_str!("sql/delete_webhook.sql");
const LIST_WEBHOOK_EVENTS: &str = include_str!("sql/list_webhook_events.sql");
const REPLAY_WEBHOOK_EVENTS: &str = include_str!("sql/replay_webhook_events.sql");

/// Secrets before the last one that sign too: a rotation whose answer is lost is made again,
/// and the receiver has the one before both.
const OLDER_SECRETS_MAX: u64 = 3;

/// An event that waits for a try within this time is left as it is by a replay: somebody
/// may be about to make it.
const REPLAY_MARGIN_MS: u64 = 90_000;

/// Returns the batch that stores an endpoint, unless there are too many, and reads it.
pub(crate) fn create_webhook(organization: &str, create: &CreateWebhook) -> Batch {
    let webhook = &create.webhook;
    let mut batch = Batch::default();
    batch
        .statement(INSERT_WEBHOOK)
        .text(organization)
        .id(create.id)
        .text(&webhook.url)
        .text(&events_json(&webhook.events))
        .text_or_null(webhook.description.as_deref())
        .text(webhook.format.as_str())
        .text(create.secret.as_str())
        .number(create.now_ms)
        .number(WEBHOOKS_MAX);
    push_find(&mut batch, organization, create.id);
    batch
}

/// Returns the batch that reads all endpoints of an organization.
pub(crate) fn list_webhooks(organization: &str) -> Batch {
    let mut batch = Batch::default();
    batch.statement(LIST_WEBHOOKS).text(organization);
    batch
}

/// Returns the batch that reads an endpoint.
pub(crate) fn find_webhook(organization: &str, id: Uuid) -> Batch {
    let mut batch = Batch::default();
    push_find(&mut batch, organization, id);
    batch
}

/// Returns the batch that changes an endpoint, and reads it.
pub(crate) fn update_webhook(organization: &str, change: &UpdateWebhook) -> Batch {
    let update = &change.update;
    let mut batch = Batch::default();
    batch
        .statement(UPDATE_WEBHOOK)
        .text(organization)
        .id(change.id)
        .text_or_null(update.url.as_deref())
        .text_or_null(update.events.as_ref().map(events_json).as_deref())
        .number(update.description.is_some())
        .text_or_null(
            update
                .description
                .as_deref()
                .filter(|text| !text.is_empty()),
        )
        .text_or_null(update.format.map(Format::as_str))
        .text_or_null(update.status.map(WebhookStatus::as_str))
        .text_or_null(match update.status {
            Some(WebhookStatus::Disabled) => Some(DisabledReason::ByRequest.as_str()),
            Some(WebhookStatus::Enabled) | None => None,
        })
        .number(change.now_ms);
    push_find(&mut batch, organization, change.id);
    batch
}

/// Returns the batch that replaces the secret of an endpoint, and reads the endpoint.
pub(crate) fn rotate_webhook(organization: &str, rotate: &RotateWebhook) -> Batch {
    let mut batch = Batch::default();
    batch
        .statement(ROTATE_WEBHOOK_SECRET)
        .text(organization)
        .id(rotate.id)
        .text(rotate.secret.as_str())
        .number(rotate.previous_until_ms)
        .number(rotate.now_ms)
        .number(OLDER_SECRETS_MAX);
    push_find(&mut batch, organization, rotate.id);
    batch
}

/// Returns the batch that removes an endpoint.
pub(crate) fn delete_webhook(organization: &str, id: Uuid) -> Batch {
    let mut batch = Batch::default();
    batch.statement(DELETE_WEBHOOK).text(organization).id(id);
    batch
}

/// Returns the batch that puts a test into the outbox, and reads the endpoint.
pub(crate) fn test_webhook(organization: &str, test: &TestWebhook) -> Batch {
    let mut batch = Batch::default();
    outbox::push_test(&mut batch, organization, test);
    push_find(&mut batch, organization, test.id);
    batch
}

/// Returns the batch of a page of events: the endpoint, and the events.
pub(crate) fn list_deliveries(organization: &str, list: &ListDeliveries) -> Batch {
    /// Behind every event.
    const END: EventCursor = EventCursor {
        created_at_ms: (1 << 53) - 1,
        subject_id: Uuid::max(),
        seq: 0,
    };
    let before = list.query.cursor.unwrap_or(END);
    let mut batch = find_webhook(organization, list.id);
    batch
        .statement(LIST_WEBHOOK_EVENTS)
        .text(organization)
        .id(list.id)
        .number(before.created_at_ms)
        .id(before.subject_id)
        .number(before.seq)
        .number(list.query.page_size.saturating_add(1) as u64);
    batch
}

/// Returns the page of a [`list_deliveries`] batch.
pub(crate) fn page(
    list: &ListDeliveries,
    results: &[StatementResult],
) -> Result<Option<DeliveryPage>, StorageError> {
    let [webhook, events] = results else {
        return Err(failed("deliveries without both results"));
    };
    if webhook.rows.is_empty() {
        return Ok(None);
    }
    let mut events = read_all(&events.rows, read_event)?;
    let has_more = events.len() > list.query.page_size;
    events.truncate(list.query.page_size);
    let oldest = events.last().filter(|_| has_more);
    Ok(Some(DeliveryPage {
        next: oldest.map(|event| event.place),
        events,
    }))
}

/// Returns the batch of a step of a replay, and reads the endpoint.
pub(crate) fn replay_events(organization: &str, replay: &ReplayEvents) -> Batch {
    let mut batch = find_webhook(organization, replay.id);
    batch
        .statement(REPLAY_WEBHOOK_EVENTS)
        .text(organization)
        .id(replay.id)
        .number(replay.after.created_at_ms)
        .id(replay.after.subject_id)
        .number(replay.after.seq)
        .number(replay.now_ms.saturating_add(REPLAY_MARGIN_MS))
        .number(replay.limit)
        .number(replay.now_ms.saturating_sub(outbox::LATE_MS));
    batch
}

/// Returns the outcome of a [`replay_events`] batch.
pub(crate) fn replayed(results: &[StatementResult]) -> Result<Option<Replayed>, StorageError> {
    let [webhook, events] = results else {
        return Err(failed("a replay without both results"));
    };
    if webhook.rows.is_empty() {
        return Ok(None);
    }
    let places = read_all(&events.rows, read_place)?;
    Ok(Some(Replayed {
        events: u32::try_from(places.len()).unwrap_or(u32::MAX),
        last: places.into_iter().max(),
    }))
}

fn push_find(batch: &mut Batch, organization: &str, id: Uuid) {
    batch.statement(FIND_WEBHOOK).text(organization).id(id);
}

/// Returns the endpoint that the last statement of a batch has read.
pub(crate) fn found(results: &[StatementResult]) -> Result<Option<Webhook>, StorageError> {
    let last = results.last().ok_or_else(|| failed("no result"))?;
    last.rows.first().map(read_webhook).transpose()
}

/// Returns the endpoints of a [`list_webhooks`] batch.
pub(crate) fn listed(results: &[StatementResult]) -> Result<Vec<Webhook>, StorageError> {
    let last = results.last().ok_or_else(|| failed("no result"))?;
    read_all(&last.rows, read_webhook)
}

fn read_all<T>(
    rows: &[Row],
    read: impl FnMut(&Row) -> Result<T, StorageError>,
) -> Result<Vec<T>, StorageError> {
    rows.iter().map(read).collect()
}

fn read_webhook(row: &Row) -> Result<Webhook, StorageError> {
    let owned = |column| row.optional_text(column).map(str::to_owned);
    let reason = row.optional_text("disabled_reason");
    Ok(Webhook {
        id: row.id("id")?,
        url: row.text("url")?.to_owned(),
        events: read_events(row.text("events")?)?,
        description: owned("description"),
        format: row.parsed("format")?,
        status: row.parsed("status")?,
        disabled_reason: reason.and_then(|reason| reason.parse().ok()),
        failing_since_ms: row.optional_number("failing_since_ms")?,
        created_at_ms: row.number("created_at_ms")?,
        updated_at_ms: row.number("updated_at_ms")?,
    })
}

fn read_place(row: &Row) -> Result<EventCursor, StorageError> {
    Ok(EventCursor {
        created_at_ms: row.number("created_at_ms")?,
        subject_id: row.id("subject_id")?,
        seq: row.number("seq")?,
    })
}

fn read_event(row: &Row) -> Result<TriedEvent, StorageError> {
    let kind = EventKind::parse(row.text("type")?);
    let tries = serde_json::from_str(row.text("tries")?);
    Ok(TriedEvent {
        place: read_place(row)?,
        kind: kind.ok_or_else(|| failed("an event of an unknown type"))?,
        next_at_ms: row.optional_number("next_at_ms")?,
        tries: tries.map_err(|cause| failed(&cause.to_string()))?,
    })
}

/// Returns the events as they are stored: statements look for a name in this text.
fn events_json(events: &EventFilter) -> String {
    serde_json::to_string(&events.names()).unwrap_or_default()
}

fn read_events(json: &str) -> Result<EventFilter, StorageError> {
    let names: Option<Vec<&str>> = serde_json::from_str(json).ok();
    let events = names.and_then(EventFilter::of);
    events.ok_or_else(|| failed("column events is unreadable"))
}
