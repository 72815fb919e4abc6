//! JavaScript functions that may throw, imported with `catch`.
//!
//! An exception that passes through an import without `catch` skips the Rust code
//! above it: the task never ends, and its borrows are never released.

use js_sys::{Array, Function, Reflect};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};

#[wasm_bindgen]
extern "C" {
    /// Enumerable own members; runs getters and the traps of proxies.
    #[wasm_bindgen(catch, js_namespace = Object, js_name = entries)]
    fn object_entries(object: &JsValue) -> Result<Array, JsValue>;

    /// Throws on a revoked proxy.
    #[wasm_bindgen(catch, js_namespace = Array, js_name = isArray)]
    pub(super) fn is_array(value: &JsValue) -> Result<bool, JsValue>;

    /// Runs the iterator of an array, which may be a proxy.
    #[wasm_bindgen(catch, js_namespace = Array, js_name = from)]
    pub(super) fn array_from(value: &JsValue) -> Result<Array, JsValue>;

    /// `[object Date]`; runs a getter of `Symbol.toStringTag`.
    #[wasm_bindgen(catch, js_namespace = ["Object", "prototype", "toString"], js_name = call)]
    pub(super) fn tag(value: &JsValue) -> Result<String, JsValue>;

    #[wasm_bindgen(catch, js_namespace = ["Object", "prototype", "hasOwnProperty"], js_name = call)]
    pub(super) fn has_own(object: &JsValue, name: &str) -> Result<bool, JsValue>;

    /// Runs `toString` of objects.
    #[wasm_bindgen(catch, js_name = String)]
    pub(super) fn to_text(value: &JsValue) -> Result<String, JsValue>;

    #[wasm_bindgen(catch, js_namespace = JSON, js_name = parse)]
    pub(super) fn parse_json(text: &str) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(catch, js_namespace = Uint8Array, js_name = from)]
    pub(super) fn to_bytes(array: &JsValue) -> Result<Vec<u8>, JsValue>;

    #[wasm_bindgen(catch, js_namespace = crypto, js_name = getRandomValues)]
    pub(super) fn fill_random(bytes: &mut [u8]) -> Result<(), JsValue>;

    /// The page's `fetch`, which the page may have replaced by anything. gloo-net's
    /// `send` panics on a rejection that is no `Error` of this frame.
    #[wasm_bindgen(catch, js_name = fetch)]
    pub(super) fn fetch(request: &web_sys::Request) -> Result<JsValue, JsValue>;
}

/// Reads the names and values of an object's members, each once.
pub(super) fn entries(
    object: &JsValue,
) -> Result<impl Iterator<Item = (JsValue, JsValue)>, JsValue> {
    let entries = object_entries(object)?.into_iter();
    Ok(entries.map(|entry| {
        let entry: Array = entry.unchecked_into();
        (entry.get(0), entry.get(1))
    }))
}

/// Reads a member; `undefined` where the value can have none.
pub(super) fn member(value: &JsValue, name: &str) -> Result<JsValue, JsValue> {
    if value.is_object() || value.is_function() {
        Reflect::get(value, &name.into())
    } else {
        Ok(JsValue::UNDEFINED)
    }
}

/// Sets a member of an object that was parsed just now, which cannot fail.
pub(super) fn set(object: &JsValue, name: &str, value: &JsValue) {
    let _ = Reflect::set(object, &name.into(), value);
}

/// Reads a method; `None` where there is no function of that name.
pub(super) fn method(object: &JsValue, name: &str) -> Result<Option<Function>, JsValue> {
    Ok(member(object, name)?.dyn_into().ok())
}
