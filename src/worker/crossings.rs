//! What crosses between us and the platform (`crossings.js`): one call for all
//! headers, one for a response, one for a batch.

use worker::js_sys::{JsString, Promise, Uint8Array};
use worker::wasm_bindgen::prelude::wasm_bindgen;
use worker::wasm_bindgen::{self, JsCast, JsValue};
use worker::wasm_bindgen_futures::JsFuture;
use worker::{Env, web_sys};

/// How long one call to D1 or KV may take: far more than it ever needs, and
/// soon enough that a caller can still try again. A create makes one of each.
pub(super) const STORAGE_TIMEOUT_MS: u32 = 5000;
/// How long the limiter may take; it answers from the same machine.
pub(super) const LIMITER_TIMEOUT_MS: u32 = 500;

#[wasm_bindgen(module = "/src/worker/crossings.js")]
extern "C" {
    /// The method and the address, then a header a line.
    #[wasm_bindgen(js_name = readRequest)]
    pub(super) fn read_request(request: &web_sys::Request) -> String;

    #[wasm_bindgen(js_name = readBody)]
    fn start_reading_body(request: &web_sys::Request, max_bytes: u32) -> Promise;

    /// A response with the headers that `headers` has, `name:value` a line.
    #[wasm_bindgen(catch)]
    pub(super) fn respond(
        status: u16,
        headers: &str,
        body: &str,
    ) -> Result<web_sys::Response, JsValue>;

    #[wasm_bindgen(catch, js_name = findInKv)]
    fn start_finding_in_kv(
        env: &Env,
        binding: &str,
        name: &str,
        timeout_ms: u32,
    ) -> Result<Promise, JsValue>;

    #[wasm_bindgen(js_name = isWithinLimit)]
    fn start_asking_limiter(env: &Env, binding: &str, key: &str, timeout_ms: u32) -> Promise;

    /// Keeps an SQL text for as long as the isolate lives; gives its number.
    #[wasm_bindgen(js_name = keepSql)]
    pub(super) fn keep_sql(sql: &str) -> u32;

    #[wasm_bindgen(js_name = runBatch)]
    fn start_batch(
        env: &Env,
        binding: &str,
        bookmark: &str,
        statements: &str,
        timeout_ms: u32,
    ) -> Promise;
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
    request: &web_sys::Request,
    max_bytes: u32,
) -> Result<Option<Vec<u8>>, JsValue> {
    let body = JsFuture::from(start_reading_body(request, max_bytes)).await?;
    Ok((!body.is_null()).then(|| body.unchecked_into::<Uint8Array>().to_vec()))
}

/// The text that a KV namespace has under a name.
pub(super) async fn find_in_kv(
    env: &Env,
    binding: &str,
    name: &str,
) -> Result<Option<String>, JsValue> {
    let found = start_finding_in_kv(env, binding, name, STORAGE_TIMEOUT_MS)?;
    Ok(JsFuture::from(found).await?.as_string())
}

/// Whether a rate limiter lets one more of `key` through.
pub(super) async fn is_within_limit(env: &Env, binding: &str, key: &str) -> Result<bool, JsValue> {
    let asked = start_asking_limiter(env, binding, key, LIMITER_TIMEOUT_MS);
    Ok(JsFuture::from(asked).await?.is_truthy())
}

/// Runs the statements that `statements` lists as one transaction; gives D1's
/// answer, as JSON text.
pub(super) async fn run_batch(
    env: &Env,
    binding: &str,
    bookmark: &str,
    statements: &str,
) -> Result<String, JsValue> {
    let answer = start_batch(env, binding, bookmark, statements, STORAGE_TIMEOUT_MS);
    Ok(JsFuture::from(answer)
        .await?
        .unchecked_into::<JsString>()
        .into())
}
