//! The platform's services behind the access checks: keys in KV, rate limiters, secrets.

use super::timer::{STORAGE_TIMEOUT_MS, Timer};
use super::webhooks;
use crate::access::api_key::{ApiKeyHash, ApiKeyRecord};
use crate::access::rate_limit::RateLimit;
use crate::access::token::TokenSecrets;
use crate::access::{AccessCache, AccessServices};
use crate::storage::js::{js_string, message};
use crate::storage::kv_keys;
use std::cell::RefCell;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use worker::Env;
use worker::js_sys::{Object, Reflect};
use worker::worker_sys::RateLimiter;

/// Time-out of a limiter; it runs on the same machine.
const LIMITER_TIMEOUT_MS: u64 = 500;

thread_local! {
    static ACCESS_CACHE: RefCell<AccessCache> = RefCell::default();
}

/// The bindings of `wrangler.toml`, for one request.
pub(super) struct EdgePlatform<'a> {
    pub(super) env: &'a Env,
    pub(super) timer: &'a Timer,
    /// A cache of its own, where a key must not be older than KV has it; otherwise that of
    /// the isolate.
    pub(super) own_cache: Option<RefCell<AccessCache>>,
}

impl EdgePlatform<'_> {
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

impl AccessServices for EdgePlatform<'_> {
    fn with_cache<T>(&self, access: impl FnOnce(&mut AccessCache) -> T) -> T {
        match &self.own_cache {
            Some(cache) => access(&mut cache.borrow_mut()),
            None => ACCESS_CACHE.with_borrow_mut(access),
        }
    }

    async fn find_key(&self, hash: &ApiKeyHash) -> Result<Option<ApiKeyRecord>, String> {
        let call = kv_keys::find_key(self.env, hash);
        let found = self.timer.within(STORAGE_TIMEOUT_MS, call).await;
        let found = found.and_then(|found| found);
        found.map_err(|cause| format!("KV: {cause}"))
    }

    async fn is_within(&self, limit: RateLimit, bucket: &str) -> Result<bool, String> {
        let binding = match limit {
            RateLimit::Server => "SERVER_RATE_LIMITER",
            RateLimit::Credential => "CREDENTIAL_RATE_LIMITER",
            RateLimit::Agent => "AGENT_RATE_LIMITER",
            RateLimit::Address => "ADDRESS_RATE_LIMITER",
            RateLimit::Network56 => "NETWORK_56_RATE_LIMITER",
            RateLimit::Network48 => "NETWORK_48_RATE_LIMITER",
            RateLimit::Failure => "FAILURE_RATE_LIMITER",
        };
        let call = self.limit(binding, bucket);
        let outcome = self.timer.within(LIMITER_TIMEOUT_MS, call).await?;
        outcome.map_err(|error| message(&error))
    }

    async fn token_secrets(&self) -> Option<TokenSecrets> {
        let previous = self.secret("TOKEN_SECRET_PREVIOUS");
        TokenSecrets::new(&self.secret("TOKEN_SECRET")?, previous.as_deref())
    }

    fn allows_local_webhooks(&self) -> bool {
        webhooks::allows_local(self.env)
    }
}
