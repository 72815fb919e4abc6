//! Reads JSON text with `serde_json`, one level of containers at a time.
//!
//! Each member is a [`RawValue`] first: numbers keep their digits, a lone surrogate
//! differs from a syntax error, and a caller's nesting causes no recursion. Decision
//! 0010 explains why `Json` does not implement `Deserialize`.

use super::json::{Json, Number, Object};
use crate::error::Error;
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;

/// Levels of containers that are read: the request, `message`, its `attachments`, and
/// one of them. Deeper ones must be JSON, and are left empty: no rule looks into them.
const DEPTH_MAX: u8 = 4;

/// Reads a request body: a JSON object.
///
/// # Errors
/// [`Error::MalformedJson`], with the line and column of the first error.
///
/// # Example
/// ```
/// use chat_sessions::validation::json::Json;
/// use chat_sessions::validation::json_text::parse;
/// assert!(matches!(parse(b" {} ")?, Json::Object(_)));
///
/// let error = parse(b"{\"a\": 1,}").unwrap_err();
/// assert!(error.message().contains("trailing comma at line 1 column 9"));
///
/// let error = parse(b"{\"a\": [1,\n]}").unwrap_err();
/// assert!(error.message().contains("trailing comma at line 2 column 1"));
///
/// let error = parse(b"{\"a\": 1, }b").unwrap_err();
/// assert!(error.message().contains("trailing comma at line 1 column 10"));
///
/// let error = parse(b"\n[]").unwrap_err();
/// assert!(error.message().contains("line 2 column 1"));
/// # Ok::<(), chat_sessions::error::Error>(())
/// ```
pub fn parse(body: &[u8]) -> Result<Json<'_>, Error> {
    let text = str::from_utf8(body).map_err(|_| not_utf8())?;
    if text.starts_with(BYTE_ORDER_MARK) {
        return Err(not_utf8());
    }
    let json = serde_json::from_str(text)
        .and_then(|value| read(value, DEPTH_MAX))
        .map_err(|error| syntax_error(text, &error))?;
    if matches!(json, Json::Object(_)) {
        return Ok(json);
    }
    let (mut line, mut column) = (1_usize, 1_usize);
    for byte in body.iter().take_while(|byte| byte.is_ascii_whitespace()) {
        (line, column) = match byte {
            b'\n' => (line.saturating_add(1), 1),
            _ => (line, column.saturating_add(1)),
        };
    }
    let reason = format_args!("something else begins at line {line} column {column}");
    Err(malformed(&reason))
}

/// Rewords an error of `serde_json`, which calls the end of the text EOF, and reports a
/// trailing comma as a missing name or value.
fn syntax_error(text: &str, error: &serde_json::Error) -> Error {
    const MISSING: [&str; 2] = ["key must be a string", "expected value"];
    if text.trim_ascii().is_empty() {
        return malformed(&"it is empty");
    }
    let (mut line, mut column) = (error.line(), error.column());
    let earlier_lines = text.split_inclusive('\n').take(line.saturating_sub(1));
    let line_start = earlier_lines.clone().map(str::len).sum::<usize>();
    let looked_at = text.get(..line_start.saturating_add(column));
    let before_end = looked_at.and_then(|text| text.strip_suffix(['}', ']']));
    let is_after_comma = before_end.is_some_and(|text| text.trim_ascii_end().ends_with(','));
    // A line break is the last character of its line, and not the one before the first
    // of the next.
    if let (0, Some(last)) = (column, earlier_lines.last()) {
        (line, column) = (line.saturating_sub(1), last.len());
    }
    let reason = error.to_string();
    let reason = if error.is_eof() {
        "it ends too early,"
    } else if is_after_comma && MISSING.iter().any(|missing| reason.starts_with(missing)) {
        "trailing comma"
    } else {
        reason.split(" at line ").next().unwrap_or_default()
    };
    malformed(&format_args!("{reason} at line {line} column {column}"))
}

/// The byte order mark, which JSON must not begin with (RFC 8259, section 8.1).
const BYTE_ORDER_MARK: char = '\u{feff}';

