//! Reads JSON text: `serde_json` says whether it is JSON, and where it is not.
//!
//! It only judges ([`IgnoredAny`]): no value is converted that nobody looks at,
//! numbers keep their digits, and nothing recurses on what a caller has nested.

use crate::error::Error;
use crate::json::{Json, Number, Object, is_finite};
use serde::de::IgnoredAny;
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;
use std::str::Chars;

/// How much of a text is read; the rest is only known to be JSON.
#[derive(Clone, Copy)]
struct Extent {
    /// How many containers inside each other are looked into.
    depth: u8,
    /// Whether arrays are: no rule of a request takes one.
    arrays: bool,
}

/// What JSON may have between any two tokens (RFC 8259, section 2).
const WHITESPACE: [char; 4] = [' ', '\n', '\r', '\t'];

/// Reads a request body: a JSON object.
///
/// # Errors
/// [`Error::MalformedJson`], with the line and column of the first fault.
///
/// # Example
/// ```
/// use chat_sessions::json::Json;
/// use chat_sessions::json_text::request;
/// assert!(matches!(request(b" {} ")?, Json::Object(_)));
///
/// let error = request(b"{\"a\": 1,}").unwrap_err();
/// assert!(error.message().contains("line 1 column 9"));
///
/// let error = request(b"\n[]").unwrap_err();
/// assert!(error.message().contains("line 2 column 1"));
/// # Ok::<(), chat_sessions::error::Error>(())
/// ```
pub fn request(body: &[u8]) -> Result<Json<'_>, Error> {
    /// The request, `contact` and its `custom_data`: no rule looks deeper.
    const EXTENT: Extent = Extent {
        depth: 3,
        arrays: false,
    };
    let json = parse(body, EXTENT)?;
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

/// Reads what the service itself stored: keys in KV, rows of D1.
///
/// # Errors
/// [`Error::MalformedJson`] when it is not JSON.
pub fn stored(text: &[u8]) -> Result<Json<'_>, Error> {
    /// D1's answer, its results, a result, its rows, a row.
    const EXTENT: Extent = Extent {
        depth: 5,
        arrays: true,
    };
    parse(text, EXTENT)
}

fn parse(text: &[u8], extent: Extent) -> Result<Json<'_>, Error> {
    let text = str::from_utf8(text).map_err(|error| malformed(&error))?;
    serde_json::from_str::<IgnoredAny>(text).map_err(|error| malformed(&error))?;
    Ok(read(text.trim_matches(WHITESPACE), extent))
}

fn malformed(reason: &dyn fmt::Display) -> Error {
    Error::MalformedJson(format!(
        "The body must be a JSON object, {{}} at least: {reason}."
    ))
}

/// Reads text that is known to be JSON.
fn read(text: &str, extent: Extent) -> Json<'_> {
    let deeper = extent
        .depth
        .checked_sub(1)
        .map(|depth| Extent { depth, ..extent });
    match (text.as_bytes().first(), deeper) {
        (Some(b'n'), _) => Json::Null,
        (Some(b't'), _) => Json::Bool(true),
        (Some(b'f'), _) => Json::Bool(false),
        (Some(b'"'), _) => read_string(text).map_or(Json::IllFormedString, Json::String),
        (Some(b'{'), Some(deeper)) => Json::Object(read_object(text, deeper)),
        (Some(b'{'), None) => Json::Object(Object::default()),
        (Some(b'['), Some(deeper)) if extent.arrays => {
            Json::Array(items(text).map(|item| read(item, deeper)).collect())
        }
        (Some(b'['), _) => Json::Array(Vec::new()),
        _ => Json::Number(Number {
            text: Cow::Borrowed(text),
            is_finite: is_finite(text),
        }),
    }
}

