//! What crosses between us and the platform (`crossings.js`): one call for all
//! headers, one for a response, one for a batch.

use super::task::settled;
use crate::platform::RateLimit;
use js_sys::{JsString, Promise, Uint8Array};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};

/// How long one call to D1 or KV may take: far more than it ever needs, and soon
/// enough that a caller can still try again. A create makes one of each.
const STORAGE_MS: f64 = 5000.0;
/// How long the limiter may take; it answers from the same machine.
const LIMITER_MS: f64 = 500.0;

#[wasm_bindgen]
extern "C" {
    /// The platform's request.
    pub type Request;

    /// The platform's response.
    pub type Response;

    /// What `wrangler.toml` binds.
    pub type Env;
}

#[wasm_bindgen(raw_module = "./crossings.js")]
extern "C" {
    /// The method and the address, then a header a line.
    #[wasm_bindgen(js_name = readRequest)]
    pub(super) fn read_request(request: &Request) -> String;

    #[wasm_bindgen(js_name = readBody)]
    fn start_reading_body(request: &Request, max_bytes: u32) -> Promise;

    /// The response that `text` spells: the status, a header a line, an empty line,
    /// the body.
    pub(super) fn respond(text: &str) -> Response;

    #[wasm_bindgen(js_name = findInKv)]
    fn start_finding_in_kv(env: &Env, name: &str) -> Promise;

    #[wasm_bindgen(js_name = isCredentialWithinLimit)]
    fn start_limiting_credential(env: &Env, key: &str) -> Promise;

    #[wasm_bindgen(js_name = isAddressWithinLimit)]
    fn start_limiting_address(env: &Env, key: &str) -> Promise;

    /// Keeps an SQL text for as long as the isolate lives; gives its number.
    #[wasm_bindgen(js_name = keepSql)]
    pub(super) fn keep_sql(sql: &str) -> u32;

    #[wasm_bindgen(js_name = runBatch)]
    fn start_batch(env: &Env, text: &str) -> Promise;
}

#[wasm_bindgen]
extern "C" {
    /// Writes a line to the log.
    #[wasm_bindgen(js_namespace = console, js_name = log)]
    pub(super) fn log(line: &str);

    /// Writes a line to the log, as an error.
    #[wasm_bindgen(js_namespace = console, js_name = error)]
    pub(super) fn log_error(line: &str);
}

/// The body's bytes; `None` if they are more than `max_bytes`.
pub(super) async fn read_body(
    request: &Request,
    max_bytes: u32,
) -> Result<Option<Vec<u8>>, JsValue> {
    // As long as its sender takes: the platform ends what hangs.
    let body = settled(start_reading_body(request, max_bytes), f64::INFINITY).await?;
    Ok((!body.is_null()).then(|| body.unchecked_into::<Uint8Array>().to_vec()))
}

/// The text that KV has under a name.
pub(super) async fn find_in_kv(env: &Env, name: &str) -> Result<Option<String>, JsValue> {
    let found = settled(start_finding_in_kv(env, name), STORAGE_MS).await?;
    Ok(found.as_string())
}

/// Whether a rate limiter lets one more of `key` through.
pub(super) async fn is_within(env: &Env, limit: RateLimit, key: &str) -> Result<bool, JsValue> {
    let start = match limit {
        RateLimit::Credential => start_limiting_credential,
        RateLimit::Address => start_limiting_address,
    };
    let verdict = settled(start(env, key), LIMITER_MS).await?;
    Ok(verdict.is_truthy())
}

/// Runs the batch that `text` spells, as one transaction; gives D1's answer, as
/// JSON text too.
pub(super) async fn run_batch(env: &Env, text: &str) -> Result<String, JsValue> {
    let answer = settled(start_batch(env, text), STORAGE_MS).await?;
    Ok(answer.unchecked_into::<JsString>().into())
}
