//! Access: who may do what, and how often.
//!
//! The checks run in this order and stop at the first that fails: the form of the
//! credential, its signature, the record of its key, its role's permission, its origin,
//! the rate limits.

pub mod api_key;
pub mod contact_token;
pub mod credential;
mod jwt;
pub mod key_cache;
pub mod origin;
pub mod permissions;
pub mod principal;
pub mod rate_limit;

use crate::error::Error;
use api_key::{ApiKey, ApiKeyHash, ApiKeyRecord};
use contact_token::{ContactToken, TokenSecrets};
use credential::Credential;
use permissions::{Action, Role};
use principal::Principal;
use rate_limit::{RateLimit, client_network};

/// The services that the checks use.
#[allow(async_fn_in_trait)] // An isolate has one thread; nothing needs `Send`.
pub trait AccessServices {
    /// Returns the record of the key with this hash.
    ///
    /// # Errors
    /// The cause, for the log, when the look-up failed or timed out.
    async fn find_key(&self, hash: &ApiKeyHash) -> Result<Option<ApiKeyRecord>, String>;

    /// Counts one request in `bucket`. Returns true if it is within the limit.
    ///
    /// # Errors
    /// The cause, for the log, when the limiter failed.
    async fn is_within(&self, limit: RateLimit, bucket: &str) -> Result<bool, String>;

    /// Returns the secrets that sign contact tokens; `None` if the deployment has no
    /// valid one.
    async fn token_secrets(&self) -> Option<TokenSecrets>;
}

/// The parts of a request that identify its caller.
#[derive(Debug, Clone, Copy, Default)]
pub struct Caller<'a> {
    /// The `Authorization` header.
    pub authorization: Option<&'a str>,
    /// The `Origin` header.
    pub origin: Option<&'a str>,
    /// The client's address, as the platform saw it.
    pub client_address: Option<&'a str>,
}

/// The checks of one request.
pub(crate) struct AccessCheck<'a, S> {
    pub(crate) services: &'a S,
    /// The time, in Unix milliseconds.
    pub(crate) now_ms: u64,
    /// The caller's organization, for the log.
    pub(crate) organization: Option<String>,
    /// A failure of a service that did not fail the request, for the log.
    pub(crate) warning: Option<String>,
}

impl<S: AccessServices> AccessCheck<'_, S> {
    /// Authenticates the caller, and checks its permission for `action` and its rate
    /// limits.
    pub(crate) async fn authorize(
        &mut self,
        caller: Caller<'_>,
        action: Action,
    ) -> Result<Principal, Error> {
        let principal = match Credential::parse(caller.authorization)? {
            Credential::Key(key) => {
                let record = self.services.find_key(&key.hash).await;
                let record = record.map_err(Error::StorageUnavailable)?;
                let record = record.filter(|record| record.is_valid_at(self.now_ms));
                let principal = Principal::of_key(&key, record, action, caller.origin)?;
                self.check_rate_of_key(&key, &principal, caller.client_address)
                    .await?;
                principal
            }
            Credential::Token(text) => {
                let secrets = self.services.token_secrets().await;
                let secrets = secrets.ok_or(Error::InvalidToken)?;
                let token = ContactToken::verify(&text, self.now_ms, &secrets)?;
                let record = self.services.find_key(&token.key).await;
                let record = record.map_err(Error::StorageUnavailable)?;
                let contact_id = token.subject.contact_id.to_string();
                let bucket = [&token.organization, "/", &contact_id].concat();
                let principal = Principal::of_token(token, record, action)?;
                self.check_rate(RateLimit::Credential, &bucket).await?;
                principal
            }
        };
        self.organization = Some(principal.tenant().organization.clone());
        Ok(principal)
    }

    async fn check_rate_of_key(
        &mut self,
        key: &ApiKey,
        principal: &Principal,
        client_address: Option<&str>,
    ) -> Result<(), Error> {
        let bucket = key.hash.as_str();
        let network = client_address.and_then(client_network);
        if let (Role::Visitor, Some(network)) = (principal.role(), network) {
            // First, so that one visitor's excess does not count against the key.
            let bucket = [bucket, "/", &network].concat();
            self.check_rate(RateLimit::Address, &bucket).await?;
        }
        self.check_rate(RateLimit::Credential, bucket).await
    }

    /// Counts the request against a limit. A limiter that fails lets every request
    /// through: it exists to keep the service up.
    async fn check_rate(&mut self, limit: RateLimit, bucket: &str) -> Result<(), Error> {
        match self.services.is_within(limit, bucket).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(Error::RateLimited),
            Err(cause) => {
                self.warning = Some(["rate limiter: ", &cause].concat());
                Ok(())
            }
        }
    }
}
