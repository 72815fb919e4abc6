//! A refusal of the rules, as the members of the package's `ChatSessionError`.

use crate::error::{BODY_TOO_LARGE, Error, FieldError};
use crate::json::push_string;

/// Appends the refusal to `out` as a JSON object. By hand: `serde_json` links
/// the formatting of floats, which nothing here has.
pub(super) fn push_json(error: &Error, out: &mut String) {
    out.push_str("{\"code\":");
    push_string(out, error.code());
    out.push_str(",\"status\":");
    out.push_str(&error.status().to_string());
    out.push_str(",\"message\":");
    match error.rules_message() {
        Some(message) => push_string(out, &message),
        // What else is refused here.
        None => push_string(out, BODY_TOO_LARGE),
    }
    out.push_str(",\"errors\":[");
    for (index, field) in error.fields().iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        push_field(field, out);
    }
    out.push_str("]}");
}

fn push_field(field: &FieldError, out: &mut String) {
    out.push_str("{\"path\":");
    push_string(out, &field.path);
    out.push_str(",\"code\":");
    push_string(out, field.code.as_str());
    out.push_str(",\"message\":");
    push_string(out, &field.message);
    out.push('}');
}
