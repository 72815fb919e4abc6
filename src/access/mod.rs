//! Access: who may do what, and how often.
//!
//! The checks run in this order and stop at the first that fails: the form of the
//! credential, its signature, the record of its key, its role's permission, its origin,
//! the rate limits. Failed authentications are counted by address.

pub mod api_key;
pub mod credential;
mod jwt;
pub mod key_cache;
pub mod origin;
pub mod permissions;
pub mod principal;
pub mod rate_limit;
pub mod token;

use crate::error::Error;
use api_key::{ApiKeyHash, ApiKeyRecord};
use credential::{Credential, VerifiedCredential};
use key_cache::KeyCache;
use permissions::{Action, Role};
use principal::Principal;
use rate_limit::{BlockedNetworks, RateLimit, client_networks};
use token::{Token, TokenSecrets, TokenSubject, VerifiedToken};

/// The error of a limiter, which does not report the time of its next reset: its period in
/// wrangler.toml.
const RATE_LIMITED: Error = Error::RateLimited { retry_after_s: 60 };

/// The state of the checks, for as long as the isolate lives.
#[derive(Debug, Default)]
pub struct AccessCache {
    keys: KeyCache,
    blocked: BlockedNetworks,
}

/// The services that the checks use.
#[allow(async_fn_in_trait)] // An isolate has one thread; nothing needs `Send`.
pub trait AccessServices {
    /// Calls `access` with the isolate's cache.
    fn with_cache<T>(&self, access: impl FnOnce(&mut AccessCache) -> T) -> T;

    /// Looks up the record of the key with this hash.
    ///
    /// # Errors
    /// The cause, for the log, when the look-up failed or timed out.
    async fn find_key(&self, hash: &ApiKeyHash) -> Result<Option<ApiKeyRecord>, String>;

    /// Counts one request in `bucket`. Returns true if it is within the limit.
    ///
    /// # Errors
    /// The cause, for the log, when the limiter failed.
    async fn is_within(&self, limit: RateLimit, bucket: &str) -> Result<bool, String>;

    /// Returns the secrets that sign tokens; `None` if the deployment has no
    /// valid one.
    async fn token_secrets(&self) -> Option<TokenSecrets>;

    /// Returns true if webhooks may lead to this machine, which is for development.
    fn allows_local_webhooks(&self) -> bool;
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

impl Caller<'_> {
    /// Returns the networks of the client's address, the narrowest first.
    fn networks(self) -> Vec<(RateLimit, String)> {
        client_networks(self.client_address.unwrap_or_default())
    }
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

impl<'a, S: AccessServices> AccessCheck<'a, S> {
    pub(crate) fn new(services: &'a S, now_ms: u64) -> Self {
        Self {
            services,
            now_ms,
            organization: None,
            warning: None,
        }
    }

    /// Verifies what proves the caller's credential: the form of a key, the signature of a
    /// token.
    pub(crate) async fn verify(&mut self, caller: Caller<'_>) -> Result<VerifiedCredential, Error> {
        let networks = caller.networks();
        let widest = networks.last().map(|(_, network)| network.as_str());
        match Credential::parse(caller.authorization) {
            Ok(Credential::Key(key)) => Ok(VerifiedCredential::Key(key)),
            Ok(Credential::Token(text)) => {
                let token = self.verify_token(&text, widest).await?;
                Ok(VerifiedCredential::Token(token))
            }
            Err(error) => Err(self.failed(error, widest).await),
        }
    }

    /// Checks the permission of a verified credential for `action`, and its rate limits.
    pub(crate) async fn permit(
        &mut self,
        credential: &VerifiedCredential,
        caller: Caller<'_>,
        action: Action,
    ) -> Result<Principal, Error> {
        let networks = caller.networks();
        let widest = networks.last().map(|(_, network)| network.as_str());
        let recognized = self.recognize(credential, caller.origin, widest, action);
        let principal = match recognized.await {
            Err(error @ Error::InvalidToken)
                if matches!(credential, VerifiedCredential::Key(_)) =>
            {
                return Err(self.failed(error, widest).await);
            }
            verdict => verdict?,
        };
        self.check_rate_of(&principal, action, &networks).await?;
        self.organization = Some(principal.tenant().organization.clone());
        Ok(principal)
    }

