//! The OpenAPI document's schemas of responses: the shapes of [`chat_sessions::api::shapes`].

use super::requests::{attribute, schema};
use chat_sessions::domain::contact::EMAIL_PATTERN;
use chat_sessions::domain::entry::AssigneeKind;
use chat_sessions::domain::export_query::ExportCursor;
use chat_sessions::domain::limits::EXPORT_PAGE_ENTRIES;
use chat_sessions::domain::limits::{
    AGENT_ID_MAX_CHARS, AVATAR_URL_MAX_CHARS, LANGUAGE_MAX_CHARS, LAST_MESSAGE_MAX_CHARS,
    PAGE_SIZE_MAX, UNREAD_MAX,
};
use chat_sessions::domain::limits::{
    EMAIL_MAX_CHARS, NAME_MAX_CHARS, NON_VERIFIED_ATTRIBUTES_MAX_BYTES, PHONE_NUMBER_MAX_CHARS,
};
use chat_sessions::domain::session_cursor::Cursor;
use chat_sessions::error::ViolationCode;
use serde_json::{Map, Value, json};
use strum::VariantNames;

/// The ids of new sessions and contacts: UUIDv7, in lower case.
const UUID_V7_PATTERN: &str = "[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}";
/// The format of [`chat_sessions::api::shapes::iso_8601`].
const TIME_PATTERN: &str = "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z$";

