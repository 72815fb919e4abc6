//! Every way a request can fail.
//!
//! An error's `code` is its variant's name in `snake_case`, derived, so that the two
//! cannot drift apart. One place turns an [`Error`] into a response: [`crate::api`].

use std::borrow::Cow;
use strum::{IntoStaticStr, VariantNames};

/// The reasons why a request fails.
#[derive(Debug, Clone, PartialEq, IntoStaticStr, VariantNames)]
#[strum(serialize_all = "snake_case")]
pub enum Error {
    // The request itself.
    /// The body is not a JSON object. The text has the place and the reason.
    MalformedJson(String),
    /// The body is an object that breaks rules. Lists every failing field.
    InvalidRequest(Vec<FieldError>),
    /// The body is larger than [`crate::session::BODY_MAX_BYTES`].
    BodyTooLarge,
    /// An `Idempotency-Key` that another request has used.
    IdempotencyKeyReused,
    /// A `Content-Type` that is not JSON.
    UnsupportedMediaType,
    /// No such path.
    NotFound,
    /// The path exists, the method does not. The text is the `Allow` header.
    MethodNotAllowed(&'static str),

    // The credential.
    /// No bearer token.
    MissingToken,
    /// A bearer token that is unknown, malformed, revoked or expired.
    InvalidToken,
    /// A publishable key from an origin that is not on its list, or from none.
    OriginNotAllowed,
    /// A secret key sent by a web page.
    SecretKeyInBrowser,
    /// A claim that this credential cannot vouch for.
    VerificationRequired,
    /// This credential may not do this at all.
    InsufficientScope,
    /// More requests than this credential, or this address, may send.
    RateLimited,

    // The resource.
    /// No session of this organization has the id.
    SessionNotFound,
    /// No contact of this organization has the `contact_id`.
    ContactNotFound,

    /// The resource's state does not match the request's `If-Match`.
    PreconditionFailed,

    // Failures of the service. The text is for the log and never leaves the process.
    /// A defect of the service.
    InternalError(String),
    /// D1 or KV failed or timed out. Nothing is half-written: the transaction was
    /// committed as a whole, or not at all.
    StorageUnavailable(String),
}

impl Error {
    /// Returns the stable, machine-readable name of the error.
    ///
    /// ```
    /// use chat_sessions::error::Error;
    /// assert_eq!(Error::MissingToken.code(), "missing_token");
    /// ```
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.into()
    }

    /// Returns the HTTP status code.
    #[must_use]
    pub fn status(&self) -> u16 {
        match self {
            Self::MalformedJson(_) | Self::InvalidRequest(_) => 400,
            Self::MissingToken | Self::InvalidToken => 401,
            Self::OriginNotAllowed
            | Self::SecretKeyInBrowser
            | Self::VerificationRequired
            | Self::InsufficientScope => 403,
            Self::NotFound | Self::SessionNotFound | Self::ContactNotFound => 404,
            Self::MethodNotAllowed(_) => 405,
            Self::PreconditionFailed => 412,
            Self::BodyTooLarge => 413,
            Self::UnsupportedMediaType => 415,
            Self::IdempotencyKeyReused => 422,
            Self::RateLimited => 429,
            Self::InternalError(_) => 500,
            Self::StorageUnavailable(_) => 503,
        }
    }

