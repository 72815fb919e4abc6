//! The OpenAPI document's schemas of messages.

use super::requests::schema;
use super::responses::{id, nullable, object, object_with, seq, time};
use chat_sessions::domain::history_query::Cursor;
use chat_sessions::domain::id::UUID_PATTERN;
use chat_sessions::domain::limits::{
    AGENT_ID_MAX_CHARS, ATTACHMENT_NAME_MAX_CHARS, ATTACHMENT_TYPE_MAX_CHARS,
    ATTACHMENT_URL_MAX_CHARS, ATTACHMENTS_MAX, AVATAR_URL_MAX_CHARS, MESSAGE_TEXT_MAX_CHARS,
    NAME_MAX_CHARS, PAGE_SIZE_MAX,
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

pub(super) fn history_page() -> Value {
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

pub(super) fn history_item() -> Value {
    object(&[
        ("id", id_of_message()),
        ("seq", seq(1, "Its place: 1, 2, 3 … without a gap.")),
        ("created_at", time("When it was stored.")),
        ("event", schema("HistoryEvent")),
    ])
}

pub(super) fn history_event() -> Value {
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

pub(super) fn json_with(mut schema: Value, description: &str) -> Value {
    schema["description"] = description.into();
    schema
}

pub(super) fn sender() -> Value {
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

pub(super) fn attachment() -> Value {
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
