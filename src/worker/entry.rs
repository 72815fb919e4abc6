//! Between the platform's request and response and ours.

use super::{bookmark, crossings};
use crate::http::{Body, BodyError, Facts, Reply, Request, RequestHeaders};
use js_sys::{Date, Reflect};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

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

/// The request, with its body still to be read; and the bookmark it came with.
pub(super) fn request(request: crossings::Request) -> (Request<EdgeBody>, Option<String>) {
    let text = crossings::read_request(&request);
    let mut lines = text.split('\n');
    let (method, url) = lines
        .next()
        .unwrap_or_default()
        .split_once(' ')
        .unwrap_or_default();
    let (path, query) = path_and_query(url);
    let mut headers = RequestHeaders::default();
    let mut bookmark = None;
    for (name, value) in lines.filter_map(|line| line.split_once(':')) {
        let header = match name {
            "authorization" => &mut headers.authorization,
            "cf-connecting-ip" => &mut headers.client_address,
            "content-length" => &mut headers.content_length,
            "content-type" => &mut headers.content_type,
            "idempotency-key" => &mut headers.idempotency_key,
            "if-match" => &mut headers.if_match,
            "if-none-match" => &mut headers.if_none_match,
            "origin" => &mut headers.origin,
            bookmark::HEADER => &mut bookmark,
            _ => continue,
        };
        *header = Some(value.to_owned());
    }
    let request = Request {
        method: method.to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        headers,
        body: EdgeBody(request),
    };
    (request, bookmark)
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
pub(super) struct EdgeBody(crossings::Request);

impl Body for EdgeBody {
    async fn read(self, limit_bytes: usize) -> Result<Vec<u8>, BodyError> {
        let limit_bytes = u32::try_from(limit_bytes).unwrap_or(u32::MAX);
        match crossings::read_body(&self.0, limit_bytes).await {
            Ok(bytes) => bytes.ok_or(BodyError::TooLarge),
            Err(_) => Err(BodyError::Interrupted),
        }
    }
}

/// The platform's response for our reply.
pub(super) fn response(reply: &Reply) -> crossings::Response {
    let mut text = reply.status.to_string();
    for (name, value) in &reply.headers {
        text.extend(["\n", name, ":", value]);
    }
    text.extend(["\n\n", &reply.body]);
    crossings::respond(&text)
}

/// What a JS exception says, for the log.
pub(super) fn thrown(error: &JsValue) -> String {
    let message = Reflect::get(error, &JsValue::from_str("message")).ok();
    message
        .and_then(|message| message.as_string())
        .unwrap_or_else(|| "an exception without a message".to_owned())
}
