//! The JSON shapes that cross the wire: serde and nothing else.

use crate::contact::Contact;
use crate::credential::{KeyKind, KeyRecord, Tenant};
use crate::error::{Error, FieldError};
use crate::json::{Json, Number, Object, is_finite};
use crate::session::Session;
use chrono::{DateTime, SecondsFormat};
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use uuid::Uuid;

// What comes in.

/// Reads a request body: a JSON object.
///
/// Objects inside objects are read as deep as a rule can look; what lies
/// deeper is checked to be JSON, without recursion, and left alone. So nesting
/// costs nothing, however deep it is.
///
/// # Errors
/// [`Error::MalformedJson`], with the line and column of the first fault.
///
/// # Example
/// ```
/// use chat_sessions::json::Json;
/// assert!(matches!(chat_sessions::wire::parse(b" {} ")?, Json::Object(_)));
///
/// let error = chat_sessions::wire::parse(b"{\"a\": 1,}").unwrap_err();
/// assert!(error.message().contains("line 1 column 9"));
///
/// let error = chat_sessions::wire::parse(b"\n[]").unwrap_err();
/// assert!(error.message().contains("line 2 column 1"));
/// # Ok::<(), chat_sessions::error::Error>(())
/// ```
pub fn parse(body: &[u8]) -> Result<Json<'_>, Error> {
    let refused = |reason: &dyn fmt::Display| {
        Error::MalformedJson(format!(
            "The body must be a JSON object, {{}} at least: {reason}."
        ))
    };
    let text = serde_json::from_slice::<&RawValue>(body).map_err(|error| refused(&error))?;
    if !text.get().starts_with('{') {
        let (mut line, mut column) = (1_usize, 1_usize);
        for byte in body.iter().take_while(|byte| byte.is_ascii_whitespace()) {
            (line, column) = match byte {
                b'\n' => (line.saturating_add(1), 1),
                _ => (line, column.saturating_add(1)),
            };
        }
        let reason = format_args!("something else begins at line {line} column {column}");
        return Err(refused(&reason));
    }
    Ok(read(text.get(), OBJECTS_READ_DEEP))
}

/// The request, `contact` and its `custom_data`: no rule looks deeper.
const OBJECTS_READ_DEEP: u8 = 3;

/// Reads text that is known to be JSON.
fn read(text: &str, objects_read_deep: u8) -> Json<'_> {
    match text.as_bytes().first() {
        Some(b'n') => Json::Null,
        Some(b't') => Json::Bool(true),
        Some(b'f') => Json::Bool(false),
        Some(b'[') => Json::Array,
        Some(b'"') => read_string(text).map_or(Json::IllFormedString, Json::String),
        Some(b'{') => match objects_read_deep.checked_sub(1) {
            Some(deeper) => Json::Object(read_object(text, deeper)),
            None => Json::Object(Object::default()),
        },
        _ => Json::Number(Number {
            text: Cow::Borrowed(text),
            is_finite: is_finite(text),
        }),
    }
}

/// Reads a string that is known to be JSON; `None` if it is not Unicode, which
/// is the one thing that the syntax lets through.
fn read_string(text: &str) -> Option<Cow<'_, str>> {
    let has_escapes = text.contains('\\');
    if has_escapes {
        serde_json::from_str(text).ok().map(Cow::Owned)
    } else {
        text.strip_prefix('"')?.strip_suffix('"').map(Cow::Borrowed)
    }
}

fn read_object(text: &str, objects_read_deep: u8) -> Object<'_> {
    // The text is known to be an object, so this cannot fail.
    let raw: RawMembers<'_> = serde_json::from_str(text).unwrap_or_default();
    let mut object = Object {
        members: Vec::with_capacity(raw.0.len()),
        has_ill_formed_name: false,
    };
    let mut positions = HashMap::new();
    for (name, value) in raw.0 {
        let Some(name) = read_string(name.get()) else {
            object.has_ill_formed_name = true;
            continue;
        };
        let value = read(value.get(), objects_read_deep);
        let position = *positions
            .entry(name.clone())
            .or_insert(object.members.len());
        match object.members.get_mut(position) {
            Some((_, earlier)) => *earlier = value,
            None => object.members.push((name, value)),
        }
    }
    object
}

/// An object's members, neither names nor values looked into.
#[derive(Default)]
struct RawMembers<'a>(Vec<(&'a RawValue, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for RawMembers<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;

        impl<'de> Visitor<'de> for Members {
            type Value = RawMembers<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(RawMembers(members))
            }
        }

        deserializer.deserialize_map(Members)
    }
}

