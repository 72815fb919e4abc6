//! The storage of webhooks: the operations of their endpoints, and the outbox.

use super::StorageError;
use crate::domain::delivery::{Failure, Try};
use crate::domain::delivery_query::{DeliveryQuery, EventCursor};
use crate::domain::entry::Entry;
use crate::domain::session::Session;
use crate::domain::tenant::Tenant;
use crate::domain::webhook::{
    DisabledReason, EventFilter, EventType, Format, NewWebhook, WebhookStatus, WebhookUpdate,
};
use crate::domain::webhook_secret::WebhookSecret;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The storage operations of webhooks.
#[allow(async_fn_in_trait)] // An isolate has one thread; nothing needs `Send`.
pub trait WebhookStore {
    /// Stores an endpoint. `None` if the organization has as many as it may: nothing was
    /// done.
    ///
    /// # Errors
    /// [`StorageError`] when the storage failed or timed out.
    async fn create_webhook(
        &self,
        tenant: &Tenant,
        create: &CreateWebhook,
    ) -> Result<Option<Webhook>, StorageError>;

    /// Returns the organization's endpoints, the oldest first.
    ///
    /// # Errors
    /// [`StorageError`] when the storage failed or timed out.
    async fn list_webhooks(&self, tenant: &Tenant) -> Result<Vec<Webhook>, StorageError>;

    /// Returns the endpoint with this id.
    ///
    /// # Errors
    /// [`StorageError`] when the storage failed or timed out.
    async fn find_webhook(
        &self,
        tenant: &Tenant,
        id: Uuid,
    ) -> Result<Option<Webhook>, StorageError>;

    /// Changes an endpoint, and returns it; `None` if there is none.
    ///
    /// # Errors
    /// [`StorageError`] when the storage failed or timed out.
    async fn update_webhook(
        &self,
        tenant: &Tenant,
        update: &UpdateWebhook,
    ) -> Result<Option<Webhook>, StorageError>;

    /// Replaces the secret of an endpoint, and returns the endpoint; `None` if there is none.
    ///
    /// # Errors
    /// [`StorageError`] when the storage failed or timed out.
    async fn rotate_webhook(
        &self,
        tenant: &Tenant,
        rotate: &RotateWebhook,
    ) -> Result<Option<Webhook>, StorageError>;

    /// Removes an endpoint. Returns true if there was one.
    ///
    /// # Errors
    /// [`StorageError`] when the storage failed or timed out.
    async fn delete_webhook(&self, tenant: &Tenant, id: Uuid) -> Result<bool, StorageError>;

    /// Stores an event that tests an endpoint. Returns true if there is one.
    ///
    /// # Errors
    /// [`StorageError`] when the storage failed or timed out.
    async fn test_webhook(&self, tenant: &Tenant, test: &TestWebhook)
    -> Result<bool, StorageError>;

    /// Returns one page of the events of an endpoint, the newest first; `None` if there is no
    /// such endpoint.
    ///
    /// # Errors
    /// [`StorageError`] when the storage failed or timed out.
    async fn list_deliveries(
        &self,
        tenant: &Tenant,
        list: &ListDeliveries,
    ) -> Result<Option<DeliveryPage>, StorageError>;

    /// Makes a step of an endpoint's events due again, the oldest first; `None` if there is no
    /// such endpoint.
    ///
    /// # Errors
    /// [`StorageError`] when the storage failed or timed out.
    async fn replay_events(
        &self,
        tenant: &Tenant,
        replay: &ReplayEvents,
    ) -> Result<Option<Replayed>, StorageError>;
}

/// An endpoint, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// The id, a UUIDv7.
    pub id: Uuid,
    /// The address.
    pub url: String,
    /// The events that it gets.
    pub events: EventFilter,
    /// A note of its owner.
    pub description: Option<String>,
    /// The shape of its events.
    pub format: Format,
    /// The state.
    pub status: WebhookStatus,
    /// The reason of it, if it is disabled.
    pub disabled_reason: Option<DisabledReason>,
    /// When the first try failed after the last success, Unix time in milliseconds.
    pub failing_since_ms: Option<u64>,
    /// When it was created, Unix time in milliseconds.
    pub created_at_ms: u64,
    /// When it was last changed, Unix time in milliseconds.
    pub updated_at_ms: u64,
}

/// Data to store for one `POST /webhooks`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateWebhook {
    /// The endpoint's id.
    pub id: Uuid,
    /// The checked request.
    pub webhook: NewWebhook,
    /// Its secret.
    pub secret: WebhookSecret,
    /// The time, in Unix milliseconds.
    pub now_ms: u64,
}

/// Changes of one `PATCH /webhooks/{webhook_id}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpdateWebhook {
    /// The endpoint.
    pub id: Uuid,
    /// The checked request.
    pub update: WebhookUpdate,
    /// The time, in Unix milliseconds.
    pub now_ms: u64,
}

