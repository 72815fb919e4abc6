//! A message to send, and its rules: written once, run by the browser before it sends
//! a request and by the edge when it receives one.

use super::agent::AgentDraft;
use super::attachment::{Attachment, check_attachments};
use super::attributes::Attributes;
use super::contact::ContactDraft;
use super::entry::{AssigneeKind, Side, preview};
use super::id::parse_uuid;
use super::limits::{MESSAGE_TEXT_MAX_CHARS, RequestLimits};
use crate::error::{Error, ViolationCode};
use crate::validation::json::{Json, Object, push_string};
use crate::validation::text::{at_most, check_name, check_string, is_longer};
use crate::validation::violations::Violations;
use sha2::{Digest, Sha256};
use strum::{EnumString, IntoStaticStr, VariantNames};
use uuid::Uuid;

/// The author of a message, as a request names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString, IntoStaticStr, VariantNames)]
#[strum(serialize_all = "snake_case")]
pub enum Sender {
    /// `contact`: the visitor.
    Contact,
    /// `agent`: a person who answers.
    Agent,
    /// `ai`: a program that answers.
    Ai,
}

impl Sender {
    /// The sender's name in the contract.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// The side that the sender is on.
    #[must_use]
    pub fn side(self) -> Side {
        match self {
            Self::Contact => Side::Contact,
            Self::Agent | Self::Ai => Side::Agent,
        }
    }

    /// The kind of assignee that the sender becomes by answering; `None` for a contact.
    #[must_use]
    pub fn answers_as(self) -> Option<AssigneeKind> {
        match self {
            Self::Contact => None,
            Self::Agent => Some(AssigneeKind::Human),
            Self::Ai => Some(AssigneeKind::Ai),
        }
    }
}

/// A request to send a message that has passed every rule.
///
/// It cannot be deserialized: only [`NewMessage::check`] constructs one.
#[derive(Debug, Clone, PartialEq)]
#[expect(
    clippy::manual_non_exhaustive,
    reason = "it holds within the crate too"
)]
pub struct NewMessage {
    /// The author; `None` leaves it to the credential.
    pub sender: Option<Sender>,
    /// The client's id for the message: a retry with it makes no second message.
    pub id: Option<Uuid>,
    /// The text, as sent; empty only if there are attachments.
    pub text: String,
    /// Links to files.
    pub attachments: Vec<Attachment>,
    /// The agent or program that answers.
    pub agent: Option<AgentDraft>,
    /// Data of the session's contact.
    pub contact: Option<ContactDraft>,
    /// Attributes to merge into the session's.
    pub custom_data: Attributes,
    /// True to make the agent of this message the session's assignee.
    pub takes_over: bool,
    /// Private: no other module can construct one.
    _is_checked: (),
}

impl NewMessage {
    /// Checks a request against the rules of the contract. Unknown members are ignored.
    ///
    /// # Errors
    /// [`Error::MalformedJson`] when `request` is no object, and
    /// [`Error::InvalidRequest`] with every violation otherwise.
    ///
    /// # Example
    /// ```
    /// use chat_sessions::domain::message::NewMessage;
    /// use chat_sessions::validation::json_text;
    ///
    /// let request = json_text::parse(br#"{"message": {"text": "Hello"}}"#)?;
    /// assert_eq!(NewMessage::check(&request)?.text, "Hello");
    ///
    /// let request = json_text::parse(br#"{"sender": "bot", "message": {"text": " "}}"#)?;
    /// let error = NewMessage::check(&request).unwrap_err();
    /// assert_eq!(error.violations().len(), 2);
    /// # Ok::<(), chat_sessions::error::Error>(())
    /// ```
    pub fn check(request: &Json<'_>) -> Result<Self, Error> {
        Self::check_within(request, RequestLimits::FULL)
    }

    /// Checks a request like [`NewMessage::check`], within the limits of its caller.
    ///
    /// # Errors
    /// Those of [`NewMessage::check`].
    pub fn check_within(request: &Json<'_>, limits: RequestLimits) -> Result<Self, Error> {
        Self::check_at(request, WRAPPER, limits)
    }

