//! Requests as plain values, independent of any runtime. Decision 0014 explains why
//! they are not the types of the `http` crate.

use crate::access::Caller;
use crate::error::Error;

/// A request: the parts that the endpoints use.
#[derive(Debug)]
pub struct Request<B> {
    /// The method, as sent.
    pub method: String,
    /// The path, percent-encoded as sent, without the query.
    pub path: String,
    /// The query, percent-encoded as sent, without its question mark; empty
    /// where there is none.
    pub query: String,
    /// The headers.
    pub headers: RequestHeaders,
    /// The body, unread: callers without a credential are rejected before that.
    pub body: B,
}

/// The request headers that the endpoints use.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RequestHeaders {
    /// `Access-Control-Request-Headers`, which preflights have: names of headers.
    pub requested_headers: Option<String>,
    /// `Accept`, which only live connections look at.
    pub accept: Option<String>,
    /// `Authorization`
    pub authorization: Option<String>,
    /// `CF-Connecting-IP`: the client's address, as the platform saw it.
    pub client_address: Option<String>,
    /// `Content-Encoding`
    pub content_encoding: Option<String>,
    /// `Content-Length`
    pub content_length: Option<String>,
    /// `Content-Type`
    pub content_type: Option<String>,
    /// `Idempotency-Key`
    pub idempotency_key: Option<String>,
    /// `If-Match`
    pub if_match: Option<String>,
    /// `If-None-Match`
    pub if_none_match: Option<String>,
    /// `Last-Event-ID`, which only live connections look at.
    pub last_event_id: Option<String>,
    /// `Origin`
    pub origin: Option<String>,
    /// `Upgrade`, which only live connections look at.
    pub upgrade: Option<String>,
    /// `Sec-WebSocket-Protocol`, which only live connections look at.
    pub websocket_protocols: Option<String>,
    /// A part of the request's head that is over its limit, if there is one. It was not
    /// read, so the request is rejected.
    pub oversized: Option<Oversized>,
}

/// A part of a request's head that is over its limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Oversized {
    /// The URL: [`crate::domain::limits::URL_MAX_CHARS`].
    Url,
    /// The header with this name: [`crate::domain::limits::HEADER_MAX_CHARS`], and
    /// [`crate::domain::limits::AUTHORIZATION_MAX_CHARS`].
    Header(&'static str),
}

impl From<Oversized> for Error {
    fn from(part: Oversized) -> Self {
        match part {
            Oversized::Url => Self::UrlTooLong,
            // No credential is that long.
            Oversized::Header("authorization") => Self::InvalidToken,
            Oversized::Header(name) => Self::HeaderTooLong(name),
        }
    }
}

impl RequestHeaders {
    /// Returns the headers that identify the caller.
    pub(crate) fn caller(&self) -> Caller<'_> {
        Caller {
            authorization: self.authorization.as_deref(),
            origin: self.origin.as_deref(),
            client_address: self.client_address.as_deref(),
        }
    }
}