    /// Checks the permission of a verified credential for `action`, and counts nothing.
    /// `network` is the caller's, if it may be guessing.
    pub(crate) async fn recognize(
        &self,
        credential: &VerifiedCredential,
        origin: Option<&str>,
        network: Option<&str>,
        action: Action,
    ) -> Result<Principal, Error> {
        match credential {
            VerifiedCredential::Key(key) => {
                let record = self.find_key(&key.hash, network).await?;
                Principal::of_key(key, record, action, origin)
            }
            VerifiedCredential::Token(verified) if verified.is_valid_at(self.now_ms) => {
                // Looked up from any address: the signature proves that it is no guess.
                let record = self.find_key(&verified.token.key, None).await?;
                let token = verified.token.clone();
                Principal::of_token(token, record, action, origin)
            }
            VerifiedCredential::Token(_) => Err(Error::InvalidToken),
        }
    }

    async fn verify_token(
        &mut self,
        text: &str,
        network: Option<&str>,
    ) -> Result<VerifiedToken, Error> {
        let secrets = self.services.token_secrets().await;
        let secrets = secrets.ok_or(Error::InvalidToken)?;
        match Token::verify(text, self.now_ms, &secrets) {
            // Tokens of ours expire every day: pages that send one are not guessing.
            Err(error) if !Token::is_signed(text, &secrets) => {
                Err(self.failed(error, network).await)
            }
            verdict => verdict,
        }
    }

    /// Returns the record of a key that has not expired, from the cache if it is there.
    ///
    /// From a blocked network, keys that were never valid are not looked up; those in
    /// use are, because an address can be shared with a stranger who guesses.
    async fn find_key(
        &self,
        hash: &ApiKeyHash,
        network: Option<&str>,
    ) -> Result<Option<ApiKeyRecord>, Error> {
        let now_ms = self.now_ms;
        let (cached, is_guess) = self.services.with_cache(|cache| {
            let is_blocked = network.is_some_and(|network| cache.blocked.contains(network, now_ms));
            let is_guess = is_blocked && !cache.keys.has_known(hash);
            (cache.keys.get(hash, now_ms), is_guess)
        });
        let record = match cached {
            Some(record) => Some(record),
            None if is_guess => return Err(RATE_LIMITED),
            None => {
                let found = self.services.find_key(hash).await;
                let found = found.map_err(Error::StorageUnavailable)?;
                self.services.with_cache(|cache| match &found {
                    Some(record) => cache.keys.insert(hash.clone(), record.clone(), now_ms),
                    None => cache.keys.remove(hash),
                });
                found
            }
        };
        Ok(record.filter(|record| record.is_valid_at(now_ms)))
    }

    /// Counts a failed authentication. Returns `error`, or that there were too many from
    /// this network.
    async fn failed(&mut self, error: Error, network: Option<&str>) -> Error {
        let Some(network) = network else {
            return error;
        };
        let now_ms = self.now_ms;
        let is_blocked = |cache: &mut AccessCache| cache.blocked.contains(network, now_ms);
        if self.services.with_cache(is_blocked) {
            return RATE_LIMITED;
        }
        match self.check_rate(RateLimit::Failure, network).await {
            Ok(()) => error,
            Err(limited) => {
                self.services
                    .with_cache(|cache| cache.blocked.insert(network.to_owned(), now_ms));
                limited
            }
        }
    }

    /// Counts an authorized request against the limits of its caller, in the buckets of
    /// its group of actions.
    async fn check_rate_of(
        &mut self,
        principal: &Principal,
        action: Action,
        networks: &[(RateLimit, String)],
    ) -> Result<(), Error> {
        let group = action.group().prefix();
        let person = |id: &str| [group, &principal.tenant().organization, "/", id].concat();
        let of_key = [group, principal.key().as_str()].concat();
        let (limit, bucket) = match (principal.role(), principal.subject()) {
            (_, Some(TokenSubject::Contact(contact))) => {
                let bucket = person(&contact.contact_id.to_string());
                (RateLimit::Credential, bucket)
            }
            (_, Some(TokenSubject::Agent(agent))) => (RateLimit::Agent, person(&agent.id)),
            (Role::Server, _) => (RateLimit::Server, of_key),
            _ => {
                // The narrowest first, so that an excess does not count against wider
                // ones, and the key last. Anybody can make visitors, so they do not count.
                for (limit, network) in networks {
                    let bucket = [&of_key, "/", network].concat();
                    self.check_rate(*limit, &bucket).await?;
                }
                (RateLimit::Credential, of_key)
            }
        };
        self.check_rate(limit, &bucket).await
    }

    /// Counts the request against a limit. A limiter that fails lets every request
    /// through: it exists to keep the service up. The request then waits for no other
    /// one.
    async fn check_rate(&mut self, limit: RateLimit, bucket: &str) -> Result<(), Error> {
        if self.warning.is_some() {
            return Ok(());
        }
        match self.services.is_within(limit, bucket).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(RATE_LIMITED),
            Err(cause) => {
                self.warning = Some(["rate limiter: ", &cause].concat());
                Ok(())
            }
        }
    }
}
