//! The OpenAPI document's part on messages: operations, schemas and examples.

use super::examples::{history, sent_message};
use super::headers::{headers, in_query};
use super::links::{after_history, after_message};
use super::operations::{one_example, responses};
use super::requests::{json_content, reference, schema};
use super::responses::{id, nullable, object, object_with, seq, time};
use chat_sessions::domain::history_query::{Cursor, Order};
use chat_sessions::domain::id::UUID_PATTERN;
use chat_sessions::domain::limits::{
    AGENT_ID_MAX_CHARS, ATTACHMENT_NAME_MAX_CHARS, ATTACHMENT_TYPE_MAX_CHARS,
    ATTACHMENT_URL_MAX_CHARS, ATTACHMENTS_MAX, AVATAR_URL_MAX_CHARS, HISTORY_PAGE_SIZE_DEFAULT,
    LOG_MAX_ENTRIES, MESSAGE_TEXT_MAX_CHARS, NAME_MAX_CHARS, PAGE_SIZE_MAX,
};
use chat_sessions::domain::message::Sender;
use serde_json::{Value, json};
use strum::VariantNames;

/// Every `https` address that the rules accept: a host, and what may follow it.
const HTTPS_PATTERN: &str = concat!(
    "^[hH][tT][tT][pP][sS]://",
    r"[^\x00-/:-@\\-`{-\x7f][^\x00-,/;-@\\^`{-\x7f]*",
    r"([/?#][^\x00-\x20\x7f\\]*)?$",
);

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

