//! Idempotency keys: a create that is retried is the same create.
//!
//! The semantics are those of the IETF draft "The Idempotency-Key HTTP Header Field":
//! the first request with a key is executed, and a later one with the same body gets
//! the same response.

use crate::digest::sha256_hex;
use crate::error::{FieldError, FieldErrorCode};
use crate::session::NewSession;

/// The longest key, in characters.
pub const IDEMPOTENCY_KEY_MAX_CHARS: usize = 255;
/// The least time that a key is kept, in milliseconds: a day.
pub const KEPT_MS: u64 = 24 * 60 * 60 * 1000;

/// The value of an `Idempotency-Key` header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// Parses the header; `None` if it was not sent.
    ///
    /// # Errors
    /// A field error, unless the key is 1 to 255 visible ASCII characters. Its path is
    /// the header's name.
    ///
    /// # Example
    /// ```
    /// use chat_sessions::idempotency::IdempotencyKey;
    /// assert!(IdempotencyKey::parse(Some("order-42")).is_ok());
    /// assert!(IdempotencyKey::parse(Some("order 42")).is_err());
    /// assert_eq!(IdempotencyKey::parse(None), Ok(None));
    /// ```
    pub fn parse(header: Option<&str>) -> Result<Option<Self>, FieldError> {
        let Some(key) = header else {
            return Ok(None);
        };
        let fault = |code, message: &'static str| FieldError {
            path: "/Idempotency-Key".to_owned(),
            code,
            message: message.into(),
        };
        if key.is_empty() {
            Err(fault(
                FieldErrorCode::TooShort,
                "must have at least 1 character",
            ))
        } else if !key.bytes().all(|byte| byte.is_ascii_graphic()) {
            let message = "must be visible ASCII characters, without spaces";
            Err(fault(FieldErrorCode::InvalidFormat, message))
        } else if key.len() > IDEMPOTENCY_KEY_MAX_CHARS {
            Err(fault(
                FieldErrorCode::TooLong,
                "must be at most 255 characters long",
            ))
        } else {
            Ok(Some(Self(key.to_owned())))
        }
    }
}

/// The reservation of a create, so that it happens once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reservation {
    /// The key, prefixed with the reach of the credential: a page must not receive the
    /// response to a server's request.
    pub key: String,
    /// Hash of the checked request: the same JSON in another order or spacing is the
    /// same request.
    pub fingerprint: String,
}

impl Reservation {
    /// Reserves `key` for `request`, within `reach`.
    #[must_use]
    pub fn new(key: &IdempotencyKey, reach: &str, request: &NewSession) -> Self {
        Self {
            key: [reach, ":", &key.0].concat(),
            fingerprint: sha256_hex(request.sorted().to_json().as_bytes()),
        }
    }
}