/// Returns the error for bytes that are not UTF-8.
fn not_utf8() -> Error {
    malformed(&"it is not UTF-8, or begins with a byte order mark")
}

fn malformed(reason: &dyn fmt::Display) -> Error {
    Error::MalformedJson(format!(
        "The body must be a JSON object, {{}} at least: {reason}."
    ))
}

/// Reads a value whose syntax `serde_json` has checked.
fn read(value: &RawValue, depth_left: u8) -> serde_json::Result<Json<'_>> {
    let text = value.get();
    Ok(match text.as_bytes().first() {
        Some(b'n') => Json::Null,
        Some(b't') => Json::Bool(true),
        Some(b'f') => Json::Bool(false),
        Some(b'"') => read_string(value).map_or(Json::IllFormedString, Json::String),
        Some(b'{') => Json::Object(match depth_left.checked_sub(1) {
            Some(depth_left) => read_object(value, depth_left)?,
            None => Object::default(),
        }),
        Some(b'[') => Json::Array(match depth_left.checked_sub(1) {
            Some(depth_left) => read_array(value, depth_left)?,
            None => Vec::new(),
        }),
        _ => Json::Number(Number {
            text: Cow::Borrowed(text),
            value: text.parse().unwrap_or(f64::NAN),
        }),
    })
}

/// Reads an object's members. If a name is repeated, its last value wins.
fn read_object(object: &RawValue, depth_left: u8) -> serde_json::Result<Object<'_>> {
    let Members(all) = serde_json::from_str(object.get())?;
    let mut names = BTreeSet::new();
    let mut members = Vec::with_capacity(all.len());
    let mut has_ill_formed_name = false;
    for (name, value) in all.into_iter().rev() {
        match read_string(name) {
            Some(name) if names.insert(name.clone()) => {
                members.push((name, read(value, depth_left)?));
            }
            Some(_) => {}
            None => has_ill_formed_name = true,
        }
    }
    members.reverse();
    Ok(Object {
        members,
        has_ill_formed_name,
    })
}

fn read_array(array: &RawValue, depth_left: u8) -> serde_json::Result<Vec<Json<'_>>> {
    let items: Vec<&RawValue> = serde_json::from_str(array.get())?;
    items
        .into_iter()
        .map(|item| read(item, depth_left))
        .collect()
}

/// Reads a string; `None` if it holds a lone surrogate, which the syntax allows.
fn read_string(text: &RawValue) -> Option<Cow<'_, str>> {
    /// Borrowed unless it has an escape.
    #[derive(Deserialize)]
    #[serde(transparent)]
    struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

    let Text(text) = serde_json::from_str(text.get()).ok()?;
    Some(text)
}

/// All members of an object, as they are written.
struct Members<'a>(Vec<(&'a RawValue, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MembersVisitor;

        impl<'de> Visitor<'de> for MembersVisitor {
            type Value = Members<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = object.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(MembersVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trailing_comma_is_named_and_nothing_else_is_taken_for_one() {
        for (text, reason) in [
            ("{\"a\":1,}", "trailing comma at line 1 column 8"),
            ("{\"a\":1,\n  }", "trailing comma at line 2 column 3"),
            ("{\"é\":{\"b\":1 , }}", "trailing comma at line 1 column 16"),
            ("{\"a\":[1,\r\n]}", "trailing comma at line 2 column 1"),
            ("{\"a\": }", "expected value at line 1 column 7"),
            ("{,}", "key must be a string at line 1 column 2"),
            ("{\"a\":\",}", "it ends too early, at line 1 column 8"),
            ("{\"a\":\",}\t\"}", "control character"),
            ("{\"a\":\",\\}\"}", "invalid escape"),
            ("{\"a\":\",}\n\"}", "control character"),
            ("{\"a\":1,\n", "it ends too early, at line 1 column 8"),
            ("{\"a\":1,\r\n\n", "it ends too early, at line 2 column 1"),
            (" \n", "it is empty."),
            ("\u{feff}{}", "byte order mark"),
        ] {
            let message = parse(text.as_bytes()).unwrap_err().message();
            assert!(message.contains(reason), "{text}: {message}");
        }
    }
}
