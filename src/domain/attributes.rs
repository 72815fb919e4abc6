//! Attributes: the flat `custom_data` of a session or a contact.

use super::limits::{ATTRIBUTE_KEY_MAX_CHARS, RequestLimits};
use crate::error::ViolationCode;
use crate::validation::json::{Json, Object, push_string};
use crate::validation::text::{ILL_FORMED_STRING, at_most, is_longer};
use crate::validation::violations::{Violations, pointer};

/// One attribute's value.
#[derive(Debug, Clone, PartialEq)]
pub enum Scalar {
    /// A string.
    String(String),
    /// A finite number, as its JSON text.
    Number(String),
    /// A boolean.
    Bool(bool),
}

/// Checked `custom_data`: scalars by key, in the order they were sent.
///
/// Only the rules construct one, and `default()`: an absent `custom_data` is an empty
/// object.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Attributes(Vec<(String, Scalar)>);

impl Attributes {
    /// Reads the `custom_data` of the object at `parent` and collects every violation.
    /// `names` are its two names, `limits` those of the caller. An absent one is empty.
    pub(crate) fn check(
        object: &Object<'_>,
        parent: &str,
        names: [&str; 2],
        limits: RequestLimits,
        violations: &mut Violations,
    ) -> Self {
        let Some((path, value)) = violations.member_of_two_names(object, parent, names) else {
            return Self::default();
        };
        let Json::Object(object) = value else {
            violations.push_invalid_type(path, value, "must be an object");
            return Self::default();
        };
        Self::check_members(object, &path, limits, violations)
    }

    fn check_members(
        object: &Object<'_>,
        path: &str,
        limits: RequestLimits,
        violations: &mut Violations,
    ) -> Self {
        let keys_max = limits.attributes_max;
        if object.has_ill_formed_name {
            violations.push(
                path,
                ViolationCode::IllFormedUnicode,
                "has a key with a lone surrogate, which is not Unicode",
            );
        }
        if object.members.len() > keys_max {
            violations.push(
                path,
                ViolationCode::TooManyKeys,
                at_most(keys_max, "have", "keys"),
            );
        }
        // Keys past the limit are not examined, so that the response to thousands of
        // bad keys stays small.
        let mut attributes = Vec::with_capacity(object.members.len().min(keys_max));
        for (key, value) in object.members.iter().take(keys_max) {
            let key_is_sound = check_key(key, path, violations);
            let chars_max = limits.attribute_string_max_chars;
            let scalar = check_value(value, || pointer(path, key), chars_max, violations);
            if let (true, Some(scalar)) = (key_is_sound, scalar) {
                attributes.push((key.clone().into_owned(), scalar));
            }
        }
        Self(attributes)
    }

    /// Returns the same attributes in the order of their keys.
    #[must_use]
    pub fn sorted(&self) -> Self {
        let mut sorted = self.clone();
        sorted
            .0
            .sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        sorted
    }

    /// Returns true if there is no attribute.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the value of `key`.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Scalar> {
        self.0
            .iter()
            .find(|(name, _)| name == key)
            .map(|(_, scalar)| scalar)
    }

    /// Merges `newer` in: its keys win, the other keys stay.
    pub fn merge(&mut self, newer: Self) {
        for (key, scalar) in newer.0 {
            match self.0.iter_mut().find(|(name, _)| *name == key) {
                Some((_, stored)) => *stored = scalar,
                None => self.0.push((key, scalar)),
            }
        }
    }

    /// Returns the attributes as the text of one JSON object.
    #[must_use]
    pub fn to_json(&self) -> String {
        // Most attributes fit into this; growing from empty would copy six times.
        const USUAL_BYTES: usize = 48;
        let mut out = String::with_capacity(self.0.len().saturating_mul(USUAL_BYTES));
        self.push_json(&mut out);
        out
    }

    /// Appends the attributes to `out`, as the text of one JSON object.
    pub(crate) fn push_json(&self, out: &mut String) {
        out.push('{');
        for (index, (key, scalar)) in self.0.iter().enumerate() {
            if index > 0 {
                out.push(',');
            }
            push_string(out, key);
            out.push(':');
            match scalar {
                Scalar::String(text) => push_string(out, text),
                Scalar::Number(text) => out.push_str(text),
                Scalar::Bool(true) => out.push_str("true"),
                Scalar::Bool(false) => out.push_str("false"),
            }
        }
        out.push('}');
    }
}

fn check_key(key: &str, path: &str, violations: &mut Violations) -> bool {
    if key.is_empty() {
        violations.push(
            pointer(path, key),
            ViolationCode::TooShort,
            "is an empty key: a key has at least 1 character",
        );
        return false;
    }
    if key.contains('\0') {
        // SQLite's JSON functions end a key at a NUL, so two such keys would be merged
        // into one.
        violations.push(
            pointer(path, key),
            ViolationCode::InvalidFormat,
            "is a key with a NUL character, which cannot be stored",
        );
        return false;
    }
    if is_longer(key, ATTRIBUTE_KEY_MAX_CHARS) {
        violations.push(
            pointer(path, key),
            ViolationCode::TooLong,
            at_most(ATTRIBUTE_KEY_MAX_CHARS, "have a key of", "characters"),
        );
        return false;
    }
    true
}

fn check_value(
    value: &Json<'_>,
    path: impl FnOnce() -> String,
    string_max_chars: usize,
    violations: &mut Violations,
) -> Option<Scalar> {
    match value {
        Json::String(text) if is_longer(text, string_max_chars) => {
            violations.push(
                path(),
                ViolationCode::TooLong,
                at_most(string_max_chars, "be", "characters long"),
            );
            None
        }
        Json::String(text) => Some(Scalar::String(text.clone().into_owned())),
        Json::Number(number) if number.value.is_finite() => {
            Some(Scalar::Number(number.text.clone().into_owned()))
        }
        Json::Number(_) => {
            violations.push(path(), ViolationCode::NotFinite, "must be a finite number");
            None
        }
        Json::Bool(value) => Some(Scalar::Bool(*value)),
        Json::IllFormedString => {
            violations.push(path(), ViolationCode::IllFormedUnicode, ILL_FORMED_STRING);
            None
        }
        Json::Null | Json::Array(_) | Json::Object(_) | Json::NotJson(_) => {
            let expected = "must be a string, a number or a boolean";
            violations.push_invalid_type(path(), value, expected);
            None
        }
    }
}
