//! Credentials: who is asking, and what each kind may do.
//!
//! A key is never stored and never compared: it is hashed on arrival, and the
//! hash is looked up. Which bytes of a guess were right cannot be told from
//! the time that takes, because one changed bit changes the whole hash.

use crate::digest::sha256_hex;
use crate::error::Error;
use std::fmt;

/// The hexadecimal digits behind a key's prefix: 32 random bytes.
const KEY_SECRET_CHARS: usize = 64;

/// What kind of key it is: the prefix says so, and the key's record must agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// `sk_…`, kept on the customer's server.
    Secret,
    /// `pk_…`, printed in a web page.
    Publishable,
}

/// What a credential can be asked to allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// `POST /chat/sessions`
    CreateSession,
    /// `GET /chat/sessions/{id}`
    ReadSession,
}

impl KeyKind {
    /// Whether a key of this kind may do this at all.
    #[must_use]
    pub fn may(self, action: Action) -> bool {
        match (self, action) {
            (Self::Secret, _) | (Self::Publishable, Action::CreateSession) => true,
            (Self::Publishable, Action::ReadSession) => false,
        }
    }

    /// Whether the caller's word on `verified` and `contact_id` is taken.
    #[must_use]
    pub fn vouches_for_contacts(self) -> bool {
        self == Self::Secret
    }
}

/// The SHA-256 of a key, in lower-case hexadecimal: the name of its record.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct KeyFingerprint(String);

impl KeyFingerprint {
    /// The fingerprint of a key's whole text.
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

    /// The 64 hexadecimal digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Redacted, although a hash: a log needs none of it.
impl fmt::Debug for KeyFingerprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("KeyFingerprint(…)")
    }
}

/// A key as a request presents it: well-formed, not yet known to exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PresentedKey {
    /// What its prefix says it is.
    pub kind: KeyKind,
    /// What to look it up by.
    pub fingerprint: KeyFingerprint,
}

impl PresentedKey {
    /// Reads the `Authorization` header (RFC 6750, section 2.1).
    ///
    /// # Errors
    /// [`Error::MissingToken`] without a bearer token, and
    /// [`Error::InvalidToken`] when the token has not the form of a key: such
    /// a one is not even looked up.
    ///
    /// # Example
    /// ```
    /// use chat_sessions::credential::{KeyKind, PresentedKey};
    /// use chat_sessions::error::Error;
    ///
    /// let header = format!("bearer pk_{}", "0".repeat(64));
    /// assert_eq!(PresentedKey::parse(Some(&header))?.kind, KeyKind::Publishable);
    /// assert_eq!(PresentedKey::parse(Some("Bearer hunter2")), Err(Error::InvalidToken));
    /// assert_eq!(PresentedKey::parse(None), Err(Error::MissingToken));
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

/// What is stored about a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRecord {
    /// Whose key it is, and where that organization's data lives.
    pub tenant: Tenant,
    /// What kind of key it is.
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

/// The proof that a request may go on: only [`Grant::check`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    tenant: Tenant,
    kind: KeyKind,
}

impl Grant {
    /// Decides whether `record` lets `presented` do `action` from `origin`.
    ///
    /// `record` is what the key store holds under the fingerprint, `origin`
    /// the request's `Origin` header.
    ///
    /// # Errors
    /// In this order: [`Error::InvalidToken`] without a matching record,
    /// [`Error::SecretKeyInBrowser`], [`Error::InsufficientScope`],
    /// [`Error::OriginNotAllowed`].
    ///
    /// # Example
    /// ```
    /// use chat_sessions::credential::{Action, Grant, KeyKind, KeyRecord, PresentedKey, Tenant};
    /// use chat_sessions::error::Error;
    ///
    /// let presented = PresentedKey::parse(Some(&format!("Bearer pk_{}", "0".repeat(64))))?;
    /// let record = KeyRecord {
    ///     tenant: Tenant { organization: "acme".to_owned(), db: "DB".to_owned() },
    ///     kind: KeyKind::Publishable,
    ///     origins: vec!["https://a.example".to_owned()],
    /// };
    /// let from = |origin, record| {
    ///     Grant::check(&presented, Some(record), Action::CreateSession, origin)
    /// };
    /// assert!(from(Some("https://a.example"), record.clone()).is_ok());
    /// assert_eq!(from(None, record.clone()), Err(Error::OriginNotAllowed));
    ///
    /// let of_another_kind = KeyRecord { kind: KeyKind::Secret, ..record };
    /// assert_eq!(from(None, of_another_kind), Err(Error::InvalidToken));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn check(
        presented: &PresentedKey,
        record: Option<KeyRecord>,
        action: Action,
        origin: Option<&str>,
    ) -> Result<Self, Error> {
        let record = record
            .filter(|record| record.kind == presented.kind)
            .ok_or(Error::InvalidToken)?;
        if record.kind == KeyKind::Secret && origin.is_some() {
            return Err(Error::SecretKeyInBrowser);
        }
        if !record.kind.may(action) {
            return Err(Error::InsufficientScope);
        }
        let is_allowed_origin =
            |origin: &str| origin != "null" && record.origins.iter().any(|listed| listed == origin);
        if record.kind == KeyKind::Publishable && !origin.is_some_and(is_allowed_origin) {
            return Err(Error::OriginNotAllowed);
        }
        Ok(Self {
            tenant: record.tenant,
            kind: record.kind,
        })
    }

    /// Whose data this request is about.
    #[must_use]
    pub fn tenant(&self) -> &Tenant {
        &self.tenant
    }

    /// The name of what this credential can see of its organization.
    #[must_use]
    pub fn reach(&self) -> &'static str {
        match self.kind {
            KeyKind::Secret => "secret",
            KeyKind::Publishable => "publishable",
        }
    }

    /// What kind of credential granted it.
    #[must_use]
    pub fn kind(&self) -> KeyKind {
        self.kind
    }
}
