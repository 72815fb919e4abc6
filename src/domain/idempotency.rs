//! Idempotency keys: a create that is retried is the same create.
//!
//! The semantics are those of the IETF draft "The Idempotency-Key HTTP Header Field":
//! the first request with a key is executed, and a later one with the same body gets
//! the same response.

use super::limits::IDEMPOTENCY_KEY_MAX_CHARS;
use super::new_session::NewSession;
use crate::error::{Violation, ViolationCode};
use sha2::{Digest, Sha256};

/// The value of an `Idempotency-Key` header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// Parses the header; `None` if it was not sent.
    ///
    /// # Errors
    /// A violation, unless the key is 1 to 255 visible ASCII characters. Its path is
    /// the header's name.
    ///
    /// # Example
    /// ```
    /// use chat_sessions::domain::idempotency::IdempotencyKey;
    /// assert!(IdempotencyKey::parse(Some("order-42")).is_ok());
    /// assert!(IdempotencyKey::parse(Some("order 42")).is_err());
    /// assert_eq!(IdempotencyKey::parse(None), Ok(None));
    /// ```
    pub fn parse(header: Option<&str>) -> Result<Option<Self>, Violation> {
        let Some(key) = header else {
            return Ok(None);
        };
        let violation = |code, message: &'static str| Violation {
            path: "/Idempotency-Key".to_owned(),
            code,
            message: message.into(),
        };
        if key.is_empty() {
            Err(violation(
                ViolationCode::TooShort,
                "must have at least 1 character",
            ))
        } else if !key.bytes().all(|byte| byte.is_ascii_graphic()) {
            let message = "must be visible ASCII characters, without spaces";
            Err(violation(ViolationCode::InvalidFormat, message))
        } else if key.len() > IDEMPOTENCY_KEY_MAX_CHARS {
            Err(violation(
                ViolationCode::TooLong,
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
    /// The key, behind the scope of its credential: somebody who guesses a key must not
    /// receive the response to another's request.
    pub key: String,
    /// SHA-256 of the checked request: the same JSON in another order or spacing is the
    /// same request.
    pub request_hash: String,
}

impl Reservation {
    /// Reserves `key` for `request`, within `scope`.
    #[must_use]
    pub fn new(key: &IdempotencyKey, scope: &str, request: &NewSession) -> Self {
        let hash = Sha256::digest(request.sorted().to_json());
        Self {
            // A scope's origin has colons, and a key has no space.
            key: [scope, " ", &key.0].concat(),
            request_hash: base16ct::lower::encode_string(&hash),
        }
    }
}
