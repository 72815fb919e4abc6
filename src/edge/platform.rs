//! The platform's rate limiters and secrets.

use super::timer::Timer;
use crate::platform::{Platform, RateLimit};
use crate::storage::js::{js_string, message};
use crate::token::TokenSecrets;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use worker::Env;
use worker::js_sys::{Object, Reflect};
use worker::worker_sys::RateLimiter;

/// Time-out of a limiter; it runs on the same machine.
const LIMITER_TIMEOUT_MS: u64 = 500;

/// The bindings of `wrangler.toml`, for one request.
pub(super) struct EdgePlatform<'a> {
    env: &'a Env,
    timer: &'a Timer,
}

impl<'a> EdgePlatform<'a> {
    pub(super) fn new(env: &'a Env, timer: &'a Timer) -> Self {
        Self { env, timer }
    }

    async fn limit(&self, binding: &'static str, key: &str) -> Result<bool, JsValue> {
        let limiter: RateLimiter = Reflect::get(self.env, js_string(binding))?.unchecked_into();
        let options = Object::new();
        Reflect::set(&options, js_string("key"), &key.into())?;
        let outcome = JsFuture::from(limiter.limit(options)?).await?;
        let success = Reflect::get(&outcome, js_string("success"))?;
        Ok(success.is_truthy())
    }

    fn secret(&self, name: &str) -> Option<String> {
        Reflect::get(self.env, &name.into()).ok()?.as_string()
    }
}

impl Platform for EdgePlatform<'_> {
    async fn is_within(&self, limit: RateLimit, bucket: &str) -> Result<bool, String> {
        let binding = match limit {
            RateLimit::Credential => "CREDENTIAL_RATE_LIMITER",
            RateLimit::Address => "ADDRESS_RATE_LIMITER",
        };
        let call = self.limit(binding, bucket);
        let outcome = self.timer.within(LIMITER_TIMEOUT_MS, call).await?;
        outcome.map_err(|error| message(&error))
    }

    async fn token_secrets(&self) -> Option<TokenSecrets> {
        let previous = self.secret("TOKEN_SECRET_PREVIOUS");
        TokenSecrets::new(&self.secret("TOKEN_SECRET")?, previous.as_deref())
    }
}
