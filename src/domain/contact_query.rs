//! The query of `GET /contacts`: the identity of a person.

use super::contact::{Email, check_email};
use super::limits::PHONE_NUMBER_MAX_CHARS;
use super::phone_number::PhoneNumber;
use super::query::Parameters;
use crate::error::{Error, ViolationCode};
use crate::validation::json::Json;
use crate::validation::text::check_text;
use crate::validation::violations::Violations;

/// A request to find a contact that has passed every rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContactQuery {
    /// The identity of the person, as creates derive it.
    pub identity: String,
}

impl ContactQuery {
    /// Checks a query, percent-encoded as sent, against the rules: it has an `email` or a
    /// `phone_number`. Other parameters are ignored.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] with every failing parameter.
    ///
    /// # Example
    /// ```
    /// use chat_sessions::domain::contact_query::ContactQuery;
    /// let query = ContactQuery::check("email=Ann%40Example.com")?;
    /// assert_eq!(query.identity, "email:ann@example.com");
    /// // A plus that its sender did not percent-encode.
    /// let query = ContactQuery::check("phone_number=+1(555)010-9999")?;
    /// assert_eq!(query.identity, "phone:+15550109999");
    /// assert!(ContactQuery::check("").is_err());
    /// # Ok::<(), chat_sessions::error::Error>(())
    /// ```
    pub fn check(query: &str) -> Result<Self, Error> {
        let mut violations = Violations::default();
        let parameters = Parameters(query);
        let email = parameters.read("email", &mut violations, read_email);
        let email = email.map(|email| email.identity());
        let phone_number = parameters.read("phone_number", &mut violations, read_phone_number);
        match (parameters.has("email"), parameters.has("phone_number")) {
            (false, false) => {
                let message = "is missing, and so is phone_number: send one of the two";
                violations.push("/email", ViolationCode::Required, message);
            }
            (true, true) => {
                let message = "is sent together with email: send one of the two";
                violations.push("/phone_number", ViolationCode::InvalidFormat, message);
            }
            _ => {}
        }
        let identity = email.or(phone_number).unwrap_or_default();
        violations.finish(Self { identity })
    }
}

/// Reads an email. None has a space: a `+` that its sender did not percent-encode arrives
/// as one.
pub(super) fn read_email(text: &str, path: &str, violations: &mut Violations) -> Option<Email> {
    if is_blank(text, path, violations) {
        return None;
    }
    let value = Json::String(text.trim().replace(' ', "+").into());
    check_email(&value, path, violations)
}

/// Reads a phone number's identity. Nobody sends a number behind a space: that is a `+`
/// that its sender did not percent-encode.
fn read_phone_number(text: &str, path: &str, violations: &mut Violations) -> Option<String> {
    if is_blank(text, path, violations) {
        return None;
    }
    let text = match text.strip_prefix(' ') {
        Some(number) => ["+", number].concat(),
        None => text.to_owned(),
    };
    let value = Json::String(text.into());
    let text = check_text(&value, path, PHONE_NUMBER_MAX_CHARS, violations)?;
    let identity = PhoneNumber::parse(text).and_then(|number| number.identity());
    if identity.is_none() {
        let message = "does not read as a phone number, so it identifies nobody";
        violations.push(path, ViolationCode::InvalidFormat, message);
    }
    identity
}

fn is_blank(text: &str, path: &str, violations: &mut Violations) -> bool {
    let is_blank = text.trim().is_empty();
    if is_blank {
        violations.push(path, ViolationCode::TooShort, "must not be blank");
    }
    is_blank
}
