//! JavaScript's strings and exceptions, for D1 and the events above it.

use std::cell::RefCell;
use std::collections::HashMap;
use wasm_bindgen::{JsCast, JsValue};
use worker::js_sys::{Error, JsString};

/// Returns the JavaScript string of a constant, made once: a text that crosses is
/// decoded anew each time, and a response has a dozen constant ones.
pub(crate) fn js_string(constant: &'static str) -> &'static JsString {
    thread_local! {
        /// By address and length. Leaked: there are as many as the source has.
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
