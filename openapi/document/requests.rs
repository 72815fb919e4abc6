//! The OpenAPI document's schemas of requests, built from the limits and names of the
//! rules.

use super::message_schemas::avatar_url;
use chat_sessions::domain::contact::EMAIL_PATTERN;
use chat_sessions::domain::id::UUID_PATTERN;
use chat_sessions::domain::limits::{
    AGENT_ID_MAX_CHARS, AGENT_TOKEN_LIFETIME_DEFAULT_S, AGENT_TOKEN_LIFETIME_MAX_S,
};
use chat_sessions::domain::limits::{
    ATTRIBUTE_KEY_MAX_CHARS, ATTRIBUTE_STRING_MAX_CHARS, ATTRIBUTES_MAX, RequestLimits,
};
use chat_sessions::domain::limits::{AVATAR_URL_MAX_CHARS, LANGUAGE_MAX_CHARS};
use chat_sessions::domain::limits::{EMAIL_MAX_CHARS, NAME_MAX_CHARS, PHONE_NUMBER_MAX_CHARS};
use chat_sessions::domain::limits::{TOKEN_LIFETIME_DEFAULT_S, TOKEN_LIFETIME_MAX_S};
use chat_sessions::domain::session::{Channel, Status};
use serde_json::{Value, json};
use strum::VariantNames;

/// A text that reads as a phone number, for a request that needs an identity. Only the
/// spellings in ASCII: the regular expressions of some languages have no classes of
/// Unicode.
const PHONE_NUMBER_PATTERN: &str =
    r"^([tT][eE][lL]:)?[ ().\[\]/-]*\+?[ ().\[\]/-]*[0-9][0-9 ().\[\]/-]*$";

/// Returns a reference to an entry of the document's `components`.
pub(super) fn reference(kind: &str, name: &str) -> Value {
    json!({"$ref": format!("#/components/{kind}/{name}")})
}

/// Returns a reference to a schema.
pub(super) fn schema(name: &str) -> Value {
    reference("schemas", name)
}

/// Returns the `content` of a JSON body, with examples by name.
pub(super) fn json_content(schema: &Value, examples: &Value) -> Value {
    json!({"application/json": {"schema": schema, "examples": examples}})
}

