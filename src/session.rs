//! A session request and its rules: written once, run by the browser before it sends a
//! request and by the edge when it receives one.

use crate::attributes::Attributes;
use crate::contact::{Contact, ContactDraft};
use crate::error::{Error, Faults, FieldErrorCode};
use crate::id::parse_uuid;
use crate::json::{Json, push_string};
use crate::text::check_string;
use std::str::FromStr;
use strum::{EnumString, IntoStaticStr, VariantNames};
use uuid::Uuid;

/// The largest request body, in bytes.
pub const BODY_MAX_BYTES: usize = 65_536;

/// Where a conversation takes place: the `type` of a `channel`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, EnumString, IntoStaticStr, VariantNames)]
#[strum(serialize_all = "snake_case")]
pub enum Channel {
    /// `web`
    Web,
    /// `email`
    Email,
    /// `phone_voice`
    PhoneVoice,
    /// `slack`
    Slack,
    /// `sms`
    Sms,
    /// `whatsapp`
    Whatsapp,
    /// `instagram`
    Instagram,
    /// `messenger`
    Messenger,
    /// `api`, the default.
    #[default]
    Api,
    /// `web_voice`
    WebVoice,
}

impl Channel {
    /// The channel's name in the contract.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// Status of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, EnumString, IntoStaticStr, VariantNames)]
#[strum(serialize_all = "snake_case")]
pub enum Status {
    /// `open`, the status of a new session.
    #[default]
    Open,
    /// `closed_resolved`
    ClosedResolved,
    /// `closed_unresolved`
    ClosedUnresolved,
}

impl Status {
    /// The status's name in the contract.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// A request to create a session that has passed every rule.
///
/// It cannot be deserialized: only [`NewSession::check`] constructs one.
#[derive(Debug, Clone, PartialEq)]
pub struct NewSession {
    /// An existing contact; it wins over `contact`.
    pub contact_id: Option<Uuid>,
    /// Where the conversation takes place.
    pub channel: Channel,
    /// True if the caller vouches for the contact. Absent and null mean no.
    pub verified: bool,
    /// The session's attributes.
    pub custom_data: Attributes,
    /// The contact.
    pub contact: Option<ContactDraft>,
    /// True to resume the contact's open session on the channel, if there is one,
    /// instead of creating another. Not in OpenCX's reference.
    pub resume: bool,
}

impl NewSession {
    /// Checks a request against the rules of the contract.
    ///
    /// Unknown members are ignored.
    ///
    /// # Errors
    /// [`Error::MalformedJson`] when `request` is no object, and
    /// [`Error::InvalidRequest`] with every failing field otherwise.
    ///
    /// # Example
    /// ```
    /// use chat_sessions::session::{Channel, NewSession};
    /// use chat_sessions::json_text;
    ///
    /// let request = json_text::request(br#"{"channel": {"type": "web"}}"#)?;
    /// assert_eq!(NewSession::check(&request)?.channel, Channel::Web);
    ///
    /// let request = json_text::request(br#"{"contact_id": "42", "verified": "yes"}"#)?;
    /// let error = NewSession::check(&request).unwrap_err();
    /// assert_eq!(error.fields().len(), 2);
    /// # Ok::<(), chat_sessions::error::Error>(())
    /// ```
    pub fn check(request: &Json<'_>) -> Result<Self, Error> {
        let Json::Object(request) = request else {
            return Err(Error::MalformedJson(
                "The body must be a JSON object; {} is the smallest.".to_owned(),
            ));
        };
        let mut faults = Faults::default();
        let session = Self {
            contact_id: request
                .get("contact_id")
                .and_then(|value| check_contact_id(value, &mut faults)),
            channel: request
                .get("channel")
                .map_or_else(Channel::default, |value| check_channel(value, &mut faults)),
            verified: request
                .get("verified")
                .is_some_and(|value| check_verified(value, &mut faults)),
            custom_data: Attributes::check(request.get("custom_data"), "/custom_data", &mut faults),
            contact: request
                .get("contact")
                .map(|value| ContactDraft::check(value, "/contact", &mut faults)),
            resume: request
                .get("resume")
                .is_some_and(|value| check_resume(value, &mut faults)),
        };
        faults.verdict(session)
    }

    /// Returns the same request with its attributes in the order of their keys.
    #[must_use]
    pub fn sorted(&self) -> Self {
        let mut sorted = self.clone();
        sorted.custom_data = self.custom_data.sorted();
        if let Some(contact) = &mut sorted.contact {
            contact.custom_data = contact.custom_data.sorted();
        }
        sorted
    }

