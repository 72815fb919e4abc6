//! Cached key records: the same keys are used repeatedly, and each read of the storage
//! costs money and time.

use super::api_key::{ApiKeyHash, ApiKeyRecord};
use std::collections::HashMap;

/// Cache lifetime; a revoked key keeps working up to this much longer.
pub const LIFETIME_MS: u64 = 10_000;
/// Cache capacity: callers choose how many keys they send. A record has a few hundred
/// bytes.
pub const CAPACITY: usize = 1_000;

/// The records that were read in the last [`LIFETIME_MS`], and the hashes of keys that
/// were valid before. A missing record is not cached, so that a new key works as soon
/// as the storage has it.
#[derive(Debug, Default)]
pub struct KeyCache(HashMap<ApiKeyHash, Cached>);

#[derive(Debug)]
struct Cached {
    record: ApiKeyRecord,
    read_at_ms: u64,
}

impl Cached {
    fn is_fresh(&self, now_ms: u64) -> bool {
        now_ms.saturating_sub(self.read_at_ms) < LIFETIME_MS
    }
}

impl KeyCache {
    /// Returns the record of a key, unless it was read too long before `now_ms`.
    #[must_use]
    pub fn get(&self, hash: &ApiKeyHash, now_ms: u64) -> Option<ApiKeyRecord> {
        let cached = self.0.get(hash)?;
        cached.is_fresh(now_ms).then(|| cached.record.clone())
    }

    /// Returns true if the key was valid when its record was last read, however long
    /// ago that was: then looking it up again is no guess.
    #[must_use]
    pub fn has_known(&self, hash: &ApiKeyHash) -> bool {
        self.0.contains_key(hash)
    }

    /// Forgets a key that has been revoked.
    pub fn remove(&mut self, hash: &ApiKeyHash) {
        self.0.remove(hash);
    }

    /// Caches a record that was read at `now_ms`, if there is room or can be made by
    /// evicting stale ones.
    pub fn insert(&mut self, hash: ApiKeyHash, record: ApiKeyRecord, now_ms: u64) {
        if self.0.len() >= CAPACITY {
            self.0.retain(|_, cached| cached.is_fresh(now_ms));
        }
        if self.0.len() < CAPACITY {
            let read_at_ms = now_ms;
            self.0.insert(hash, Cached { record, read_at_ms });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{CAPACITY, KeyCache, LIFETIME_MS};
    use crate::access::api_key::{ApiKeyHash, ApiKeyKind, ApiKeyRecord};
    use crate::domain::tenant::Tenant;

    fn hash(index: usize) -> ApiKeyHash {
        ApiKeyHash::of(&format!("sk_{index:064x}"))
    }

    fn record() -> ApiKeyRecord {
        ApiKeyRecord {
            tenant: Tenant {
                organization: "acme".to_owned(),
                db: "DB".to_owned(),
            },
            kind: ApiKeyKind::Secret,
            origins: Vec::new(),
            expires_at_ms: None,
        }
    }

    #[test]
    fn a_record_is_cached_for_its_lifetime_and_no_longer() {
        let mut cache = KeyCache::default();
        cache.insert(hash(1), record(), 5);
        assert_eq!(cache.get(&hash(1), 5), Some(record()));
        assert_eq!(cache.get(&hash(1), 4 + LIFETIME_MS), Some(record()));
        assert_eq!(cache.get(&hash(1), 5 + LIFETIME_MS), None);
        assert_eq!(cache.get(&hash(2), 5), None);
        assert!(cache.has_known(&hash(1)) && !cache.has_known(&hash(2)));
        cache.remove(&hash(1));
        assert!(!cache.has_known(&hash(1)));
    }

    #[test]
    fn a_full_cache_takes_no_more_until_its_records_are_old() {
        let mut cache = KeyCache::default();
        for index in 0..=CAPACITY {
            cache.insert(hash(index), record(), 0);
        }
        assert_eq!(cache.get(&hash(CAPACITY - 1), 0), Some(record()));
        assert_eq!(cache.get(&hash(CAPACITY), 0), None);

        cache.insert(hash(CAPACITY), record(), LIFETIME_MS);
        assert_eq!(cache.get(&hash(CAPACITY), LIFETIME_MS), Some(record()));
        assert_eq!(cache.0.len(), 1);
    }
}
