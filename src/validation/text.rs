//! Strings of requests, and their limits.

use super::json::Json;
use super::violations::Violations;
use crate::error::ViolationCode;
use std::str::FromStr;
use strum::VariantNames;

/// Reads a string and collects its violations.
pub(crate) fn check_string<'a>(
    value: &'a Json<'_>,
    path: &str,
    violations: &mut Violations,
) -> Option<&'a str> {
    match value {
        Json::String(text) => return Some(text),
        Json::IllFormedString => {
            violations.push(path, ViolationCode::IllFormedUnicode, ILL_FORMED_STRING);
        }
        _ => violations.push_invalid_type(path, value, "must be a string"),
    }
    None
}

/// Reads a text about a person, of at most `max_chars` code points, and collects its
/// violations. A blank one is absent: forms send the fields that nobody filled in.
pub(crate) fn check_text<'a>(
    value: &'a Json<'_>,
    path: &str,
    max_chars: usize,
    violations: &mut Violations,
) -> Option<&'a str> {
    let text = check_string(value, path, violations)?;
    if text.trim().is_empty() {
        return None;
    }
    if is_longer(text, max_chars) {
        let message = at_most(max_chars, "be", "characters long");
        violations.push(path, ViolationCode::TooLong, message);
        return None;
    }
    Some(text)
}

/// Parses the name of a variant, and collects a violation if there is none of that name.
pub(crate) fn check_name<T>(name: &str, path: &str, violations: &mut Violations) -> Option<T>
where
    T: FromStr + VariantNames,
{
    let variant = T::from_str(name).ok();
    if variant.is_none() {
        let message = must_be_one_of(T::VARIANTS);
        violations.push(path, ViolationCode::UnknownValue, message);
    }
    variant
}

/// Not generic: one copy for all types.
fn must_be_one_of(names: &[&str]) -> String {
    let mut message = String::from("must be one of ");
    for (index, name) in names.iter().enumerate() {
        if index > 0 {
            message.push_str(", ");
        }
        message.push_str(name);
    }
    message
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
