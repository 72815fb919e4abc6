//! The OpenAPI document's schemas of history.

use super::message_schemas::id_of_message;
use super::requests::schema;
use super::responses::{nullable, object, object_with, seq, time};
use chat_sessions::domain::history_query::Cursor;
use chat_sessions::domain::limits::{
    AGENT_ID_MAX_CHARS, ATTACHMENT_NAME_MAX_CHARS, ATTACHMENT_TYPE_MAX_CHARS,
    ATTACHMENT_URL_MAX_CHARS, ATTACHMENTS_MAX, AVATAR_URL_MAX_CHARS, MESSAGE_TEXT_MAX_CHARS,
    NAME_MAX_CHARS, PAGE_SIZE_MAX,
};
use serde_json::{Value, json};

/// Returns the schemas of history.
pub(super) fn history_schemas() -> [(&'static str, Value); 5] {
    [
        ("History", history_page()),
        ("HistoryItem", history_item()),
        ("HistoryEvent", history_event()),
        ("Sender", sender()),
        ("Attachment", attachment()),
    ]
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
    let content = |empty: &str| {
        let text = json!({
            "type": "string",
            "maxLength": MESSAGE_TEXT_MAX_CHARS,
            "description": empty,
        });
        let kind = json!({"type": "string", "const": "text"});
        ("content", object(&[("type", kind), ("text", text)]))
    };
    json!({
        "description": "A message, a change that people see in the conversation, or a note.",
        "oneOf": [
            object(&[
                kind("message"),
                ("sender", schema("Sender")),
                content("Empty where there are attachments only, and once the message is redacted."),
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
                    content("Empty once the note is redacted."),
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
