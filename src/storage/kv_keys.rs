//! Keys in Workers KV: `key:<sha256>` -> the key's record.

use crate::credential::{KeyFingerprint, KeyRecord};
use crate::json_text;
use crate::storage::js::message;
use crate::store::StorageError;
use worker::{Env, KvError, KvStore};

/// The binding of the namespace, as `wrangler.toml` names it.
const BINDING: &str = "KEYS";

/// Reads the record under a fingerprint. KV itself caches it at the edge for up to
/// 60 s, a missing one too.
pub(crate) async fn find_key(
    env: &Env,
    fingerprint: &KeyFingerprint,
) -> Result<Option<KeyRecord>, StorageError> {
    let text = read(env, fingerprint).await.map_err(|error| match error {
        KvError::JavaScript(exception) => failed(&message(&exception)),
        other => failed(&other.to_string()),
    })?;
    let Some(text) = text else {
        return Ok(None);
    };
    json_text::stored(text.as_bytes())
        .ok()
        .and_then(|record| KeyRecord::from_json(&record))
        .map(Some)
        .ok_or_else(|| failed("a key's record is malformed"))
}

async fn read(env: &Env, fingerprint: &KeyFingerprint) -> Result<Option<String>, KvError> {
    let name = format!("key:{}", fingerprint.as_str());
    KvStore::from_this(env, BINDING)?.get(&name).text().await
}

/// Returns the error for a failure of KV, or for a record that cannot be read.
pub(crate) fn failed(cause: &str) -> StorageError {
    StorageError(format!("KV: {cause}"))
}
