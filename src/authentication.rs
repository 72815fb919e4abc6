//! The request of `POST /widget/authenticate-user`: the customer's server names the
//! person who is logged in, and receives a contact token for them.

use crate::attributes::Attributes;
use crate::contact::{Email, NAME_MAX_CHARS, PHONE_NUMBER_MAX_CHARS, PhoneNumber, check_email};
use crate::error::{Error, Faults, FieldErrorCode};
use crate::json::{Json, whole};
use crate::text::check_text;
use crate::token::{TOKEN_LIFETIME_DEFAULT_S, TOKEN_LIFETIME_MAX_S};

/// The longest `avatar_url`.
pub const AVATAR_URL_MAX_CHARS: usize = 2048;
/// The longest `language`: the length that software must support (RFC 5646, section
/// 4.4.1).
pub const LANGUAGE_MAX_CHARS: usize = 35;

/// A person whom the customer's server has authenticated; checked by the rules.
#[derive(Debug, Clone, PartialEq)]
pub struct AuthenticatedUser {
    /// The email, which identifies the person.
    pub email: Email,
    /// Their name.
    pub name: Option<String>,
    /// The URL of their picture.
    pub avatar_url: Option<String>,
    /// Their phone number, normalised.
    pub phone_number: Option<PhoneNumber>,
    /// Their language, like `en-GB`.
    pub language: Option<String>,
    /// Their attributes.
    pub custom_data: Attributes,
    /// Lifetime of the token, in seconds.
    pub lifetime_s: u32,
}

impl AuthenticatedUser {
    /// Checks a request against the rules. Unknown members are ignored.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] with every failing field.
    ///
    /// # Example
    /// ```
    /// use chat_sessions::authentication::AuthenticatedUser;
    /// use chat_sessions::json_text;
    ///
    /// let request = json_text::request(br#"{"email":"Ann@Example.com","expires_in":600}"#)?;
    /// let user = AuthenticatedUser::check(&request)?;
    /// assert_eq!((user.email.as_str(), user.lifetime_s), ("ann@example.com", 600));
    ///
    /// let error = AuthenticatedUser::check(&json_text::request(b"{}")?).unwrap_err();
    /// assert_eq!(error.fields()[0].path, "/email");
    /// # Ok::<(), chat_sessions::error::Error>(())
    /// ```
    pub fn check(request: &Json<'_>) -> Result<Self, Error> {
        let mut faults = Faults::default();
        let mut text = |name: &str, max_chars| {
            let path = ["/", name].concat();
            let value = member(request, name)?;
            check_text(value, &path, max_chars, &mut faults).map(str::to_owned)
        };
        let name = text("name", NAME_MAX_CHARS);
        let avatar_url = text("avatar_url", AVATAR_URL_MAX_CHARS);
        let phone_number = text("phone", PHONE_NUMBER_MAX_CHARS);
        let language = text("language", LANGUAGE_MAX_CHARS);
        let email = if let Some(value) = member(request, "email") {
            check_email(value, "/email", &mut faults)
        } else {
            faults.push("/email", FieldErrorCode::Required, "is required");
            None
        };
        let custom_data =
            Attributes::check(member(request, "customData"), "/customData", &mut faults);
        let lifetime_s = member(request, "expires_in").map_or(TOKEN_LIFETIME_DEFAULT_S, |value| {
            check_lifetime(value, &mut faults)
        });
        let Some(email) = email else {
            return Err(faults.into_error());
        };
        faults.verdict(Self {
            email,
            name,
            avatar_url,
            phone_number: phone_number.as_deref().and_then(PhoneNumber::normalise),
            language,
            custom_data,
            lifetime_s,
        })
    }
}

fn member<'a>(request: &'a Json<'a>, name: &str) -> Option<&'a Json<'a>> {
    match request {
        Json::Object(request) => request.get(name),
        _ => None,
    }
}

fn check_lifetime(value: &Json<'_>, faults: &mut Faults) -> u32 {
    const PATH: &str = "/expires_in";
    let Json::Number(number) = value else {
        faults.push(PATH, FieldErrorCode::InvalidType, "must be a number");
        return TOKEN_LIFETIME_DEFAULT_S;
    };
    if let Some(lifetime_s @ 1..=TOKEN_LIFETIME_MAX_S) = whole(&number.text) {
        return lifetime_s;
    }
    let message = "must be a whole number of seconds from 1 to 2592000, which is 30 days";
    faults.push(PATH, FieldErrorCode::OutOfRange, message);
    TOKEN_LIFETIME_DEFAULT_S
}
