//! Keys, rate limits and secrets in memory.

use chat_sessions::access::AccessServices;
use chat_sessions::access::api_key::{ApiKeyHash, ApiKeyRecord};
use chat_sessions::access::contact_token::TokenSecrets;
use chat_sessions::access::rate_limit::RateLimit;
use std::cell::RefCell;
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
    counts: RefCell<HashMap<String, u32>>,
}

impl MemoryServices {
    /// Stores the record of `key`.
    pub(crate) fn add_key(&mut self, key: &str, record: ApiKeyRecord) {
        self.keys.insert(ApiKeyHash::of(key), record);
    }
}

impl AccessServices for MemoryServices {
    async fn find_key(&self, hash: &ApiKeyHash) -> Result<Option<ApiKeyRecord>, String> {
        match &self.key_failure {
            Some(cause) => Err(cause.clone()),
            None => Ok(self.keys.get(hash).cloned()),
        }
    }

    async fn is_within(&self, limit: RateLimit, bucket: &str) -> Result<bool, String> {
        if let Some(cause) = &self.limiter_failure {
            return Err(cause.clone());
        }
        let mut counts = self.counts.borrow_mut();
        let count = counts.entry(format!("{limit:?} {bucket}")).or_default();
        *count += 1;
        let is_over = |(limited, most): &(RateLimit, u32)| *limited == limit && *count > *most;
        Ok(!self.limits.iter().any(is_over))
    }

    async fn token_secrets(&self) -> Option<TokenSecrets> {
        let (signing, previous) = self.token_secrets.as_ref()?;
        TokenSecrets::new(signing, previous.as_deref())
    }
}
