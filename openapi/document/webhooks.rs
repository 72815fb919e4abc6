//! The OpenAPI document's part on webhooks: operations, schemas and examples.

use super::headers::{headers, in_query};
use super::operations::{one_example, responses};
use super::requests::{json_content, reference, schema};
use chat_sessions::api::webhook_shapes::{
    CreatedWebhookBody, DeliveryListBody, ReplayedBody, TestedBody, WebhookBody, WebhookListBody,
};
use chat_sessions::domain::delivery::event_id;
use chat_sessions::domain::delivery_query::EventCursor;
use chat_sessions::domain::id::uuid_v7;
use chat_sessions::domain::limits::{PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX, WEBHOOK_ROTATION_MS};
use chat_sessions::domain::webhook::{EventFilter, EventType, Format, WebhookStatus};
use chat_sessions::domain::webhook_secret::WebhookSecret;
use chat_sessions::storage::webhooks::{DeliveryPage, EventKind, StoredTry, TriedEvent, Webhook};
use serde::Serialize;
use serde_json::{Value, json};

const CREATED_AT_MS: u64 = 1_795_512_600_000;

pub(super) fn create_webhook(security: &Value) -> Value {
    json!({
        "operationId": "createWebhook",
        "summary": "Create a webhook",
        "description": "From now on the events that it asks for are sent to this address, signed \
            by the rules of [Standard Webhooks](https://www.standardwebhooks.com). The answer \
            shows the secret, and no other one does.\n\nThe address is `https`, without a user \
            name or password, and leads to no private, loopback or link-local network: a host in \
            any other spelling than a browser's is rejected. An organization has 10 webhooks at \
            most.",
        "tags": ["Webhooks"],
        "security": security,
        "parameters": [reference("parameters", "Bookmark")],
        "requestBody": {
            "description": "The address, and the events.",
            "required": true,
            "content": json_content(&schema("CreateWebhookRequest"), &json!({
                "all": {
                    "summary": "All events",
                    "value": {"url": "https://hooks.example.com/chat", "events": ["*"]},
                },
                "some": {
                    "summary": "Messages, for a bot",
                    "value": {
                        "url": "https://hooks.example.com/chat",
                        "events": ["message.created"],
                        "description": "The bot",
                    },
                },
            })),
        },
        "responses": responses(
            &[(
                "201",
                response("It is created.", &schema("WebhookWithSecret"), &created()),
            )],
            &["InvalidWebhook", "Forbidden", "TooManyWebhooks", "BodyTooLarge", "UnsupportedMediaType"],
        ),
    })
}

pub(super) fn list_webhooks(security: &Value) -> Value {
    json!({
        "operationId": "listWebhooks",
        "summary": "List webhooks",
        "description": "All of them, the oldest first, without their secrets.",
        "tags": ["Webhooks"],
        "security": security,
        "parameters": [reference("parameters", "Bookmark")],
        "responses": responses(
            &[(
                "200",
                response(
                    "The webhooks.",
                    &schema("WebhookList"),
                    &shown(&WebhookListBody::new(&[webhook()])),
                ),
            )],
            &["Forbidden"],
        ),
    })
}

pub(super) fn read_webhook(security: &Value) -> Value {
    json!({
        "operationId": "getWebhook",
        "summary": "Get a webhook",
        "description": "The webhook, without its secret.",
        "tags": ["Webhooks"],
        "security": security,
        "parameters": [reference("parameters", "WebhookId"), reference("parameters", "Bookmark")],
        "responses": responses(
            &[("200", response("The webhook.", &schema("Webhook"), &shown(&WebhookBody::new(&webhook()))))],
            &["Forbidden", "WebhookNotFound"],
        ),
    })
}

