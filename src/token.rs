//! Contact tokens: a person who is logged in at the customer's site, proven by
//! the customer's server (JWT, RFC 7519, signed with HS256).
//!
//! The algorithm is not the token's to choose: `jwt-compact` refuses every
//! header but HS256's, and compares signatures in constant time.

use crate::credential::Tenant;
use crate::error::Error;
use crate::id::parse_uuid;
use chrono::{DateTime, TimeDelta, Utc};
use jwt_compact::alg::{Hs256, Hs256Key};
use jwt_compact::{AlgorithmExt, Claims, Header, TimeOptions, UntrustedToken};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fmt;
use uuid::Uuid;

/// The shortest signing secret: as long as what HS256 makes of it (RFC 7518,
/// section 3.2).
pub const TOKEN_SECRET_MIN_BYTES: usize = 32;
/// How long a token is valid unless it is asked for otherwise: a day.
pub const TOKEN_LIFETIME_DEFAULT_S: u32 = 24 * 60 * 60;
/// How long a token is valid at most: 30 days.
pub const TOKEN_LIFETIME_MAX_S: u32 = 30 * 24 * 60 * 60;
/// How far the clocks of two machines may be apart.
const CLOCK_SKEW_S: i64 = 60;
/// Whom a token is for: a token of another service is none of ours.
const AUDIENCE: &str = "chat-sessions";
/// The D1 binding that a token does not name.
const USUAL_DB: &str = "DB";

/// What tokens are signed with, and what else they may be signed with while
/// one secret takes over from another.
pub struct TokenSecrets {
    signing: Hs256Key,
    verify_only: Option<Hs256Key>,
}

impl TokenSecrets {
    /// Takes the secret that signs, and one that only verifies.
    ///
    /// `None` if the first is shorter than [`TOKEN_SECRET_MIN_BYTES`]; such a
    /// second one verifies nothing.
    ///
    /// ```
    /// use chat_sessions::token::TokenSecrets;
    /// assert!(TokenSecrets::new(&"x".repeat(32), None).is_some());
    /// assert!(TokenSecrets::new("too short", None).is_none());
    /// ```
    #[must_use]
    pub fn new(signing: &str, verify_only: Option<&str>) -> Option<Self> {
        let key = |secret: &str| {
            (secret.len() >= TOKEN_SECRET_MIN_BYTES).then(|| Hs256Key::new(secret.as_bytes()))
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

/// What a contact token says: who somebody is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContactToken {
    /// The organization whose contact it is.
    pub tenant: Tenant,
    /// The contact.
    pub contact_id: Uuid,
}

/// The claims that are ours; `iat` and `exp` are `jwt-compact`'s.
#[derive(Serialize, Deserialize)]
struct ContactClaims<'a> {
    sub: Cow<'a, str>,
    org: Cow<'a, str>,
    /// Where the organization's data is, if not in the usual place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    db: Option<Cow<'a, str>>,
    aud: Cow<'a, str>,
    jti: Cow<'a, str>,
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
        let mut claims = Claims::new(ContactClaims {
            sub: self.contact_id.to_string().into(),
            org: organization.into(),
            db: (db != USUAL_DB).then(|| db.into()),
            aud: AUDIENCE.into(),
            jti: token_id.to_string().into(),
        });
        claims.issued_at = moment(now_ms);
        claims.expiration = claims
            .issued_at
            .and_then(|now| now.checked_add_signed(TimeDelta::seconds(lifetime_s.into())));
        if claims.expiration.is_none() {
            let cause = format!("no token can expire after {now_ms}");
            return Err(Error::InternalError(cause));
        }
        Hs256
            .token(
                &Header::empty().with_token_type("JWT"),
                &claims,
                &secrets.signing,
            )
            .map_err(|cause| Error::InternalError(format!("unsignable token: {cause}")))
    }

    /// Reads a token, if it is one of ours and has not expired.
    ///
    /// # Errors
    /// [`Error::InvalidToken`] for everything else, whatever is wrong with it.
    pub fn verify(text: &str, now_ms: u64, secrets: &TokenSecrets) -> Result<Self, Error> {
        let token = UntrustedToken::new(text).map_err(|_| Error::InvalidToken)?;
        let claims = [Some(&secrets.signing), secrets.verify_only.as_ref()]
            .into_iter()
            .flatten()
            .find_map(|key| {
                let validator = Hs256.validator::<ContactClaims<'static>>(key);
                validator.validate(&token).ok()
            })
            .ok_or(Error::InvalidToken)?;
        let claims = claims.claims();
        let now = moment(now_ms).ok_or(Error::InvalidToken)?;
        let clock = TimeOptions::new(TimeDelta::seconds(CLOCK_SKEW_S), || now);
        claims
            .validate_expiration(&clock)
            .map_err(|_| Error::InvalidToken)?;
        let ContactClaims {
            sub, org, db, aud, ..
        } = &claims.custom;
        if aud != AUDIENCE {
            return Err(Error::InvalidToken);
        }
        Ok(Self {
            tenant: Tenant {
                organization: org.clone().into_owned(),
                db: db
                    .clone()
                    .map_or_else(|| USUAL_DB.to_owned(), Cow::into_owned),
            },
            contact_id: parse_uuid(sub).ok_or(Error::InvalidToken)?,
        })
    }
}

/// The time as `jwt-compact` has it; `None` some 260,000 years from now.
fn moment(now_ms: u64) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_millis(i64::try_from(now_ms).ok()?)
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
        let last_ms = u64::try_from(chrono::DateTime::<chrono::Utc>::MAX_UTC.timestamp_millis());
        for now_ms in [last_ms.unwrap(), u64::MAX / 2, u64::MAX] {
            assert!(matches!(sign(now_ms), Err(Error::InternalError(_))));
            let verdict = ContactToken::verify(&text, now_ms, &secrets);
            assert_eq!(verdict, Err(Error::InvalidToken));
        }
    }
}
