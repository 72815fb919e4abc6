//! Query strings: their parameters, and the rules that lists share.

use super::limits::PAGE_SIZE_MAX;
use crate::error::ViolationCode;
use crate::validation::violations::Violations;

/// A query's parameters.
pub(super) struct Parameters<'a>(pub(super) &'a str);

impl Parameters<'_> {
    /// Returns true if the parameter was sent.
    pub(super) fn has(&self, name: &str) -> bool {
        form_urlencoded::parse(self.0.as_bytes()).any(|(given, _)| given == name)
    }

    /// Reads a parameter's value with `read`; `None` if it was not sent, or is invalid.
    pub(super) fn read<T>(
        &self,
        name: &str,
        violations: &mut Violations,
        read: impl FnOnce(&str, &str, &mut Violations) -> Option<T>,
    ) -> Option<T> {
        let parameters = form_urlencoded::parse(self.0.as_bytes());
        let mut values = parameters.filter(|(given, _)| given == name);
        let (_, value) = values.next()?;
        let path = ["/", name].concat();
        if values.next().is_some() {
            violations.push(path, ViolationCode::InvalidFormat, "must be given once");
            return None;
        }
        read(&value, &path, violations)
    }
}

/// Returns true if the text has digits only.
pub(super) fn is_whole_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Reads a page's `limit`.
pub(super) fn read_page_size(text: &str, path: &str, violations: &mut Violations) -> Option<usize> {
    let is_number = is_whole_number(text);
    match text.parse() {
        Ok(page_size @ 1..=PAGE_SIZE_MAX) if is_number => return Some(page_size),
        _ if is_number => violations.push(path, ViolationCode::OutOfRange, "must be from 1 to 100"),
        _ => {
            let message = "must be a whole number from 1 to 100";
            violations.push(path, ViolationCode::InvalidType, message);
        }
    }
    None
}