/// Returns the schemas of messages.
pub(super) fn message_schemas() -> [(&'static str, Value); 12] {
    [
        ("SendMessageRequest", send_message_request()),
        ("AddNoteRequest", add_note_request()),
        ("MessageContent", message_content()),
        ("AttachmentDraft", attachment_draft()),
        ("AgentDraft", agent_draft()),
        ("SentMessage", sent()),
        ("MarkReadRequest", mark_read_request()),
        ("History", history_page()),
        ("HistoryItem", history_item()),
        ("HistoryEvent", history_event()),
        ("Sender", sender()),
        ("Attachment", attachment()),
    ]
}

fn text(max_chars: usize, description: &str) -> Value {
    json!({
        "type": "string",
        "pattern": r"\S",
        "maxLength": max_chars,
        "description": description,
    })
}

fn https_url(max_chars: usize, description: &str) -> Value {
    json!({
        "type": "string",
        "pattern": HTTPS_PATTERN,
        "maxLength": max_chars,
        "description": description,
    })
}

fn send_message_request() -> Value {
    json!({
        "type": "object",
        "description": "Unknown members are ignored.",
        "required": ["message"],
        "properties": {
            "sender": {
                "type": "string",
                "enum": Sender::VARIANTS,
                "description": "Who wrote the message. Required with a secret key.",
            },
            "message": schema("MessageContent"),
            "agent": schema("AgentDraft"),
            "contact": schema("ContactDraft"),
            "custom_data": schema("Attributes"),
            "customData": {
                "$ref": "#/components/schemas/Attributes",
                "description": "Another name of `custom_data`; send one of the two.",
            },
            "should_take_over_session_from_ai": {
                "type": "boolean",
                "default": false,
                "description": "True makes the agent of this message the session's assignee. \
                    Without it an agent's message does so unless an ai is.",
            },
        },
        "not": {"anyOf": [
            {"required": ["custom_data", "customData"]},
            {
                "required": ["sender", "agent"],
                "properties": {"sender": {"const": "contact"}},
            },
        ]},
    })
}

fn add_note_request() -> Value {
    json!({
        "type": "object",
        "description": "Unknown members are ignored.",
        "required": ["text"],
        "properties": {
            "id": {
                "type": "string",
                "format": "uuid",
                "pattern": UUID_PATTERN,
                "description": "Your id for the note: a retry with it makes no second one. \
                    Absent: the service makes one.",
            },
            "text": text(MESSAGE_TEXT_MAX_CHARS, "Stored as it is sent. Not only white space."),
            "agent": schema("AgentDraft"),
        },
    })
}

fn message_content() -> Value {
    json!({
        "type": "object",
        "description": "It has a text, or attachments, or both.",
        "properties": {
            "type": {"type": "string", "const": "text"},
            "id": {
                "type": "string",
                "format": "uuid",
                "pattern": UUID_PATTERN,
                "description": "Your id for the message: a retry with it makes no second one. \
                    Absent: the service makes one.",
            },
            "text": {
                "type": "string",
                "maxLength": MESSAGE_TEXT_MAX_CHARS,
                "pattern": r"^$|\S",
                "description": "Stored as it is sent. Not only white space.",
            },
            "attachments": {
                "type": "array",
                "maxItems": ATTACHMENTS_MAX,
                "items": schema("AttachmentDraft"),
            },
        },
        "anyOf": [
            {"required": ["text"], "properties": {"text": {"type": "string", "minLength": 1}}},
            {
                "required": ["attachments"],
                "properties": {"attachments": {"type": "array", "minItems": 1}},
            },
        ],
    })
}

fn attachment_draft() -> Value {
    json!({
        "type": "object",
        "description": "A link to a file. Its content, as `base64`, is not taken.",
        "required": ["name", "url"],
        "properties": {
            "name": text(ATTACHMENT_NAME_MAX_CHARS, "The file's name."),
            "url": https_url(ATTACHMENT_URL_MAX_CHARS, "Its `https` address."),
            "type": {
                "type": "string",
                "maxLength": ATTACHMENT_TYPE_MAX_CHARS,
                "description": "Its media type.",
            },
            "mime_type": {
                "type": "string",
                "maxLength": ATTACHMENT_TYPE_MAX_CHARS,
                "description": "Another name of `type`.",
            },
            "size": {
                "type": "integer",
                "minimum": 0,
                "maximum": 9_007_199_254_740_991_u64,
                "description": "Its size in bytes.",
            },
        },
        "not": {"required": ["base64"]},
    })
}

fn agent_draft() -> Value {
    json!({
        "type": "object",
        "description": "Who answers.",
        "required": ["name"],
        "properties": {
            "id": {
                "type": ["string", "integer"],
                "maxLength": AGENT_ID_MAX_CHARS,
                "minimum": 0,
                "maximum": 9_007_199_254_740_991_u64,
                "description": "The agent's id at yours; a number is stored as its text.",
            },
            "name": text(NAME_MAX_CHARS, "The name that visitors see."),
            "avatar_url": avatar_url(),
        },
    })
}

/// The picture of an agent; a blank text is absent.
pub(super) fn avatar_url() -> Value {
    json!({
        "type": "string",
        "anyOf": [{"pattern": r"^\s*$"}, {"pattern": HTTPS_PATTERN}],
        "maxLength": AVATAR_URL_MAX_CHARS,
        "description": "The `https` address of a picture.",
    })
}

fn mark_read_request() -> Value {
    json!({
        "type": "object",
        "description": "Unknown members are ignored.",
        "required": ["seq"],
        "properties": {
            "seq": {
                "type": "integer",
                "format": "int64",
                "minimum": 0,
                "maximum": 9_007_199_254_740_991_u64,
                "description": "The `seq` of the last entry that was read, or 0.",
            },
        },
    })
}

fn sent() -> Value {
    let message = object(&[
        ("id", id_of_message()),
        ("seq", seq(1, "Its place in the history.")),
        ("created_at", time("When it was stored.")),
    ]);
    let session = id("The session that has the message, where the one it was sent to is full.");
    object(&[
        ("success", json!({"type": "boolean", "const": true})),
        (
            "data",
            object_with(&[("message", message)], &[("session_id", session)]),
        ),
    ])
}

fn id_of_message() -> Value {
    json!({"type": "string", "format": "uuid", "description": "The entry's id."})
}

fn history_page() -> Value {
    let cursor = |description: &str| {
        json!({
            "type": ["string", "null"],
            "pattern": Cursor::PATTERN,
            "description": description,
        })
    };
    object(&[
        (
            "items",
            json!({
                "type": "array",
                "items": schema("HistoryItem"),
                "maxItems": PAGE_SIZE_MAX,
                "description": "The entries, in the order of the query.",
            }),
        ),
        (
            "next",
            cursor("The `cursor` of the page after this one; null at the end."),
        ),
        (
            "previous",
            cursor("The `cursor` of the page before this one; null at the beginning."),
        ),
        (
            "last_seq",
            seq(0, "The `seq` of the last entry of the session."),
        ),
    ])
}

fn history_item() -> Value {
    object(&[
        ("id", id_of_message()),
        ("seq", seq(1, "Its place: 1, 2, 3 … without a gap.")),
        ("created_at", time("When it was stored.")),
        ("event", schema("HistoryEvent")),
    ])
}

fn history_event() -> Value {
    let kind = |name: &str| ("type", json!({"type": "string", "const": name}));
    let by = |verb: &str| {
        (
            "by",
            json!({
                "type": "string",
                "enum": ["contact", "agent"],
                "description": format!("The side that {verb} it."),
            }),
        )
    };
    json!({
        "description": "A message, a change that people see in the conversation, or a note.",
        "oneOf": [
            object(&[
                kind("message"),
                ("sender", schema("Sender")),
                ("content", object(&[
                    ("type", json!({"type": "string", "const": "text"})),
                    ("text", json!({
                        "type": "string",
                        "maxLength": MESSAGE_TEXT_MAX_CHARS,
                        "description": "Empty where there are attachments only, and once the \
                            message is redacted.",
                    })),
                ])),
                ("attachments", json!({
                    "type": "array",
                    "maxItems": ATTACHMENTS_MAX,
                    "items": schema("Attachment"),
                })),
            ]),
            json_with(
                object(&[
                    kind("note"),
                    ("author", schema("Sender")),
                    ("content", object(&[
                        ("type", json!({"type": "string", "const": "text"})),
                        ("text", json!({
                            "type": "string",
                            "maxLength": MESSAGE_TEXT_MAX_CHARS,
                            "description": "Empty once the note is redacted.",
                        })),
                    ])),
                ]),
                "What an agent wrote for other agents.",
            ),
            json_with(
                object(&[kind("internal")]),
                "To contacts and visitors: a note, or its redaction. They see nothing else of \
                 it.",
            ),
            object(&[kind("session_closed"), ("status", schema("SessionStatus")), by("closed")]),
            object(&[
                kind("session_reopened"),
                ("status", schema("SessionStatus")),
                by("reopened"),
            ]),
            object(&[kind("handoff"), ("assignee", schema("Assignee"))]),
            object(&[
                kind("redacted"),
                ("redacted_seq", seq(1, "The `seq` of the message or note whose text is gone.")),
            ]),
        ],
    })
}

fn json_with(mut schema: Value, description: &str) -> Value {
    schema["description"] = description.into();
    schema
}

fn sender() -> Value {
    object_with(
        &[
            (
                "type",
                json!({"type": "string", "enum": ["contact", "human_agent", "ai"]}),
            ),
            (
                "name",
                nullable(
                    NAME_MAX_CHARS,
                    "The name, where it is known. Of a contact the one that somebody vouches \
                     for; to the contact or visitor itself the one that the session was given \
                     last, if there is one.",
                ),
            ),
        ],
        &[
            (
                "id",
                nullable(AGENT_ID_MAX_CHARS, "An agent's id at yours."),
            ),
            (
                "non_verified_name",
                nullable(
                    NAME_MAX_CHARS,
                    "A contact's name as an unverified caller gave it for this session. Servers \
                     and agents see it.",
                ),
            ),
            (
                "avatar_url",
                nullable(AVATAR_URL_MAX_CHARS, "The `https` address of a picture."),
            ),
        ],
    )
}

fn attachment() -> Value {
    object_with(
        &[
            (
                "name",
                json!({"type": "string", "maxLength": ATTACHMENT_NAME_MAX_CHARS}),
            ),
            (
                "url",
                json!({"type": "string", "maxLength": ATTACHMENT_URL_MAX_CHARS}),
            ),
        ],
        &[
            (
                "type",
                json!({"type": "string", "maxLength": ATTACHMENT_TYPE_MAX_CHARS}),
            ),
            ("size", json!({"type": "integer", "minimum": 0})),
        ],
    )
}

/// Rows of the table of limits.
pub(super) fn limits() -> String {
    format!(
        "| text of a message | {MESSAGE_TEXT_MAX_CHARS} characters |\n\
         | attachments of a message | {ATTACHMENTS_MAX} |\n\
         | entries of a session's history | {LOG_MAX_ENTRIES} |\n"
    )
}
