//! The platform's rate limiters and secrets.

use super::deadline::settled_within;
use super::entry::thrown;
use crate::platform::{Platform, RateLimit};
use crate::token::TokenSecrets;
use worker::Env;
use worker::js_sys::{Object, Promise, Reflect};
use worker::wasm_bindgen::prelude::wasm_bindgen;
use worker::wasm_bindgen::{self, JsCast, JsValue};

/// How long the limiter may take; it answers from the same machine.
const LIMITER_TIMEOUT_MS: u32 = 500;

#[wasm_bindgen]
extern "C" {
    /// The platform's own binding: the `worker` crate's wrapper goes through
    /// serde for a text and a boolean.
    type RateLimiter;

    #[wasm_bindgen(method, catch)]
    fn limit(this: &RateLimiter, options: &Object) -> Result<Promise, JsValue>;
}

/// What `wrangler.toml` binds.
pub(super) struct EdgePlatform(Env);

impl EdgePlatform {
    pub(super) fn new(env: Env) -> Self {
        Self(env)
    }

    async fn ask(&self, limit: RateLimit, bucket: &str) -> Result<bool, JsValue> {
        let binding = match limit {
            RateLimit::Credential => "CREDENTIAL_RATE_LIMITER",
            RateLimit::Address => "ADDRESS_RATE_LIMITER",
        };
        let limiter: RateLimiter = Reflect::get(&self.0, &binding.into())?.unchecked_into();
        let options = Object::new();
        Reflect::set(&options, &"key".into(), &bucket.into())?;
        let outcome = settled_within(LIMITER_TIMEOUT_MS, limiter.limit(&options)?).await?;
        Ok(Reflect::get(&outcome, &"success".into())?.is_truthy())
    }

    fn secret(&self, name: &str) -> Option<String> {
        Reflect::get(&self.0, &name.into()).ok()?.as_string()
    }
}

impl Platform for EdgePlatform {
    async fn is_within(&self, limit: RateLimit, bucket: &str) -> Result<bool, String> {
        self.ask(limit, bucket)
            .await
            .map_err(|error| thrown(&error))
    }

    fn token_secrets(&self) -> Option<TokenSecrets> {
        let previous = self.secret("TOKEN_SECRET_PREVIOUS");
        TokenSecrets::new(&self.secret("TOKEN_SECRET")?, previous.as_deref())
    }
}