/// Data to store for one `POST /webhooks/{webhook_id}/rotate`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RotateWebhook {
    /// The endpoint.
    pub id: Uuid,
    /// The new secret.
    pub secret: WebhookSecret,
    /// The time until which the replaced one signs too, in Unix milliseconds.
    pub previous_until_ms: u64,
    /// The time, in Unix milliseconds.
    pub now_ms: u64,
}

/// Data to store for one `POST /webhooks/{webhook_id}/test`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TestWebhook {
    /// The endpoint.
    pub id: Uuid,
    /// A random id that the event's is made from.
    pub subject_id: Uuid,
    /// The time, in Unix milliseconds.
    pub now_ms: u64,
}

/// Position of one `GET /webhooks/{webhook_id}/deliveries`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListDeliveries {
    /// The endpoint.
    pub id: Uuid,
    /// The checked query.
    pub query: DeliveryQuery,
}

/// One page of the events of an endpoint.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeliveryPage {
    /// The events, the newest first.
    pub events: Vec<TriedEvent>,
    /// Where the next page begins; `None` behind the last one.
    pub next: Option<EventCursor>,
}

/// An event, and the tries to send it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TriedEvent {
    /// The place of the event.
    pub place: EventCursor,
    /// The kind.
    pub kind: EventKind,
    /// When the next try is due, in Unix milliseconds.
    pub next_at_ms: Option<u64>,
    /// The tries, the oldest first. The last one has its answer.
    pub tries: Vec<StoredTry>,
}

/// A try as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredTry {
    /// 1 for the first one, and for the first of a replay.
    pub attempt: u32,
    /// The time, Unix time in milliseconds.
    pub at_ms: u64,
    /// Duration, in milliseconds.
    pub duration_ms: u64,
    /// The status of the answer, if there was one.
    pub status: Option<u16>,
    /// The name of the reason why there was none.
    pub failure: Option<String>,
    /// The beginning of the answer's body, of a failure.
    pub answer: Option<String>,
}

impl StoredTry {
    /// Returns a try to be stored.
    #[must_use]
    pub fn new(attempt: u32, made: &Try) -> Self {
        let answer = Some(&made.answer).filter(|answer| !answer.is_empty());
        Self {
            attempt,
            at_ms: made.at_ms,
            duration_ms: made.duration_ms,
            status: made.status,
            failure: made.failure.map(Failure::as_str).map(str::to_owned),
            answer: answer.cloned(),
        }
    }
}

/// The kinds of event: those that endpoints ask for, and tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventKind {
    /// Something has happened.
    Of(EventType),
    /// The endpoint is tested.
    Test,
}

impl EventKind {
    /// The name of a test.
    pub const TEST: &str = "webhook.test";

    /// Returns the kind of this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        if name == Self::TEST {
            return Some(Self::Test);
        }
        name.parse().ok().map(Self::Of)
    }

    /// Returns the name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Of(event) => event.as_str(),
            Self::Test => Self::TEST,
        }
    }
}

/// A step of one `POST /webhooks/{webhook_id}/replay`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReplayEvents {
    /// The endpoint.
    pub id: Uuid,
    /// The place before the first event.
    pub after: EventCursor,
    /// The most events of the step.
    pub limit: u32,
    /// The time, in Unix milliseconds.
    pub now_ms: u64,
}

/// Result of a [`ReplayEvents`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Replayed {
    /// Events that are due again.
    pub events: u32,
    /// The place of the last of them, if there is one.
    pub last: Option<EventCursor>,
}

/// An event of the outbox, for one endpoint, that somebody is about to send.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DueEvent {
    /// The organization.
    pub tenant: Tenant,
    /// The endpoint.
    pub webhook_id: Uuid,
    /// The time of the event, Unix time in milliseconds.
    pub created_at_ms: u64,
    /// The session, or the contact.
    pub subject_id: Uuid,
    /// The entry of the session's log, or 0.
    pub seq: u64,
    /// When it is due, as the storage has it. Whoever takes the event changes this, so two
    /// do not take it.
    pub due_ms: u64,
}

/// An event to send, as the storage has it.
#[derive(Debug, Clone, PartialEq)]
pub struct OutgoingEvent {
    /// The kind.
    pub kind: EventKind,
    /// Tries that were made.
    pub tries: u32,
    /// The address.
    pub url: String,
    /// The shape of the event.
    pub format: Format,
    /// The secrets that sign: others too for as long as those before end.
    pub secrets: Vec<WebhookSecret>,
    /// False if the endpoint is disabled.
    pub is_enabled: bool,
    /// The session, unless it has been removed meanwhile.
    pub session: Option<Session>,
    /// The entry of its log.
    pub entry: Option<Entry>,
}
