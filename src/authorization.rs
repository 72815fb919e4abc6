//! Authorization: the credential, its permissions, and rate limits.

use crate::credential::{Presented, PresentedKey};
use crate::error::Error;
use crate::grant::{Action, Grant, Holder};
use crate::http::{Facts, RequestHeaders};
use crate::platform::{Platform, RateLimit, client_network};
use crate::store::Store;
use crate::token::ContactToken;

/// Context of an endpoint, and its notes for the log.
pub(crate) struct Endpoint<'a, S, P> {
    pub(crate) facts: &'a Facts,
    pub(crate) store: &'a S,
    pub(crate) platform: &'a P,
    pub(crate) organization: Option<String>,
    pub(crate) warning: Option<String>,
}

impl<S: Store, P: Platform> Endpoint<'_, S, P> {
    /// Checks the credential, its permissions, and rate limits.
    pub(crate) async fn authorize(
        &mut self,
        headers: &RequestHeaders,
        action: Action,
    ) -> Result<Grant, Error> {
        let origin = headers.origin.as_deref();
        let grant = match Presented::parse(headers.authorization.as_deref())? {
            Presented::Key(key) => {
                let record = self.store.find_key(&key.fingerprint).await?;
                let grant = Grant::check_key(&key, record, action, origin)?;
                self.check_rate_of_key(&key, &grant, headers).await?;
                grant
            }
            Presented::Token(text) => {
                let secrets = self.platform.token_secrets().await;
                let secrets = secrets.ok_or(Error::InvalidToken)?;
                let token = ContactToken::verify(&text, self.facts.now_ms, &secrets)?;
                let contact = [
                    &token.tenant.organization,
                    "/",
                    &token.contact_id.to_string(),
                ];
                let bucket = contact.concat();
                let grant = Grant::check_token(token, action)?;
                self.check_rate(RateLimit::Credential, &bucket).await?;
                grant
            }
        };
        self.organization = Some(grant.tenant().organization.clone());
        Ok(grant)
    }

    async fn check_rate_of_key(
        &mut self,
        key: &PresentedKey,
        grant: &Grant,
        headers: &RequestHeaders,
    ) -> Result<(), Error> {
        let bucket = key.fingerprint.as_str();
        let network = headers.client_address.as_deref().and_then(client_network);
        if let (Holder::Visitor, Some(network)) = (grant.holder(), network) {
            // First, so that one visitor's excess does not count against the key.
            let bucket = [bucket, "/", &network].concat();
            self.check_rate(RateLimit::Address, &bucket).await?;
        }
        self.check_rate(RateLimit::Credential, bucket).await
    }

    /// Counts the request against a limit. A limiter that fails lets every request
    /// through: it exists to keep the service up.
    async fn check_rate(&mut self, limit: RateLimit, bucket: &str) -> Result<(), Error> {
        match self.platform.is_within(limit, bucket).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(Error::RateLimited),
            Err(cause) => {
                self.warning = Some(["rate limiter: ", &cause].concat());
                Ok(())
            }
        }
    }
}
