//! Credentials, as the `Authorization` header presents them.

use super::api_key::{ApiKey, SECRET_KEY_PREFIX};
use super::token::VerifiedToken;
use crate::error::Error;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A credential as a request presents it: well-formed, not yet verified.
#[derive(Clone, PartialEq, Eq)]
pub enum Credential {
    /// A secret or a publishable key.
    Key(ApiKey),
    /// A text in the form of a token.
    Token(String),
}

/// A credential whose secret part has been proven, and is no longer there: whoever keeps a
/// connection open keeps this, to check from time to time that it still permits it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum VerifiedCredential {
    /// A key.
    Key(ApiKey),
    /// A token, with a valid signature.
    Token(VerifiedToken),
}

impl VerifiedCredential {
    /// Returns the name of the person, or of the key, within an organization.
    #[must_use]
    pub fn person(&self) -> String {
        match self {
            Self::Key(key) => ["key:", key.hash.as_str()].concat(),
            Self::Token(verified) => verified.token.subject.person(),
        }
    }

    /// Returns true for a token that has expired. The record of a key says when it does.
    #[must_use]
    pub fn has_expired_at(&self, now_ms: u64) -> bool {
        match self {
            Self::Key(_) => false,
            Self::Token(verified) => verified.has_expired_at(now_ms),
        }
    }
}

/// Redacted: omits the token.
impl fmt::Debug for Credential {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(key) => key.fmt(formatter),
            Self::Token(_) => formatter.write_str("Token(…)"),
        }
    }
}

impl Credential {
    /// Reads the `Authorization` header (RFC 6750, section 2.1).
    ///
    /// # Errors
    /// [`Error::MissingToken`] without a bearer token, and
    /// [`Error::InvalidToken`] when the token has the form of no credential, which
    /// costs no look-up.
    ///
    /// # Example
    /// ```
    /// use chat_sessions::access::{api_key::ApiKeyKind, credential::Credential};
    /// use chat_sessions::error::Error;
    ///
    /// let header = format!("bearer pk_{}", "0".repeat(64));
    /// let Credential::Key(key) = Credential::parse(Some(&header))? else { panic!("no key") };
    /// assert_eq!(key.kind, ApiKeyKind::Publishable);
    ///
    /// assert!(matches!(Credential::parse(Some("Bearer eyJh.eyJz.c2ln"))?, Credential::Token(_)));
    /// assert_eq!(Credential::parse(Some("Bearer hunter2")), Err(Error::InvalidToken));
    /// assert_eq!(Credential::parse(None), Err(Error::MissingToken));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn parse(authorization: Option<&str>) -> Result<Self, Error> {
        let token = bearer_token(authorization).ok_or(Error::MissingToken)?;
        // Three parts (RFC 7515, section 7.1); a key has no dot.
        if token.bytes().filter(|byte| *byte == b'.').count() == 2 {
            return Ok(Self::Token(token.to_owned()));
        }
        ApiKey::parse(token).map(Self::Key)
    }

    /// Returns true if the header presents a secret key, which may be unknown.
    ///
    /// ```
    /// use chat_sessions::access::credential::Credential;
    /// assert!(Credential::is_secret_key(Some("Bearer sk_00")));
    /// assert!(!Credential::is_secret_key(Some("Bearer pk_00")));
    /// assert!(!Credential::is_secret_key(None));
    /// ```
    #[must_use]
    pub fn is_secret_key(authorization: Option<&str>) -> bool {
        bearer_token(authorization).is_some_and(|token| token.starts_with(SECRET_KEY_PREFIX))
    }
}

fn bearer_token(authorization: Option<&str>) -> Option<&str> {
    let (scheme, token) = authorization?.trim().split_once(' ')?;
    scheme.eq_ignore_ascii_case("Bearer").then(|| token.trim())
}
