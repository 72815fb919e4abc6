//! The OpenAPI document's schemas of sessions.

use super::requests::schema;
use super::responses::{id, nullable, nullable_time, object, object_with, seq, time};
use chat_sessions::domain::entry::AssigneeKind;
use chat_sessions::domain::limits::EXPORT_PAGE_ENTRIES;
use chat_sessions::domain::limits::NAME_MAX_CHARS;
use chat_sessions::domain::limits::{
    AGENT_ID_MAX_CHARS, AVATAR_URL_MAX_CHARS, LAST_MESSAGE_MAX_CHARS, PAGE_SIZE_MAX, UNREAD_MAX,
};
use chat_sessions::domain::session_cursor::Cursor;
use serde_json::{Value, json};
use strum::VariantNames;

pub(super) fn created_session() -> Value {
    object(&[("id", id("The session's id, a UUIDv7."))])
}

pub(super) fn session() -> Value {
    let contact = json!({
        "$ref": "#/components/schemas/Contact",
        "description": "Who it is with, if anyone. A visitor token does not see it.",
    });
    object_with(&session_members(), &[("contact", contact)])
}

pub(super) fn exported_session() -> Value {
    let mut members = session_members();
    members.push((
        "history",
        json!({
            "type": "array",
            "items": schema("HistoryItem"),
            "maxItems": EXPORT_PAGE_ENTRIES,
            "description": "Its entries, the oldest first. Where the page breaks off, the next one \
                begins with the same session, and the rest of them.",
        }),
    ));
    object_with(
        &members,
        &[(
            "non_verified_name",
            nullable(
                NAME_MAX_CHARS,
                "The contact's name as an unverified caller gave it for this session, if one did.",
            ),
        )],
    )
}

pub(super) fn session_members() -> Vec<(&'static str, Value)> {
    vec![
        (
            "verified",
            json!({
                "type": "boolean",
                "description": "True if somebody vouched for who the contact is: a contact \
                    token, or a secret key with `verified: true` or a `contact_id`. Otherwise \
                    anyone may have typed the email: show `contact` as a claim.",
            }),
        ),
        ("id", id("The session's id, a UUIDv7.")),
        ("status", schema("SessionStatus")),
        (
            "ai_closure_type",
            json!({"type": ["string", "null"], "description": "Null: nothing here closes sessions by itself."}),
        ),
        (
            "sentiment",
            json!({"type": ["string", "null"], "description": "Null: nothing here reads the messages."}),
        ),
        ("channel", schema("Channel")),
        (
            "ticket_number",
            json!({
                "type": "integer",
                "format": "int64",
                "minimum": 1,
                "description": "The session's number within its organization. It only grows.",
            }),
        ),
        (
            "assist_mode",
            json!({"type": "boolean", "description": "False: no assistant takes part."}),
        ),
        ("created_at", time("When it was created.")),
        ("updated_at", time("When it was last changed.")),
        ("custom_data", schema("Attributes")),
        (
            "last_seq",
            seq(
                0,
                "The `seq` of the last entry of its history; 0 while there is none.",
            ),
        ),
        (
            "last_message",
            nullable(
                LAST_MESSAGE_MAX_CHARS,
                "The beginning of the last message, with `…` where it is cut; the name of its \
                 first file if it has no text; empty once it is redacted.",
            ),
        ),
        (
            "last_message_at",
            nullable_time("When the last message was stored."),
        ),
        (
            "read",
            sides("The `seq` that each side has read up to.", None),
        ),
        (
            "unread",
            sides(
                "How many messages of the other side each has not read; 100 stands for more \
                 than 99.",
                Some(UNREAD_MAX),
            ),
        ),
        ("assignee", schema("Assignee")),
    ]
}

/// Returns a number for each side of a conversation.
pub(super) fn sides(description: &str, maximum: Option<u64>) -> Value {
    let number = |side: &str| {
        let mut number = json!({"type": "integer", "minimum": 0, "description": side});
        if let (Some(maximum), Some(number)) = (maximum, number.as_object_mut()) {
            number.insert("maximum".to_owned(), maximum.into());
        }
        number
    };
    let mut sides = object(&[
        ("contact", number("The contact's.")),
        ("agent", number("The agents'.")),
    ]);
    if let Some(sides) = sides.as_object_mut() {
        sides.insert("description".to_owned(), description.into());
    }
    sides
}

pub(super) fn assignee() -> Value {
    object(&[
        (
            "type",
            json!({
                "type": "string",
                "enum": AssigneeKind::VARIANTS,
                "description": "Nobody, a program, or a person.",
            }),
        ),
        (
            "id",
            nullable(AGENT_ID_MAX_CHARS, "The agent's id at yours."),
        ),
        (
            "name",
            nullable(NAME_MAX_CHARS, "The name that visitors see."),
        ),
        (
            "avatar_url",
            nullable(AVATAR_URL_MAX_CHARS, "The `https` address of a picture."),
        ),
    ])
}

pub(super) fn session_list() -> Value {
    object(&[
        (
            "items",
            json!({
                "type": "array",
                "items": schema("Session"),
                "maxItems": PAGE_SIZE_MAX,
                "description": "The sessions, in the order of `sort`: the newest first if it is left \
                    out.",
            }),
        ),
        (
            "next",
            json!({
                "type": ["string", "null"],
                "pattern": Cursor::PATTERN,
                "description": "The `cursor` of the next page; null behind the last one. A page \
                    may have fewer sessions than `limit`, or none, although more follow.",
            }),
        ),
    ])
}
