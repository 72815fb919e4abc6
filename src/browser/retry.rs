//! Retries: one idempotency key, `Retry-After`, growing waits, and a new token after
//! a 401.

use super::error::CallError;
use super::operation::Operation;
use super::options::Options;
use super::transport;
use js_sys::Math;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

const BACK_OFF_MS: f64 = 300.0;
const BACK_OFF_MAX_MS: f64 = 5_000.0;

#[wasm_bindgen]
extern "C" {
    /// A monotonic clock.
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    fn now_ms() -> f64;
}

/// Sends a request until it succeeds, fails for good, or runs out of retries.
pub(super) async fn send(operation: &Operation, options: &Options) -> Result<JsValue, CallError> {
    let Options { token, abort, .. } = options;
    let end_ms = now_ms() + options.timeout_ms;
    let mut back_off_ms = BACK_OFF_MS;
    let mut retries_left = options.retries;
    let mut may_renew_token = token.is_renewable();
    let mut rejected = None;
    let mut current = None;
    let mut is_retry = false;
    loop {
        let bearer = match current.take() {
            Some(bearer) => bearer,
            None => token.current(rejected.take(), abort).await?,
        };
        let error = match transport::send(operation, options, &bearer).await {
            Ok(result) => return Ok(result),
            Err(error) => error,
        };
        if abort.is_aborted() {
            return Err(error);
        }
        // The response to an earlier try was lost, and that try has deleted it.
        if is_retry && operation.method == "DELETE" && error.status == Some(404) {
            return Ok(JsValue::UNDEFINED);
        }
        if error.status == Some(401) && may_renew_token {
            may_renew_token = false;
            rejected = Some(bearer);
            continue;
        }
        // Half of it is random: clients that failed together do not return together. The
        // other half outlasts a short loss of the network.
        let back_off = back_off_ms * (0.5 + Math::random() / 2.0);
        let wait_ms = error.retry_after_ms.unwrap_or_default() + back_off;
        // A wait that would end after the time-out is not begun.
        let is_unfinished = error.code == "deletion_unfinished";
        if !is_transient(&error)
            || (retries_left <= 0.0 && !is_unfinished)
            || now_ms() + wait_ms >= end_ms
        {
            return Err(error);
        }
        abort.sleep(wait_ms).await;
        if abort.is_aborted() {
            return Err(error);
        }
        current = Some(bearer);
        is_retry = true;
        if is_unfinished {
            // Each try deletes a part, so that it is no retry of the last one.
            continue;
        }
        retries_left -= 1.0;
        back_off_ms = (back_off_ms * 2.0).min(BACK_OFF_MAX_MS);
    }
}

/// Returns whether a retry may succeed: no response, too many requests, or a
/// gateway's error.
fn is_transient(error: &CallError) -> bool {
    error.code == "network_error" || matches!(error.status, Some(429 | 502 | 503 | 504))
}
