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
/// assert!(error.message().contains("trailing comma at line 1 column 9"));
///
/// let error = request(b"{\"a\": [1,\n]}").unwrap_err();
/// assert!(error.message().contains("trailing comma at line 2 column 1"));
///
/// let error = request(b"{\"a\": 1, }b").unwrap_err();
/// assert!(error.message().contains("trailing comma at line 1 column 10"));
///
/// let error = request(b"\n[]").unwrap_err();
/// assert!(error.message().contains("line 2 column 1"));
/// # Ok::<(), chat_sessions::error::Error>(())
/// ```
pub fn request(body: &[u8]) -> Result<Json<'_>, Error> {
    /// The request, `contact` and its `custom_data`: no rule looks deeper.
    const DEPTH: u8 = 3;
    /// No rule takes one.
    const READS_ARRAYS: bool = false;
    let json = parse(body, DEPTH, READS_ARRAYS)?;
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
    /// D1's answer, a result, its rows, a row.
    const DEPTH: u8 = 4;
    const READS_ARRAYS: bool = true;
    parse(text, DEPTH, READS_ARRAYS)
}

/// Reads containers inside each other down to `depth`; what is deeper is only
/// known to be JSON, and left empty. So are arrays, unless `reads_arrays`.
fn parse(text: &[u8], depth: u8, reads_arrays: bool) -> Result<Json<'_>, Error> {
    let text = str::from_utf8(text).map_err(|_| not_utf8())?;
    if text.starts_with(BYTE_ORDER_MARK) {
        return Err(not_utf8());
    }
    serde_json::from_str::<IgnoredAny>(text).map_err(|error| syntax_error(text, &error))?;
    let mut reader = Reader {
        rest: text,
        reads_arrays,
    };
    reader.skip_separators();
    Ok(reader.value(depth))
}

/// What is wrong where `serde_json` stopped. It calls the end of the text EOF, and after
/// a trailing comma says that a name or a value is missing.
fn syntax_error(text: &str, error: &serde_json::Error) -> Error {
    const MISSING: [&str; 2] = ["key must be a string", "expected value"];
    if text.trim_ascii().is_empty() {
        return malformed(&"it is empty");
    }
    let (line, column) = (error.line(), error.column());
    let earlier_lines = text.split_inclusive('\n').take(line.saturating_sub(1));
    let line_start = earlier_lines.map(str::len).sum::<usize>();
    let looked_at = text.get(..line_start.saturating_add(column));
    let before_end = looked_at.and_then(|text| text.strip_suffix(['}', ']']));
    let is_after_comma = before_end.is_some_and(|text| text.trim_ascii_end().ends_with(','));
    let reason = error.to_string();
    let own_words = if error.is_eof() {
        "it ends too early,"
    } else if is_after_comma && MISSING.iter().any(|missing| reason.starts_with(missing)) {
        "trailing comma"
    } else {
        return malformed(&reason);
    };
    malformed(&format_args!("{own_words} at line {line} column {column}"))
}

/// JSON is sent without one (RFC 8259, section 8.1).
const BYTE_ORDER_MARK: char = '\u{feff}';

/// The refusal of bytes that are no text.
pub(crate) fn not_utf8() -> Error {
    malformed(&"it is not UTF-8, or begins with a byte order mark")
}

fn malformed(reason: &dyn fmt::Display) -> Error {
    Error::MalformedJson(format!(
        "The body must be a JSON object, {{}} at least: {reason}."
    ))
}

/// Goes through text that is known to be JSON, once. So what stands between two
/// items need not be looked at, and an item ends where its own brackets and
/// quotes do.
struct Reader<'a> {
    rest: &'a str,
    reads_arrays: bool,
}

impl<'a> Reader<'a> {
    /// The value that begins here.
    fn value(&mut self, depth: u8) -> Json<'a> {
        match (self.rest.as_bytes().first(), depth.checked_sub(1)) {
            (Some(b'{'), Some(depth)) => Json::Object(self.object(depth)),
            (Some(b'['), Some(depth)) if self.reads_arrays => Json::Array(self.array(depth)),
            _ => leaf(self.item()),
        }
    }

    fn array(&mut self, depth: u8) -> Vec<Json<'a>> {
        let mut items = Vec::new();
        self.take(1);
        while self.has_next() {
            items.push(self.value(depth));
        }
        items
    }

    fn object(&mut self, depth: u8) -> Object<'a> {
        let mut object = Object::default();
        self.take(1);
        while self.has_next() {
            let name = read_string(self.item());
            self.skip_separators();
            let value = self.value(depth);
            match name {
                Some(name) => object.members.push((name, value)),
                None => object.has_ill_formed_name = true,
            }
        }
        keep_last_of_each_name(&mut object.members);
        object
    }

    /// Goes to the next item of the container that was entered last, or past its
    /// end.
    fn has_next(&mut self) -> bool {
        self.skip_separators();
        let is_end = matches!(self.rest.as_bytes().first(), Some(b'}' | b']') | None);
        if is_end {
            self.take(1);
        }
        !is_end
    }

    fn skip_separators(&mut self) {
        let is_separator = |byte: &u8| matches!(byte, b' ' | b'\n' | b'\r' | b'\t' | b',' | b':');
        let separators = self.rest.bytes().take_while(is_separator);
        self.take(separators.count());
    }

    /// The item that begins here, whole.
    fn item(&mut self) -> &'a str {
        self.take(item_bytes(self.rest))
    }

    fn take(&mut self, bytes: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at_checked(bytes).unwrap_or((self.rest, ""));
        self.rest = rest;
        taken
    }
}

/// A value that is not looked into.
fn leaf(text: &str) -> Json<'_> {
    match text.as_bytes().first() {
        Some(b'n') => Json::Null,
        Some(b't') => Json::Bool(true),
        Some(b'f') => Json::Bool(false),
        Some(b'"') => read_string(text).map_or(Json::IllFormedString, Json::String),
        Some(b'{') => Json::Object(Object::default()),
        Some(b'[') => Json::Array(Vec::new()),
        _ => Json::Number(Number {
            text: Cow::Borrowed(text),
            is_finite: is_finite(text),
        }),
    }
}

/// Where a name is repeated, its last value stands.
fn keep_last_of_each_name(members: &mut Vec<(Cow<'_, str>, Json<'_>)>) {
    /// So few are compared with each other sooner than put into a set.
    const FEW: usize = 16;
    let is_repeated = |(at, (name, _)): (usize, &(Cow<'_, str>, _))| {
        let others = members.iter().take(at);
        others.into_iter().any(|(other, _)| other == name)
    };
    if members.len() <= FEW && !members.iter().enumerate().any(is_repeated) {
        return;
    }
    let mut seen = BTreeSet::new();
    members.reverse();
    members.retain(|(name, _)| seen.insert(name.clone()));
    members.reverse();
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
            (" \n", "it is empty."),
            ("\u{feff}{}", "byte order mark"),
        ] {
            let message = request(text.as_bytes()).unwrap_err().message();
            assert!(message.contains(reason), "{text}: {message}");
        }
    }
}
