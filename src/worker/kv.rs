//! Keys in Workers KV: `key:<sha256>` -> what the key is.

use crate::credential::{KeyFingerprint, KeyRecord};
use crate::store::StorageError;
use crate::wire::KeyRecordBody;
use worker::Env;

/// The KV binding's name in `wrangler.toml`.
const BINDING: &str = "KEYS";

/// The record under a fingerprint.
///
/// KV itself caches an answer at the edge for up to 60 s, a missing one too:
/// that is how long a new or a revoked key may take to be known everywhere.
pub(super) async fn find_key(
    env: &Env,
    fingerprint: &KeyFingerprint,
) -> Result<Option<KeyRecord>, StorageError> {
    let failed = |cause: &dyn std::fmt::Display| StorageError(format!("KV: {cause}"));
    let name = ["key:", fingerprint.as_str()].concat();
    let keys = env.kv(BINDING).map_err(|cause| failed(&cause))?;
    let Some(text) = keys
        .get(&name)
        .text()
        .await
        .map_err(|cause| failed(&cause))?
    else {
        return Ok(None);
    };
    let record: KeyRecordBody = serde_json::from_str(&text).map_err(|cause| failed(&cause))?;
    Ok(Some(record.into()))
}
