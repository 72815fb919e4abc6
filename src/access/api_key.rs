//! API keys, and their stored records.
//!
//! A key is never stored and never compared: it is hashed on arrival, and the hash is
//! looked up. The time of a look-up reveals nothing about the key, because one changed
//! bit changes the whole hash.

use crate::domain::tenant::Tenant;
use crate::error::Error;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::fmt;

/// The hexadecimal digits behind a key's prefix: 32 random bytes.
const KEY_SECRET_CHARS: usize = 64;
/// The beginning of every secret key.
pub(super) const SECRET_KEY_PREFIX: &str = "sk_";

/// The kind of a key. Its prefix and its record must agree on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApiKeyKind {
    /// `sk_…`, kept on the customer's server.
    Secret,
    /// `pk_…`, printed in a web page.
    Publishable,
}

/// The SHA-256 of a key, in lower-case hexadecimal: the name of its record.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ApiKeyHash(String);

impl ApiKeyHash {
    /// Returns the hash of a key's whole text.
    ///
    /// ```
    /// use chat_sessions::access::api_key::ApiKeyHash;
    /// let hash = ApiKeyHash::of("sk_example");
    /// assert_eq!(hash.as_str().len(), 64);
    /// ```
    #[must_use]
    pub fn of(key: &str) -> Self {
        Self(base16ct::lower::encode_string(&Sha256::digest(key)))
    }

    /// Returns the 64 hexadecimal digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Redacted: no log needs the hash.
impl fmt::Debug for ApiKeyHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ApiKeyHash(…)")
    }
}

/// A key as a request presents it: well-formed, not yet looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// The kind that its prefix names.
    pub kind: ApiKeyKind,
    /// The name of its record.
    pub hash: ApiKeyHash,
}

impl ApiKey {
    pub(super) fn parse(token: &str) -> Result<Self, Error> {
        let (kind, secret) = if let Some(secret) = token.strip_prefix(SECRET_KEY_PREFIX) {
            (ApiKeyKind::Secret, secret)
        } else if let Some(secret) = token.strip_prefix("pk_") {
            (ApiKeyKind::Publishable, secret)
        } else {
            return Err(Error::InvalidToken);
        };
        let is_lower_hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if secret.len() != KEY_SECRET_CHARS || !secret.bytes().all(is_lower_hex) {
            return Err(Error::InvalidToken);
        }
        Ok(Self {
            kind,
            hash: ApiKeyHash::of(token),
        })
    }
}

/// The stored record of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKeyRecord {
    /// The organization that owns the key, and its database.
    pub tenant: Tenant,
    /// The kind.
    pub kind: ApiKeyKind,
    /// For a publishable key, the origins whose pages may use it.
    pub origins: Vec<String>,
}

impl ApiKeyRecord {
    /// Reads the KV value under `key:<sha256>`; `None` if it is not a record.
    ///
    /// ```
    /// use chat_sessions::access::api_key::{ApiKeyKind, ApiKeyRecord};
    ///
    /// let value = r#"{"org":"acme","kind":"publishable","origins":["https://a.example"],"db":"DB"}"#;
    /// let record = ApiKeyRecord::from_json(value).unwrap();
    /// assert_eq!(record.kind, ApiKeyKind::Publishable);
    /// assert_eq!(record.origins, ["https://a.example"]);
    /// ```
    #[must_use]
    pub fn from_json(text: &str) -> Option<Self> {
        /// The members of a record that the service uses.
        #[derive(Deserialize)]
        struct Record {
            org: String,
            db: String,
            kind: ApiKeyKind,
            #[serde(default)]
            origins: Vec<String>,
        }

        let record: Record = serde_json::from_str(text).ok()?;
        Some(Self {
            tenant: Tenant {
                organization: record.org,
                db: record.db,
            },
            kind: record.kind,
            origins: record.origins,
        })
    }
}
