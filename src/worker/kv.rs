//! Keys in Workers KV: `key:<sha256>` -> what the key is.

use super::deadline::settled;
use super::entry::thrown;
use crate::credential::{KeyFingerprint, KeyRecord};
use crate::json_text;
use crate::store::StorageError;
use worker::Env;
use worker::js_sys::{Promise, Reflect};
use worker::wasm_bindgen::prelude::wasm_bindgen;
use worker::wasm_bindgen::{self, JsCast, JsValue};

/// The KV binding's name in `wrangler.toml`.
const BINDING: &str = "KEYS";

#[wasm_bindgen]
extern "C" {
    /// The platform's own binding: the `worker` crate's wrapper looks up six
    /// members and goes through serde for a text.
    type KvNamespace;

    #[wasm_bindgen(method, catch)]
    fn get(this: &KvNamespace, name: &str) -> Result<Promise, JsValue>;
}

/// The record under a fingerprint.
///
/// KV itself caches an answer at the edge for up to 60 s, a missing one too:
/// that is how long a new or a revoked key may take to be known everywhere.
pub(super) async fn find_key(
    env: &Env,
    fingerprint: &KeyFingerprint,
) -> Result<Option<KeyRecord>, StorageError> {
    let failed = |cause: &str| StorageError(["KV: ", cause].concat());
    let name = ["key:", fingerprint.as_str()].concat();
    let keys: KvNamespace = Reflect::get(env, &BINDING.into())
        .map_err(|error| failed(&thrown(&error)))?
        .unchecked_into();
    let promise = keys.get(&name).map_err(|error| failed(&thrown(&error)))?;
    let value = settled(promise)
        .await
        .map_err(|error| failed(&thrown(&error)))?;
    let Some(text) = value.as_string() else {
        return Ok(None);
    };
    json_text::stored(text.as_bytes())
        .ok()
        .and_then(|record| KeyRecord::from_json(&record))
        .map(Some)
        .ok_or_else(|| failed("a key's record is malformed"))
}
