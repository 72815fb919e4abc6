//! The browser package: its calls, as JavaScript sees them.
//!
//! `pkg/src` loads this module at the first call, proves the options plain and
//! ends each call at its time-out or abort. Everything else is here.

mod abort;
mod bookmark;
mod error;
mod js;
mod message;
mod operation;
mod options;
mod response;
mod retry;
#[cfg(test)]
mod tests;
mod transport;
mod value;

use crate::domain::limits::RequestLimits;
use js_sys::Promise;
use operation::Operation;
use options::Options;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::future_to_promise;

/// Runs an operation of the table in `pkg/src/operations.js`; `value` is its body or its
/// query.
///
/// The rules of the edge run first: a request that breaks one is never sent. One export
/// for all operations, because each `async` block compiles to a state machine of its own.
#[wasm_bindgen]
#[allow(unreachable_pub)] // wasm-bindgen exports it.
pub fn call(operation: &JsValue, value: &JsValue, options: &JsValue) -> Promise {
    let options = Options::read(options);
    let operation = Operation::read(operation, value, &options);
    future_to_promise(async move { Ok(retry::send(&operation?, &options).await?) })
}

/// Returns the rules that a request breaks, as `[{ path, code, message }]`.
#[wasm_bindgen(js_name = validateSession)]
#[must_use]
#[allow(unreachable_pub)] // wasm-bindgen exports it.
pub fn validate_session(request: &JsValue) -> JsValue {
    match operation::check(request, RequestLimits::FULL) {
        Ok(_) => error::violations(&[]),
        Err(error) if error.violations().is_empty() => error::error_of_whole(&error),
        Err(error) => error::violations(error.violations()),
    }
}
