//! Attachments of a message: links to files that lie elsewhere.

use super::limits::{
    ATTACHMENT_NAME_MAX_CHARS, ATTACHMENT_TYPE_MAX_CHARS, ATTACHMENT_URL_MAX_CHARS, ATTACHMENTS_MAX,
};
use super::url::is_https_url;
use crate::error::ViolationCode;
use crate::validation::json::{Json, Object, push_string};
use crate::validation::text::{at_most, check_string, is_longer};
use crate::validation::violations::Violations;

/// A link to a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// The file's name.
    pub name: String,
    /// Its `https` address.
    pub url: String,
    /// Its media type.
    pub media_type: Option<String>,
    /// Its size.
    pub size_bytes: Option<u64>,
}

impl Attachment {
    /// Appends the attachment to `out` as a JSON object.
    pub(crate) fn push_json(&self, out: &mut String) {
        out.push_str("{\"name\":");
        push_string(out, &self.name);
        out.push_str(",\"url\":");
        push_string(out, &self.url);
        if let Some(media_type) = &self.media_type {
            out.push_str(",\"type\":");
            push_string(out, media_type);
        }
        if let Some(size_bytes) = self.size_bytes {
            out.push_str(",\"size\":");
            out.push_str(&size_bytes.to_string());
        }
        out.push('}');
    }
}

/// Reads the `attachments` at `path` and collects every violation.
pub(crate) fn check_attachments(
    value: &Json<'_>,
    path: &str,
    violations: &mut Violations,
) -> Vec<Attachment> {
    let Json::Array(items) = value else {
        violations.push_invalid_type(path, value, "must be an array");
        return Vec::new();
    };
    if items.len() > ATTACHMENTS_MAX {
        let message = at_most(ATTACHMENTS_MAX, "have", "attachments");
        violations.push(path, ViolationCode::TooManyItems, message);
    }
    // Those past the limit are not examined: the response stays small.
    let items = items.iter().take(ATTACHMENTS_MAX).enumerate();
    items
        .filter_map(|(index, item)| {
            let path = [path, "/", &index.to_string()].concat();
            let Json::Object(members) = item else {
                violations.push_invalid_type(path, item, "must be an object");
                return None;
            };
            check_attachment(members, &path, violations)
        })
        .collect()
}

fn check_attachment(
    item: &Object<'_>,
    path: &str,
    violations: &mut Violations,
) -> Option<Attachment> {
    let at = |name: &str| [path, "/", name].concat();
    if item.get("base64").is_some() {
        let message = "is not supported: upload the file, and send its url";
        violations.push(at("base64"), ViolationCode::UnsupportedAttachment, message);
    }
    let name = check_required(item, "name", path, ATTACHMENT_NAME_MAX_CHARS, violations);
    let url = check_required(item, "url", path, ATTACHMENT_URL_MAX_CHARS, violations);
    let url = url.filter(|url| {
        let is_valid = is_https_url(url);
        if !is_valid {
            let message = "must be an https address, like https://files.example.com/a.pdf";
            violations.push(at("url"), ViolationCode::InvalidFormat, message);
        }
        is_valid
    });
    let mut media_type = None;
    for name in ["type", "mime_type"] {
        let value = item.get(name);
        let Some(text) = value.and_then(|value| check_string(value, &at(name), violations)) else {
            continue;
        };
        if is_longer(text, ATTACHMENT_TYPE_MAX_CHARS) {
            let message = at_most(ATTACHMENT_TYPE_MAX_CHARS, "be", "characters long");
            violations.push(at(name), ViolationCode::TooLong, message);
        } else {
            media_type = Some(text.to_owned());
        }
    }
    let size_bytes = item
        .get("size")
        .and_then(|value| check_size(value, at("size"), violations));
    Some(Attachment {
        name: name?,
        url: url?,
        media_type,
        size_bytes,
    })
}

fn check_required(
    item: &Object<'_>,
    name: &str,
    parent: &str,
    max_chars: usize,
    violations: &mut Violations,
) -> Option<String> {
    let path = [parent, "/", name].concat();
    let Some(value) = item.get(name) else {
        violations.push(path, ViolationCode::Required, "is required");
        return None;
    };
    let text = check_string(value, &path, violations)?;
    if text.trim().is_empty() {
        violations.push(path, ViolationCode::TooShort, "must not be blank");
        return None;
    }
    if is_longer(text, max_chars) {
        let message = at_most(max_chars, "be", "characters long");
        violations.push(path, ViolationCode::TooLong, message);
        return None;
    }
    Some(text.to_owned())
}

fn check_size(value: &Json<'_>, path: String, violations: &mut Violations) -> Option<u64> {
    let Json::Number(number) = value else {
        violations.push_invalid_type(path, value, "must be a number");
        return None;
    };
    let size_bytes = number.whole();
    if size_bytes.is_none() {
        let message = "must be a whole number of bytes, 0 or more";
        violations.push(path, ViolationCode::OutOfRange, message);
    }
    size_bytes
}
