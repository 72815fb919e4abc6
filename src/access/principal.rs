//! The principal of a request: the authenticated caller, with permission for the action.

use super::api_key::{ApiKey, ApiKeyHash, ApiKeyKind, ApiKeyRecord};
use super::origin::is_listed;
use super::permissions::{Action, Role};
use super::token::{Token, TokenSubject};
use crate::domain::entry::Agent;
use crate::domain::tenant::Tenant;
use crate::error::Error;

/// Proof that a request is authorized. Only the two checks construct one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    tenant: Tenant,
    role: Role,
    idempotency_scope: String,
    key: ApiKeyHash,
    subject: Option<TokenSubject>,
}

impl Principal {
    /// Decides whether a key may do `action` from `origin`.
    ///
    /// `record` is the stored record of the key, `origin` the request's `Origin`
    /// header.
    ///
    /// # Errors
    /// In this order: [`Error::InvalidToken`] without a matching record,
    /// [`Error::SecretKeyInBrowser`], [`Error::InsufficientScope`],
    /// [`Error::OriginNotAllowed`].
    ///
    /// # Example
    /// ```
    /// use chat_sessions::access::api_key::{ApiKeyKind, ApiKeyRecord};
    /// use chat_sessions::access::{credential::Credential, permissions::Action};
    /// use chat_sessions::access::principal::Principal;
    /// use chat_sessions::domain::tenant::Tenant;
    /// use chat_sessions::error::Error;
    ///
    /// let header = format!("Bearer pk_{}", "0".repeat(64));
    /// let Credential::Key(key) = Credential::parse(Some(&header))? else { panic!("no key") };
    /// let record = ApiKeyRecord {
    ///     tenant: Tenant { organization: "acme".to_owned(), db: "DB".to_owned() },
    ///     kind: ApiKeyKind::Publishable,
    ///     origins: vec!["https://a.example".to_owned()],
    ///     expires_at_ms: None,
    /// };
    /// let from = |origin, record| {
    ///     Principal::of_key(&key, Some(record), Action::CreateSession, origin)
    /// };
    /// assert!(from(Some("https://a.example"), record.clone()).is_ok());
    /// assert_eq!(from(None, record.clone()), Err(Error::OriginNotAllowed { is_sent: false }));
    ///
    /// let of_another_kind = ApiKeyRecord { kind: ApiKeyKind::Secret, ..record };
    /// assert_eq!(from(None, of_another_kind), Err(Error::InvalidToken));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn of_key(
        key: &ApiKey,
        record: Option<ApiKeyRecord>,
        action: Action,
        origin: Option<&str>,
    ) -> Result<Self, Error> {
        let record = record
            .filter(|record| record.kind == key.kind)
            .ok_or(Error::InvalidToken)?;
        let role = match record.kind {
            ApiKeyKind::Secret => Role::Server,
            ApiKeyKind::Publishable => Role::Page,
        };
        if role == Role::Server && origin.is_some() {
            return Err(Error::SecretKeyInBrowser);
        }
        if !role.may(action) {
            return Err(Error::InsufficientScope);
        }
        let is_allowed = |origin| is_listed(origin, &record.origins);
        if role == Role::Page && !origin.is_some_and(is_allowed) {
            let is_sent = origin.is_some();
            return Err(Error::OriginNotAllowed { is_sent });
        }
        let page = origin.map(|origin| [" ", origin].concat());
        let page = page.unwrap_or_default();
        Ok(Self {
            tenant: record.tenant,
            role,
            idempotency_scope: ["key:", key.hash.as_str(), &page].concat(),
            key: key.hash.clone(),
            subject: None,
        })
    }

    /// Decides whether a token, already verified, may do `action` from `origin`.
    ///
    /// `record` is the stored record of the key that the token names. A token of a contact
    /// or an agent works from any origin, and from none: it belongs to a person, not to a
    /// page. That of a visitor works from the pages of its key, and from none.
    ///
    /// # Errors
    /// In this order: [`Error::InvalidToken`] unless its key is one of its organization
    /// that issues such tokens, [`Error::InsufficientScope`], [`Error::OriginNotAllowed`].
    pub fn of_token(
        token: Token,
        record: Option<ApiKeyRecord>,
        action: Action,
        origin: Option<&str>,
    ) -> Result<Self, Error> {
        let (role, kind) = match &token.subject {
            TokenSubject::Contact(contact) => {
                (Role::Contact(contact.contact_id), ApiKeyKind::Secret)
            }
            TokenSubject::Visitor(id) => (Role::Visitor(*id), ApiKeyKind::Publishable),
            TokenSubject::Agent(_) => (Role::Agent, ApiKeyKind::Secret),
        };
        let is_issuer = |record: &ApiKeyRecord| {
            record.kind == kind && record.tenant.organization == token.organization
        };
        let record = record.filter(is_issuer).ok_or(Error::InvalidToken)?;
        if !role.may(action) {
            return Err(Error::InsufficientScope);
        }
        let is_foreign = |origin| !is_listed(origin, &record.origins);
        if matches!(role, Role::Visitor(_)) && origin.is_some_and(is_foreign) {
            return Err(Error::OriginNotAllowed { is_sent: true });
        }
        Ok(Self {
            tenant: record.tenant,
            role,
            idempotency_scope: token.subject.person(),
            key: token.key,
            subject: Some(token.subject),
        })
    }

    /// Returns the organization whose data this request may use.
    #[must_use]
    pub fn tenant(&self) -> &Tenant {
        &self.tenant
    }

    /// Returns the caller's role.
    #[must_use]
    pub fn role(&self) -> Role {
        self.role
    }

    /// Returns the hash of the caller's key, or of the key that asked for the token.
    #[must_use]
    pub fn key(&self) -> &ApiKeyHash {
        &self.key
    }

    /// Returns the person of the caller's token, for the storage to check; `None` for
    /// a key.
    #[must_use]
    pub fn subject(&self) -> Option<&TokenSubject> {
        self.subject.as_ref()
    }

    /// Returns the agent of the caller's token; `None` for everybody else.
    #[must_use]
    pub fn agent(&self) -> Option<Agent> {
        let agent = self.subject()?.agent()?;
        Some(agent.agent())
    }

    /// Returns the scope of idempotency keys: equal keys in different scopes are
    /// different. It is the API key, and the page's origin; or else the person.
    #[must_use]
    pub fn idempotency_scope(&self) -> &str {
        &self.idempotency_scope
    }
}
