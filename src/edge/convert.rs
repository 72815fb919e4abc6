//! Converts the platform's requests and responses to and from ours.

use crate::api::body::{Body, BodyError, ReceivedBody};
use crate::api::context::RequestContext;
use crate::api::live;
use crate::api::request::{Oversized, Request, RequestHeaders};
use crate::api::response;
use crate::domain::limits::{AUTHORIZATION_MAX_CHARS, HEADER_MAX_CHARS, URL_MAX_CHARS};
use crate::storage::d1::bookmark;
use crate::storage::js::js_string;
use futures_util::TryStreamExt;
use std::borrow::Cow;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use worker::js_sys::{self, Date, JsString, Uint8Array};
use worker::web_sys::{self, Response, ResponseInit, WorkerGlobalScope};
use worker::{ByteStream, console_error};

#[wasm_bindgen]
extern "C" {
    /// A request, with a URL that is a JavaScript string.
    type PlatformRequest;

    #[wasm_bindgen(method, getter)]
    fn url(this: &PlatformRequest) -> JsString;

    /// The headers of a request or response, by names that are JavaScript strings.
    type Headers;

    #[wasm_bindgen(method, catch)]
    fn get(this: &Headers, name: &JsString) -> Result<Option<JsString>, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn set(this: &Headers, name: &JsString, value: &JsString) -> Result<(), JsValue>;
}

/// Returns the time and randomness for one request.
pub(super) fn request_context() -> worker::Result<RequestContext> {
    let mut random = [0; RequestContext::RANDOM_BYTES];
    let global: WorkerGlobalScope = js_sys::global().unchecked_into();
    global
        .crypto()?
        .get_random_values_with_u8_array(&mut random)?;
    Ok(RequestContext {
        now_ms: now_ms(),
        random,
    })
}

/// Returns the time, in Unix milliseconds. The platform moves it on with each I/O.
pub(super) fn now_ms() -> u64 {
    // A whole number far below 2^53.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let now_ms = Date::now() as u64;
    now_ms
}

/// Returns a request with its body still to be read, and the bookmark it came with.
///
/// Only the headers that the service uses are copied out of the platform, and none that
/// is over its limit: a request that waits holds little memory, whoever sent it.
pub(super) fn request(
    request: web_sys::Request,
) -> worker::Result<(Request<EdgeBody>, Option<String>)> {
    let mut oversized = None;
    let url = request.unchecked_ref::<PlatformRequest>().url();
    let url = if is_within(&url, URL_MAX_CHARS) {
        String::from(url)
    } else {
        oversized = Some(Oversized::Url);
        String::new()
    };
    let (path, query) = path_and_query(&url);
    let headers: Headers = request.headers().unchecked_into();
    // Ignored where it is no bookmark.
    let bookmark = headers.get(js_string(bookmark::HEADER))?;
    let bookmark = bookmark.filter(|text| is_within(text, HEADER_MAX_CHARS));
    let mut header = |name| -> Result<Option<String>, JsValue> {
        let Some(value) = headers.get(js_string(name))? else {
            return Ok(None);
        };
        let max_chars = match name {
            "authorization" | "sec-websocket-protocol" => AUTHORIZATION_MAX_CHARS,
            _ => HEADER_MAX_CHARS,
        };
        if is_within(&value, max_chars) {
            return Ok(Some(value.into()));
        }
        oversized = oversized.or(Some(Oversized::Header(name)));
        Ok(None)
    };
    // Not from `worker::Request`, which maps every unknown method to GET.
    let method = request.method();
    let requested_headers = match method.as_str() {
        "OPTIONS" => header("access-control-request-headers")?,
        _ => None,
    };
    // Each header that is read costs two calls of JavaScript.
    let is_live = live::is_live_path(path);
    let mut live_header = |name| if is_live { header(name) } else { Ok(None) };
    let (accept, last_event_id) = (live_header("accept")?, live_header("last-event-id")?);
    let upgrade = live_header("upgrade")?;
    let websocket_protocols = live_header("sec-websocket-protocol")?;
    let mut headers = RequestHeaders {
        requested_headers,
        accept,
        authorization: header("authorization")?,
        client_address: header("cf-connecting-ip")?,
        content_encoding: header("content-encoding")?,
        content_length: header("content-length")?,
        content_type: header("content-type")?,
        idempotency_key: header("idempotency-key")?,
        if_match: header("if-match")?,
        if_none_match: header("if-none-match")?,
        last_event_id,
        origin: header("origin")?,
        upgrade,
        websocket_protocols,
        oversized: None,
    };
    headers.oversized = oversized;
    let declared_bytes = headers.content_length.as_deref();
    let declared_bytes = declared_bytes.and_then(|length| length.parse().ok());
    let request = Request {
        method,
        path: path.to_owned(),
        query: query.to_owned(),
        headers,
        body: EdgeBody {
            request,
            declared_bytes,
        },
    };
    Ok((request, bookmark.map(String::from)))
}

