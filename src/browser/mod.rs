//! The browser package: its calls, as JavaScript sees them.
//!
//! `pkg/src` loads this module at the first call, proves the options plain and
//! ends each call at its time-out or abort. Everything else is here.

mod abort;
mod bookmark;
mod error;
mod js;
mod operation;
mod options;
mod response;
mod retry;
#[cfg(test)]
mod tests;
mod transport;
mod value;

use crate::domain::limits::RequestLimits;
use error::CallError;
use js_sys::Promise;
use operation::Operation;
use options::Options;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::future_to_promise;

/// Creates a session; resolves with `{ id, resumed? }`.
///
/// The rules of the edge run first: a request that breaks one is never sent.
#[wasm_bindgen(js_name = createSession)]
#[allow(unreachable_pub)] // wasm-bindgen exports it.
pub fn create_session(request: &JsValue, options: &JsValue) -> Promise {
    let options = Options::read(options);
    call(Operation::create(request, &options), options)
}

/// Reads a session.
#[wasm_bindgen(js_name = getSession)]
#[allow(unreachable_pub)] // wasm-bindgen exports it.
pub fn get_session(id: &JsValue, options: &JsValue) -> Promise {
    call(Operation::get(id), Options::read(options))
}

/// Reads a page of sessions; resolves with `{ items, next }`.
#[wasm_bindgen(js_name = listSessions)]
#[allow(unreachable_pub)] // wasm-bindgen exports it.
pub fn list_sessions(query: &JsValue, options: &JsValue) -> Promise {
    call(Operation::list(query), Options::read(options))
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

/// Runs an operation. One function for all of them, because each `async` block
/// compiles to a state machine of its own.
fn call(operation: Result<Operation, CallError>, options: Options) -> Promise {
    future_to_promise(async move { Ok(retry::send(&operation?, &options).await?) })
}
