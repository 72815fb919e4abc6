//! The OpenAPI document's parameters and headers.

use super::examples::{BOOKMARK, contact_id, entity_tag, session_id};
use super::requests::{reference, schema};
use super::responses::location;
use chat_sessions::api::routes::{ROUTES, allow};
use chat_sessions::domain::entry::{AssigneeKind, Side};
use chat_sessions::domain::export_query::ExportCursor;
use chat_sessions::domain::id::UUID_PATTERN;
use chat_sessions::domain::limits::AGENT_ID_MAX_CHARS;
use chat_sessions::domain::limits::{EMAIL_MAX_CHARS, PHONE_NUMBER_MAX_CHARS};
use chat_sessions::domain::limits::{IDEMPOTENCY_KEY_LIFETIME_MS, IDEMPOTENCY_KEY_MAX_CHARS};
use chat_sessions::domain::limits::{PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX, TICKET_NUMBER_MAX};
use chat_sessions::domain::session_cursor::{Cursor, Sort};
use serde_json::{Map, Value, json};
use strum::VariantNames;

/// `components.parameters`: those that more than one operation has, and those
/// that are long.
pub(super) fn parameters() -> Value {
    let kept_hours = IDEMPOTENCY_KEY_LIFETIME_MS / (60 * 60 * 1000);
    json!({
        "SessionId": id_in_path("session_id", "The session's id.", &session_id().to_string()),
        "MessageId": id_in_path("message_id", "The message's id.", &session_id().to_string()),
        "ContactId": id_in_path("contact_id", "The contact's id.", &contact_id().to_string()),
        "WebhookId": id_in_path("webhook_id", "The webhook's id.", &session_id().to_string()),
        "AgentId": {
            "name": "agent_id",
            "in": "path",
            "required": true,
            "description": "The agent's id, percent-encoded: a text of yours, or the UUID that \
                came with the token. One that has no tokens is fine.",
            "schema": {"type": "string", "minLength": 1},
            "example": "17",
        },
        "IdempotencyKey": {
            "name": "Idempotency-Key",
            "in": "header",
            "description": format!(
                "Makes a retry safe: a request with the same key and the same body gets \
                 the same answer, with `Idempotency-Replayed: true`, and makes no second session. \
                 A random UUID is a good one. The same JSON in another order or spacing is the \
                 same body. Keys are kept for at least {kept_hours} hours."
            ),
            "schema": {
                "type": "string",
                "minLength": 1,
                "maxLength": IDEMPOTENCY_KEY_MAX_CHARS,
                "pattern": format!("^[!-~]{{1,{IDEMPOTENCY_KEY_MAX_CHARS}}}$"),
            },
            "example": "5f2c7a4e-9d0b-4b8e-8a36-1f6f0f3f2f10",
        },
        "IfMatch": {
            "name": "If-Match",
            "in": "header",
            "description": "The `ETag` of the state that the request is about. If the session is \
                in another one by now, the answer is 412 and nothing is done. `*` is any state.",
            "schema": {"type": "string"},
            "example": entity_tag(),
        },
        "IfNoneMatch": {
            "name": "If-None-Match",
            "in": "header",
            "description": "The `ETag` of the state that you have. If the session is still in it, \
                the answer is an empty 304. The contact's `non_verified_…` members are no part \
                of the state.",
            "schema": {"type": "string"},
            "example": entity_tag(),
        },
        "Bookmark": {
            "name": "X-D1-Bookmark",
            "in": "header",
            "description": "The `X-D1-Bookmark` of an earlier answer: this request then sees at \
                least what that one saw, from a replica nearby. Without it, reads go to the \
                primary. What is no bookmark is ignored, and so is one without a secret key.",
            "schema": {"type": "string"},
            "example": BOOKMARK,
        },
    })
}

fn id_in_path(name: &str, description: &str, example: &str) -> Value {
    json!({
        "name": name,
        "in": "path",
        "required": true,
        "description": format!("{description} One that is no UUID is like one that does not exist."),
        "schema": {"type": "string", "format": "uuid", "pattern": UUID_PATTERN},
        "example": example,
    })
}

/// The parameters of `GET /chat/sessions`.
pub(super) fn list_parameters() -> Vec<Value> {
    let mut parameters = vec![
        in_query(
            "cursor",
            "Where the page begins: the `next` of an earlier page with the same `sort`. Left out, \
             it is the first session. Cursors do not expire.",
            &json!({"type": "string", "pattern": Cursor::PATTERN}),
        ),
        in_query(
            "limit",
            "How many sessions a page has at most.",
            &json!({
                "type": "integer",
                "minimum": 1,
                "maximum": PAGE_SIZE_MAX,
                "default": PAGE_SIZE_DEFAULT,
            }),
        ),
        in_query(
            "sort",
            "The order. By `activity`, the session with the latest message comes first, and one \
             without a message is not in the list; with a secret key or an agent token only.",
            &json!({
                "type": "string",
                "enum": Sort::VARIANTS,
                "default": Sort::default().as_str(),
            }),
        ),
        in_query(
            "status",
            "Only sessions with this status.",
            &schema("SessionStatus"),
        ),
        in_query(
            "channel_type",
            "Only sessions on this channel.",
            &schema("ChannelType"),
        ),
        in_query(
            "verified",
            "Only verified sessions, or only unverified ones. With a contact token all are \
             verified, with a visitor token none.",
            &json!({"type": "boolean"}),
        ),
        in_query(
            "unread",
            "Only sessions with messages that this side has not read: whose `unread` is more \
             than 0 there.",
            &json!({"type": "string", "enum": Side::VARIANTS}),
        ),
        in_query(
            "assignee",
            "Only sessions with this type of `assignee`.",
            &json!({"type": "string", "enum": AssigneeKind::VARIANTS}),
        ),
        in_query(
            "assignee_id",
            "Only sessions whose `assignee` has this id.",
            &json!({"type": "string", "minLength": 1, "maxLength": AGENT_ID_MAX_CHARS}),
        ),
        in_query(
            "ticket_number",
            "Only the session with this number; with a secret key or an agent token only.",
            &json!({"type": "integer", "minimum": 1, "maximum": TICKET_NUMBER_MAX}),
        ),
        in_query(
            "email",
            "Only sessions of the contact with this email, compared as its identity is; those \
             that nobody vouches for too. With a secret key or an agent token only.",
            &json!({"type": "string", "format": "email", "maxLength": EMAIL_MAX_CHARS}),
        ),
    ];
    for (name, description) in [
        ("created_after", "Only sessions created after this"),
        ("created_before", "Only sessions created before this"),
        (
            "updated_after",
            "Only sessions last changed after this (to follow changes: 60 seconds before the \
             latest `updated_at` seen)",
        ),
        ("updated_before", "Only sessions last changed before this"),
    ] {
        let description = [
            description,
            ", and not at it. RFC 3339: a date-time, whose seconds may be left out and whose \
             offset may not, or a date, which is midnight UTC.",
        ];
        let moment = json!({"anyOf": [
            {"type": "string", "format": "date-time"},
            {"type": "string", "format": "date"},
        ]});
        parameters.push(in_query(name, &description.concat(), &moment));
    }
    parameters.push(reference("parameters", "Bookmark"));
    parameters
}

