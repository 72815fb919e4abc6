//! The request of a create, and its rules: written once, run by the browser before it
//! sends a request and by the edge when it receives one.

use super::attributes::Attributes;
use super::contact::ContactDraft;
use super::id::parse_uuid;
use super::limits::RequestLimits;
use super::session::Channel;
use crate::error::{Error, ViolationCode};
use crate::validation::json::{Json, push_string};
use crate::validation::text::{check_name, check_string};
use crate::validation::violations::Violations;
use uuid::Uuid;

/// A request to create a session that has passed every rule.
///
/// It cannot be deserialized: only [`NewSession::check`] constructs one.
#[derive(Debug, Clone, PartialEq)]
#[expect(
    clippy::manual_non_exhaustive,
    reason = "it holds within the crate too"
)]
pub struct NewSession {
    /// An existing contact; it wins over `contact`.
    pub contact_id: Option<Uuid>,
    /// Where the conversation takes place.
    pub channel: Channel,
    /// True if the caller vouches for the contact, false if not. `None`, which is sent
    /// as null too, leaves it to the credential: see [`crate::api`].
    pub verified: Option<bool>,
    /// The session's attributes.
    pub custom_data: Attributes,
    /// The contact.
    pub contact: Option<ContactDraft>,
    /// True to resume the contact's open session on the channel, if there is one,
    /// instead of creating another. Not in OpenCX's reference.
    pub resume: bool,
    /// Private: no other module can construct one.
    _is_checked: (),
}

impl NewSession {
    /// Checks a request against the rules of the contract.
    ///
    /// Unknown members are ignored.
    ///
    /// # Errors
    /// [`Error::MalformedJson`] when `request` is no object, and
    /// [`Error::InvalidRequest`] with every violation otherwise.
    ///
    /// # Example
    /// ```
    /// use chat_sessions::domain::{new_session::NewSession, session::Channel};
    /// use chat_sessions::validation::json_text;
    ///
    /// let request = json_text::parse(br#"{"channel": {"type": "web"}}"#)?;
    /// assert_eq!(NewSession::check(&request)?.channel, Channel::Web);
    ///
    /// let request = json_text::parse(br#"{"contact_id": "42", "verified": "yes"}"#)?;
    /// let error = NewSession::check(&request).unwrap_err();
    /// assert_eq!(error.violations().len(), 2);
    /// # Ok::<(), chat_sessions::error::Error>(())
    /// ```
    pub fn check(request: &Json<'_>) -> Result<Self, Error> {
        Self::check_within(request, RequestLimits::FULL)
    }

    /// Checks a request like [`NewSession::check`], within the limits of its caller.
    ///
    /// # Errors
    /// The same.
    pub fn check_within(request: &Json<'_>, limits: RequestLimits) -> Result<Self, Error> {
        let request = match request {
            Json::Object(request) => request,
            Json::NotJson(what) => {
                let message = ["The request must be an object, but ", what, "."].concat();
                return Err(Error::MalformedJson(message));
            }
            _ => {
                return Err(Error::MalformedJson(
                    "The body must be a JSON object; {} is the smallest.".to_owned(),
                ));
            }
        };
        let mut violations = Violations::default();
        let session = Self {
            contact_id: request
                .get("contact_id")
                .and_then(|value| check_contact_id(value, &mut violations)),
            channel: request
                .get("channel")
                .map_or_else(Channel::default, |value| {
                    check_channel(value, &mut violations)
                }),
            verified: request
                .get("verified")
                .and_then(|value| check_verified(value, &mut violations)),
            custom_data: Attributes::check(
                request,
                "",
                ["custom_data", "customData"],
                limits,
                &mut violations,
            ),
            contact: request
                .get("contact")
                .map(|value| ContactDraft::check(value, "/contact", limits, &mut violations)),
            resume: request
                .get("resume")
                .is_some_and(|value| check_resume(value, &mut violations)),
            _is_checked: (),
        };
        violations.finish(session)
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
        if let Some(verified) = self.verified {
            member("verified", &|out| {
                out.push_str(if verified { "true" } else { "false" });
            });
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

fn check_contact_id(value: &Json<'_>, violations: &mut Violations) -> Option<Uuid> {
    const PATH: &str = "/contact_id";
    let id = match value {
        Json::String(text) => parse_uuid(text),
        Json::IllFormedString => None,
        _ => {
            violations.push_invalid_type(PATH, value, "must be a string");
            return None;
        }
    };
    if id.is_none() {
        violations.push(
            PATH,
            ViolationCode::InvalidFormat,
            "must be a UUID with hyphens, like 0190163d-8694-739b-aea5-966c26f8ad91",
        );
    }
    id
}

fn check_verified(value: &Json<'_>, violations: &mut Violations) -> Option<bool> {
    match value {
        Json::Bool(verified) => Some(*verified),
        Json::Null => None,
        _ => {
            violations.push_invalid_type("/verified", value, "must be true, false or null");
            None
        }
    }
}

fn check_channel(value: &Json<'_>, violations: &mut Violations) -> Channel {
    const PATH: &str = "/channel/type";
    let Json::Object(channel) = value else {
        violations.push_invalid_type("/channel", value, "must be an object");
        return Channel::default();
    };
    let Some(name) = channel.get("type") else {
        violations.push(PATH, ViolationCode::Required, "is required");
        return Channel::default();
    };
    check_string(name, PATH, violations)
        .and_then(|name| check_name(name, PATH, violations))
        .unwrap_or_default()
}

fn check_resume(value: &Json<'_>, violations: &mut Violations) -> bool {
    if let Json::Bool(resume) = value {
        return *resume;
    }
    violations.push_invalid_type("/resume", value, "must be true or false");
    false
}
