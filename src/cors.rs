//! CORS: the page that sent a request can read every response.
//!
//! Reading a response grants nothing: there are no cookies, and the credential is
//! checked separately. Every response echoes the request's origin, errors included:
//! otherwise a page could not read why it was rejected.

use crate::http::Reply;

/// The request headers that a page may send.
const ALLOW_HEADERS: &str =
    "authorization, content-type, idempotency-key, if-match, if-none-match, x-d1-bookmark";
/// The response headers that a page may read.
const EXPOSE_HEADERS: &str = "X-Request-Id, Location, Retry-After, Idempotency-Replayed, \
                              Session-Resumed, ETag, X-D1-Bookmark";
/// Cache lifetime of a preflight: two hours, Chromium's limit.
const MAX_AGE_S: &str = "7200";

/// Adds the headers that let the page at `origin` read a response.
pub fn expose(reply: &mut Reply, origin: Option<&str>) {
    reply.headers.push(("vary", "Origin".into()));
    if let Some(origin) = origin {
        reply
            .headers
            .push(("access-control-allow-origin", origin.to_owned().into()));
        reply
            .headers
            .push(("access-control-expose-headers", EXPOSE_HEADERS.into()));
    }
}

/// Returns the response to `OPTIONS`. It needs no credential. A path that does not
/// exist gets the same one, so that the page can read the 404 that follows.
#[must_use]
pub fn preflight(allow: &'static str) -> Reply {
    Reply {
        status: 204,
        headers: vec![
            ("allow", allow.into()),
            ("access-control-allow-methods", allow.into()),
            ("access-control-allow-headers", ALLOW_HEADERS.into()),
            ("access-control-max-age", MAX_AGE_S.into()),
        ],
        body: String::new(),
    }
}