fn read_object(text: &str, extent: Extent) -> Object<'_> {
    let mut has_ill_formed_name = false;
    let mut raw = Vec::new();
    let mut items = items(text);
    while let (Some(name), Some(value)) = (items.next(), items.next()) {
        match read_string(name) {
            Some(name) => raw.push((name, value)),
            None => has_ill_formed_name = true,
        }
    }
    // From the end, so that the last value of a repeated name stands.
    let mut seen = BTreeSet::new();
    let mut members: Vec<_> = raw
        .into_iter()
        .rev()
        .filter(|(name, _)| seen.insert(name.clone()))
        .map(|(name, value)| (name, read(value, extent)))
        .collect();
    members.reverse();
    Object {
        members,
        has_ill_formed_name,
    }
}

/// The items of an array, or an object's names and values in turn, as text.
///
/// The text is known to be JSON, so what stands between two items need not be
/// looked at, and an item ends where its own brackets and quotes do.
fn items(container: &str) -> impl Iterator<Item = &str> {
    let mut rest = container.get(1..).unwrap_or_default();
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches(|character| {
            matches!(character, ',' | ':') || WHITESPACE.contains(&character)
        });
        let (item, after) = rest.split_at_checked(item_bytes(rest))?;
        rest = after;
        // The closing bracket is no item, and ends them.
        (!item.is_empty()).then_some(item)
    })
}

/// How many bytes the item that `text` begins with takes.
fn item_bytes(text: &str) -> usize {
    let mut open_containers = 0_usize;
    let mut is_in_string = false;
    let mut is_escaped = false;
    for (at, byte) in text.bytes().enumerate() {
        let after = at.saturating_add(1);
        if is_in_string {
            match byte {
                _ if is_escaped => is_escaped = false,
                b'\\' => is_escaped = true,
                b'"' if open_containers == 0 => return after,
                b'"' => is_in_string = false,
                _ => {}
            }
            continue;
        }
        match byte {
            // The end of a number, of a name like `true`, or of the container.
            b'}' | b']' | b',' | b':' | b' ' | b'\n' | b'\r' | b'\t' if open_containers == 0 => {
                return at;
            }
            b'"' => is_in_string = true,
            b'{' | b'[' => open_containers = open_containers.saturating_add(1),
            b'}' | b']' if open_containers == 1 => return after,
            b'}' | b']' => open_containers = open_containers.saturating_sub(1),
            _ => {}
        }
    }
    text.len()
}

/// Reads a string that is known to be JSON; `None` if it is not Unicode, which
/// is the one thing that the syntax lets through.
///
/// ```
/// use chat_sessions::json_text::read_string;
/// assert_eq!(read_string(r#""caf\u00e9\n""#).unwrap(), "café\n");
/// assert_eq!(read_string(r#""\ud800""#), None);
/// ```
#[must_use]
pub fn read_string(text: &str) -> Option<Cow<'_, str>> {
    let text = text.strip_prefix('"')?.strip_suffix('"')?;
    let Some((plain, _)) = text.split_once('\\') else {
        return Some(Cow::Borrowed(text));
    };
    let mut out = String::with_capacity(text.len());
    out.push_str(plain);
    let mut characters = text.get(plain.len()..)?.chars();
    while let Some(character) = characters.next() {
        out.push(match character {
            '\\' => read_escape(&mut characters)?,
            other => other,
        });
    }
    Some(Cow::Owned(out))
}

/// Reads what follows a backslash (RFC 8259, section 7).
fn read_escape(characters: &mut Chars<'_>) -> Option<char> {
    Some(match characters.next()? {
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'u' => return read_code_point(characters),
        other => other,
    })
}

/// Reads the digits of one `\u` escape, or of two that are a surrogate pair.
fn read_code_point(characters: &mut Chars<'_>) -> Option<char> {
    let first = read_code_unit(characters)?;
    let second = match first {
        0xd800..=0xdbff => {
            let is_escape = characters.next()? == '\\' && characters.next()? == 'u';
            Some(is_escape.then(|| read_code_unit(characters))??)
        }
        _ => None,
    };
    char::decode_utf16([first].into_iter().chain(second))
        .next()?
        .ok()
}

fn read_code_unit(characters: &mut Chars<'_>) -> Option<u16> {
    (0..4).try_fold(0, |unit, _| {
        let digit = characters.next()?.to_digit(16)?;
        Some(unit << 4 | u16::try_from(digit).ok()?)
    })
}
