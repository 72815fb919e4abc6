//! Reads a caller's JS value as JSON, the way `JSON.stringify` would, but
//! telling apart what it would silently change: `NaN`, functions, `BigInt`.

use crate::json::{Json, Number, Object};
use js_sys::Array;
use std::borrow::Cow;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};

#[wasm_bindgen]
extern "C" {
    /// Throws what a getter or a proxy's trap throws.
    #[wasm_bindgen(catch, js_namespace = Object, js_name = entries)]
    fn object_entries(object: &JsValue) -> Result<Array, JsValue>;

    /// Throws on a revoked proxy.
    #[wasm_bindgen(catch, js_namespace = Array, js_name = isArray)]
    fn is_array(value: &JsValue) -> Result<bool, JsValue>;

    /// A number's shortest text; JSON, but for `NaN` and the infinities.
    #[wasm_bindgen(js_name = String)]
    fn number_to_text(number: f64) -> String;
}

/// The request, `contact` and its `custom_data`: no rule looks deeper, so a
/// cyclic object ends here.
const OBJECTS_READ_DEEP: u8 = 3;

/// Reads the value, each member once: what the rules see is what is sent.
pub(super) fn json(value: &JsValue) -> Json<'static> {
    read(value, OBJECTS_READ_DEEP)
}

fn read(value: &JsValue, objects_read_deep: u8) -> Json<'static> {
    if value.is_null() {
        Json::Null
    } else if let Some(value) = value.as_bool() {
        Json::Bool(value)
    } else if let Some(number) = value.as_f64() {
        Json::Number(Number {
            text: Cow::Owned(number_to_text(number)),
            is_finite: number.is_finite(),
        })
    } else if let Some(text) = value.as_string() {
        if is_well_formed(&text, value) {
            Json::String(Cow::Owned(text))
        } else {
            Json::IllFormedString
        }
    } else if value.is_object() {
        match (is_array(value), objects_read_deep.checked_sub(1)) {
            (Ok(true), _) => Json::Array(Vec::new()),
            (Ok(false), Some(deeper)) => read_object(value, deeper),
            (Ok(false), None) => Json::Object(Object::default()),
            (Err(_), _) => Json::NotJson,
        }
    } else {
        Json::NotJson
    }
}

/// Whether `text`, read from `value`, is all of it: each lone surrogate came
/// across as U+FFFD, so only a string with one of those needs comparing.
fn is_well_formed(text: &str, value: &JsValue) -> bool {
    !text.contains('\u{fffd}') || JsValue::from_str(text) == *value
}

fn read_object(value: &JsValue, objects_read_deep: u8) -> Json<'static> {
    let Ok(entries) = object_entries(value) else {
        return Json::NotJson;
    };
    let mut object = Object::default();
    for entry in entries.iter() {
        let entry: Array = entry.unchecked_into();
        let (name, value) = (entry.get(0), entry.get(1));
        if value.is_undefined() {
            continue;
        }
        let text = name.as_string().unwrap_or_default();
        if is_well_formed(&text, &name) {
            let value = read(&value, objects_read_deep);
            object.members.push((Cow::Owned(text), value));
        } else {
            object.has_ill_formed_name = true;
        }
    }
    Json::Object(object)
}
