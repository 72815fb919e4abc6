//! The OpenAPI document's part on messages: operations, schemas and examples.

use super::headers::{headers, in_query};
use super::links::{after_history, after_message};
use super::message_examples::{history, sent_message};
use super::operations::{one_example, responses};
use super::requests::{json_content, reference, schema};
use chat_sessions::domain::history_query::{Cursor, Order};
use chat_sessions::domain::limits::{
    ATTACHMENTS_MAX, HISTORY_PAGE_SIZE_DEFAULT, LOG_MAX_ENTRIES, MESSAGE_TEXT_MAX_CHARS,
    PAGE_SIZE_MAX,
};
use serde_json::{Value, json};
use strum::VariantNames;

pub(super) fn send_message(security: &Value) -> Value {
    json!({
        "operationId": "sendChatMessage",
        "summary": "Send a message",
        "description": "Appends a message to the session's history, with the next `seq`. A \
            secret key says in `sender` who wrote it. The token of a contact or a visitor writes \
            as the contact, an agent's in the name of that agent.\n\n\
            Choose the `id` of the message yourself, a random UUID, and a retry is safe for \
            ever: the same id with the same sender, text and attachments is answered with 200 \
            and the stored `seq`, and nothing is written.\n\nA contact's message to a closed \
            session reopens it. One that a full session (100,000 entries) has no room for goes \
            to a new session of the same contact and channel, which the answer names in \
            `session_id`; other senders get a 409.",
        "tags": ["Messages"],
        "security": security,
        "parameters": [
            reference("parameters", "SessionId"),
            reference("parameters", "Bookmark"),
        ],
        "requestBody": {
            "description": "The message.",
            "required": true,
            "content": json_content(&schema("SendMessageRequest"), &requests()),
        },
        "responses": responses(
            &[
                (
                    "200",
                    json!({
                        "description": "The message had been stored before, and nothing was done.",
                        "headers": headers(&[("Idempotency-Replayed", "IdempotencyReplayed")]),
                        "content": one_example(&schema("SentMessage"), &sent_message()),
                        "links": after_message(),
                    }),
                ),
                (
                    "201",
                    json!({
                        "description": "The message is stored.",
                        "headers": headers(&[]),
                        "content": one_example(&schema("SentMessage"), &sent_message()),
                        "links": after_message(),
                    }),
                ),
            ],
            &[
                "InvalidMessage",
                "ForbiddenSession",
                "SessionNotFound",
                "MessageConflict",
                "BodyTooLarge",
                "UnsupportedMediaType",
            ],
        ),
    })
}

pub(super) fn add_note(security: &Value) -> Value {
    let stored = |description: &str, names: &[(&str, &str)]| {
        json!({
            "description": description,
            "headers": headers(names),
            "content": one_example(&schema("SentMessage"), &sent_message()),
            "links": after_message(),
        })
    };
    json!({
        "operationId": "addChatNote",
        "summary": "Add an internal note",
        "description": "Appends a note to the session's history, with the next `seq`, for \
            agents and servers: contacts and visitors see an entry `internal` in its place, \
            without author and text. An agent's token writes in the name of that agent.\n\nA \
            note is no message: `last_message`, `unread`, `read`, `assignee` and `status` stay \
            as they are; `last_seq` and `updated_at` move on. With an `id` of yours, a retry is \
            safe for ever: the same id with the same text is answered with 200 and the stored \
            `seq`. The answer has the shape of a send's.",
        "tags": ["Messages"],
        "security": security,
        "parameters": [
            reference("parameters", "SessionId"),
            reference("parameters", "Bookmark"),
        ],
        "requestBody": {
            "description": "The note.",
            "required": true,
            "content": json_content(
                &schema("AddNoteRequest"),
                &json!({
                    "note": {
                        "summary": "A note of a named agent",
                        "value": {
                            "id": "2b7d3c1e-6a5f-4c0d-9e8b-7f6a5d4c3b2a",
                            "text": "Refund approved by finance.",
                            "agent": {"id": "17", "name": "Ben"},
                        },
                    },
                }),
            ),
        },
        "responses": responses(
            &[
                (
                    "200",
                    stored(
                        "The note had been stored before, and nothing was done.",
                        &[("Idempotency-Replayed", "IdempotencyReplayed")],
                    ),
                ),
                ("201", stored("The note is stored.", &[])),
            ],
            &[
                "InvalidNote",
                "Forbidden",
                "SessionNotFound",
                "MessageConflict",
                "BodyTooLarge",
                "UnsupportedMediaType",
            ],
        ),
    })
}

