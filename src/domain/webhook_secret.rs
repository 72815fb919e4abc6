//! Secrets of webhooks, and the signatures that they make (Standard Webhooks 1.0.0).

use base64ct::{Base64, Encoding};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::fmt;

const PREFIX: &str = "whsec_";

/// A secret, as its endpoint's owner has it: `whsec_` and 32 bytes in base64.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookSecret(String);

/// Redacted.
impl fmt::Debug for WebhookSecret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("WebhookSecret(…)")
    }
}

impl WebhookSecret {
    /// Bytes of a secret.
    pub const BYTES: usize = 32;

    /// Returns the secret of these random bytes.
    #[must_use]
    pub fn new(random: [u8; Self::BYTES]) -> Self {
        Self([PREFIX, &Base64::encode_string(&random)].concat())
    }

    /// Takes a secret from the storage.
    #[must_use]
    pub fn stored(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// Returns the secret's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the signature of a try; `None` if the secret is damaged.
    ///
    /// ```
    /// use chat_sessions::domain::webhook_secret::WebhookSecret;
    /// let secret = WebhookSecret::stored("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    /// let body = r#"{"test": 2432232314}"#;
    /// let signature = secret.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, body);
    /// assert_eq!(signature.unwrap(), "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    /// ```
    #[must_use]
    pub fn sign(&self, id: &str, timestamp_s: u64, body: &str) -> Option<String> {
        let key = Base64::decode_vec(self.0.strip_prefix(PREFIX)?).ok()?;
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).ok()?;
        for part in [id, ".", &timestamp_s.to_string(), ".", body] {
            mac.update(part.as_bytes());
        }
        let signature = Base64::encode_string(&mac.finalize().into_bytes());
        Some(["v1,", &signature].concat())
    }
}
