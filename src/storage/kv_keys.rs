//! Keys in Workers KV: `key:<sha256>` -> the key's record.

use super::js::message;
use crate::access::api_key::{ApiKeyHash, ApiKeyRecord};
use worker::{Env, KvError, KvStore};

/// The binding of the namespace, as `wrangler.toml` names it.
const BINDING: &str = "KEYS";

/// The time for which KV caches a key at the edge, in seconds: the least that it takes.
const CACHE_S: u64 = 30;

/// Reads the record of a key. KV itself caches it at the edge, a missing one too.
///
/// # Errors
/// The cause, for the log.
pub(crate) async fn find_key(env: &Env, hash: &ApiKeyHash) -> Result<Option<ApiKeyRecord>, String> {
    let text = read(env, hash).await.map_err(|error| match error {
        KvError::JavaScript(exception) => message(&exception),
        other => other.to_string(),
    })?;
    let Some(text) = text else {
        return Ok(None);
    };
    ApiKeyRecord::from_json(&text)
        .map(Some)
        .ok_or_else(|| "a key's record is malformed".to_owned())
}

async fn read(env: &Env, hash: &ApiKeyHash) -> Result<Option<String>, KvError> {
    let name = format!("key:{}", hash.as_str());
    let key = KvStore::from_this(env, BINDING)?.get(&name);
    key.cache_ttl(CACHE_S).text().await
}