/// The parameters that find a contact: one of the first two.
pub(super) fn contact_parameters() -> Vec<Value> {
    let email = json!({"type": "string", "format": "email", "maxLength": EMAIL_MAX_CHARS});
    let phone_number =
        json!({"type": "string", "minLength": 1, "maxLength": PHONE_NUMBER_MAX_CHARS});
    vec![
        in_query(
            "email",
            "The email. Not together with `phone_number`.",
            &email,
        ),
        in_query(
            "phone_number",
            "The phone number of a contact that has no email. Percent-encode its `+`, as `%2B`. Not \
             together with `email`.",
            &phone_number,
        ),
        reference("parameters", "Bookmark"),
    ]
}

/// The parameter of an export's pages.
pub(super) fn export_cursor() -> Value {
    in_query(
        "cursor",
        "Where the page begins: the `next` of an earlier page. Left out, it is the oldest session.",
        &json!({"type": "string", "pattern": ExportCursor::PATTERN}),
    )
}

pub(super) fn in_query(name: &str, description: &str, schema: &Value) -> Value {
    json!({"name": name, "in": "query", "description": description, "schema": schema})
}

/// `components.headers`: the headers of responses.
pub(super) fn response_headers() -> Value {
    json!({
        "RequestId": {
            "description": "The id that the service's log knows the request by.",
            "required": true,
            "schema": {"type": "string", "format": "uuid"},
        },
        "CacheControl": {
            "description": "No answer is for a cache. One with an `ETag` says `no-transform` too: \
                a proxy that compressed it would weaken the tag.",
            "required": true,
            "schema": {"type": "string", "enum": ["no-store", "no-store, no-transform"]},
        },
        "Bookmark": {
            "description": "What the storage had seen when it answered. Send it with a later \
                request, as `X-D1-Bookmark`, to see at least that.",
            "schema": {"type": "string", "pattern": "^[0-9a-f]+(-[0-9a-f]+){3}$"},
            "example": BOOKMARK,
        },
        "Location": {
            "description": "Where the session is.",
            "required": true,
            "schema": location(),
        },
        "SessionResumed": {
            "description": "That an open session goes on, and none was made.",
            "required": true,
            "schema": {"type": "string", "const": "true"},
        },
        "IdempotencyReplayed": {
            "description": "That an earlier request with the same `Idempotency-Key` did it.",
            "schema": {"type": "string", "const": "true"},
        },
        "EntityTag": {
            "description": "Which state of the session this is; another one for every change, of \
                its contact too.",
            "required": true,
            "schema": {"type": "string", "pattern": "^\"[0-9a-f]{32}\"$"},
            "example": entity_tag(),
        },
        "Challenge": {
            "description": "RFC 6750, section 3.",
            "required": true,
            "schema": {"type": "string", "pattern": "^Bearer "},
        },
        "RetryAfter": {
            "description": "Seconds to wait before a retry.",
            "required": true,
            "schema": {"type": "integer", "minimum": 1},
        },
        "AcceptEncoding": {
            "description": "The encoding that bodies of requests may have: none.",
            "required": true,
            "schema": {"type": "string", "const": "identity"},
        },
        "Allow": {
            "description": "The methods that the path takes.",
            "required": true,
            "schema": {"type": "string", "enum": every_allow()},
        },
    })
}

/// Returns the headers of a response: its own, by name and component, and those of
/// every response.
pub(super) fn headers(own: &[(&str, &str)]) -> Value {
    let every = [
        ("X-Request-Id", "RequestId"),
        ("Cache-Control", "CacheControl"),
        ("X-D1-Bookmark", "Bookmark"),
    ];
    let headers: Map<_, _> = own
        .iter()
        .chain(&every)
        .map(|(name, component)| ((*name).to_owned(), reference("headers", component)))
        .collect();
    Value::Object(headers)
}

/// Returns every value of `Allow`.
fn every_allow() -> Vec<String> {
    let of_pattern = |pattern| allow(ROUTES.iter().filter(|route| route.pattern == pattern));
    let mut every: Vec<_> = ROUTES
        .iter()
        .map(|route| of_pattern(route.pattern))
        .collect();
    every.sort_unstable();
    every.dedup();
    every
}
