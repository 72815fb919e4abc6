//! Contacts: the data of a person, and the identity of one.

use super::attributes::Attributes;
use super::limits::{EMAIL_MAX_CHARS, NAME_MAX_CHARS, RequestLimits};
use super::phone_number::PhoneNumber;
use crate::error::ViolationCode;
use crate::validation::json::{Json, push_string};
use crate::validation::text::check_text;
use crate::validation::violations::Violations;
use uuid::Uuid;

/// A contact as a request describes it: the checked `contact` member.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ContactDraft {
    /// The email address, normalised.
    pub email: Option<Email>,
    /// The name, as sent.
    pub name: Option<String>,
    /// The phone number, as sent.
    pub phone_number: Option<PhoneNumber>,
    /// The attributes.
    pub custom_data: Attributes,
}

impl ContactDraft {
    /// Reads the `contact` at `path` and collects every violation. A blank text is
    /// absent: forms send their empty fields too.
    pub(crate) fn check(
        value: &Json<'_>,
        path: &str,
        limits: RequestLimits,
        violations: &mut Violations,
    ) -> Self {
        let Json::Object(object) = value else {
            violations.push_invalid_type(path, value, "must be an object");
            return Self::default();
        };
        let at = |name: &str| [path, "/", name].concat();
        Self {
            email: object
                .get("email")
                .and_then(|value| check_email(value, &at("email"), violations)),
            name: object
                .get("name")
                .and_then(|value| check_text(value, &at("name"), NAME_MAX_CHARS, violations))
                .map(str::to_owned),
            phone_number: PhoneNumber::check(object, path, ["phone_number", "phone"], violations),
            custom_data: Attributes::check(
                object,
                path,
                ["custom_data", "customData"],
                limits,
                violations,
            ),
        }
    }

    /// Returns the identity of the person, within one organization.
    ///
    /// ```
    /// use chat_sessions::domain::contact::{ContactDraft, Email};
    /// let draft = ContactDraft { email: Email::parse(" Ann@Example.com "), ..ContactDraft::default() };
    /// assert_eq!(draft.identity().as_deref(), Some("email:ann@example.com"));
    /// assert_eq!(ContactDraft::default().identity(), None);
    /// ```
    #[must_use]
    pub fn identity(&self) -> Option<String> {
        if let Some(email) = &self.email {
            return Some(email.identity());
        }
        self.phone_number.as_ref().and_then(PhoneNumber::identity)
    }

    /// Returns true if the contact is known by its phone number: no email was given.
    #[must_use]
    pub fn is_identified_by_phone_number(&self) -> bool {
        self.email.is_none() && self.identity().is_some()
    }

    /// Appends the draft to `out` as a JSON object.
    pub(crate) fn push_json(&self, out: &mut String) {
        let members = [
            ("\"email\":", self.email.as_ref().map(Email::as_str)),
            ("\"name\":", self.name.as_deref()),
            (
                "\"phone_number\":",
                self.phone_number.as_ref().map(PhoneNumber::as_str),
            ),
        ];
        out.push('{');
        let mut separator = "";
        for (name, text) in members {
            if let Some(text) = text {
                out.push_str(separator);
                out.push_str(name);
                push_string(out, text);
                separator = ",";
            }
        }
        if !self.custom_data.is_empty() {
            out.push_str(separator);
            out.push_str("\"custom_data\":");
            self.custom_data.push_json(out);
        }
        out.push('}');
    }
}

pub(crate) fn check_email(
    value: &Json<'_>,
    path: &str,
    violations: &mut Violations,
) -> Option<Email> {
    // The limit is for the trimmed address.
    let trimmed = match value {
        Json::String(text) => &Json::String(trim(text).into()),
        other => other,
    };
    let text = check_text(trimmed, path, EMAIL_MAX_CHARS, violations)?;
    let email = Email::parse(text);
    if email.is_none() {
        violations.push(
            path,
            ViolationCode::InvalidFormat,
            "must be an email address, like ann@example.com",
        );
    }
    email
}

/// Trims ASCII white space, as browsers do in an `input type=email`.
fn trim(text: &str) -> &str {
    text.trim_matches(|character: char| character.is_ascii_whitespace())
}

/// The HTML standard's regular expression for a valid email address. A property test
/// compares [`Email::parse`] with it.
pub const EMAIL_PATTERN: &str = r"^[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$";

/// An email address: trimmed, ASCII-lower-cased, and valid by the WHATWG
/// definition of `input type=email`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Email(String);

impl Email {
    /// Returns the identity of the person with this address.
    #[must_use]
    pub fn identity(&self) -> String {
        ["email:", &self.0].concat()
    }

    /// Parses an address; `None` if it is not valid.
    ///
    /// The definition is HTML's "valid email address"
    /// (<https://html.spec.whatwg.org/multipage/input.html#valid-e-mail-address>),
    /// ASCII only. An address that a browser's form accepts is accepted here.
    ///
    /// ```
    /// use chat_sessions::domain::contact::Email;
    /// assert_eq!(Email::parse(" Ann@Example.COM").unwrap().as_str(), "ann@example.com");
    /// assert!(Email::parse("ann@localhost").is_some());
    /// assert!(Email::parse("ann@-example.com").is_none());
    /// assert!(Email::parse("ann").is_none());
    /// ```
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = trim(text);
        let (local, domain) = text.split_once('@')?;
        let local_is_valid = !local.is_empty() && local.bytes().all(is_email_local_byte);
        let domain_is_valid = domain.split('.').all(is_domain_label);
        (local_is_valid && domain_is_valid).then(|| Self(text.to_ascii_lowercase()))
    }

    /// The normalised address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_email_local_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b".!#$%&'*+/=?^_`{|}~-".contains(&byte)
}

fn is_domain_label(label: &str) -> bool {
    const LABEL_MAX_BYTES: usize = 63;
    (1..=LABEL_MAX_BYTES).contains(&label.len())
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// A contact as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct Contact {
    /// The contact's id.
    pub id: Uuid,
    /// The email address; it identifies the contact and never changes.
    pub email: Option<String>,
    /// The phone number, from verified callers, or of a contact that it identifies.
    pub phone_number: Option<String>,
    /// The name, from verified callers only.
    pub name: Option<String>,
    /// Attributes from verified callers, as the text of a JSON object.
    pub custom_data: String,
    /// The name from an unverified caller.
    pub non_verified_name: Option<String>,
    /// The phone number from an unverified caller.
    pub non_verified_phone_number: Option<String>,
    /// Attributes from unverified callers, as the text of a JSON object.
    pub non_verified_custom_data: String,
}
