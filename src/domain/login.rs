//! A login: the customer's server names the person who is logged in, and receives a
//! contact token for them (`POST /widget/authenticate-user`).

use super::attributes::Attributes;
use super::contact::{Email, check_email};
use super::limits::{
    AVATAR_URL_MAX_CHARS, LANGUAGE_MAX_CHARS, NAME_MAX_CHARS, RequestLimits,
    TOKEN_LIFETIME_DEFAULT_S, TOKEN_LIFETIME_MAX_S,
};
use super::phone_number::PhoneNumber;
use crate::error::{Error, ViolationCode};
use crate::validation::json::{Json, Object};
use crate::validation::text::check_text;
use crate::validation::violations::Violations;

const LIFETIMES: Lifetimes = Lifetimes {
    default_s: TOKEN_LIFETIME_DEFAULT_S,
    max_s: TOKEN_LIFETIME_MAX_S,
    rule: "must be a whole number of seconds from 1 to 2592000, which is 30 days",
};

/// A person whom the customer's server has authenticated; checked by the rules.
#[derive(Debug, Clone, PartialEq)]
pub struct Login {
    /// The email, which identifies the person.
    pub email: Email,
    /// Their name.
    pub name: Option<String>,
    /// The URL of their picture.
    pub avatar_url: Option<String>,
    /// Their phone number, as sent.
    pub phone_number: Option<PhoneNumber>,
    /// Their language, like `en-GB`.
    pub language: Option<String>,
    /// Their attributes.
    pub custom_data: Attributes,
    /// Lifetime of the token, in seconds.
    pub lifetime_s: u32,
}

impl Login {
    /// Checks a request against the rules. Unknown members are ignored.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] with every failing field.
    ///
    /// # Example
    /// ```
    /// use chat_sessions::domain::login::Login;
    /// use chat_sessions::validation::json_text;
    ///
    /// let request = json_text::parse(br#"{"email":"Ann@Example.com","expires_in":600}"#)?;
    /// let user = Login::check(&request)?;
    /// assert_eq!((user.email.as_str(), user.lifetime_s), ("ann@example.com", 600));
    ///
    /// let error = Login::check(&json_text::parse(b"{}")?).unwrap_err();
    /// assert_eq!(error.violations()[0].path, "/email");
    /// # Ok::<(), chat_sessions::error::Error>(())
    /// ```
    pub fn check(request: &Json<'_>) -> Result<Self, Error> {
        let mut violations = Violations::default();
        let nothing = Object::default();
        let request = match request {
            Json::Object(request) => request,
            _ => &nothing,
        };
        let mut text = |name: &str, max_chars| {
            let path = ["/", name].concat();
            let value = request.get(name)?;
            check_text(value, &path, max_chars, &mut violations).map(str::to_owned)
        };
        let name = text("name", NAME_MAX_CHARS);
        let avatar_url = text("avatar_url", AVATAR_URL_MAX_CHARS);
        let language = text("language", LANGUAGE_MAX_CHARS);
        let phone_number =
            PhoneNumber::check(request, "", ["phone", "phone_number"], &mut violations);
        let email = request
            .get("email")
            .and_then(|value| check_email(value, "/email", &mut violations));
        if email.is_none() && !violations.has("/email") {
            violations.push("/email", ViolationCode::Required, "is required");
        }
        let custom_data = Attributes::check(
            request,
            "",
            ["customData", "custom_data"],
            RequestLimits::FULL,
            &mut violations,
        );
        let lifetime_s = check_lifetime(request.get("expires_in"), &LIFETIMES, &mut violations);
        let Some(email) = email else {
            return Err(violations.into_error());
        };
        violations.finish(Self {
            email,
            name,
            avatar_url,
            phone_number,
            language,
            custom_data,
            lifetime_s,
        })
    }
}

/// The lifetimes that tokens of one kind can have.
pub(super) struct Lifetimes {
    /// The lifetime unless the request sets another, in seconds.
    pub(super) default_s: u32,
    /// The longest one, in seconds.
    pub(super) max_s: u32,
    /// The message about any other.
    pub(super) rule: &'static str,
}

/// Reads the `expires_in` of a request.
pub(super) fn check_lifetime(
    value: Option<&Json<'_>>,
    lifetimes: &Lifetimes,
    violations: &mut Violations,
) -> u32 {
    const PATH: &str = "/expires_in";
    match value {
        None => {}
        Some(Json::Number(number)) => match number.whole().map(u32::try_from) {
            Some(Ok(seconds)) if (1..=lifetimes.max_s).contains(&seconds) => return seconds,
            _ => violations.push(PATH, ViolationCode::OutOfRange, lifetimes.rule),
        },
        Some(_) => violations.push(PATH, ViolationCode::InvalidType, "must be a number"),
    }
    lifetimes.default_s
}
