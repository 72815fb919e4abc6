//! Reading the body of a request.

use super::request::RequestHeaders;
use crate::error::Error;

/// A request body that has not been read yet.
#[allow(async_fn_in_trait)] // An isolate has one thread; nothing needs `Send`.
pub trait Body {
    /// Reads the whole body, or stops as soon as it is over `limit_bytes`.
    ///
    /// # Errors
    /// [`BodyError`] is the reason. Bytes that are not UTF-8 are returned as they are,
    /// for [`crate::validation::json_text`] to reject.
    async fn read(self, limit_bytes: usize) -> Result<ReceivedBody, BodyError>;
}

/// A request body, and the time when it was complete.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReceivedBody {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// The time after its last byte, in Unix milliseconds: a sender may be slow.
    pub received_ms: u64,
}

/// The reasons why a body could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyError {
    /// It is longer than the limit.
    TooLarge,
    /// The connection broke before its end.
    Interrupted,
}

/// Reads a JSON body: checks its type, its encoding and its declared size, then reads
/// its bytes.
///
/// # Errors
/// [`Error::UnsupportedMediaType`], [`Error::BodyTooLarge`], and
/// [`Error::MalformedJson`] when the connection broke.
pub(crate) async fn read_json_body(
    headers: &RequestHeaders,
    body: impl Body,
    limit_bytes: usize,
) -> Result<ReceivedBody, Error> {
    let is_json = headers.content_type.as_deref().is_none_or(is_json);
    let is_plain = headers.content_encoding.as_deref().is_none_or(is_identity);
    if !is_json || !is_plain {
        return Err(Error::UnsupportedMediaType);
    }
    let declared_bytes = headers
        .content_length
        .as_deref()
        .and_then(|length| length.parse::<usize>().ok());
    if declared_bytes.is_some_and(|length| length > limit_bytes) {
        return Err(Error::BodyTooLarge { limit_bytes });
    }
    body.read(limit_bytes).await.map_err(|error| match error {
        BodyError::TooLarge => Error::BodyTooLarge { limit_bytes },
        BodyError::Interrupted => {
            Error::MalformedJson("The body ended before it was complete.".to_owned())
        }
    })
}

/// Returns true if a `Content-Encoding` leaves the body as it is.
fn is_identity(content_encoding: &str) -> bool {
    let coding = content_encoding.trim();
    coding.is_empty() || coding.eq_ignore_ascii_case("identity")
}

/// Returns true if a `Content-Type` is JSON, whatever its parameters.
fn is_json(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case("application/json") {
        return true;
    }
    let essence = essence.to_ascii_lowercase();
    essence.starts_with("application/") && essence.ends_with("+json")
}