/// Returns the schemas of requests, and those that responses share with them.
pub(super) fn request_schemas() -> [(&'static str, Value); 10] {
    [
        ("CreateSessionRequest", create_session_request()),
        ("ContactDraft", contact_draft()),
        ("UpdateSessionRequest", update_session_request()),
        ("AuthenticateUserRequest", authenticate_user_request()),
        (
            "CreateVisitorRequest",
            json!({
                "type": "object",
                "description": "Unknown members are ignored, and there are no others yet.",
            }),
        ),
        ("CreateAgentTokenRequest", create_agent_token_request()),
        ("Attributes", attributes()),
        ("Channel", channel()),
        ("ChannelType", channel_type()),
        ("SessionStatus", session_status()),
    ]
}

fn create_session_request() -> Value {
    let string = json!({"type": "string"});
    let not_blank = json!({"type": "string", "pattern": r"\S"});
    json!({
        "type": "object",
        "description": "Every member is optional, unknown ones are ignored, and `{}` is valid. \
            A `null` is only taken for `verified`.",
        "properties": {
            "contact_id": {
                "type": "string",
                "format": "uuid",
                "pattern": UUID_PATTERN,
                "description": "An existing contact of your organization. It wins over `contact`, \
                    which is then checked but not written.",
            },
            "channel": schema("Channel"),
            "verified": {
                "type": ["boolean", "null"],
                "description": "True if you vouch for who the contact is. Its data is then \
                    stored in `name`, `phone_number` and `custom_data`, and otherwise in \
                    `non_verified_name`, `non_verified_phone_number` and \
                    `non_verified_custom_data`. Absent or null: true with a `contact_id`, \
                    otherwise false. Only a secret key's word counts.",
            },
            "custom_data": schema("Attributes"),
            "customData": other_name("custom_data", &schema("Attributes")),
            "contact": schema("ContactDraft"),
            "resume": {
                "type": "boolean",
                "default": false,
                "description": "Resume the contact's newest open and verified session on this \
                    channel, if there is one: the answer is then 200, and the session stays as \
                    it is. It needs a contact that you vouch for: `contact_id`, or \
                    `verified: true` with an `email` or a `phone_number` in `contact`. A contact \
                    token names its contact by itself. With a visitor token it is the visitor's \
                    newest open session on this channel.",
            },
        },
        "not": {"required": ["custom_data", "customData"]},
        "if": {"required": ["resume"], "properties": {"resume": {"const": true}}},
        "then": {"anyOf": [
            {
                "required": ["contact_id"],
                "properties": {"contact_id": string, "verified": {"enum": [true, null]}},
            },
            {
                "required": ["contact", "verified"],
                "properties": {
                    "verified": {"const": true},
                    "contact": {"required": ["email"], "properties": {"email": not_blank}},
                },
            },
            by_phone_number("phone_number"),
            by_phone_number("phone"),
        ]},
    })
}

/// Returns the schema of a request that vouches for a phone number.
fn by_phone_number(name: &str) -> Value {
    json!({
        "required": ["contact", "verified"],
        "properties": {
            "verified": {"const": true},
            "contact": {
                "required": [name],
                "properties": {name: {"type": "string", "pattern": PHONE_NUMBER_PATTERN}},
            },
        },
    })
}

/// Returns the schema of a member under its other name.
fn other_name(usual: &str, schema: &Value) -> Value {
    let mut schema = schema.clone();
    schema["description"] = format!("Another name of `{usual}`; send one of the two.").into();
    schema
}

fn contact_draft() -> Value {
    let phone_number = phone_number();
    json!({
        "type": "object",
        "description": "Who the session is with. The email identifies the person within your \
            organization, or else the phone number: the contact is made, or written to. Without \
            either it is always a new contact. A blank text is absent.",
        "properties": {
            "email": email_or_blank(),
            "name": text(NAME_MAX_CHARS, "What the person is called."),
            "phone_number": phone_number,
            "phone": other_name("phone_number", &phone_number),
            "custom_data": schema("Attributes"),
            "customData": other_name("custom_data", &schema("Attributes")),
        },
        "not": {"anyOf": [
            {"required": ["phone_number", "phone"]},
            {"required": ["custom_data", "customData"]},
        ]},
    })
}

fn phone_number() -> Value {
    text(
        PHONE_NUMBER_MAX_CHARS,
        "Any text; kept without control characters and invisible ones. One that reads as a phone \
         number (digits of any script, one leading `+`, separators, an extension) identifies the \
         person, in every spelling of it. Another one identifies nobody.",
    )
}

fn update_session_request() -> Value {
    json!({
        "type": "object",
        "description": "Unknown members are ignored, and `{}` changes nothing.",
        "properties": {"status": schema("SessionStatus")},
    })
}

fn authenticate_user_request() -> Value {
    let phone_number = phone_number();
    json!({
        "type": "object",
        "description": "Unknown members are ignored. All of it is stored as verified.",
        "required": ["email"],
        "not": {"anyOf": [
            {"required": ["phone", "phone_number"]},
            {"required": ["customData", "custom_data"]},
        ]},
        "properties": {
            "email": email(),
            "name": text(NAME_MAX_CHARS, "What the person is called."),
            "phone": phone_number,
            "phone_number": other_name("phone", &phone_number),
            "avatar_url": text(AVATAR_URL_MAX_CHARS, "Where a picture of the person is."),
            "language": text(LANGUAGE_MAX_CHARS, "The person's language, like `en-GB`."),
            "customData": schema("Attributes"),
            "custom_data": other_name("customData", &schema("Attributes")),
            "expires_in": {
                "type": "integer",
                "minimum": 1,
                "maximum": TOKEN_LIFETIME_MAX_S,
                "default": TOKEN_LIFETIME_DEFAULT_S,
                "description": "How many seconds the token is valid.",
            },
        },
    })
}

fn create_agent_token_request() -> Value {
    json!({
        "type": "object",
        "description": "Unknown members are ignored.",
        "required": ["name"],
        "properties": {
            "id": {
                "type": ["string", "integer"],
                "maxLength": AGENT_ID_MAX_CHARS,
                "minimum": 0,
                "maximum": 9_007_199_254_740_991_u64,
                "not": {"enum": [".", ".."]},
                "description": "The agent's id at yours, neither `.` nor `..`; a number is \
                    its text. Absent or blank: a UUID is made.",
            },
            "name": {
                "type": "string",
                "maxLength": NAME_MAX_CHARS,
                "pattern": r"\S",
                "description": "The name that visitors see.",
            },
            "avatar_url": avatar_url(),
            "expires_in": {
                "type": "integer",
                "minimum": 1,
                "maximum": AGENT_TOKEN_LIFETIME_MAX_S,
                "default": AGENT_TOKEN_LIFETIME_DEFAULT_S,
                "description": "How many seconds the token is valid.",
            },
        },
    })
}

fn attributes() -> Value {
    json!({
        "type": "object",
        "description": "Your own data: strings, finite numbers and booleans by key. A key has no \
            NUL character. A publishable key may send fewer and shorter ones: at most \
            `x-publishable-key` keys, with strings of as many characters as it says.",
        "x-publishable-key": {
            "maxProperties": RequestLimits::VISITOR.attributes_max,
            "additionalProperties": {
                "maxLength": RequestLimits::VISITOR.attribute_string_max_chars,
            },
        },
        "maxProperties": ATTRIBUTES_MAX,
        "propertyNames": {
            "minLength": 1,
            "maxLength": ATTRIBUTE_KEY_MAX_CHARS,
            "pattern": "^[^\\u0000]*$",
        },
        "additionalProperties": attribute(),
    })
}

/// Returns the schema of an attribute's value, in requests and responses.
pub(super) fn attribute() -> Value {
    json!({
        "type": ["string", "number", "boolean"],
        "maxLength": ATTRIBUTE_STRING_MAX_CHARS,
        "minimum": f64::MIN,
        "maximum": f64::MAX,
    })
}

// No `format: email`: validators differ, and none follows HTML. The pattern matches the
// addresses that the service accepts.
fn email() -> Value {
    json!({
        "type": "string",
        "pattern": EMAIL_PATTERN,
        "maxLength": EMAIL_MAX_CHARS,
        "description": "An email address as HTML's `input type=email` has it. Kept in lower case, \
            without the white space around it.",
    })
}

fn email_or_blank() -> Value {
    let mut email = email();
    email["pattern"] = [r"^\s*$|", EMAIL_PATTERN].concat().into();
    email
}

fn text(max_chars: usize, description: &str) -> Value {
    json!({"type": "string", "maxLength": max_chars, "description": description})
}

fn channel() -> Value {
    json!({
        "type": "object",
        "description": "Where the conversation takes place.",
        "required": ["type"],
        "properties": {"type": schema("ChannelType")},
        "default": {"type": Channel::default().as_str()},
    })
}

fn channel_type() -> Value {
    json!({"type": "string", "enum": Channel::VARIANTS})
}

fn session_status() -> Value {
    json!({
        "type": "string",
        "enum": Status::VARIANTS,
        "description": "Whether the session is still going on. Every session begins as `open`.",
    })
}