pub(super) fn read_history(security: &Value) -> Value {
    let range_of = |name: &str, description: &str| {
        in_query(
            name,
            description,
            &json!({"type": "integer", "format": "int64", "minimum": 0, "maximum": 999_999_999_999_999_u64}),
        )
    };
    json!({
        "operationId": "getChatHistory",
        "summary": "Read the history of a session",
        "description": "The entries of the session's log: messages, notes, and what changed. \
            `seq` counts them without a gap, so whoever has all up to one `seq` and asks for those \
            `after` it misses nothing.\n\nThe range comes first, then the order, then the \
            limit: of `cursor`, `after` and `before` send at most one. A page has at most \
            1 MiB.",
        "tags": ["Messages"],
        "security": security,
        "parameters": [
            reference("parameters", "SessionId"),
            range_of("after", "Only entries after this `seq`."),
            range_of("before", "Only entries before this `seq`."),
            in_query(
                "cursor",
                "The `next` or `previous` of another page.",
                &json!({"type": "string", "pattern": Cursor::PATTERN}),
            ),
            in_query(
                "order",
                "`asc`: the oldest entry first; `desc`: the newest.",
                &json!({"type": "string", "enum": Order::VARIANTS, "default": "asc"}),
            ),
            in_query(
                "limit",
                "How many entries a page has at most.",
                &json!({
                    "type": "integer",
                    "minimum": 1,
                    "maximum": PAGE_SIZE_MAX,
                    "default": HISTORY_PAGE_SIZE_DEFAULT,
                }),
            ),
            reference("parameters", "IfNoneMatch"),
            reference("parameters", "Bookmark"),
        ],
        "responses": responses(
            &[
                (
                    "200",
                    json!({
                        "description": "One page of the history.",
                        "headers": headers(&[("ETag", "EntityTag")]),
                        "content": one_example(&schema("History"), &history()),
                        "links": after_history(),
                    }),
                ),
                (
                    "304",
                    json!({
                        "description": "The page is still as the one that `If-None-Match` names.",
                        "headers": headers(&[("ETag", "EntityTag")]),
                    }),
                ),
            ],
            &["InvalidHistoryQuery", "ForbiddenSession", "SessionNotFound"],
        ),
    })
}

pub(super) fn mark_read(security: &Value) -> Value {
    json!({
        "operationId": "markChatRead",
        "summary": "Mark a session as read",
        "description": "Moves the read mark of the caller's side up to the entry with this \
            `seq`, and never back; beyond the last entry it is the last one. A contact's or \
            visitor's token moves the contact's mark, others the agents'. Sending a message \
            moves the sender's own mark.",
        "tags": ["Messages"],
        "security": security,
        "parameters": [
            reference("parameters", "SessionId"),
            reference("parameters", "Bookmark"),
        ],
        "requestBody": {
            "description": "The entry up to which everything is read.",
            "required": true,
            "content": json_content(
                &schema("MarkReadRequest"),
                &json!({"last": {"summary": "The last entry that is shown", "value": {"seq": 2}}}),
            ),
        },
        "responses": responses(
            &[(
                "204",
                json!({"description": "It is read.", "headers": headers(&[])}),
            )],
            &[
                "InvalidReadMark",
                "Forbidden",
                "SessionNotFound",
                "BodyTooLarge",
                "UnsupportedMediaType",
            ],
        ),
    })
}

pub(super) fn show_typing(security: &Value) -> Value {
    json!({
        "operationId": "showChatTyping",
        "summary": "Tell that somebody is typing",
        "description": "For whoever follows the session live. Nothing is stored; send it every \
            few seconds while somebody types. The body is ignored.",
        "tags": ["Messages"],
        "security": security,
        "parameters": [
            reference("parameters", "SessionId"),
            reference("parameters", "Bookmark"),
        ],
        "responses": responses(
            &[(
                "204",
                json!({"description": "It is told.", "headers": headers(&[])}),
            )],
            &["Forbidden", "SessionNotFound", "BodyTooLarge", "UnsupportedMediaType"],
        ),
    })
}

pub(super) fn redact_message(security: &Value) -> Value {
    json!({
        "operationId": "redactChatMessage",
        "summary": "Redact a message or a note",
        "description": "Removes the text and the attachments of a message, or the text of a \
            note; there is no way back. It keeps its id, its `seq` and its time, and an entry `redacted` tells those \
            who follow the history. The body is ignored.",
        "tags": ["Messages"],
        "security": security,
        "parameters": [
            reference("parameters", "SessionId"),
            reference("parameters", "MessageId"),
            reference("parameters", "Bookmark"),
        ],
        "responses": responses(
            &[(
                "204",
                json!({"description": "The message, or the note, is empty.", "headers": headers(&[])}),
            )],
            &["Forbidden", "MessageNotFound", "BodyTooLarge", "UnsupportedMediaType"],
        ),
    })
}

/// Bodies of `POST /chat/sessions/{session_id}/send`, by name.
fn requests() -> Value {
    json!({
        "contact": {
            "summary": "What a person wrote",
            "value": {
                "sender": "contact",
                "message": {
                    "type": "text",
                    "id": "5f2c7a4e-9d0b-4b8e-8a36-1f6f0f3f2f10",
                    "text": "Where is my order?",
                },
            },
        },
        "agent": {
            "summary": "The answer of an agent, with a file",
            "value": {
                "sender": "agent",
                "agent": {"id": "17", "name": "Ben"},
                "message": {
                    "type": "text",
                    "id": "8d1d9f0a-2f1c-4f0b-9a3e-6a0c1d2e3f40",
                    "text": "It left our warehouse this morning.",
                    "attachments": [{
                        "name": "label.pdf",
                        "url": "https://files.example.com/label.pdf",
                        "type": "application/pdf",
                        "size": 48213,
                    }],
                },
            },
        },
    })
}

/// Rows of the table of limits.
pub(super) fn limits() -> String {
    format!(
        "| text of a message | {MESSAGE_TEXT_MAX_CHARS} characters |\n\
         | attachments of a message | {ATTACHMENTS_MAX} |\n\
         | entries of a session's history | {LOG_MAX_ENTRIES} |\n"
    )
}