    /// Checks a request like [`NewMessage::check_within`], but one that has the members of
    /// `message` beside the others, as the browser package takes them: `{"text": "Hello"}`.
    ///
    /// # Errors
    /// Those of [`NewMessage::check`]; paths are those of the flat request.
    pub fn check_flat(request: &Json<'_>, limits: RequestLimits) -> Result<Self, Error> {
        Self::check_at(request, "", limits)
    }

    /// Checks a request whose content is at `content_path`.
    fn check_at(
        request: &Json<'_>,
        content_path: &str,
        limits: RequestLimits,
    ) -> Result<Self, Error> {
        let request = match request {
            Json::Object(request) => request,
            Json::NotJson(what) => {
                let message = ["The request must be an object, but ", what, "."].concat();
                return Err(Error::MalformedJson(message));
            }
            _ => {
                return Err(Error::MalformedJson(
                    "The body must be a JSON object with a message in it.".to_owned(),
                ));
            }
        };
        let mut violations = Violations::default();
        let sender = request
            .get("sender")
            .and_then(|value| check_string(value, "/sender", &mut violations))
            .and_then(|name| check_name(name, "/sender", &mut violations));
        let content = match content_path {
            "" => Some(request),
            _ => find_content(request, &mut violations),
        };
        let content = content.map_or_else(Content::default, |content| {
            check_content(content, content_path, &mut violations)
        });
        let agent = request
            .get("agent")
            .and_then(|value| AgentDraft::check(value, "/agent", &mut violations));
        if agent.is_some() && sender == Some(Sender::Contact) {
            let message = "is for messages of an agent or an ai, and this one is the contact's";
            violations.push("/agent", ViolationCode::InvalidFormat, message);
        }
        let message = Self {
            sender,
            id: content.id,
            text: content.text,
            attachments: content.attachments,
            agent,
            contact: request
                .get("contact")
                .map(|value| ContactDraft::check(value, "/contact", limits, &mut violations)),
            custom_data: Attributes::check(
                request,
                "",
                ["custom_data", "customData"],
                limits,
                &mut violations,
            ),
            takes_over: request
                .get(TAKES_OVER)
                .is_some_and(|value| check_takes_over(value, &mut violations)),
            _is_checked: (),
        };
        violations.finish(message)
    }

    /// Returns the request as normalised JSON text, which the browser sends.
    ///
    /// Omits defaults.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut out = String::from("{");
        if let Some(sender) = self.sender {
            out.push_str("\"sender\":");
            push_string(&mut out, sender.as_str());
            out.push(',');
        }
        out.push_str("\"message\":");
        self.push_content(&mut out);
        if let Some(agent) = &self.agent {
            out.push_str(",\"agent\":");
            agent.push_json(&mut out);
        }
        if let Some(contact) = &self.contact {
            out.push_str(",\"contact\":");
            contact.push_json(&mut out);
        }
        if !self.custom_data.is_empty() {
            out.push_str(",\"custom_data\":");
            self.custom_data.push_json(&mut out);
        }
        if self.takes_over {
            out.push_str(",\"");
            out.push_str(TAKES_OVER);
            out.push_str("\":true");
        }
        out.push('}');
        out
    }

    /// Returns the attachments as the text of a JSON array.
    #[must_use]
    pub fn attachments_json(&self) -> String {
        let mut out = String::from("[");
        for (index, attachment) in self.attachments.iter().enumerate() {
            if index > 0 {
                out.push(',');
            }
            attachment.push_json(&mut out);
        }
        out.push(']');
        out
    }

    /// Returns SHA-256, in hexadecimal digits, of what makes two messages the same:
    /// author, text and attachments.
    #[must_use]
    pub fn content_hash(&self, sender: Sender) -> String {
        let content = [
            sender.as_str(),
            "\n",
            &self.attachments_json(),
            "\n",
            &self.text,
        ]
        .concat();
        base16ct::lower::encode_string(&Sha256::digest(content))
    }

    /// Returns the beginning of the message, as a session shows it.
    #[must_use]
    pub fn preview(&self) -> String {
        let file = self.attachments.first();
        preview(&self.text, file.map(|file| file.name.as_str()))
    }

    fn push_content(&self, out: &mut String) {
        out.push_str("{\"type\":\"text\"");
        if let Some(id) = &self.id {
            out.push_str(",\"id\":");
            push_string(out, &id.to_string());
        }
        if !self.text.is_empty() {
            out.push_str(",\"text\":");
            push_string(out, &self.text);
        }
        if !self.attachments.is_empty() {
            out.push_str(",\"attachments\":");
            out.push_str(&self.attachments_json());
        }
        out.push('}');
    }
}

