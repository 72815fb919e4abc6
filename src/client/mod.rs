//! The browser: what the npm package `chat-sessions` calls.
//!
//! The package's own JavaScript (`pkg/`) loads this module and turns a
//! [`Failure`] into the error class that callers see.

mod bookmark;
mod failure;
mod options;
mod read;
#[cfg(test)]
mod tests;
mod transport;

use crate::error::Error;
use crate::session::{BODY_MAX_BYTES, NewSession};
use failure::Failure;
use options::Options;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

/// Creates a session and gives `{ id }`.
///
/// The rules run first, the same that the edge runs: a request that breaks one
/// is refused here, without touching the network.
///
/// # Errors
/// Rejects with a [`Failure`] as a plain object.
#[wasm_bindgen(js_name = createSession)]
#[allow(unreachable_pub)] // wasm-bindgen exports it.
pub async fn create_session(request: JsValue, options: JsValue) -> Result<JsValue, JsValue> {
    open(&request, &options).await.map_err(JsValue::from)
}

async fn open(request: &JsValue, options: &JsValue) -> Result<JsValue, Failure> {
    let body = NewSession::check(&read::json(request))?.to_json();
    if body.len() > BODY_MAX_BYTES {
        return Err(Error::BodyTooLarge.into());
    }
    let options = Options::read(options)?;
    transport::post(&options, "/chat/sessions", &body).await
}
