//! CORS: the page that sent a request can read every response.
//!
//! Reading a response grants nothing: there are no cookies, and the credential is
//! checked separately. Every response echoes the request's origin, errors included:
//! otherwise a page could not read why it was rejected.

use super::response::Response;
use std::borrow::Cow;

/// The request headers that the endpoints use. A preflight that asks for none gets
/// these.
const ALLOW_HEADERS: &str =
    "authorization, content-type, idempotency-key, if-match, if-none-match, x-d1-bookmark";
/// The response headers that a page may read.
const EXPOSE_HEADERS: &str = "X-Request-Id, Location, Retry-After, Idempotency-Replayed, \
                              Session-Resumed, ETag";
/// Cache lifetime of a preflight: two hours, Chromium's limit.
const MAX_AGE_S: &str = "7200";

/// Adds the headers that let the page at `origin` read a response.
pub fn expose(response: &mut Response, origin: Option<&str>) {
    if response.header("vary").is_none() {
        response.set_header("vary", "Origin");
    }
    if let Some(origin) = origin {
        response.set_header("access-control-allow-origin", origin.to_owned());
        response.set_header("access-control-expose-headers", EXPOSE_HEADERS);
    }
}

/// Returns the response to `OPTIONS`. It needs no credential. A path that does not
/// exist gets the same one, so that the page can read the 404 that follows.
///
/// Allows the headers that it asks for: no header grants anything, and tracing adds
/// its own to every request of a page.
#[must_use]
pub fn preflight(allow: String, requested_headers: Option<&str>) -> Response {
    let headers = match requested_headers {
        Some(names) if is_list_of_names(names) => Cow::Owned(names.to_owned()),
        _ => Cow::Borrowed(ALLOW_HEADERS),
    };
    let mut response = Response::empty(204);
    response.set_header("allow", allow.clone());
    response.set_header("access-control-allow-methods", allow);
    response.set_header("access-control-allow-headers", headers);
    response.set_header("access-control-max-age", MAX_AGE_S);
    response.set_header("vary", "Origin, Access-Control-Request-Headers");
    response
}

/// Returns true for names of headers with commas between them (RFC 9110, sections 5.1
/// and 5.6.1).
fn is_list_of_names(text: &str) -> bool {
    let is_name = |name: &str| {
        let name = name.trim_matches([' ', '\t']);
        !name.is_empty() && name.bytes().all(is_token_byte)
    };
    text.split(',').all(is_name)
}

fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}
