//! Tokens: JWTs (RFC 7519) that identify one person, in a page of the customer's.
//!
//! There is a kind for a contact who is logged in, one for an anonymous visitor, and one
//! for an agent. Each has an audience of its own, so that no token of one kind is taken
//! for another.

use super::api_key::ApiKeyHash;
use super::jwt::{self, SigningKey};
use crate::domain::entry::Agent;
use crate::domain::limits::TOKEN_SECRET_MIN_BYTES;
use crate::error::Error;
use serde::{Deserialize, Serialize};
use std::fmt;
use uuid::Uuid;

/// Tolerated difference between the clocks of two machines.
const CLOCK_SKEW_S: u64 = 60;

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
    /// use chat_sessions::access::token::TokenSecrets;
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

/// A token whose signature has been verified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerifiedToken {
    /// The content.
    pub token: Token,
    /// When it expires, in Unix seconds.
    expires_at_s: u64,
}

impl VerifiedToken {
    /// Returns true if the token can be used at `now_ms`.
    #[must_use]
    pub fn is_valid_at(&self, now_ms: u64) -> bool {
        now_ms / 1000 <= self.expires_at_s.saturating_add(CLOCK_SKEW_S)
    }

    /// Returns true if the token has expired by the clock of this machine. A request may be
    /// late by `CLOCK_SKEW_S`, and a connection that stays open need not be.
    #[must_use]
    pub fn has_expired_at(&self, now_ms: u64) -> bool {
        now_ms / 1000 > self.expires_at_s
    }
}

/// The content of a token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// The organization.
    pub organization: String,
    /// The person.
    pub subject: TokenSubject,
    /// The key that asked for the token, which is valid no longer than its key: a
    /// publishable one for a visitor, a secret one for everybody else.
    pub key: ApiKeyHash,
}

/// The person that a token identifies. The storage checks in the same transaction that
/// the token has not been revoked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum TokenSubject {
    /// A contact who is logged in.
    Contact(ContactSubject),
    /// An anonymous visitor, by a random id. Nothing is stored of one, so there is nothing
    /// to revoke but the key.
    Visitor(Uuid),
    /// An agent.
    Agent(AgentSubject),
}

/// The contact of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactSubject {
    /// The contact.
    pub contact_id: Uuid,
    /// The contact's token epoch when the token was signed. Another one begins when the
    /// contact's tokens are revoked.
    pub epoch: u64,
}

/// The agent of a token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentSubject {
    /// The agent's id at the customer's.
    pub id: String,
    /// The name that visitors see.
    pub name: String,
    /// The address of a picture.
    pub avatar_url: Option<String>,
    /// When the token was signed, in Unix milliseconds: it is revoked if the agent's
    /// tokens were revoked then or later.
    pub issued_at_ms: u64,
}

impl AgentSubject {
    /// Returns the agent as a log names it.
    #[must_use]
    pub fn agent(&self) -> Agent {
        Agent {
            id: Some(self.id.clone()),
            name: Some(self.name.clone()),
            avatar_url: self.avatar_url.clone(),
        }
    }
}

impl TokenSubject {
    /// Returns the person's name within an organization.
    #[must_use]
    pub fn person(&self) -> String {
        match self {
            Self::Contact(contact) => ["contact:", &contact.contact_id.to_string()].concat(),
            Self::Visitor(id) => ["visitor:", &id.to_string()].concat(),
            Self::Agent(agent) => ["agent:", &agent.id].concat(),
        }
    }

    /// Returns the contact, with the epoch of the token.
    #[must_use]
    pub fn contact(&self) -> Option<ContactSubject> {
        match self {
            Self::Contact(contact) => Some(*contact),
            Self::Visitor(_) | Self::Agent(_) => None,
        }
    }

    /// Returns the visitor.
    #[must_use]
    pub fn visitor(&self) -> Option<Uuid> {
        match self {
            Self::Visitor(visitor_id) => Some(*visitor_id),
            Self::Contact(_) | Self::Agent(_) => None,
        }
    }

    /// Returns the agent.
    #[must_use]
    pub fn agent(&self) -> Option<&AgentSubject> {
        match self {
            Self::Agent(agent) => Some(agent),
            Self::Contact(_) | Self::Visitor(_) => None,
        }
    }
}

/// The claims of a token (RFC 7519, section 4.1).
#[derive(Serialize, Deserialize)]
struct Claims {
    exp: u64,
    iat: u64,
    org: String,
    /// The hash of the key, which is the name of its record. It reveals nothing about
    /// the key: nobody can guess 32 random bytes to compare.
    key: String,
    jti: Uuid,
    #[serde(flatten)]
    subject: SubjectClaims,
}

/// The claims of each kind, by its audience. Tokens for another service are rejected.
#[derive(Serialize, Deserialize)]
#[serde(tag = "aud")]
enum SubjectClaims {
    #[serde(rename = "chat-sessions")]
    Contact { sub: Uuid, epoch: u64 },
    #[serde(rename = "chat-sessions/visitor")]
    Visitor { sub: Uuid },
    #[serde(rename = "chat-sessions/agent")]
    Agent {
        sub: String,
        name: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        picture: Option<String>,
        iat_ms: u64,
    },
}

impl From<&TokenSubject> for SubjectClaims {
    fn from(subject: &TokenSubject) -> Self {
        match subject {
            TokenSubject::Contact(contact) => Self::Contact {
                sub: contact.contact_id,
                epoch: contact.epoch,
            },
            TokenSubject::Visitor(visitor_id) => Self::Visitor { sub: *visitor_id },
            TokenSubject::Agent(agent) => Self::Agent {
                sub: agent.id.clone(),
                name: agent.name.clone(),
                picture: agent.avatar_url.clone(),
                iat_ms: agent.issued_at_ms,
            },
        }
    }
}

