//! CORS: every answer can be read by the page that asked.
//!
//! Being able to read an answer grants nothing: there are no cookies, and the
//! credential is checked on its own. So the sender's origin is echoed on every
//! answer, refusals included, or a page could not tell why it was refused.

use crate::http::Reply;

/// The request headers that a page may send.
const ALLOW_HEADERS: &str =
    "authorization, content-type, idempotency-key, if-match, if-none-match, x-d1-bookmark";
/// The answer's headers that a page may read.
const EXPOSE_HEADERS: &str = "X-Request-Id, Location, Retry-After, Idempotency-Replayed, \
                              Session-Resumed, ETag, X-D1-Bookmark";
/// Cache lifetime of a preflight: two hours, Chromium's limit.
const MAX_AGE_S: &str = "7200";

/// Adds to an answer what lets the page at `origin` read it.
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

/// The answer to `OPTIONS`: it needs no credential, and is the same for a path
/// that does not exist, so that the page can read the 404 that follows.
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