pub(super) fn update_webhook(security: &Value) -> Value {
    json!({
        "operationId": "updateWebhook",
        "summary": "Change a webhook",
        "description": "Changes what is sent, and stays as it is otherwise. \
            `{\"status\":\"enabled\"}` enables one that was disabled, because it answered 410 or \
            no try succeeded for five days; events of the time before are sent by a replay, \
            those of the time that it was disabled are not kept.",
        "tags": ["Webhooks"],
        "security": security,
        "parameters": [reference("parameters", "WebhookId"), reference("parameters", "Bookmark")],
        "requestBody": {
            "description": "What to change.",
            "required": true,
            "content": json_content(&schema("UpdateWebhookRequest"), &json!({
                "enable": {"summary": "Enable it again", "value": {"status": "enabled"}},
            })),
        },
        "responses": responses(
            &[("200", response("The webhook as it is now.", &schema("Webhook"), &shown(&WebhookBody::new(&webhook()))))],
            &["InvalidWebhook", "Forbidden", "WebhookNotFound", "BodyTooLarge", "UnsupportedMediaType"],
        ),
    })
}

pub(super) fn delete_webhook(security: &Value) -> Value {
    json!({
        "operationId": "deleteWebhook",
        "summary": "Remove a webhook",
        "description": "Removes it. Events that have not arrived are not sent.",
        "tags": ["Webhooks"],
        "security": security,
        "parameters": [reference("parameters", "WebhookId"), reference("parameters", "Bookmark")],
        "responses": responses(
            &[("204", json!({"description": "It is removed.", "headers": headers(&[])}))],
            &["Forbidden", "WebhookNotFound"],
        ),
    })
}

pub(super) fn rotate_webhook(security: &Value) -> Value {
    let hours = WEBHOOK_ROTATION_MS / (60 * 60 * 1000);
    json!({
        "operationId": "rotateWebhook",
        "summary": "Replace the secret of a webhook",
        "description": format!(
            "The answer shows the new secret, and no other one does. For {hours} hours both \
             sign: a request then has two signatures, and the receiver may check either. A \
             secret that was replaced twice within that time signs no more."
        ),
        "tags": ["Webhooks"],
        "security": security,
        "parameters": [reference("parameters", "WebhookId"), reference("parameters", "Bookmark")],
        "responses": responses(
            &[("200", response("It has another secret.", &schema("WebhookWithSecret"), &rotated()))],
            &["MalformedBody", "Forbidden", "WebhookNotFound", "BodyTooLarge", "UnsupportedMediaType"],
        ),
    })
}

pub(super) fn test_webhook(security: &Value) -> Value {
    json!({
        "operationId": "testWebhook",
        "summary": "Test a webhook",
        "description": "Sends one event of the type `webhook.test`, whose `data` is empty, once, \
            whether the webhook is enabled or not. Its deliveries say what came of it.",
        "tags": ["Webhooks"],
        "security": security,
        "parameters": [reference("parameters", "WebhookId"), reference("parameters", "Bookmark")],
        "responses": responses(
            &[(
                "202",
                response("The event is stored.", &schema("TestedWebhook"), &shown(&TestedBody {
                    webhook_id: event_id(message_id(), 0),
                })),
            )],
            &["MalformedBody", "Forbidden", "WebhookNotFound", "BodyTooLarge", "UnsupportedMediaType"],
        ),
    })
}

pub(super) fn list_deliveries(security: &Value) -> Value {
    json!({
        "operationId": "listWebhookDeliveries",
        "summary": "List the deliveries of a webhook",
        "description": "An item is one try to send an event. The newest event comes first, and \
            of each event the last try; the last 20 tries of an event are kept, for eight days. \
            `limit` counts events. An event that has not been tried yet has no item.",
        "tags": ["Webhooks"],
        "security": security,
        "parameters": [
            reference("parameters", "WebhookId"),
            in_query(
                "cursor",
                "The `next` of an earlier page.",
                &json!({"type": "string", "pattern": EventCursor::PATTERN}),
            ),
            in_query(
                "limit",
                "How many events a page has at most.",
                &json!({
                    "type": "integer",
                    "minimum": 1,
                    "maximum": PAGE_SIZE_MAX,
                    "default": PAGE_SIZE_DEFAULT,
                }),
            ),
            reference("parameters", "Bookmark"),
        ],
        "responses": responses(
            &[("200", response("One page of tries.", &schema("DeliveryList"), &deliveries()))],
            &["InvalidDeliveryQuery", "Forbidden", "WebhookNotFound"],
        ),
    })
}

