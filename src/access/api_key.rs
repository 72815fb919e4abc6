//! API keys, and their stored records.
//!
//! A key is never stored and never compared: it is hashed on arrival, and the hash is
//! looked up. The time of a look-up reveals nothing about the key, because one changed
//! bit changes the whole hash.

use crate::domain::tenant::Tenant;
use crate::error::Error;
use chrono::DateTime;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;

/// The hexadecimal digits of 32 bytes: of a key behind its prefix, and of its hash.
const HEX_CHARS: usize = 64;
/// The beginning of every secret key.
pub(super) const SECRET_KEY_PREFIX: &str = "sk_";

/// The kind of a key. Its prefix and its record must agree on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApiKeyKind {
    /// `sk_…`, kept on the customer's server.
    Secret,
    /// `pk_…`, printed in a web page.
    Publishable,
}

/// The SHA-256 of a key, in lower-case hexadecimal: the name of its record.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
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

    /// Reads the 64 hexadecimal digits.
    ///
    /// ```
    /// use chat_sessions::access::api_key::ApiKeyHash;
    /// let hash = ApiKeyHash::of("sk_example");
    /// assert_eq!(ApiKeyHash::parse(hash.as_str()), Some(hash));
    /// assert_eq!(ApiKeyHash::parse("sk_example"), None);
    /// ```
    #[must_use]
    pub fn parse(digits: &str) -> Option<Self> {
        is_hex_of_32_bytes(digits).then(|| Self(digits.to_owned()))
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
        if !is_hex_of_32_bytes(secret) {
            return Err(Error::InvalidToken);
        }
        Ok(Self {
            kind,
            hash: ApiKeyHash::of(token),
        })
    }
}

/// Returns true for 32 bytes in lower-case hexadecimal: the secret of a key, or its hash.
fn is_hex_of_32_bytes(text: &str) -> bool {
    let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    text.len() == HEX_CHARS && text.bytes().all(is_digit)
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
    /// When the key stops working, in Unix milliseconds; `None` if it does not.
    pub expires_at_ms: Option<u64>,
}

impl ApiKeyRecord {
    /// Reads the KV value under `key:<sha256>`; `None` if it is not a record. An
    /// `expires_at` that cannot be read makes it none, so that no typing error lets a key
    /// work forever.
    ///
    /// ```
    /// use chat_sessions::access::api_key::{ApiKeyKind, ApiKeyRecord};
    ///
    /// let value = r#"{"org":"acme","kind":"publishable","origins":["https://a.example"],"db":"DB"}"#;
    /// let record = ApiKeyRecord::from_json(value).unwrap();
    /// assert_eq!(record.kind, ApiKeyKind::Publishable);
    /// assert_eq!(record.origins, ["https://a.example"]);
    /// assert_eq!(record.expires_at_ms, None);
    ///
    /// let with_expiry = |expires_at| {
    ///     let value = format!(
    ///         r#"{{"org":"acme","kind":"secret","db":"DB","expires_at":"{expires_at}"}}"#
    ///     );
    ///     ApiKeyRecord::from_json(&value).map(|record| record.expires_at_ms)
    /// };
    /// assert_eq!(with_expiry("1970-01-01T00:00:01.5Z"), Some(Some(1500)));
    /// assert_eq!(with_expiry("tomorrow"), None);
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
            expires_at: Option<String>,
        }

        let record: Record = serde_json::from_str(text).ok()?;
        let expires_at_ms = match record.expires_at {
            Some(time) => Some(unix_ms(&time)?),
            None => None,
        };
        Some(Self {
            tenant: Tenant {
                organization: record.org,
                db: record.db,
            },
            kind: record.kind,
            origins: record.origins,
            expires_at_ms,
        })
    }

    /// Returns true if the key works at `now_ms`.
    #[must_use]
    pub fn is_valid_at(&self, now_ms: u64) -> bool {
        self.expires_at_ms
            .is_none_or(|expires_at_ms| now_ms < expires_at_ms)
    }
}

/// Reads a time of RFC 3339, as Unix milliseconds.
fn unix_ms(text: &str) -> Option<u64> {
    let time = DateTime::parse_from_rfc3339(text).ok()?;
    time.timestamp_millis().try_into().ok()
}
