//! Every way a request can fail.
//!
//! An error's `code` is its variant's name in `snake_case`, derived, so that the two
//! cannot drift apart. One place turns an [`Error`] into a response:
//! [`crate::api::response`].

pub(crate) mod messages;

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
    InvalidRequest(Vec<Violation>),
    /// The body is larger than this caller may send.
    BodyTooLarge {
        /// The limit, in bytes.
        limit_bytes: usize,
    },
    /// A URL longer than [`crate::domain::limits::URL_MAX_CHARS`].
    UrlTooLong,
    /// A header longer than [`crate::domain::limits::HEADER_MAX_CHARS`]. The text is its
    /// name.
    HeaderTooLong(&'static str),
    /// An `Idempotency-Key` that another request has used.
    IdempotencyKeyReused,
    /// A message id that another message of the session has.
    MessageIdReused,
    /// A `Content-Type` that is not JSON, or a `Content-Encoding`.
    UnsupportedMediaType,
    /// No such path.
    NotFound,
    /// A stream was asked for in neither of its two forms.
    NotAcceptable,
    /// The path exists, the method does not. The text is the `Allow` header.
    MethodNotAllowed(String),

    // The credential.
    /// No bearer token.
    MissingToken,
    /// A bearer token that is unknown, malformed, revoked or expired.
    InvalidToken,
    /// A publishable key from an origin that is not on its list, or from none.
    OriginNotAllowed {
        /// False if the request has no `Origin`.
        is_sent: bool,
    },
    /// A secret key sent by a web page.
    SecretKeyInBrowser,
    /// A claim that this credential cannot vouch for.
    VerificationRequired,
    /// This credential may not do this at all.
    InsufficientScope,
    /// More requests than this credential, or this address, may send, or more messages
    /// than a session takes from its contact.
    RateLimited {
        /// The time until the next period begins, in seconds.
        retry_after_s: u64,
    },
    /// More sessions, or more bytes, than the organization may store in a day.
    QuotaExceeded {
        /// The time until the next day begins (UTC), in seconds.
        retry_after_s: u64,
    },

    // The resource.
    /// No session of this organization has the id.
    SessionNotFound,
    /// No message of the session has the id.
    MessageNotFound,
    /// The session's log has no room for more.
    SessionFull,
    /// No contact of this organization has the id.
    ContactNotFound,
    /// No webhook of this organization has the id.
    WebhookNotFound,
    /// The organization has as many webhooks as it may.
    TooManyWebhooks,

    /// The resource's state does not match the request's `If-Match`.
    PreconditionFailed,

    /// A session or a person has more data than one request removes. Some of it is left.
    DeletionUnfinished,

    // Failures of the service. The text is for the log and never leaves the process.
    /// A defect of the service.
    InternalError(String),
    /// The database lacks a migration that this version of the service needs. Nothing is
    /// written.
    SchemaOutdated(String),
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
            Self::OriginNotAllowed { .. }
            | Self::SecretKeyInBrowser
            | Self::VerificationRequired
            | Self::InsufficientScope => 403,
            Self::NotFound
            | Self::SessionNotFound
            | Self::MessageNotFound
            | Self::ContactNotFound
            | Self::WebhookNotFound => 404,
            Self::MethodNotAllowed(_) => 405,
            Self::NotAcceptable => 406,
            Self::MessageIdReused | Self::SessionFull | Self::TooManyWebhooks => 409,
            Self::PreconditionFailed => 412,
            Self::BodyTooLarge { .. } => 413,
            Self::UrlTooLong => 414,
            Self::UnsupportedMediaType => 415,
            Self::IdempotencyKeyReused => 422,
            Self::RateLimited { .. } | Self::QuotaExceeded { .. } => 429,
            Self::HeaderTooLong(_) => 431,
            Self::InternalError(_) => 500,
            Self::DeletionUnfinished | Self::SchemaOutdated(_) | Self::StorageUnavailable(_) => 503,
        }
    }

    /// Returns every violation; empty unless this is an [`Error::InvalidRequest`].
    #[must_use]
    pub fn violations(&self) -> &[Violation] {
        match self {
            Self::InvalidRequest(violations) => violations,
            _ => &[],
        }
    }

    /// Returns the cause of an internal error, for the log only.
    #[must_use]
    pub fn cause(&self) -> Option<&str> {
        match self {
            Self::InternalError(cause)
            | Self::SchemaOutdated(cause)
            | Self::StorageUnavailable(cause) => Some(cause),
            _ => None,
        }
    }
}

/// One field that breaks a rule.
#[derive(Debug, Clone, PartialEq)]
pub struct Violation {
    /// The field, as a JSON Pointer (RFC 6901).
    pub path: String,
    /// The kind of rule that it breaks.
    pub code: ViolationCode,
    /// The rule, as the rest of a sentence that begins with the path.
    pub message: Cow<'static, str>,
}

/// The kinds of rule a field can break.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr, VariantNames)]
#[strum(serialize_all = "snake_case")]
pub enum ViolationCode {
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
    /// More items than the limit.
    TooManyItems,
    /// An attachment in a form that is not supported: its content, instead of its URL.
    UnsupportedAttachment,
    /// A number that no IEEE 754 double can hold.
    NotFinite,
    /// A number outside its limits.
    OutOfRange,
    /// Text with a lone surrogate, which is not Unicode.
    IllFormedUnicode,
}

impl ViolationCode {
    /// The stable, machine-readable name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}