/// Returns the schemas of successful responses. Every member is required, unless noted
/// otherwise.
pub(super) fn response_schemas() -> [(&'static str, Value); 15] {
    [
        ("CreatedSession", created_session()),
        ("Session", session()),
        ("Assignee", assignee()),
        ("SessionList", session_list()),
        ("Contact", contact()),
        ("ContactAttributes", contact_attributes()),
        ("ExportedContact", exported_contact()),
        ("ExportedSession", exported_session()),
        ("ContactExport", contact_export()),
        ("ContactList", contact_list()),
        ("AuthenticatedUser", authenticated_user()),
        ("Visitor", visitor()),
        ("AgentToken", agent_token()),
        ("FieldError", field_error()),
        ("FieldErrorCode", field_error_code()),
    ]
}

fn created_session() -> Value {
    object(&[("id", id("The session's id, a UUIDv7."))])
}

fn session() -> Value {
    let contact = json!({
        "$ref": "#/components/schemas/Contact",
        "description": "Who it is with, if anyone. A visitor token does not see it.",
    });
    object_with(&session_members(), &[("contact", contact)])
}

fn exported_session() -> Value {
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

fn session_members() -> Vec<(&'static str, Value)> {
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

pub(super) fn seq(minimum: u64, description: &str) -> Value {
    json!({
        "type": "integer",
        "format": "int64",
        "minimum": minimum,
        "description": description,
    })
}

/// Returns a number for each side of a conversation.
fn sides(description: &str, maximum: Option<u64>) -> Value {
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

fn assignee() -> Value {
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

fn session_list() -> Value {
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

fn contact() -> Value {
    object(&contact_members())
}

fn contact_members() -> Vec<(&'static str, Value)> {
    vec![
        ("id", id("The contact's id, a UUIDv7.")),
        (
            "email",
            json!({
                "type": ["string", "null"],
                "pattern": EMAIL_PATTERN,
                "maxLength": EMAIL_MAX_CHARS,
                "description": "In lower case. It identifies the contact and never changes.",
            }),
        ),
        (
            "phone_number",
            nullable(
                PHONE_NUMBER_MAX_CHARS,
                "As it was sent, without control and invisible characters. From verified callers, or of a \
                 contact that it identifies.",
            ),
        ),
        (
            "name",
            nullable(NAME_MAX_CHARS, "The name, from verified callers."),
        ),
        ("custom_data", schema("ContactAttributes")),
        (
            "non_verified_name",
            nullable(NAME_MAX_CHARS, "The name, from an unverified caller."),
        ),
        (
            "non_verified_phone_number",
            nullable(
                PHONE_NUMBER_MAX_CHARS,
                "The phone number, from an unverified caller.",
            ),
        ),
        ("non_verified_custom_data", schema("ContactAttributes")),
    ]
}

fn contact_attributes() -> Value {
    let limit = NON_VERIFIED_ATTRIBUTES_MAX_BYTES;
    json!({
        "type": "object",
        "description": format!(
            "Attributes of a contact from all requests, merged key by key: `custom_data` by \
             verified callers, 65536 bytes of JSON at most, and a request that would exceed them \
             is rejected; `non_verified_custom_data` by others, {limit} bytes at most, and past \
             that only the newest request's stay."
        ),
        "additionalProperties": attribute(),
    })
}

fn exported_contact() -> Value {
    let mut members = contact_members();
    members.extend([
        (
            "avatar_url",
            nullable(AVATAR_URL_MAX_CHARS, "Where a picture of the person is."),
        ),
        (
            "language",
            nullable(LANGUAGE_MAX_CHARS, "The person's language."),
        ),
        (
            "verified_at",
            nullable_time("When a verified caller first wrote about them."),
        ),
        ("created_at", time("When the contact was created.")),
        (
            "updated_at",
            time("When something about them last changed, or they were last authenticated."),
        ),
    ]);
    object(&members)
}

fn contact_list() -> Value {
    let items = json!({
        "type": "array",
        "items": schema("ExportedContact"),
        "maxItems": 1,
        "description": "The contact, or nothing.",
    });
    let next = json!({"type": "null", "description": "Null: nothing follows."});
    object(&[("items", items), ("next", next)])
}

fn contact_export() -> Value {
    object(&[
        ("contact", schema("ExportedContact")),
        (
            "sessions",
            json!({
                "type": "array",
                "items": schema("ExportedSession"),
                "description": "Their sessions, the oldest first, each without its contact: 1,000 a \
                    page at most, and 1 MiB, with 2,000 entries at most, and 1 MiB.",
            }),
        ),
        (
            "next",
            json!({
                "type": ["string", "null"],
                "pattern": ExportCursor::PATTERN,
                "description": "The `cursor` of the next page; null behind the last one.",
            }),
        ),
    ])
}

fn token(kind: &str) -> Value {
    json!({
        "type": "string",
        "pattern": "^[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+$",
        "description": format!("The {kind} token: a JWT, signed with HS256."),
    })
}

fn visitor() -> Value {
    object(&[
        ("token", token("visitor")),
        ("visitor_id", id("The visitor's id, a UUIDv7.")),
    ])
}

fn agent_token() -> Value {
    let id = json!({
        "type": "string",
        "minLength": 1,
        "maxLength": AGENT_ID_MAX_CHARS,
        "description": "The agent's id: yours, or a UUIDv7.",
    });
    let name = json!({
        "type": "string",
        "minLength": 1,
        "maxLength": NAME_MAX_CHARS,
        "description": "The name that visitors see.",
    });
    object(&[
        ("token", token("agent")),
        ("agent", object(&[("id", id), ("name", name)])),
    ])
}

fn authenticated_user() -> Value {
    object(&[
        ("token", token("contact")),
        (
            "contact",
            object(&[("id", id("The contact's id, a UUIDv7."))]),
        ),
    ])
}

/// One failing field; see [`chat_sessions::api::shapes::ViolationBody`].
fn field_error() -> Value {
    object(&[
        (
            "path",
            json!({
                "type": "string",
                "pattern": "^/",
                "description": "The field, as a JSON Pointer (RFC 6901) into the body. A query \
                    parameter or a header is its name behind a slash.",
            }),
        ),
        ("code", schema("FieldErrorCode")),
        (
            "message",
            json!({
                "type": "string",
                "minLength": 1,
                "description": "The rule, as the rest of a sentence that begins with the path.",
            }),
        ),
    ])
}

fn field_error_code() -> Value {
    json!({
        "type": "string",
        "enum": ViolationCode::VARIANTS,
        "description": "The kind of rule that the field breaks.",
    })
}

/// Returns the schema of an object; all members are required.
pub(super) fn object(members: &[(&str, Value)]) -> Value {
    object_with(members, &[])
}

/// Returns the schema of an object with required and optional members.
pub(super) fn object_with(always: &[(&str, Value)], sometimes: &[(&str, Value)]) -> Value {
    let names: Vec<_> = always.iter().map(|(name, _)| *name).collect();
    let properties: Map<_, _> = always
        .iter()
        .chain(sometimes)
        .map(|(name, schema)| ((*name).to_owned(), schema.clone()))
        .collect();
    json!({"type": "object", "required": names, "properties": properties})
}

pub(super) fn id(description: &str) -> Value {
    json!({
        "type": "string",
        "format": "uuid",
        "pattern": format!("^{UUID_V7_PATTERN}$"),
        "description": description,
    })
}

pub(super) fn time(description: &str) -> Value {
    json!({
        "type": "string",
        "format": "date-time",
        "pattern": TIME_PATTERN,
        "description": description,
    })
}

pub(super) fn nullable_time(description: &str) -> Value {
    json!({
        "type": ["string", "null"],
        "format": "date-time",
        "pattern": TIME_PATTERN,
        "description": description,
    })
}

pub(super) fn nullable(max_chars: usize, description: &str) -> Value {
    json!({"type": ["string", "null"], "maxLength": max_chars, "description": description})
}

/// The `Location` of a session.
pub(super) fn location() -> Value {
    json!({
        "type": "string",
        "format": "uri-reference",
        "pattern": format!("^/chat/sessions/{UUID_V7_PATTERN}$"),
    })
}
