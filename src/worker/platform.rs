//! The platform's rate limiters and secrets.

use super::crossings::{self, Env};
use super::entry::thrown;
use crate::platform::{Platform, RateLimit};
use crate::token::TokenSecrets;
use js_sys::Reflect;

/// What `wrangler.toml` binds.
pub(super) struct EdgePlatform<'a>(pub(super) &'a Env);

impl EdgePlatform<'_> {
    fn secret(&self, name: &str) -> Option<String> {
        Reflect::get(self.0, &name.into()).ok()?.as_string()
    }
}

impl Platform for EdgePlatform<'_> {
    async fn is_within(&self, limit: RateLimit, bucket: &str) -> Result<bool, String> {
        let verdict = crossings::is_within(self.0, limit, bucket).await;
        verdict.map_err(|error| thrown(&error))
    }

    fn token_secrets(&self) -> Option<TokenSecrets> {
        let previous = self.secret("TOKEN_SECRET_PREVIOUS");
        TokenSecrets::new(&self.secret("TOKEN_SECRET")?, previous.as_deref())
    }
}