/// The member that makes an agent the assignee, as OpenCX's reference names it.
const TAKES_OVER: &str = "should_take_over_session_from_ai";

/// The `message` member.
#[derive(Default)]
struct Content {
    id: Option<Uuid>,
    text: String,
    attachments: Vec<Attachment>,
}

/// Path of the member that has the content.
const WRAPPER: &str = "/message";

fn find_content<'o, 'a>(
    request: &'o Object<'a>,
    violations: &mut Violations,
) -> Option<&'o Object<'a>> {
    match request.get("message") {
        Some(Json::Object(message)) => return Some(message),
        Some(value) => violations.push_invalid_type(WRAPPER, value, "must be an object"),
        None => violations.push(WRAPPER, ViolationCode::Required, "is required"),
    }
    None
}

fn check_content(message: &Object<'_>, path: &str, violations: &mut Violations) -> Content {
    let at = |name| [path, "/", name].concat();
    if let Some(value) = message.get("type") {
        check_type(value, &at("type"), violations);
    }
    let attachments = message.get("attachments").map_or_else(Vec::new, |value| {
        check_attachments(value, &at("attachments"), violations)
    });
    Content {
        id: message
            .get("id")
            .and_then(|value| check_id(value, &at("id"), violations)),
        text: check_message_text(message, &at("text"), violations),
        attachments,
    }
}

fn check_type(value: &Json<'_>, path: &str, violations: &mut Violations) {
    if check_string(value, path, violations).is_some_and(|name| name != "text") {
        violations.push(path, ViolationCode::UnknownValue, "must be text");
    }
}

pub(super) fn check_id(value: &Json<'_>, path: &str, violations: &mut Violations) -> Option<Uuid> {
    let id = parse_uuid(check_string(value, path, violations)?);
    if id.is_none() {
        let message = "must be a UUID with hyphens, like 0190163d-8694-739b-aea5-966c26f8ad91";
        violations.push(path, ViolationCode::InvalidFormat, message);
    }
    id
}

fn check_message_text(message: &Object<'_>, path: &str, violations: &mut Violations) -> String {
    let has_attachments =
        matches!(message.get("attachments"), Some(Json::Array(items)) if !items.is_empty());
    let Some(value) = message.get("text") else {
        if !has_attachments {
            let reason = "is required where there are no attachments";
            violations.push(path, ViolationCode::Required, reason);
        }
        return String::new();
    };
    let too_short = (!has_attachments)
        .then_some("must have at least 1 character where there are no attachments");
    check_written(value, path, too_short, violations)
}

/// Reads what somebody wrote; `too_short` says so of an empty text, which is none without
/// it.
pub(super) fn check_written(
    value: &Json<'_>,
    path: &str,
    too_short: Option<&'static str>,
    violations: &mut Violations,
) -> String {
    let Some(text) = check_string(value, path, violations) else {
        return String::new();
    };
    if is_longer(text, MESSAGE_TEXT_MAX_CHARS) {
        let reason = at_most(MESSAGE_TEXT_MAX_CHARS, "be", "characters long");
        violations.push(path, ViolationCode::TooLong, reason);
    } else if text.is_empty() {
        if let Some(reason) = too_short {
            violations.push(path, ViolationCode::TooShort, reason);
        }
    } else if text.trim().is_empty() {
        let reason = "has white space only: nobody could read it";
        violations.push(path, ViolationCode::InvalidFormat, reason);
    }
    text.to_owned()
}

fn check_takes_over(value: &Json<'_>, violations: &mut Violations) -> bool {
    if let Json::Bool(takes_over) = value {
        return *takes_over;
    }
    let path = ["/", TAKES_OVER].concat();
    violations.push_invalid_type(path, value, "must be true or false");
    false
}