    /// Returns the request as normalised JSON text, which the browser sends.
    ///
    /// Omits defaults.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut out = String::new();
        let mut member = |name: &str, push_value: &dyn Fn(&mut String)| {
            out.push(if out.is_empty() { '{' } else { ',' });
            push_string(&mut out, name);
            out.push(':');
            push_value(&mut out);
        };
        if let Some(id) = &self.contact_id {
            member("contact_id", &|out| {
                push_string(out, &id.to_string());
            });
        }
        if self.channel != Channel::default() {
            member("channel", &|out| {
                out.push_str("{\"type\":");
                push_string(out, self.channel.as_str());
                out.push('}');
            });
        }
        if self.verified {
            member("verified", &|out| out.push_str("true"));
        }
        if !self.custom_data.is_empty() {
            member("custom_data", &|out| self.custom_data.push_json(out));
        }
        if let Some(contact) = &self.contact {
            member("contact", &|out| contact.push_json(out));
        }
        if self.resume {
            member("resume", &|out| out.push_str("true"));
        }
        if out.is_empty() {
            out.push('{');
        }
        out.push('}');
        out
    }
}

fn check_contact_id(value: &Json<'_>, faults: &mut Faults) -> Option<Uuid> {
    const PATH: &str = "/contact_id";
    let id = match value {
        Json::String(text) => parse_uuid(text),
        Json::IllFormedString => None,
        _ => {
            faults.push(PATH, FieldErrorCode::InvalidType, "must be a string");
            return None;
        }
    };
    if id.is_none() {
        faults.push(
            PATH,
            FieldErrorCode::InvalidFormat,
            "must be a UUID with hyphens, like 0190163d-8694-739b-aea5-966c26f8ad91",
        );
    }
    id
}

fn check_verified(value: &Json<'_>, faults: &mut Faults) -> bool {
    match value {
        Json::Bool(verified) => *verified,
        Json::Null => false,
        _ => {
            faults.push(
                "/verified",
                FieldErrorCode::InvalidType,
                "must be true, false or null",
            );
            false
        }
    }
}

fn check_channel(value: &Json<'_>, faults: &mut Faults) -> Channel {
    const PATH: &str = "/channel/type";
    let Json::Object(channel) = value else {
        faults.push("/channel", FieldErrorCode::InvalidType, "must be an object");
        return Channel::default();
    };
    let Some(name) = channel.get("type") else {
        faults.push(PATH, FieldErrorCode::Required, "is required");
        return Channel::default();
    };
    check_string(name, PATH, faults)
        .and_then(|name| check_name(name, PATH, faults))
        .unwrap_or_default()
}

fn check_resume(value: &Json<'_>, faults: &mut Faults) -> bool {
    if let Json::Bool(resume) = value {
        return *resume;
    }
    let message = "must be true or false";
    faults.push("/resume", FieldErrorCode::InvalidType, message);
    false
}

/// A request to change a session that has passed every rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionUpdate {
    /// The new status; `None` leaves it as it is.
    pub status: Option<Status>,
}

impl SessionUpdate {
    /// Checks a request against the rules. Unknown members are ignored, and `{}`
    /// changes nothing.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] with every failing field.
    ///
    /// # Example
    /// ```
    /// use chat_sessions::json_text;
    /// use chat_sessions::session::{SessionUpdate, Status};
    ///
    /// let request = json_text::request(br#"{"status": "closed_resolved"}"#)?;
    /// assert_eq!(SessionUpdate::check(&request)?.status, Some(Status::ClosedResolved));
    /// # Ok::<(), chat_sessions::error::Error>(())
    /// ```
    pub fn check(request: &Json<'_>) -> Result<Self, Error> {
        const STATUS_PATH: &str = "/status";
        let status = match request {
            Json::Object(request) => request.get("status"),
            _ => None,
        };
        let mut faults = Faults::default();
        let status = status
            .and_then(|value| check_string(value, STATUS_PATH, &mut faults))
            .and_then(|name| check_name(name, STATUS_PATH, &mut faults));
        faults.verdict(Self { status })
    }
}

/// Parses the name of a variant, and collects an error if there is none of that name.
pub(crate) fn check_name<T>(name: &str, path: &str, faults: &mut Faults) -> Option<T>
where
    T: FromStr + VariantNames,
{
    let variant = T::from_str(name).ok();
    if variant.is_none() {
        let mut message = String::from("must be one of ");
        for (index, name) in T::VARIANTS.iter().enumerate() {
            if index > 0 {
                message.push_str(", ");
            }
            message.push_str(name);
        }
        faults.push(path, FieldErrorCode::UnknownValue, message);
    }
    variant
}

/// A session as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct Session {
    /// The session's id, a UUIDv7.
    pub id: Uuid,
    /// Open or closed.
    pub status: Status,
    /// Where it takes place.
    pub channel: Channel,
    /// The session's number within its organization; it only grows.
    pub ticket_number: u64,
    /// When it was created, Unix time in milliseconds.
    pub created_at_ms: u64,
    /// When it was last changed, Unix time in milliseconds.
    pub updated_at_ms: u64,
    /// The attributes, as the text of a JSON object.
    pub custom_data: String,
    /// The contact.
    pub contact: Option<Contact>,
}
