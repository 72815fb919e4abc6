//! Keys in Workers KV: `key:<sha256>` -> what the key is.
//!
//! KV itself caches an answer at the edge for up to 60 s, a missing one too. A record
//! that was found is remembered here for a little longer: the same keys come again and
//! again, and each read costs money and time.

use super::questions;
use crate::credential::{KeyFingerprint, KeyRecord};
use crate::json_text;
use crate::store::StorageError;
use std::cell::RefCell;

/// How long a record is remembered: so much longer does a revoked key work.
const REMEMBERED_MS: u64 = 10_000;
/// How many are: they are some hundred bytes each, and their number is the callers'.
const REMEMBERED_MAX: usize = 1_000;

/// A record as it was read.
struct Remembered {
    fingerprint: KeyFingerprint,
    record: KeyRecord,
    read_at_ms: u64,
}

impl Remembered {
    fn is_fresh(&self, now_ms: u64) -> bool {
        now_ms.saturating_sub(self.read_at_ms) < REMEMBERED_MS
    }
}

thread_local! {
    /// In the order of their fingerprints, so that none is there twice.
    static REMEMBERED: RefCell<Vec<Remembered>> = const { RefCell::new(Vec::new()) };
}

/// The record under a fingerprint, for a request that came at `now_ms`. That there is
/// none is not remembered: a new key works as soon as KV has it.
pub(super) async fn find_key(
    fingerprint: &KeyFingerprint,
    now_ms: u64,
) -> Result<Option<KeyRecord>, StorageError> {
    if let Some(record) = recall(fingerprint, now_ms) {
        return Ok(Some(record));
    }
    let found = read(fingerprint).await?;
    if let Some(record) = &found {
        remember(fingerprint, record, now_ms);
    }
    Ok(found)
}

fn recall(fingerprint: &KeyFingerprint, now_ms: u64) -> Option<KeyRecord> {
    REMEMBERED.with_borrow(|keys| {
        let position = keys.binary_search_by(|key| key.fingerprint.cmp(fingerprint));
        let key = keys.get(position.ok()?)?;
        key.is_fresh(now_ms).then(|| key.record.clone())
    })
}

fn remember(fingerprint: &KeyFingerprint, record: &KeyRecord, now_ms: u64) {
    REMEMBERED.with_borrow_mut(|keys| {
        // Those of the past go first: what is not asked for again would stay for good.
        keys.retain(|key| key.is_fresh(now_ms));
        let position = keys.binary_search_by(|key| key.fingerprint.cmp(fingerprint));
        // Another request may have read it meanwhile.
        if let (Err(position), true) = (position, keys.len() < REMEMBERED_MAX) {
            let key = Remembered {
                fingerprint: fingerprint.clone(),
                record: record.clone(),
                read_at_ms: now_ms,
            };
            keys.insert(position, key);
        }
    });
}

async fn read(fingerprint: &KeyFingerprint) -> Result<Option<KeyRecord>, StorageError> {
    let failed = |cause: &str| StorageError(["KV: ", cause].concat());
    let name = ["key:", fingerprint.as_str()].concat();
    let found = questions::find_in_kv(&name).await;
    let Some(text) = found.map_err(|cause| failed(&cause))? else {
        return Ok(None);
    };
    json_text::stored(text.as_bytes())
        .ok()
        .and_then(|record| KeyRecord::from_json(&record))
        .map(Some)
        .ok_or_else(|| failed("a key's record is malformed"))
}
