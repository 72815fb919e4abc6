//! Between the platform's request and response and ours.

use crate::http::{Body, BodyError, Facts, Reply, Request, RequestHeaders};
use worker::js_sys::{Date, Reflect, Uint8Array};
use worker::wasm_bindgen::prelude::wasm_bindgen;
use worker::wasm_bindgen::{JsCast, JsValue};
use worker::wasm_bindgen_futures::JsFuture;
use worker::web_sys;

#[wasm_bindgen]
extern "C" {
    /// The Web Crypto call; it fills `bytes`.
    #[wasm_bindgen(js_namespace = crypto, js_name = getRandomValues)]
    fn get_random_values(bytes: &mut [u8]);
}

/// The time and randomness for one request.
pub(super) fn facts() -> Facts {
    let mut entropy = [0; Facts::ENTROPY_BYTES];
    get_random_values(&mut entropy);
    Facts {
        now_ms: now_ms(),
        entropy,
    }
}

/// The time, in Unix milliseconds. The platform moves it on with each I/O.
pub(super) fn now_ms() -> u64 {
    // A whole number of milliseconds since 1970, far below 2^53.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let now_ms = Date::now() as u64;
    now_ms
}

/// The request, with its body still to be read.
pub(super) fn request(request: web_sys::Request) -> worker::Result<Request<EdgeBody>> {
    let headers = request.headers();
    let url = request.url();
    let (path, query) = path_and_query(&url);
    Ok(Request {
        method: request.method(),
        path: path.to_owned(),
        query: query.to_owned(),
        headers: RequestHeaders {
            authorization: headers.get("authorization")?,
            client_address: headers.get("cf-connecting-ip")?,
            content_length: headers.get("content-length")?,
            content_type: headers.get("content-type")?,
            idempotency_key: headers.get("idempotency-key")?,
            if_match: headers.get("if-match")?,
            if_none_match: headers.get("if-none-match")?,
            origin: headers.get("origin")?,
        },
        body: EdgeBody(request),
    })
}

/// The path and the query of an absolute URL: the platform only hands out
/// serialised ones.
fn path_and_query(url: &str) -> (&str, &str) {
    let without_fragment = url.split('#').next().unwrap_or_default();
    let (without_query, query) = without_fragment
        .split_once('?')
        .unwrap_or((without_fragment, ""));
    let path = without_query
        .split_once("://")
        .and_then(|(_, rest)| rest.find('/').and_then(|slash| rest.get(slash..)));
    (path.unwrap_or("/"), query)
}

/// A request's body as the platform streams it.
pub(super) struct EdgeBody(web_sys::Request);

impl Body for EdgeBody {
    /// Reads chunk by chunk, so that an endless body costs no more than the
    /// limit: a chunked one declares no length.
    async fn read(self, limit_bytes: usize) -> Result<Vec<u8>, BodyError> {
        let mut bytes = Vec::new();
        let Some(stream) = self.0.body() else {
            return Ok(bytes);
        };
        let reader = stream.get_reader().unchecked_into();
        while let Some(chunk) = next_chunk(&reader).await? {
            let chunk_bytes = chunk.length() as usize;
            if bytes.len().saturating_add(chunk_bytes) > limit_bytes {
                discard(&reader).await;
                return Err(BodyError::TooLarge);
            }
            bytes.extend(chunk.to_vec());
        }
        Ok(bytes)
    }
}

async fn next_chunk(
    reader: &web_sys::ReadableStreamDefaultReader,
) -> Result<Option<Uint8Array>, BodyError> {
    let chunk = JsFuture::from(reader.read())
        .await
        .and_then(|chunk| Reflect::get(&chunk, &JsValue::from_str("value")))
        .map_err(|_| BodyError::Interrupted)?;
    Ok((!chunk.is_undefined()).then(|| chunk.unchecked_into()))
}

/// Reads on without keeping anything: a sender that is cut off in the middle of
/// its body sees a broken connection, and never the answer.
async fn discard(reader: &web_sys::ReadableStreamDefaultReader) {
    const DISCARD_MAX_BYTES: u32 = 16 * 1024 * 1024;
    let mut discarded_bytes = 0_u32;
    while discarded_bytes < DISCARD_MAX_BYTES {
        let Ok(Some(chunk)) = next_chunk(reader).await else {
            return;
        };
        discarded_bytes = discarded_bytes.saturating_add(chunk.length());
    }
}

/// The platform's response for our reply.
pub(super) fn response(reply: &Reply) -> worker::Result<web_sys::Response> {
    let headers = web_sys::Headers::new()?;
    for (name, value) in &reply.headers {
        headers.append(name, value)?;
    }
    let init = web_sys::ResponseInit::new();
    init.set_status(reply.status);
    init.set_headers(&headers);
    let body = (!reply.body.is_empty()).then_some(reply.body.as_str());
    Ok(web_sys::Response::new_with_opt_str_and_init(body, &init)?)
}

/// What a JS exception says, for the log.
pub(super) fn thrown(error: &JsValue) -> String {
    let message = Reflect::get(error, &JsValue::from_str("message")).ok();
    message
        .and_then(|message| message.as_string())
        .unwrap_or_else(|| "an exception without a message".to_owned())
}
