//! JavaScript's strings and exceptions, for D1 and the events above it.

use std::cell::RefCell;
use std::collections::HashMap;
use wasm_bindgen::{JsCast, JsValue};
use worker::js_sys::{Error, JsString};

/// Returns the cached JavaScript string of a constant. Without the cache, each response
/// would decode a dozen constants.
pub(crate) fn js_string(constant: &'static str) -> &'static JsString {
    thread_local! {
        /// Strings by address and length. Leaked: their number is that of the
        /// constants.
        static STRINGS: RefCell<HashMap<(*const u8, usize), &'static JsString>> =
            RefCell::default();
    }
    STRINGS.with_borrow_mut(|strings| {
        *strings
            .entry((constant.as_ptr(), constant.len()))
            .or_insert_with(|| Box::leak(Box::new(constant.into())))
    })
}

/// Returns the message of an exception.
pub(crate) fn message(exception: &JsValue) -> String {
    match exception.dyn_ref::<Error>() {
        Some(error) => error.message().into(),
        None => format!("{exception:?}"),
    }
}
