//! The platform's rate limiters and secrets.

use super::crossings;
use super::entry::thrown;
use crate::platform::{Platform, RateLimit};
use crate::token::TokenSecrets;
use worker::Env;
use worker::js_sys::Reflect;

/// What `wrangler.toml` binds.
pub(super) struct EdgePlatform(Env);

impl EdgePlatform {
    pub(super) fn new(env: Env) -> Self {
        Self(env)
    }

    fn secret(&self, name: &str) -> Option<String> {
        Reflect::get(&self.0, &name.into()).ok()?.as_string()
    }
}

impl Platform for EdgePlatform {
    async fn is_within(&self, limit: RateLimit, bucket: &str) -> Result<bool, String> {
        let binding = match limit {
            RateLimit::Credential => "CREDENTIAL_RATE_LIMITER",
            RateLimit::Address => "ADDRESS_RATE_LIMITER",
        };
        crossings::is_within_limit(&self.0, binding, bucket)
            .await
            .map_err(|error| thrown(&error))
    }

    fn token_secrets(&self) -> Option<TokenSecrets> {
        let previous = self.secret("TOKEN_SECRET_PREVIOUS");
        TokenSecrets::new(&self.secret("TOKEN_SECRET")?, previous.as_deref())
    }
}