    /// Returns the message: what is wrong, where, and what to do.
    ///
    /// Never contains a token or the cause of an internal error.
    #[must_use]
    pub fn message(&self) -> Cow<'static, str> {
        if let Some(message) = self.rules_message() {
            return Cow::Owned(message);
        }
        Cow::Borrowed(match self {
            Self::MalformedJson(_) | Self::InvalidRequest(_) => "",
            Self::BodyTooLarge => BODY_TOO_LARGE,
            Self::IdempotencyKeyReused => {
                "This Idempotency-Key was used with another body. Use a new key for a new request, \
                 and the same one only to send the same request again."
            }
            Self::UnsupportedMediaType => "Send the body as Content-Type: application/json.",
            Self::NotFound => "There is nothing at this path. Sessions are at /chat/sessions.",
            Self::MethodNotAllowed(_) => {
                "This path does not take this method. The Allow header lists those it takes."
            }
            Self::MissingToken => {
                "No credential. Send your key in the header Authorization: Bearer <key>."
            }
            Self::InvalidToken => {
                "The bearer token is neither a valid key nor a valid contact token: mistyped, \
                 unknown, revoked or expired."
            }
            Self::OriginNotAllowed => {
                "This publishable key does not allow requests from this origin. Add the page's \
                 origin (scheme, host and port) to the key's list."
            }
            Self::SecretKeyInBrowser => {
                "A secret key was sent by a web page, where anyone can read it. Use a publishable \
                 key (pk_…) in the page, and replace this secret key."
            }
            Self::VerificationRequired => {
                "A publishable key cannot send verified: true, a contact_id or resume: true: a web \
                 page can claim to be anyone. Let your server get a contact token for the person who is \
                 logged in, from /widget/authenticate-user, and send that instead."
            }
            Self::InsufficientScope => {
                "This credential may not do this. A publishable key only creates sessions, and a \
                 contact token is for its own contact's; your server's secret key may do the rest."
            }
            Self::RateLimited => {
                "Too many requests. Wait as many seconds as Retry-After says, then try again."
            }
            Self::SessionNotFound => "There is no session with this id.",
            Self::ContactNotFound => {
                "There is no contact with this id, so nothing was done. A new session can leave \
                 contact_id out, or describe the person in contact instead."
            }
            Self::PreconditionFailed => {
                "It has changed since you read it. Read it again, and send If-Match with its new \
                 ETag if the change is still wanted."
            }
            Self::InternalError(_) => {
                "Something went wrong on our side. Quote the request_id when you report it."
            }
            Self::StorageUnavailable(_) => {
                "The storage did not answer; nothing is half-written. Try again after Retry-After \
                 seconds. A create with the same Idempotency-Key is never done twice."
            }
        })
    }

    /// Returns the message of an error that names members of the request; `None` for
    /// errors whose message is always the same.
    #[must_use]
    pub fn rules_message(&self) -> Option<String> {
        match self {
            Self::MalformedJson(reason) => Some(reason.clone()),
            Self::InvalidRequest(errors) => Some(summary(errors)),
            _ => None,
        }
    }

    /// Returns the failing fields; empty unless this is an [`Error::InvalidRequest`].
    #[must_use]
    pub fn fields(&self) -> &[FieldError] {
        match self {
            Self::InvalidRequest(errors) => errors,
            _ => &[],
        }
    }

    /// Returns the cause of an internal error, for the log only.
    #[must_use]
    pub fn cause(&self) -> Option<&str> {
        match self {
            Self::InternalError(cause) | Self::StorageUnavailable(cause) => Some(cause),
            _ => None,
        }
    }
}

/// The message of [`Error::BodyTooLarge`]. A separate constant: the browser build,
/// where only the rules reject, then links no other messages.
pub(crate) const BODY_TOO_LARGE: &str = "The body is over 65,536 bytes. Send less custom_data.";

/// One field that breaks a rule.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldError {
    /// The field, as a JSON Pointer (RFC 6901).
    pub path: String,
    /// The kind of rule that it breaks.
    pub code: FieldErrorCode,
    /// The rule, as the rest of a sentence that begins with the path.
    pub message: Cow<'static, str>,
}

/// The kinds of rule a field can break.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr, VariantNames)]
#[strum(serialize_all = "snake_case")]
pub enum FieldErrorCode {
    /// A required member is missing.
    Required,
    /// A value of another JSON type than the rule's, null included.
    InvalidType,
    /// A string in the wrong format: not a UUID, not an email address.
    InvalidFormat,
    /// A string that is not one of the listed ones.
    UnknownValue,
    /// More characters than the limit.
    TooLong,
    /// Fewer characters than the limit.
    TooShort,
    /// More keys than the limit.
    TooManyKeys,
    /// A number that no IEEE 754 double can hold.
    NotFinite,
    /// A number outside its limits.
    OutOfRange,
    /// Text with a lone surrogate, which is not Unicode.
    IllFormedUnicode,
}

impl FieldErrorCode {
    /// The stable, machine-readable name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// Collects the errors of a request while it is checked.
#[derive(Debug, Default)]
pub(crate) struct Faults(Vec<FieldError>);

impl Faults {
    pub(crate) fn push(
        &mut self,
        path: impl Into<String>,
        code: FieldErrorCode,
        message: impl Into<Cow<'static, str>>,
    ) {
        self.0.push(FieldError {
            path: path.into(),
            code,
            message: message.into(),
        });
    }

    /// Returns `value` if there was no error.
    pub(crate) fn verdict<T>(self, value: T) -> Result<T, Error> {
        if self.0.is_empty() {
            Ok(value)
        } else {
            Err(self.into_error())
        }
    }

    /// Returns the error; there must be a failing field.
    pub(crate) fn into_error(self) -> Error {
        Error::InvalidRequest(self.0)
    }
}

/// Returns the first few field errors as one sentence; `errors` lists them all.
fn summary(errors: &[FieldError]) -> String {
    const SHOWN: usize = 3;
    let mut text = String::new();
    for (index, error) in errors.iter().take(SHOWN).enumerate() {
        if index > 0 {
            text.push_str("; ");
        }
        text.push_str(&error.path);
        text.push(' ');
        text.push_str(&error.message);
    }
    let hidden = errors.len().saturating_sub(SHOWN);
    if hidden > 0 {
        text.push_str("; and ");
        text.push_str(&hidden.to_string());
        text.push_str(" more");
    }
    text.push('.');
    text
}
