//! Contact tokens: JWTs (RFC 7519) that identify a person who is logged in at the
//! customer's site.

use crate::credential::Tenant;
use crate::error::Error;
use crate::id::parse_uuid;
use crate::json::{Json, Object};
use crate::json_text;
use crate::jwt::{self, Key};
use serde::Serialize;
use std::fmt;
use uuid::Uuid;

/// The shortest signing secret: as long as a signature (RFC 7518, section 3.2).
pub const TOKEN_SECRET_MIN_BYTES: usize = 32;
/// Lifetime of a token unless the request sets another: a day.
pub const TOKEN_LIFETIME_DEFAULT_S: u32 = 24 * 60 * 60;
/// Longest lifetime of a token: 30 days.
pub const TOKEN_LIFETIME_MAX_S: u32 = 30 * 24 * 60 * 60;
/// Tolerated difference between the clocks of two machines.
const CLOCK_SKEW_S: u64 = 60;
/// The audience of every token; tokens for another service are rejected.
const AUDIENCE: &str = "chat-sessions";
/// The D1 binding of tokens that name none.
const USUAL_DB: &str = "DB";

/// The secret that signs tokens, and during a rotation the previous one.
pub struct TokenSecrets {
    signing: Key,
    verify_only: Option<Key>,
}

impl TokenSecrets {
    /// Takes the secret that signs, and one that only verifies.
    ///
    /// `None` if the first is shorter than [`TOKEN_SECRET_MIN_BYTES`]; a second one
    /// that short is ignored.
    ///
    /// ```
    /// use chat_sessions::token::TokenSecrets;
    /// assert!(TokenSecrets::new(&"x".repeat(32), None).is_some());
    /// assert!(TokenSecrets::new("too short", None).is_none());
    /// ```
    #[must_use]
    pub fn new(signing: &str, verify_only: Option<&str>) -> Option<Self> {
        let key = |secret: &str| {
            (secret.len() >= TOKEN_SECRET_MIN_BYTES).then(|| Key::new(secret.as_bytes()))?
        };
        Some(Self {
            signing: key(signing)?,
            verify_only: verify_only.and_then(key),
        })
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
    pub tenant: Tenant,
    /// The contact.
    pub contact_id: Uuid,
}

/// The claims of a token.
#[derive(Serialize)]
struct Claims<'a> {
    exp: u64,
    iat: u64,
    sub: Uuid,
    org: &'a str,
    /// The D1 binding with the organization's data, if not [`USUAL_DB`].
    #[serde(skip_serializing_if = "Option::is_none")]
    db: Option<&'a str>,
    aud: &'static str,
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
    /// use chat_sessions::credential::Tenant;
    /// use chat_sessions::error::Error;
    /// use chat_sessions::token::{ContactToken, TokenSecrets};
    /// use uuid::Uuid;
    ///
    /// let secrets = TokenSecrets::new(&"x".repeat(32), None).unwrap();
    /// let token = ContactToken {
    ///     tenant: Tenant { organization: "acme".to_owned(), db: "DB".to_owned() },
    ///     contact_id: Uuid::max(),
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
        let Tenant { organization, db } = &self.tenant;
        let issued_at_s = now_ms / 1000;
        let claims = Claims {
            exp: issued_at_s.saturating_add(lifetime_s.into()),
            iat: issued_at_s,
            sub: self.contact_id,
            org: organization,
            db: (db != USUAL_DB).then_some(db),
            aud: AUDIENCE,
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
        let keys = [Some(&secrets.signing), secrets.verify_only.as_ref()];
        let claims = jwt::verify(text, keys.into_iter().flatten()).ok_or(Error::InvalidToken)?;
        match json_text::stored(&claims) {
            Ok(Json::Object(claims)) => Self::read(&claims, now_ms / 1000),
            _ => None,
        }
        .ok_or(Error::InvalidToken)
    }

    /// Reads the claims; `None` unless all are present and valid.
    fn read(claims: &Object<'_>, now_s: u64) -> Option<Self> {
        let text = |name| claims.get(name).and_then(Json::as_text);
        let Json::Number(expiry) = claims.get("exp")? else {
            return None;
        };
        let expiry_s: u64 = expiry.text.parse().ok()?;
        let is_valid = now_s <= expiry_s.saturating_add(CLOCK_SKEW_S);
        let is_ours = text("aud") == Some(AUDIENCE) && text("jti").is_some();
        let db = match claims.get("db") {
            None => USUAL_DB,
            Some(_) => text("db")?,
        };
        (is_valid && is_ours).then_some(Self {
            tenant: Tenant {
                organization: text("org")?.to_owned(),
                db: db.to_owned(),
            },
            contact_id: parse_uuid(text("sub")?)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{ContactToken, Error, TOKEN_LIFETIME_MAX_S, TokenSecrets};
    use crate::credential::Tenant;
    use uuid::Uuid;

    #[test]
    fn no_time_is_too_late_to_be_answered() {
        let secrets = TokenSecrets::new(&"x".repeat(32), None).unwrap();
        let token = ContactToken {
            tenant: Tenant {
                organization: "acme".to_owned(),
                db: "DB".to_owned(),
            },
            contact_id: Uuid::max(),
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
