//! What crosses between us and the platform (`crossings.js`): one call for all
//! headers, one for a response, one for a batch.

use crate::platform::RateLimit;
use worker::js_sys::{JsString, Promise, Uint8Array};
use worker::wasm_bindgen::prelude::wasm_bindgen;
use worker::wasm_bindgen::{self, JsCast, JsValue};
use worker::wasm_bindgen_futures::JsFuture;
use worker::{Env, web_sys};

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

    type Patience;

    #[wasm_bindgen(constructor)]
    fn new() -> Patience;

    #[wasm_bindgen(method)]
    fn end(this: &Patience);

    #[wasm_bindgen(catch, js_name = findInKv)]
    fn start_finding_in_kv(env: &Env, patience: &Patience, name: &str) -> Result<Promise, JsValue>;

    #[wasm_bindgen(js_name = isCredentialWithinLimit)]
    fn start_limiting_credential(env: &Env, patience: &Patience, key: &str) -> Promise;

    #[wasm_bindgen(js_name = isAddressWithinLimit)]
    fn start_limiting_address(env: &Env, patience: &Patience, key: &str) -> Promise;

    /// Keeps an SQL text for as long as the isolate lives; gives its number.
    #[wasm_bindgen(js_name = keepSql)]
    pub(super) fn keep_sql(sql: &str) -> u32;

    #[wasm_bindgen(js_name = runBatch)]
    fn start_batch(
        env: &Env,
        patience: &Patience,
        binding: &str,
        bookmark: &str,
        statements: &str,
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

/// What `wrangler.toml` binds, for one request: each call to it is given up when
/// it takes too long.
pub(super) struct Bindings {
    env: Env,
    patience: Patience,
}

impl Bindings {
    pub(super) fn new(env: Env) -> Self {
        let patience = Patience::new();
        Self { env, patience }
    }

    /// The bindings themselves.
    pub(super) fn env(&self) -> &Env {
        &self.env
    }

    /// The text that KV has under a name.
    pub(super) async fn find_in_kv(&self, name: &str) -> Result<Option<String>, JsValue> {
        let found = start_finding_in_kv(&self.env, &self.patience, name)?;
        Ok(JsFuture::from(found).await?.as_string())
    }

    /// Whether a rate limiter lets one more of `key` through.
    pub(super) async fn is_within(&self, limit: RateLimit, key: &str) -> Result<bool, JsValue> {
        let start = match limit {
            RateLimit::Credential => start_limiting_credential,
            RateLimit::Address => start_limiting_address,
        };
        let verdict = JsFuture::from(start(&self.env, &self.patience, key)).await?;
        Ok(verdict.is_truthy())
    }

    /// Runs the statements that `statements` lists as one transaction, on the
    /// database bound as `database`; gives D1's answer, as JSON text.
    pub(super) async fn run_batch(
        &self,
        database: &str,
        bookmark: &str,
        statements: &str,
    ) -> Result<String, JsValue> {
        let answer = start_batch(&self.env, &self.patience, database, bookmark, statements);
        let answer = JsFuture::from(answer).await?;
        Ok(answer.unchecked_into::<JsString>().into())
    }
}

impl Drop for Bindings {
    fn drop(&mut self) {
        self.patience.end();
    }
}
