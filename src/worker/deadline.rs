//! How long a request waits for its storage, and for the platform.

use futures_util::future::{Either, select};
use std::pin::pin;
use std::time::Duration;
use worker::Delay;
use worker::js_sys::{Error, Promise};
use worker::wasm_bindgen::JsValue;
use worker::wasm_bindgen_futures::JsFuture;

/// How long one call to D1 or KV may take: far more than it ever needs, and
/// soon enough that a caller can still try again. A create makes one of each.
const STORAGE_TIMEOUT_MS: u32 = 5000;

/// What `promise`, a call to the storage, comes to; an exception when it fails
/// or does not settle in time.
///
/// One that took too long goes on: what was sent to D1 may still be done.
pub(super) async fn settled(promise: Promise) -> Result<JsValue, JsValue> {
    settled_within(STORAGE_TIMEOUT_MS, promise).await
}

/// What `promise` comes to within `timeout_ms`.
pub(super) async fn settled_within(timeout_ms: u32, promise: Promise) -> Result<JsValue, JsValue> {
    let deadline = pin!(Delay::from(Duration::from_millis(timeout_ms.into())));
    match select(JsFuture::from(promise), deadline).await {
        Either::Left((result, _)) => result,
        Either::Right(_) => Err(Error::new(&format!("no answer within {timeout_ms} ms")).into()),
    }
}
