//! The OpenAPI document's schemas of messages.

use super::requests::schema;
use super::responses::{id, object, object_with, seq, time};
use chat_sessions::domain::id::UUID_PATTERN;
use chat_sessions::domain::limits::{
    AGENT_ID_MAX_CHARS, ATTACHMENT_NAME_MAX_CHARS, ATTACHMENT_TYPE_MAX_CHARS,
    ATTACHMENT_URL_MAX_CHARS, ATTACHMENTS_MAX, AVATAR_URL_MAX_CHARS, MESSAGE_TEXT_MAX_CHARS,
    NAME_MAX_CHARS,
};
use chat_sessions::domain::message::Sender;
use serde_json::{Value, json};
use strum::VariantNames;

/// Every `https` address that the rules accept: a host, and what may follow it.
pub(super) const HTTPS_PATTERN: &str = concat!(
    "^[hH][tT][tT][pP][sS]://",
    r"[^\x00-/:-@\\-`{-\x7f][^\x00-,/;-@\\^`{-\x7f]*",
    r"([/?#][^\x00-\x20\x7f\\]*)?$",
);

/// Returns the schemas of messages.
pub(super) fn message_schemas() -> [(&'static str, Value); 7] {
    [
        ("SendMessageRequest", send_message_request()),
        ("AddNoteRequest", add_note_request()),
        ("MessageContent", message_content()),
        ("AttachmentDraft", attachment_draft()),
        ("AgentDraft", agent_draft()),
        ("SentMessage", sent()),
        ("MarkReadRequest", mark_read_request()),
    ]
}

pub(super) fn text(max_chars: usize, description: &str) -> Value {
    json!({
        "type": "string",
        "pattern": r"\S",
        "maxLength": max_chars,
        "description": description,
    })
}

pub(super) fn https_url(max_chars: usize, description: &str) -> Value {
    json!({
        "type": "string",
        "pattern": HTTPS_PATTERN,
        "maxLength": max_chars,
        "description": description,
    })
}

pub(super) fn send_message_request() -> Value {
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

pub(super) fn add_note_request() -> Value {
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

pub(super) fn message_content() -> Value {
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

pub(super) fn attachment_draft() -> Value {
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

pub(super) fn agent_draft() -> Value {
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

pub(super) fn mark_read_request() -> Value {
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

pub(super) fn sent() -> Value {
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

pub(super) fn id_of_message() -> Value {
    json!({"type": "string", "format": "uuid", "description": "The entry's id."})
}