/// The KV value under `key:<sha256>`.
#[derive(Debug, Deserialize)]
pub struct KeyRecordBody {
    org: String,
    kind: KeyKindBody,
    #[serde(default)]
    origins: Vec<String>,
    db: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum KeyKindBody {
    Secret,
    Publishable,
}

impl From<KeyRecordBody> for KeyRecord {
    fn from(body: KeyRecordBody) -> Self {
        Self {
            tenant: Tenant {
                organization: body.org,
                db: body.db,
            },
            kind: match body.kind {
                KeyKindBody::Secret => KeyKind::Secret,
                KeyKindBody::Publishable => KeyKind::Publishable,
            },
            origins: body.origins,
        }
    }
}

// What goes out.

/// The answer to a create.
#[derive(Debug, Serialize)]
pub struct CreatedBody {
    /// The session's id.
    #[serde(serialize_with = "as_text")]
    pub id: Uuid,
}

/// A session, as Get Session answers it.
#[derive(Debug, Serialize)]
pub struct SessionBody<'a> {
    #[serde(serialize_with = "as_text")]
    id: Uuid,
    status: &'static str,
    /// Null: nothing here closes sessions by itself.
    ai_closure_type: Option<&'static str>,
    /// Null: nothing here reads the messages.
    sentiment: Option<&'static str>,
    channel: ChannelBody,
    ticket_number: u64,
    /// False: no assistant takes part.
    assist_mode: bool,
    created_at: String,
    updated_at: String,
    custom_data: &'a RawValue,
    #[serde(skip_serializing_if = "Option::is_none")]
    contact: Option<ContactBody<'a>>,
}

#[derive(Debug, Serialize)]
struct ChannelBody {
    r#type: &'static str,
}

#[derive(Debug, Serialize)]
struct ContactBody<'a> {
    #[serde(serialize_with = "as_text")]
    id: Uuid,
    email: Option<&'a str>,
    phone_number: Option<&'a str>,
    name: Option<&'a str>,
    custom_data: &'a RawValue,
    non_verified_name: Option<&'a str>,
    non_verified_custom_data: &'a RawValue,
}

impl<'a> TryFrom<&'a Session> for SessionBody<'a> {
    /// A stored `custom_data` is not JSON: the database was tampered with.
    type Error = serde_json::Error;

    fn try_from(session: &'a Session) -> Result<Self, Self::Error> {
        Ok(Self {
            id: session.id,
            status: session.status.as_str(),
            ai_closure_type: None,
            sentiment: None,
            channel: ChannelBody {
                r#type: session.channel.as_str(),
            },
            ticket_number: session.ticket_number,
            assist_mode: false,
            created_at: iso_8601(session.created_at_ms),
            updated_at: iso_8601(session.updated_at_ms),
            custom_data: serde_json::from_str(&session.custom_data)?,
            contact: session
                .contact
                .as_ref()
                .map(ContactBody::try_from)
                .transpose()?,
        })
    }
}

impl<'a> TryFrom<&'a Contact> for ContactBody<'a> {
    type Error = serde_json::Error;

    fn try_from(contact: &'a Contact) -> Result<Self, Self::Error> {
        Ok(Self {
            id: contact.id,
            email: contact.email.as_deref(),
            phone_number: contact.phone_number.as_deref(),
            name: contact.name.as_deref(),
            custom_data: serde_json::from_str(&contact.custom_data)?,
            non_verified_name: contact.non_verified_name.as_deref(),
            non_verified_custom_data: serde_json::from_str(&contact.non_verified_custom_data)?,
        })
    }
}

/// A refusal.
#[derive(Debug, Serialize)]
pub struct ErrorBody<'a> {
    /// The HTTP status code.
    #[serde(rename = "statusCode")]
    pub status_code: u16,
    /// What went wrong, for a person.
    pub message: &'a str,
    /// The HTTP reason phrase.
    pub error: &'static str,
    /// The stable name of what went wrong.
    pub code: &'static str,
    /// The id that the log knows the request by.
    pub request_id: &'a str,
    /// Every failing field.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldErrorBody<'a>>,
}

/// One failing field.
#[derive(Debug, Serialize)]
pub struct FieldErrorBody<'a> {
    /// The field, as a JSON Pointer.
    pub path: &'a str,
    /// The stable name of the rule's kind.
    pub code: &'static str,
    /// The rule.
    pub message: &'a str,
}

impl<'a> From<&'a FieldError> for FieldErrorBody<'a> {
    fn from(error: &'a FieldError) -> Self {
        Self {
            path: &error.path,
            code: error.code.as_str(),
            message: &error.message,
        }
    }
}

fn as_text<S: Serializer>(id: &Uuid, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(id.hyphenated().encode_lower(&mut Uuid::encode_buffer()))
}

/// Unix milliseconds as ISO 8601 in UTC, with milliseconds.
///
/// ```
/// assert_eq!(chat_sessions::wire::iso_8601(1_750_000_000_123), "2025-06-15T15:06:40.123Z");
/// ```
#[must_use]
pub fn iso_8601(unix_ms: u64) -> String {
    i64::try_from(unix_ms)
        .ok()
        .and_then(DateTime::from_timestamp_millis)
        .unwrap_or(DateTime::UNIX_EPOCH)
        .to_rfc3339_opts(SecondsFormat::Millis, true)
}
