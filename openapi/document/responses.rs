//! The OpenAPI document's schemas of responses: the shapes of [`chat_sessions::api::shapes`].

use super::requests::{attribute, schema};
use super::session_schemas::{assignee, created_session, exported_session, session, session_list};
use chat_sessions::domain::contact::EMAIL_PATTERN;
use chat_sessions::domain::export_query::ExportCursor;
use chat_sessions::domain::limits::{AGENT_ID_MAX_CHARS, AVATAR_URL_MAX_CHARS, LANGUAGE_MAX_CHARS};
use chat_sessions::domain::limits::{
    EMAIL_MAX_CHARS, NAME_MAX_CHARS, NON_VERIFIED_ATTRIBUTES_MAX_BYTES, PHONE_NUMBER_MAX_CHARS,
};
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

pub(super) fn seq(minimum: u64, description: &str) -> Value {
    json!({
        "type": "integer",
        "format": "int64",
        "minimum": minimum,
        "description": description,
    })
}

pub(super) fn contact() -> Value {
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

pub(super) fn token(kind: &str) -> Value {
    json!({
        "type": "string",
        "pattern": "^[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+$",
        "description": format!("The {kind} token: a JWT, signed with HS256."),
    })
}

pub(super) fn visitor() -> Value {
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
