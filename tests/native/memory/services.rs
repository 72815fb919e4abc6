//! Keys, rate limits and secrets in memory.

use chat_sessions::access::api_key::{ApiKeyHash, ApiKeyRecord};
use chat_sessions::access::rate_limit::RateLimit;
use chat_sessions::access::token::TokenSecrets;
use chat_sessions::access::{AccessCache, AccessServices};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;

/// The services of the access checks. Counts never reset.
#[derive(Debug, Default)]
pub(crate) struct MemoryServices {
    keys: HashMap<ApiKeyHash, ApiKeyRecord>,
    /// Requests that each limit allows; absent ones allow all.
    pub(crate) limits: Vec<(RateLimit, u32)>,
    /// The limiter's error, if it fails.
    pub(crate) limiter_failure: Option<String>,
    /// The look-up's error, if it fails.
    pub(crate) key_failure: Option<String>,
    /// The secret that signs contact tokens, and the one that only verifies.
    pub(crate) token_secrets: Option<(String, Option<String>)>,
    /// True if webhooks may lead to this machine.
    pub(crate) allows_local_webhooks: bool,
    counts: RefCell<HashMap<(RateLimit, String), u32>>,
    cache: RefCell<AccessCache>,
    look_ups: Cell<u32>,
    limiter_calls: Cell<u32>,
}

impl MemoryServices {
    /// Stores the record of `key`.
    pub(crate) fn add_key(&mut self, key: &str, record: ApiKeyRecord) {
        self.keys.insert(ApiKeyHash::of(key), record);
    }

    /// Returns how many keys were looked up.
    pub(crate) fn look_ups(&self) -> u32 {
        self.look_ups.get()
    }

    /// Returns how often a limiter was asked.
    pub(crate) fn limiter_calls(&self) -> u32 {
        self.limiter_calls.get()
    }

    /// Returns how many requests each bucket of a limit has counted.
    pub(crate) fn counted(&self, limit: RateLimit) -> Vec<u32> {
        let counts = self.counts.borrow();
        let counts = counts.iter().filter(|((counted, _), _)| *counted == limit);
        counts.map(|(_, count)| *count).collect()
    }
}

impl AccessServices for MemoryServices {
    fn with_cache<T>(&self, access: impl FnOnce(&mut AccessCache) -> T) -> T {
        access(&mut self.cache.borrow_mut())
    }

    async fn find_key(&self, hash: &ApiKeyHash) -> Result<Option<ApiKeyRecord>, String> {
        self.look_ups.set(self.look_ups.get() + 1);
        match &self.key_failure {
            Some(cause) => Err(cause.clone()),
            None => Ok(self.keys.get(hash).cloned()),
        }
    }

    async fn is_within(&self, limit: RateLimit, bucket: &str) -> Result<bool, String> {
        self.limiter_calls.set(self.limiter_calls.get() + 1);
        if let Some(cause) = &self.limiter_failure {
            return Err(cause.clone());
        }
        let mut counts = self.counts.borrow_mut();
        let count = counts.entry((limit, bucket.to_owned())).or_default();
        *count += 1;
        let is_over = |(limited, most): &(RateLimit, u32)| *limited == limit && *count > *most;
        Ok(!self.limits.iter().any(is_over))
    }

    async fn token_secrets(&self) -> Option<TokenSecrets> {
        let (signing, previous) = self.token_secrets.as_ref()?;
        TokenSecrets::new(signing, previous.as_deref())
    }

    fn allows_local_webhooks(&self) -> bool {
        self.allows_local_webhooks
    }
}
