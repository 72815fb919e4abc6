//! Keys in Workers KV: `key:<sha256>` -> what the key is.

use super::questions;
use crate::credential::{KeyFingerprint, KeyRecord};
use crate::json_text;
use crate::store::StorageError;

/// The record under a fingerprint.
///
/// KV itself caches an answer at the edge for up to 60 s, a missing one too:
/// that is how long a new or a revoked key may take to be known everywhere.
pub(super) async fn find_key(
    fingerprint: &KeyFingerprint,
) -> Result<Option<KeyRecord>, StorageError> {
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