pub(super) fn replay_events(security: &Value) -> Value {
    json!({
        "operationId": "replayWebhookEvents",
        "summary": "Send events again",
        "description": "Sends all events of the webhook since a time within the last seven days \
            again, with their own `webhook-id`: those that have arrived, those that were given \
            up, and those that wait for a later try. Up to 200,000 of them; where there are \
            more, send `next` as the next `since`.",
        "tags": ["Webhooks"],
        "security": security,
        "parameters": [reference("parameters", "WebhookId"), reference("parameters", "Bookmark")],
        "requestBody": {
            "description": "Since when.",
            "required": true,
            "content": json_content(&schema("ReplayRequest"), &json!({
                "outage": {"summary": "An outage", "value": {"since": "2026-11-24T09:30:00Z"}},
            })),
        },
        "responses": responses(
            &[(
                "202",
                response("They are on their way.", &schema("Replayed"), &shown(&ReplayedBody {
                    events: 12,
                    next: None,
                })),
            )],
            &["InvalidReplay", "Forbidden", "WebhookNotFound", "BodyTooLarge", "UnsupportedMediaType"],
        ),
    })
}

pub(super) fn response(description: &str, schema: &Value, example: &Value) -> Value {
    json!({
        "description": description,
        "headers": headers(&[]),
        "content": one_example(schema, example),
    })
}

pub(super) fn shown(body: &impl Serialize) -> Value {
    serde_json::to_value(body).unwrap_or_default()
}

fn message_id() -> uuid::Uuid {
    uuid_v7(CREATED_AT_MS, [0x5b; 10])
}

pub(super) fn webhook() -> Webhook {
    Webhook {
        id: uuid_v7(CREATED_AT_MS, [0x3c; 10]),
        url: "https://hooks.example.com/chat".to_owned(),
        events: EventFilter::All,
        description: None,
        format: Format::Standard,
        status: WebhookStatus::Enabled,
        disabled_reason: None,
        failing_since_ms: None,
        created_at_ms: CREATED_AT_MS,
        updated_at_ms: CREATED_AT_MS,
    }
}

pub(super) fn created() -> Value {
    shown(&CreatedWebhookBody::new(
        &webhook(),
        &WebhookSecret::new([1; WebhookSecret::BYTES]),
        None,
    ))
}

fn rotated() -> Value {
    shown(&CreatedWebhookBody::new(
        &webhook(),
        &WebhookSecret::new([2; WebhookSecret::BYTES]),
        Some(CREATED_AT_MS + WEBHOOK_ROTATION_MS),
    ))
}

fn deliveries() -> Value {
    let made = |attempt: u32, status: u16, answer: Option<&str>| StoredTry {
        attempt,
        at_ms: CREATED_AT_MS + u64::from(attempt) * 5000,
        duration_ms: 84,
        status: Some(status),
        failure: None,
        answer: answer.map(str::to_owned),
    };
    let event = TriedEvent {
        place: EventCursor {
            created_at_ms: CREATED_AT_MS,
            subject_id: super::examples::session_id(),
            seq: 1,
        },
        kind: EventKind::Of(EventType::MessageCreated),
        next_at_ms: None,
        tries: vec![made(1, 500, Some("out of memory")), made(2, 204, None)],
    };
    shown(&DeliveryListBody::new(&DeliveryPage {
        events: vec![event],
        next: None,
    }))
}
