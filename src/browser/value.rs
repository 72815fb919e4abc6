//! Reads a caller's JavaScript value as [`Json`].
//!
//! Differs from `JSON.stringify` where that would change a value silently: `NaN`,
//! functions, `BigInt`, lone surrogates and objects of classes are kept, so that the
//! rules can reject them.

use super::js;
use crate::validation::json::{Json, Number, Object, push_string};
use js_sys::Reflect;
use std::borrow::Cow;
use wasm_bindgen::JsValue;

/// Depth limit: the request, `message`, its `attachments`, and one of them. No rule reads
/// deeper, and a cyclic object ends here.
const DEPTH_MAX: u8 = 4;

/// Reads a value, each member once: the checked values are the ones sent.
pub(super) fn to_json(value: &JsValue) -> Json<'static> {
    resolve(value.clone()).map_or(UNREADABLE, |value| read(&value, DEPTH_MAX))
}

/// Reads a value. An object of a class has no members to enumerate, or others than its
/// author meant, so only plain objects are read.
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
        let depth_left = depth_left.checked_sub(1);
        match (js::is_array(value), is_plain(value)) {
            (Ok(true), _) => depth_left.map_or(Json::Array(Vec::new()), |depth_left| {
                read_array(value, depth_left)
            }),
            (Ok(false), Ok(true)) => depth_left
                .map_or(Json::Object(Object::default()), |depth_left| {
                    read_object(value, depth_left)
                }),
            (Ok(false), Ok(false)) => Json::NotJson(class(value).into()),
            _ => UNREADABLE,
        }
    } else {
        let kind = value.js_typeof().as_string().unwrap_or_default();
        Json::NotJson(of_type(&kind).into())
    }
}

impl Json<'_> {
    /// Returns a value as JSON text; what JSON cannot have is null there, as in
    /// `JSON.stringify`. The rules have rejected it wherever they look.
    pub(super) fn to_text(&self) -> String {
        let mut out = String::new();
        self.push_text(&mut out);
        out
    }

    fn push_text(&self, out: &mut String) {
        match self {
            Self::Bool(true) => out.push_str("true"),
            Self::Bool(false) => out.push_str("false"),
            Self::Number(number) if number.value.is_finite() => out.push_str(&number.text),
            Self::String(text) => push_string(out, text),
            Self::Array(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    item.push_text(out);
                }
                out.push(']');
            }
            Self::Object(object) => {
                out.push('{');
                for (index, (name, value)) in object.members.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    push_string(out, name);
                    out.push(':');
                    value.push_text(out);
                }
                out.push('}');
            }
            _ => out.push_str("null"),
        }
    }
}

const UNREADABLE: Json<'static> = Json::NotJson(Cow::Borrowed("cannot be read"));

/// Returns true for `{…}` of any frame, and for objects without a prototype.
pub(super) fn is_plain(object: &JsValue) -> Result<bool, JsValue> {
    let prototype = Reflect::get_prototype_of(object)?;
    if prototype.is_null() {
        return Ok(true);
    }
    let is_root = Reflect::get_prototype_of(&prototype)?.is_null();
    // Object.prototype has this function; a class that extends null does not.
    Ok(is_root && js::has_own(&prototype, "isPrototypeOf")?)
}

/// Returns what a value that is not plain is, as the end of a sentence, and what to do.
pub(super) fn class(value: &JsValue) -> String {
    let name = class_name(value).unwrap_or_default();
    if name.is_empty() {
        return "is no plain object".to_owned();
    }
    let mut text = of_type(&name);
    text.push_str(match &*name {
        "Promise" => ": await it",
        "Date" => ": send its toISOString()",
        "URL" => ": send its href",
        "Map" | "FormData" | "URLSearchParams" | "Headers" => ": send Object.fromEntries of it",
        _ => "",
    });
    text
}

fn of_type(name: &str) -> String {
    ["is of type ", name].concat()
}

/// Returns the name of a built-in class, or else of the constructor.
fn class_name(value: &JsValue) -> Result<String, JsValue> {
    let tag = js::tag(value)?;
    let name = tag
        .strip_prefix("[object ")
        .and_then(|tag| tag.strip_suffix(']'));
    if let Some(name) = name
        && name != "Object"
    {
        return Ok(name.to_owned());
    }
    let constructor = js::member(value, "constructor")?;
    let name = js::member(&constructor, "name")?.as_string();
    Ok(name.filter(|name| name != "Object").unwrap_or_default())
}

/// Returns what a value's `toJSON` returns, as in `JSON.stringify`; the value itself
/// without one.
///
/// Not of these built-in classes: a date and an address have several spellings, of which
/// their author has to choose one, and a Node.js buffer would be an empty object.
fn resolve(value: JsValue) -> Result<JsValue, JsValue> {
    if !value.is_object() {
        return Ok(value);
    }
    match js::method(&value, "toJSON")? {
        Some(to_json) if !matches!(&*class_name(&value)?, "Date" | "URL" | "Uint8Array") => {
            to_json.call0(&value)
        }
        _ => Ok(value),
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
    js::to_text(value).map_or(UNREADABLE, |text| {
        Json::Number(Number {
            text: Cow::Owned(text),
            value: number,
        })
    })
}

fn read_array(value: &JsValue, depth_left: u8) -> Json<'static> {
    let Ok(items) = js::array_from(value) else {
        return UNREADABLE;
    };
    let read = |item| resolve(item).map_or(UNREADABLE, |item| read(&item, depth_left));
    Json::Array(items.iter().map(read).collect())
}

fn read_object(value: &JsValue, depth_left: u8) -> Json<'static> {
    // A getter or a proxy's trap may throw.
    let Ok(entries) = js::entries(value) else {
        return UNREADABLE;
    };
    let mut object = Object::default();
    for (name, value) in entries {
        let value = resolve(value);
        // Left out, as in JSON.
        if value.as_ref().is_ok_and(JsValue::is_undefined) {
            continue;
        }
        let value = value.map_or(UNREADABLE, |value| read(&value, depth_left));
        match read_string(name.as_string().unwrap_or_default(), &name) {
            Some(name) => object.members.push((name, value)),
            None => object.has_ill_formed_name = true,
        }
    }
    Json::Object(object)
}