fn is_within(text: &JsString, max_chars: usize) -> bool {
    usize::try_from(text.length()).is_ok_and(|chars| chars <= max_chars)
}

/// Returns true if the request came over HTTPS.
pub(super) fn is_https(request: &web_sys::Request) -> bool {
    let url = request.unchecked_ref::<PlatformRequest>().url();
    url.starts_with("https:", 0)
}

/// Splits the path and the query off an absolute URL: `Request.url` is a serialized
/// one. The `url` crate would link the tables of internationalized domain names.
fn path_and_query(url: &str) -> (&str, &str) {
    let (url, _fragment) = url.split_once('#').unwrap_or((url, ""));
    let (url, query) = url.split_once('?').unwrap_or((url, ""));
    let (_scheme, host_and_path) = url.split_once("://").unwrap_or(("", url));
    let host_length = host_and_path.find('/').unwrap_or(host_and_path.len());
    let path = host_and_path.get(host_length..).unwrap_or_default();
    (if path.is_empty() { "/" } else { path }, query)
}

/// A request's body, which the platform holds.
pub(super) struct EdgeBody {
    request: web_sys::Request,
    /// The length that its sender declared.
    declared_bytes: Option<usize>,
}

impl Body for EdgeBody {
    async fn read(self, limit_bytes: usize) -> Result<ReceivedBody, BodyError> {
        let bytes = match self.declared_bytes {
            Some(bytes) if bytes <= limit_bytes => read_bytes(&self.request).await,
            _ => read_stream(&self.request, limit_bytes).await,
        }?;
        Ok(ReceivedBody {
            bytes,
            received_ms: now_ms(),
        })
    }
}

/// Reads a body of a declared length at once. As bytes: text would have U+FFFD for
/// those that are not UTF-8.
async fn read_bytes(request: &web_sys::Request) -> Result<Vec<u8>, BodyError> {
    let promise = request.array_buffer().map_err(|_| BodyError::Interrupted)?;
    let buffer = JsFuture::from(promise).await;
    let buffer = buffer.map_err(|_| BodyError::Interrupted)?;
    Ok(Uint8Array::new(&buffer).to_vec())
}

/// Reads a body of unknown length chunk by chunk: an endless one costs no more than
/// the limit.
async fn read_stream(request: &web_sys::Request, limit_bytes: usize) -> Result<Vec<u8>, BodyError> {
    /// Bytes of a rejected body that are still read, and dropped: a sender that is cut
    /// off in the middle of its body sees a broken connection instead of the response.
    const DISCARD_MAX_BYTES: usize = 16 * 1024 * 1024;

    let Some(body) = request.body() else {
        return Ok(Vec::new());
    };
    let mut stream = ByteStream::from(body);
    let mut bytes = Vec::new();
    let mut length = 0_usize;
    while let Some(chunk) = stream
        .try_next()
        .await
        .map_err(|_| BodyError::Interrupted)?
    {
        length = length.saturating_add(chunk.len());
        if length <= limit_bytes {
            bytes.extend(chunk);
        } else if length > limit_bytes.saturating_add(DISCARD_MAX_BYTES) {
            break;
        }
    }
    if length > limit_bytes {
        return Err(BodyError::TooLarge);
    }
    Ok(bytes)
}

/// Returns the platform's response.
pub(super) fn response(response: &response::Response) -> worker::Result<Response> {
    let init = ResponseInit::new();
    init.set_status(response.status);
    let body = Some(response.body.as_str()).filter(|body| !body.is_empty());
    let converted = Response::new_with_opt_str_and_init(body, &init)?;
    copy_headers(response, &converted.headers());
    Ok(converted)
}

/// Sets the headers of our response on the platform's.
pub(super) fn copy_headers(response: &response::Response, headers: &web_sys::Headers) {
    let headers: &Headers = headers.unchecked_ref();
    for (name, value) in &response.headers {
        let set = match value {
            Cow::Borrowed(constant) => headers.set(js_string(name), js_string(constant)),
            Cow::Owned(value) => headers.set(js_string(name), &value.as_str().into()),
        };
        // `Origin` is echoed, and it may have any value.
        if set.is_err() {
            console_error!("header {name} was left out: its value is not valid");
        }
    }
}
