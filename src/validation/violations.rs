//! The violations of a request: all of them are reported at once, each with its JSON
//! Pointer.

use super::json::{Json, Object};
use crate::error::{Error, Violation, ViolationCode};
use std::borrow::Cow;

/// Collects the violations of a request while it is checked.
#[derive(Debug, Default)]
pub(crate) struct Violations(Vec<Violation>);

impl Violations {
    pub(crate) fn push(
        &mut self,
        path: impl Into<String>,
        code: ViolationCode,
        message: impl Into<Cow<'static, str>>,
    ) {
        self.0.push(Violation {
            path: path.into(),
            code,
            message: message.into(),
        });
    }

    /// Returns true if there is a violation at `path`.
    pub(crate) fn has(&self, path: &str) -> bool {
        self.0.iter().any(|violation| violation.path == path)
    }

    /// Returns the member of the object at `parent` that has two names, and its path.
    /// Both names at once are a violation.
    ///
    /// The API that this one is compatible with names some members differently in
    /// different requests; a caller who takes one for the other must not lose data.
    pub(crate) fn member_of_two_names<'o, 'a>(
        &mut self,
        object: &'o Object<'a>,
        parent: &str,
        [usual, other]: [&str; 2],
    ) -> Option<(String, &'o Json<'a>)> {
        let [usual_value, other_value] = [usual, other].map(|name| object.get(name));
        if usual_value.is_some() && other_value.is_some() {
            let message = ["is another name of ", usual, ": send one of the two"].concat();
            let path = pointer(parent, other);
            self.push(path, ViolationCode::InvalidFormat, message);
        }
        let (name, value) = match usual_value {
            Some(value) => (usual, value),
            None => (other, other_value?),
        };
        Some((pointer(parent, name), value))
    }

    /// Collects a value of another type than the rule's, which `expected` words.
    pub(crate) fn push_invalid_type(
        &mut self,
        path: impl Into<String>,
        value: &Json<'_>,
        expected: &'static str,
    ) {
        let message = match value {
            Json::NotJson(what) => [expected, ", but ", what].concat().into(),
            _ => Cow::Borrowed(expected),
        };
        self.push(path, ViolationCode::InvalidType, message);
    }

    /// Returns `value` if there was no violation.
    pub(crate) fn finish<T>(self, value: T) -> Result<T, Error> {
        if self.0.is_empty() {
            Ok(value)
        } else {
            Err(self.into_error())
        }
    }

    /// Returns the error; there must be a violation.
    pub(crate) fn into_error(self) -> Error {
        Error::InvalidRequest(self.0)
    }
}

/// Returns the JSON Pointer (RFC 6901) of the member `name` of the value at `parent`.
///
/// ```
/// use chat_sessions::validation::violations::pointer;
/// assert_eq!(pointer("/custom_data", "a/b~c"), "/custom_data/a~1b~0c");
/// ```
#[must_use]
pub fn pointer(parent: &str, name: &str) -> String {
    [parent, "/", &name.replace('~', "~0").replace('/', "~1")].concat()
}
