//! Reads a caller's JavaScript value as [`Json`].
//!
//! Differs from `JSON.stringify` where that would change a value silently: `NaN`,
//! functions, `BigInt` and lone surrogates are kept, so that the rules can reject them.

use super::js;
use crate::validation::json::{Json, Number, Object};
use std::borrow::Cow;
use wasm_bindgen::JsValue;

/// Depth limit: the request, `message`, its `attachments`, and one of them. No rule reads
/// deeper, and a cyclic object ends here.
const DEPTH_MAX: u8 = 4;

/// Reads a value, each member once: the checked values are the ones sent.
pub(super) fn to_json(value: &JsValue) -> Json<'static> {
    read(value, DEPTH_MAX)
}

fn read(value: &JsValue, depth_left: u8) -> Json<'static> {
    if let Some(text) = value.as_string() {
        read_string(text, value).map_or(Json::IllFormedString, Json::String)
    } else if let Some(number) = value.as_f64() {
        read_number(value, number)
    } else if let Some(value) = value.as_bool() {
        Json::Bool(value)
    } else if value.is_null() {
        Json::Null
    } else if value.is_object() {
        match (js::is_array(value), depth_left.checked_sub(1)) {
            (Ok(true), Some(depth_left)) => read_array(value, depth_left),
            (Ok(true), None) => Json::Array(Vec::new()),
            (Ok(false), Some(depth_left)) => read_object(value, depth_left),
            (Ok(false), None) => Json::Object(Object::default()),
            (Err(_), _) => Json::NotJson,
        }
    } else {
        Json::NotJson
    }
}

/// Returns `text`, read from `value`, unless it has a lone surrogate.
///
/// A lone surrogate is read as U+FFFD, so a text with one of those is compared.
fn read_string(text: String, value: &JsValue) -> Option<Cow<'static, str>> {
    let may_be_ill_formed = text.chars().any(|character| character == '\u{fffd}');
    let is_well_formed = !may_be_ill_formed || JsValue::from_str(&text) == *value;
    is_well_formed.then_some(Cow::Owned(text))
}

/// JavaScript's shortest text of a number is JSON, except `NaN` and the infinities.
fn read_number(value: &JsValue, number: f64) -> Json<'static> {
    js::to_text(value).map_or(Json::NotJson, |text| {
        Json::Number(Number {
            text: Cow::Owned(text),
            is_finite: number.is_finite(),
        })
    })
}

fn read_array(value: &JsValue, depth_left: u8) -> Json<'static> {
    let Ok(items) = js::array_from(value) else {
        return Json::NotJson;
    };
    Json::Array(items.iter().map(|item| read(&item, depth_left)).collect())
}

fn read_object(value: &JsValue, depth_left: u8) -> Json<'static> {
    // A getter or a proxy's trap may throw.
    let Ok(entries) = js::entries(value) else {
        return Json::NotJson;
    };
    let mut object = Object::default();
    for (name, value) in entries {
        // Left out, as in JSON.
        if value.is_undefined() {
            continue;
        }
        match read_string(name.as_string().unwrap_or_default(), &name) {
            Some(name) => object.members.push((name, read(&value, depth_left))),
            None => object.has_ill_formed_name = true,
        }
    }
    Json::Object(object)
}