impl From<SubjectClaims> for TokenSubject {
    fn from(claims: SubjectClaims) -> Self {
        match claims {
            SubjectClaims::Contact { sub, epoch } => Self::Contact(ContactSubject {
                contact_id: sub,
                epoch,
            }),
            SubjectClaims::Visitor { sub } => Self::Visitor(sub),
            SubjectClaims::Agent {
                sub,
                name,
                picture,
                iat_ms,
            } => Self::Agent(AgentSubject {
                id: sub,
                name,
                avatar_url: picture,
                issued_at_ms: iat_ms,
            }),
        }
    }
}

impl Token {
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
    /// use chat_sessions::access::token::{ContactSubject, Token, TokenSecrets, TokenSubject};
    /// use chat_sessions::error::Error;
    /// use uuid::Uuid;
    ///
    /// let secrets = TokenSecrets::new(&"x".repeat(32), None).unwrap();
    /// let contact = ContactSubject { contact_id: Uuid::max(), epoch: 0 };
    /// let token = Token {
    ///     organization: "acme".to_owned(),
    ///     subject: TokenSubject::Contact(contact),
    ///     key: ApiKeyHash::of("sk_example"),
    /// };
    /// let now_ms = 1_764_000_000_000;
    /// let text = token.sign(600, Uuid::nil(), now_ms, &secrets)?;
    ///
    /// assert_eq!(Token::verify(&text, now_ms, &secrets)?.token, token);
    /// let too_late_ms = now_ms + 661_000;
    /// assert_eq!(Token::verify(&text, too_late_ms, &secrets), Err(Error::InvalidToken));
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
            org: self.organization.clone(),
            key: self.key.as_str().to_owned(),
            jti: token_id,
            subject: (&self.subject).into(),
        };
        let claims = serde_json::to_string(&claims)
            .map_err(|cause| Error::InternalError(format!("unwritable claims: {cause}")))?;
        Ok(secrets.signing.sign(&claims))
    }

    /// Verifies a token that one of the secrets signed and that has not expired.
    ///
    /// # Errors
    /// [`Error::InvalidToken`] for every other text.
    pub fn verify(text: &str, now_ms: u64, secrets: &TokenSecrets) -> Result<VerifiedToken, Error> {
        let claims = jwt::verify(text, secrets.all()).ok_or(Error::InvalidToken)?;
        serde_json::from_str(&claims)
            .ok()
            .and_then(Self::from_claims)
            .filter(|token| token.is_valid_at(now_ms))
            .ok_or(Error::InvalidToken)
    }

    /// Returns true if one of the secrets signed the token, expired or not.
    #[must_use]
    pub fn is_signed(text: &str, secrets: &TokenSecrets) -> bool {
        jwt::verify(text, secrets.all()).is_some()
    }

    /// Returns the content of a token, which may have expired.
    fn from_claims(claims: Claims) -> Option<VerifiedToken> {
        let key = ApiKeyHash::parse(&claims.key)?;
        Some(VerifiedToken {
            token: Self {
                organization: claims.org,
                subject: claims.subject.into(),
                key,
            },
            expires_at_s: claims.exp,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::TokenSubject;
    use super::{AgentSubject, ApiKeyHash, ContactSubject, Error, Token, TokenSecrets};
    use crate::domain::limits::{TOKEN_LIFETIME_MAX_S, VISITOR_TOKEN_LIFETIME_S};
    use uuid::Uuid;

    fn token(subject: TokenSubject) -> Token {
        Token {
            organization: "acme".to_owned(),
            subject,
            key: ApiKeyHash::of("sk_example"),
        }
    }

    fn contact() -> TokenSubject {
        TokenSubject::Contact(ContactSubject {
            contact_id: Uuid::max(),
            epoch: 0,
        })
    }

    #[test]
    fn no_time_is_too_late_to_be_answered() {
        let secrets = TokenSecrets::new(&"x".repeat(32), None).unwrap();
        let token = token(contact());
        let sign = |now_ms| token.sign(TOKEN_LIFETIME_MAX_S, Uuid::nil(), now_ms, &secrets);
        let text = sign(0).unwrap();
        for now_ms in [u64::MAX / 2, u64::MAX] {
            assert!(Token::verify(&sign(now_ms).unwrap(), now_ms, &secrets).is_ok());
            let verdict = Token::verify(&text, now_ms, &secrets);
            assert_eq!(verdict, Err(Error::InvalidToken));
        }
    }

    #[test]
    fn each_kind_reads_back_as_itself() {
        let secrets = TokenSecrets::new(&"x".repeat(32), None).unwrap();
        let agent = AgentSubject {
            id: Uuid::max().to_string(),
            name: "Ben \u{1f44b} \"B\"".to_owned(),
            avatar_url: None,
            issued_at_ms: 1_764_000_000_123,
        };
        let pictured = AgentSubject {
            avatar_url: Some("https://example.com/ben.png".to_owned()),
            ..agent.clone()
        };
        for subject in [
            contact(),
            TokenSubject::Visitor(Uuid::max()),
            TokenSubject::Agent(agent),
            TokenSubject::Agent(pictured),
        ] {
            let token = token(subject);
            let text = token.sign(VISITOR_TOKEN_LIFETIME_S, Uuid::nil(), 0, &secrets);
            let verified = Token::verify(&text.unwrap(), 0, &secrets).unwrap();
            assert_eq!(verified.token, token);
        }
    }
}
