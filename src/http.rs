//! Requests and responses as plain values, independent of any runtime. Decision 0014
//! explains why they are not the types of the `http` crate.

use crate::id::uuid_v7;
use std::borrow::Cow;
use uuid::{Builder, Uuid};

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
    /// `Authorization`
    pub authorization: Option<String>,
    /// `CF-Connecting-IP`: the client's address, as the platform saw it.
    pub client_address: Option<String>,
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
    /// `Origin`
    pub origin: Option<String>,
}

/// A request body that has not been read yet.
#[allow(async_fn_in_trait)] // An isolate has one thread; nothing needs `Send`.
pub trait Body {
    /// Reads the whole body, or stops as soon as it is over `limit_bytes`.
    ///
    /// # Errors
    /// [`BodyError`] is the reason. Bytes that are not UTF-8 may be returned as they
    /// are, for [`crate::json_text`] to reject.
    async fn read(self, limit_bytes: usize) -> Result<Vec<u8>, BodyError>;
}

/// The reasons why a body could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyError {
    /// It is longer than the limit.
    TooLarge,
    /// The connection broke before its end.
    Interrupted,
    /// It is not UTF-8, or begins with a byte order mark.
    NotUtf8,
}

/// The response to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The HTTP status code.
    pub status: u16,
    /// The headers, names in lower case.
    pub headers: Vec<(&'static str, Cow<'static, str>)>,
    /// The body: JSON, or empty.
    pub body: String,
}

impl Reply {
    /// Returns the value of the header `name`, which is in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(header, _)| *header == name)
            .map(|(_, value)| value.as_ref())
    }
}

/// The time and randomness of one request, read once, as values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// The time, in Unix milliseconds.
    pub now_ms: u64,
    /// Cryptographically random bytes; each id uses its own.
    pub entropy: [u8; Self::ENTROPY_BYTES],
}

impl Facts {
    /// Random bytes of one request.
    pub const ENTROPY_BYTES: usize = 36;

    /// Returns the id of this request, a UUIDv4.
    #[must_use]
    pub fn request_id(&self) -> Uuid {
        Builder::from_random_bytes(self.entropy_at::<16>(0)).into_uuid()
    }

    /// Returns the id for a session created by this request.
    #[must_use]
    pub fn session_id(&self) -> Uuid {
        uuid_v7(self.now_ms, self.entropy_at::<10>(16))
    }

    /// Returns the id for a contact token signed by this request, which creates no
    /// session.
    #[must_use]
    pub fn token_id(&self) -> Uuid {
        self.session_id()
    }

    /// Returns the id for a contact created by this request.
    #[must_use]
    pub fn contact_id(&self) -> Uuid {
        uuid_v7(self.now_ms, self.entropy_at::<10>(26))
    }

    fn entropy_at<const N: usize>(&self, start: usize) -> [u8; N] {
        let mut bytes = [0; N];
        for (byte, random) in bytes.iter_mut().zip(self.entropy.iter().skip(start)) {
            *byte = *random;
        }
        bytes
    }
}
