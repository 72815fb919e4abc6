//! CORS: the page that sent a request can read every response.
//!
//! Reading a response grants nothing: there are no cookies, and the credential is
//! checked separately. Every response echoes the request's origin, errors included:
//! otherwise a page could not read why it was rejected.

use super::response::Response;

/// The request headers that a page may send.
const ALLOW_HEADERS: &str =
    "authorization, content-type, idempotency-key, if-match, if-none-match, x-d1-bookmark";
/// The response headers that a page may read.
const EXPOSE_HEADERS: &str = "X-Request-Id, Location, Retry-After, Idempotency-Replayed, \
                              Session-Resumed, ETag";
/// Cache lifetime of a preflight: two hours, Chromium's limit.
const MAX_AGE_S: &str = "7200";

/// Adds the headers that let the page at `origin` read a response.
pub fn expose(response: &mut Response, origin: Option<&str>) {
    response.set_header("vary", "Origin");
    if let Some(origin) = origin {
        response.set_header("access-control-allow-origin", origin.to_owned());
        response.set_header("access-control-expose-headers", EXPOSE_HEADERS);
    }
}

/// Returns the response to `OPTIONS`. It needs no credential. A path that does not
/// exist gets the same one, so that the page can read the 404 that follows.
#[must_use]
pub fn preflight(allow: String) -> Response {
    let mut response = Response::empty(204);
    response.set_header("allow", allow.clone());
    response.set_header("access-control-allow-methods", allow);
    response.set_header("access-control-allow-headers", ALLOW_HEADERS);
    response.set_header("access-control-max-age", MAX_AGE_S);
    response
}
