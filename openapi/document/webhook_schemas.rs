//! The OpenAPI document's schemas of webhooks.

use super::requests::schema;
use super::responses::{id, nullable, nullable_time, object, object_with, time};
use chat_sessions::domain::delivery_query::EventCursor;
use chat_sessions::domain::limits::{
    WEBHOOK_DESCRIPTION_MAX_CHARS, WEBHOOK_URL_MAX_CHARS, WEBHOOKS_MAX,
};
use chat_sessions::domain::webhook::{DisabledReason, EventType, Format, WebhookStatus};
use chat_sessions::storage::webhooks::EventKind;
use serde_json::{Value, json};
use strum::VariantNames;

/// Addresses with a name for their host, in the spelling that the rules take. They forbid some
/// names besides, and take public IP addresses.
pub(super) const URL_PATTERN: &str = concat!(
    "^[hH][tT][tT][pP][sS]://",
    r"([A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\.)+[A-Za-z]{2,63}",
    r"(:[1-9][0-9]{0,3})?([/?#][!-\[\]-~]*)?$",
);
pub(super) const EVENT_ID_PATTERN: &str = "^msg_[0-9a-f]{32}_[0-9]+$";
/// Returns the schemas of requests and responses.
pub(super) fn webhook_schemas() -> Vec<(&'static str, Value)> {
    vec![
        ("CreateWebhookRequest", request(&["url", "events"], false)),
        ("UpdateWebhookRequest", request(&[], true)),
        (
            "ReplayRequest",
            object(&[(
                "since",
                json!({
                    "type": "string",
                    "format": "date-time",
                    "description": "The time of the first event, within the last seven days: \
                        RFC 3339.",
                }),
            )]),
        ),
        ("Webhook", object(&members())),
        (
            "WebhookWithSecret",
            object_with(
                &[members(), vec![("secret", secret())]].concat(),
                &[(
                    "previous_secret_until",
                    time("When the secret before ends, after a rotation."),
                )],
            ),
        ),
        (
            "WebhookList",
            object(&[
                (
                    "items",
                    json!({"type": "array", "maxItems": WEBHOOKS_MAX, "items": schema("Webhook")}),
                ),
                (
                    "next",
                    json!({"type": "null", "description": "There is one page."}),
                ),
            ]),
        ),
        ("TestedWebhook", object(&[("webhook_id", webhook_id())])),
        (
            "DeliveryList",
            object(&[
                (
                    "items",
                    json!({"type": "array", "items": schema("Delivery")}),
                ),
                (
                    "next",
                    json!({
                        "type": ["string", "null"],
                        "pattern": EventCursor::PATTERN,
                        "description": "The `cursor` of the next page, if there is one.",
                    }),
                ),
            ]),
        ),
        ("Delivery", delivery()),
        (
            "Replayed",
            object(&[
                (
                    "events",
                    json!({"type": "integer", "minimum": 0, "description": "How many there are."}),
                ),
                (
                    "next",
                    nullable_time("The `since` that continues, if there are more."),
                ),
            ]),
        ),
    ]
}

pub(super) fn request(required: &[&str], is_update: bool) -> Value {
    let mut names = vec!["*"];
    names.extend(EventType::VARIANTS);
    let mut properties = json!({
        "url": {
            "type": "string",
            "maxLength": WEBHOOK_URL_MAX_CHARS,
            "pattern": URL_PATTERN,
            "description": "A public `https` address.",
        },
        "events": {
            "type": "array",
            "minItems": 1,
            "maxItems": 20,
            "items": {"type": "string", "enum": names},
            "description": "What to send; `*` is all, and what later versions add.",
        },
        "description": {
            "type": "string",
            "maxLength": WEBHOOK_DESCRIPTION_MAX_CHARS,
            "description": "A note of yours; an empty one is none.",
        },
        "format": {
            "type": "string",
            "enum": Format::VARIANTS,
            "description": "`opencx`: `conversation.started` and `conversation.closed` as OpenCX \
                sends them, for `session.created` and for a `session.updated` that closes.",
        },
    });
    if is_update {
        properties["status"] = json!({
            "type": "string",
            "enum": WebhookStatus::VARIANTS,
            "description": "`disabled` gets no events.",
        });
    } else {
        properties["format"]["default"] = Format::default().as_str().into();
    }
    let mut request = json!({
        "type": "object",
        "description": "Unknown members are ignored.",
        "properties": properties,
    });
    if !required.is_empty() {
        request["required"] = json!(required);
    }
    request
}

pub(super) fn members() -> Vec<(&'static str, Value)> {
    let mut names = vec!["*"];
    names.extend(EventType::VARIANTS);
    let mut reasons: Vec<Value> = DisabledReason::VARIANTS
        .iter()
        .map(|name| json!(name))
        .collect();
    reasons.push(Value::Null);
    vec![
        ("id", id("The webhook's id, a UUIDv7.")),
        (
            "url",
            json!({"type": "string", "maxLength": WEBHOOK_URL_MAX_CHARS}),
        ),
        (
            "events",
            json!({"type": "array", "minItems": 1, "items": {"type": "string", "enum": names}}),
        ),
        (
            "description",
            nullable(WEBHOOK_DESCRIPTION_MAX_CHARS, "A note of yours."),
        ),
        (
            "format",
            json!({"type": "string", "enum": Format::VARIANTS}),
        ),
        (
            "status",
            json!({"type": "string", "enum": WebhookStatus::VARIANTS}),
        ),
        (
            "disabled_reason",
            json!({
                "type": ["string", "null"],
                "enum": reasons,
                "description": "`gone`: it answered 410. `failing`: no try succeeded for five \
                    days. `by_request`: you said so.",
            }),
        ),
        (
            "failing_since",
            nullable_time("When a try failed first, since the last that succeeded."),
        ),
        ("created_at", time("When it was created.")),
        ("updated_at", time("When it was last changed.")),
    ]
}

pub(super) fn secret() -> Value {
    json!({
        "type": "string",
        "pattern": "^whsec_[A-Za-z0-9+/]{43}=$",
        "description": "Signs the events. Keep it: it is shown this once.",
    })
}

pub(super) fn webhook_id() -> Value {
    json!({
        "type": "string",
        "pattern": EVENT_ID_PATTERN,
        "description": "The event's `webhook-id`, the same for each try.",
    })
}

pub(super) fn delivery() -> Value {
    let mut types = EventType::VARIANTS.to_vec();
    types.push(EventKind::TEST);
    object(&[
        ("webhook_id", webhook_id()),
        ("type", json!({"type": "string", "enum": types})),
        (
            "attempt",
            json!({
                "type": "integer",
                "minimum": 1,
                "description": "1 for the first try, and for the first of a replay.",
            }),
        ),
        (
            "status",
            json!({"type": ["integer", "null"], "description": "The answer's, if there was one."}),
        ),
        (
            "failure",
            json!({
                "type": ["string", "null"],
                "enum": ["timed_out", "unreachable", "forbidden_url", null],
                "description": "The reason why there was no answer.",
            }),
        ),
        (
            "response",
            nullable(
                1000,
                "The beginning of an answer that was not 2xx, of the last try of an event.",
            ),
        ),
        (
            "duration_ms",
            json!({"type": "integer", "minimum": 0, "description": "How long it took."}),
        ),
        ("at", time("When it was made.")),
        (
            "next_at",
            nullable_time("When the next one is due; null after a success, and after the last."),
        ),
    ])
}
