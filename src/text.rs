//! Strings of requests, and their limits.

use crate::error::{Faults, FieldErrorCode};
use crate::json::Json;

/// Reads a string and collects its errors.
pub(crate) fn check_string<'a>(
    value: &'a Json<'_>,
    path: &str,
    faults: &mut Faults,
) -> Option<&'a str> {
    match value {
        Json::String(text) => return Some(text),
        Json::IllFormedString => {
            faults.push(path, FieldErrorCode::IllFormedUnicode, ILL_FORMED_STRING);
        }
        _ => faults.push(path, FieldErrorCode::InvalidType, "must be a string"),
    }
    None
}

/// Reads a string of at most `max_chars` code points and collects its errors.
pub(crate) fn check_text<'a>(
    value: &'a Json<'_>,
    path: &str,
    max_chars: usize,
    faults: &mut Faults,
) -> Option<&'a str> {
    let text = check_string(value, path, faults)?;
    if is_longer(text, max_chars) {
        let message = at_most(max_chars, "be", "characters long");
        faults.push(path, FieldErrorCode::TooLong, message);
        return None;
    }
    Some(text)
}

/// The message for a string that UTF-8 cannot encode.
pub(crate) const ILL_FORMED_STRING: &str = "holds a lone surrogate, which is not Unicode";

/// Returns true if `text` has more than `max_chars` code points.
pub(crate) fn is_longer(text: &str, max_chars: usize) -> bool {
    // A code point takes at least a byte, so most strings need no counting.
    text.len() > max_chars && text.chars().nth(max_chars).is_some()
}

/// Returns the message "must {verb} at most {limit} {unit}".
pub(crate) fn at_most(limit: usize, verb: &str, unit: &str) -> String {
    ["must ", verb, " at most ", &limit.to_string(), " ", unit].concat()
}
