//! The JSON shapes of webhooks.

use super::shapes::iso_8601;
use crate::domain::delivery::event_id;
use crate::domain::webhook::DisabledReason;
use crate::domain::webhook_secret::WebhookSecret;
use crate::storage::webhooks::{DeliveryPage, StoredTry, TriedEvent, Webhook};
use serde::Serialize;
use uuid::Uuid;

/// An endpoint.
#[derive(Debug, Serialize)]
pub struct WebhookBody<'a> {
    id: Uuid,
    url: &'a str,
    events: Vec<&'static str>,
    description: Option<&'a str>,
    format: &'static str,
    status: &'static str,
    disabled_reason: Option<&'static str>,
    failing_since: Option<String>,
    created_at: String,
    updated_at: String,
}

impl<'a> WebhookBody<'a> {
    /// Returns the shape of an endpoint, which has no secret.
    #[must_use]
    pub fn new(webhook: &'a Webhook) -> Self {
        Self {
            id: webhook.id,
            url: &webhook.url,
            events: webhook.events.names(),
            description: webhook.description.as_deref(),
            format: webhook.format.as_str(),
            status: webhook.status.as_str(),
            disabled_reason: webhook.disabled_reason.map(DisabledReason::as_str),
            failing_since: webhook.failing_since_ms.map(iso_8601),
            created_at: iso_8601(webhook.created_at_ms),
            updated_at: iso_8601(webhook.updated_at_ms),
        }
    }
}

/// An endpoint with its new secret, which is shown this once.
#[derive(Debug, Serialize)]
pub struct CreatedWebhookBody<'a> {
    #[serde(flatten)]
    webhook: WebhookBody<'a>,
    secret: &'a str,
    /// The time until which the secret before signs too.
    #[serde(skip_serializing_if = "Option::is_none")]
    previous_secret_until: Option<String>,
}

impl<'a> CreatedWebhookBody<'a> {
    /// Returns the shape of an endpoint and its secret.
    #[must_use]
    pub fn new(
        webhook: &'a Webhook,
        secret: &'a WebhookSecret,
        previous_until_ms: Option<u64>,
    ) -> Self {
        Self {
            webhook: WebhookBody::new(webhook),
            secret: secret.as_str(),
            previous_secret_until: previous_until_ms.map(iso_8601),
        }
    }
}

/// All endpoints of an organization.
#[derive(Debug, Serialize)]
pub struct WebhookListBody<'a> {
    items: Vec<WebhookBody<'a>>,
    /// Always null: a page has all of them.
    next: Option<String>,
}

impl<'a> WebhookListBody<'a> {
    /// Returns the shape of a list.
    #[must_use]
    pub fn new(webhooks: &'a [Webhook]) -> Self {
        Self {
            items: webhooks.iter().map(WebhookBody::new).collect(),
            next: None,
        }
    }
}

/// The response to a test.
#[derive(Debug, Serialize)]
pub struct TestedBody {
    /// The event's id.
    pub webhook_id: String,
}

/// The response to a replay.
#[derive(Debug, Serialize)]
pub struct ReplayedBody {
    /// Events that are sent again.
    pub events: u32,
    /// The `since` of the request that continues, if there are more.
    pub next: Option<String>,
}

/// A page of tries.
#[derive(Debug, Serialize)]
pub struct DeliveryListBody<'a> {
    items: Vec<DeliveryBody<'a>>,
    next: Option<String>,
}

/// One try to send an event.
#[derive(Debug, Serialize)]
struct DeliveryBody<'a> {
    webhook_id: String,
    r#type: &'static str,
    attempt: u32,
    status: Option<u16>,
    failure: Option<&'a str>,
    response: Option<&'a str>,
    duration_ms: u64,
    at: String,
    next_at: Option<String>,
}

impl<'a> DeliveryListBody<'a> {
    /// Returns the tries of a page of events, the latest of each event first.
    #[must_use]
    pub fn new(page: &'a DeliveryPage) -> Self {
        let tries = |event: &'a TriedEvent| {
            let mut tries: Vec<_> = event
                .tries
                .iter()
                .map(|made| DeliveryBody::new(event, made))
                .collect();
            // The last one is the one that is waited after.
            if let Some(last) = tries.last_mut() {
                last.next_at = event.next_at_ms.map(iso_8601);
            }
            tries.reverse();
            tries
        };
        Self {
            items: page.events.iter().flat_map(tries).collect(),
            next: page.next.map(|next| next.to_string()),
        }
    }
}

impl<'a> DeliveryBody<'a> {
    fn new(event: &TriedEvent, made: &'a StoredTry) -> Self {
        Self {
            webhook_id: event_id(event.place.subject_id, event.place.seq),
            r#type: event.kind.as_str(),
            attempt: made.attempt,
            status: made.status,
            failure: made.failure.as_deref(),
            response: made.answer.as_deref(),
            duration_ms: made.duration_ms,
            at: iso_8601(made.at_ms),
            next_at: None,
        }
    }
}
