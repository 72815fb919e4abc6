//! Credentials: keys and contact tokens, as requests present them.
//!
//! A key is never stored and never compared: it is hashed on arrival, and the hash is
//! looked up. The time of a look-up reveals nothing about the key, because one changed
//! bit changes the whole hash.

use crate::digest::sha256_hex;
use crate::error::Error;
use std::fmt;

/// The hexadecimal digits behind a key's prefix: 32 random bytes.
const KEY_SECRET_CHARS: usize = 64;

/// The kind of a key. Its prefix and its record must agree on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// `sk_…`, kept on the customer's server.
    Secret,
    /// `pk_…`, printed in a web page.
    Publishable,
}

/// The SHA-256 of a key, in lower-case hexadecimal: the name of its record.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyFingerprint(String);

impl KeyFingerprint {
    /// Returns the fingerprint of a key's whole text.
    ///
    /// ```
    /// use chat_sessions::credential::KeyFingerprint;
    /// let fingerprint = KeyFingerprint::of("sk_example");
    /// assert_eq!(fingerprint.as_str().len(), 64);
    /// ```
    #[must_use]
    pub fn of(key: &str) -> Self {
        Self(sha256_hex(key.as_bytes()))
    }

    /// Returns the 64 hexadecimal digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Redacted: no log needs the hash.
impl fmt::Debug for KeyFingerprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("KeyFingerprint(…)")
    }
}

/// A credential as a request presents it: well-formed, not yet verified.
#[derive(Clone, PartialEq, Eq)]
pub enum Presented {
    /// A secret or a publishable key.
    Key(PresentedKey),
    /// A text in the form of a contact token.
    Token(String),
}

/// Redacted: omits the token.
impl fmt::Debug for Presented {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(key) => key.fmt(formatter),
            Self::Token(_) => formatter.write_str("Token(…)"),
        }
    }
}

impl Presented {
    /// Reads the `Authorization` header (RFC 6750, section 2.1).
    ///
    /// # Errors
    /// [`Error::MissingToken`] without a bearer token, and
    /// [`Error::InvalidToken`] when the token has the form of no credential, which
    /// costs no look-up.
    ///
    /// # Example
    /// ```
    /// use chat_sessions::credential::{KeyKind, Presented};
    /// use chat_sessions::error::Error;
    ///
    /// let header = format!("bearer pk_{}", "0".repeat(64));
    /// let Presented::Key(key) = Presented::parse(Some(&header))? else { panic!("no key") };
    /// assert_eq!(key.kind, KeyKind::Publishable);
    ///
    /// assert!(matches!(Presented::parse(Some("Bearer eyJh.eyJz.c2ln"))?, Presented::Token(_)));
    /// assert_eq!(Presented::parse(Some("Bearer hunter2")), Err(Error::InvalidToken));
    /// assert_eq!(Presented::parse(None), Err(Error::MissingToken));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn parse(authorization: Option<&str>) -> Result<Self, Error> {
        let (scheme, token) = authorization
            .and_then(|header| header.trim().split_once(' '))
            .ok_or(Error::MissingToken)?;
        if !scheme.eq_ignore_ascii_case("Bearer") {
            return Err(Error::MissingToken);
        }
        let token = token.trim();
        // Three parts (RFC 7515, section 7.1); a key has no dot.
        if token.bytes().filter(|byte| *byte == b'.').count() == 2 {
            return Ok(Self::Token(token.to_owned()));
        }
        PresentedKey::parse(token).map(Self::Key)
    }
}

/// A key as a request presents it: well-formed, not yet looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PresentedKey {
    /// The kind that its prefix names.
    pub kind: KeyKind,
    /// The name of its record.
    pub fingerprint: KeyFingerprint,
}

impl PresentedKey {
    fn parse(token: &str) -> Result<Self, Error> {
        let (kind, secret) = if let Some(secret) = token.strip_prefix("sk_") {
            (KeyKind::Secret, secret)
        } else if let Some(secret) = token.strip_prefix("pk_") {
            (KeyKind::Publishable, secret)
        } else {
            return Err(Error::InvalidToken);
        };
        let is_lower_hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if secret.len() != KEY_SECRET_CHARS || !secret.bytes().all(is_lower_hex) {
            return Err(Error::InvalidToken);
        }
        Ok(Self {
            kind,
            fingerprint: KeyFingerprint::of(token),
        })
    }
}

/// The stored record of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRecord {
    /// The organization that owns the key, and its database.
    pub tenant: Tenant,
    /// The kind.
    pub kind: KeyKind,
    /// For a publishable key, the origins whose pages may use it.
    pub origins: Vec<String>,
}

/// An organization, and the D1 binding that holds its data.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Tenant {
    /// The organization's name; every row carries it, every statement names it.
    pub organization: String,
    /// The name of the D1 binding in `wrangler.toml`.
    pub db: String,
}
