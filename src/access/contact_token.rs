//! Contact tokens: JWTs (RFC 7519) that identify a person who is logged in at the
//! customer's site.

use super::api_key::ApiKeyHash;
use super::jwt::{self, SigningKey};
use crate::domain::limits::TOKEN_SECRET_MIN_BYTES;
use crate::error::Error;
use serde::{Deserialize, Serialize};
use std::fmt;
use uuid::Uuid;

/// Tolerated difference between the clocks of two machines.
const CLOCK_SKEW_S: u64 = 60;
/// The audience of every token; tokens for another service are rejected.
const AUDIENCE: &str = "chat-sessions";

/// The secret that signs tokens, and during a rotation the previous one.
pub struct TokenSecrets {
    signing: SigningKey,
    verify_only: Option<SigningKey>,
}

impl TokenSecrets {
    /// Takes the secret that signs, and one that only verifies.
    ///
    /// `None` if the first is shorter than [`TOKEN_SECRET_MIN_BYTES`]; a second one
    /// that short is ignored.
    ///
    /// ```
    /// use chat_sessions::access::contact_token::TokenSecrets;
    /// assert!(TokenSecrets::new(&"x".repeat(32), None).is_some());
    /// assert!(TokenSecrets::new("too short", None).is_none());
    /// ```
    #[must_use]
    pub fn new(signing: &str, verify_only: Option<&str>) -> Option<Self> {
        let key = |secret: &str| {
            (secret.len() >= TOKEN_SECRET_MIN_BYTES).then(|| SigningKey::new(secret.as_bytes()))?
        };
        Some(Self {
            signing: key(signing)?,
            verify_only: verify_only.and_then(key),
        })
    }

    fn all(&self) -> impl Iterator<Item = &SigningKey> {
        [&self.signing].into_iter().chain(&self.verify_only)
    }
}

impl fmt::Debug for TokenSecrets {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("TokenSecrets(…)")
    }
}

/// The content of a contact token: the identity of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContactToken {
    /// The contact's organization.
    pub organization: String,
    /// The contact.
    pub subject: TokenSubject,
    /// The secret key that asked for the token, which is valid no longer than its key.
    pub key: ApiKeyHash,
}

/// The contact that a token identifies. The storage checks that there still is one, in
/// the same epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenSubject {
    /// The contact.
    pub contact_id: Uuid,
    /// The contact's token epoch when the token was signed. Another one begins when the
    /// contact's tokens are revoked.
    pub epoch: u64,
}

/// The claims of a token (RFC 7519, section 4.1), and three of our own.
#[derive(Serialize, Deserialize)]
struct Claims {
    exp: u64,
    iat: u64,
    sub: Uuid,
    org: String,
    /// The hash of the key, which is the name of its record. It reveals nothing about
    /// the key: nobody can guess 32 random bytes to compare.
    key: String,
    epoch: u64,
    aud: String,
    jti: Uuid,
}

impl ContactToken {
    /// Signs a token that is valid for `lifetime_s` seconds from `now_ms` on.
    ///
    /// `token_id` becomes the claim `jti`.
    ///
    /// # Errors
    /// [`Error::InternalError`] when the claims cannot be written.
    ///
    /// # Example
    /// ```
    /// use chat_sessions::access::api_key::ApiKeyHash;
    /// use chat_sessions::access::contact_token::{ContactToken, TokenSecrets, TokenSubject};
    /// use chat_sessions::error::Error;
    /// use uuid::Uuid;
    ///
    /// let secrets = TokenSecrets::new(&"x".repeat(32), None).unwrap();
    /// let token = ContactToken {
    ///     organization: "acme".to_owned(),
    ///     subject: TokenSubject { contact_id: Uuid::max(), epoch: 0 },
    ///     key: ApiKeyHash::of("sk_example"),
    /// };
    /// let now_ms = 1_764_000_000_000;
    /// let text = token.sign(600, Uuid::nil(), now_ms, &secrets)?;
    ///
    /// assert_eq!(ContactToken::verify(&text, now_ms, &secrets)?, token);
    /// let too_late_ms = now_ms + 661_000;
    /// assert_eq!(ContactToken::verify(&text, too_late_ms, &secrets), Err(Error::InvalidToken));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn sign(
        &self,
        lifetime_s: u32,
        token_id: Uuid,
        now_ms: u64,
        secrets: &TokenSecrets,
    ) -> Result<String, Error> {
        let issued_at_s = now_ms / 1000;
        let claims = Claims {
            exp: issued_at_s.saturating_add(lifetime_s.into()),
            iat: issued_at_s,
            sub: self.subject.contact_id,
            org: self.organization.clone(),
            key: self.key.as_str().to_owned(),
            epoch: self.subject.epoch,
            aud: AUDIENCE.to_owned(),
            jti: token_id,
        };
        let claims = serde_json::to_string(&claims)
            .map_err(|cause| Error::InternalError(format!("unwritable claims: {cause}")))?;
        Ok(secrets.signing.sign(&claims))
    }

    /// Verifies a token that one of the secrets signed and that has not expired.
    ///
    /// # Errors
    /// [`Error::InvalidToken`] for every other text.
    pub fn verify(text: &str, now_ms: u64, secrets: &TokenSecrets) -> Result<Self, Error> {
        let claims = jwt::verify(text, secrets.all()).ok_or(Error::InvalidToken)?;
        serde_json::from_str(&claims)
            .ok()
            .and_then(|claims| Self::from_claims(claims, now_ms / 1000))
            .ok_or(Error::InvalidToken)
    }

    /// Returns true if one of the secrets signed the token, expired or not.
    #[must_use]
    pub fn is_signed(text: &str, secrets: &TokenSecrets) -> bool {
        jwt::verify(text, secrets.all()).is_some()
    }

    /// Returns the content of a token whose claims are valid at `now_s`.
    fn from_claims(claims: Claims, now_s: u64) -> Option<Self> {
        let is_fresh = now_s <= claims.exp.saturating_add(CLOCK_SKEW_S);
        let key = ApiKeyHash::parse(&claims.key)?;
        (is_fresh && claims.aud == AUDIENCE).then_some(Self {
            organization: claims.org,
            subject: TokenSubject {
                contact_id: claims.sub,
                epoch: claims.epoch,
            },
            key,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{ApiKeyHash, ContactToken, Error, TokenSecrets, TokenSubject};
    use crate::domain::limits::TOKEN_LIFETIME_MAX_S;
    use uuid::Uuid;

    #[test]
    fn no_time_is_too_late_to_be_answered() {
        let secrets = TokenSecrets::new(&"x".repeat(32), None).unwrap();
        let token = ContactToken {
            organization: "acme".to_owned(),
            subject: TokenSubject {
                contact_id: Uuid::max(),
                epoch: 0,
            },
            key: ApiKeyHash::of("sk_example"),
        };
        let sign = |now_ms| token.sign(TOKEN_LIFETIME_MAX_S, Uuid::nil(), now_ms, &secrets);
        let text = sign(0).unwrap();
        for now_ms in [u64::MAX / 2, u64::MAX] {
            assert!(ContactToken::verify(&sign(now_ms).unwrap(), now_ms, &secrets).is_ok());
            let verdict = ContactToken::verify(&text, now_ms, &secrets);
            assert_eq!(verdict, Err(Error::InvalidToken));
        }
    }
}
