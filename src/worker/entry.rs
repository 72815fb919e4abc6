//! Between the platform's request and response and ours.

use super::split::{fields, split_off};
use super::{bookmark, questions};
use crate::http::{Body, BodyError, Facts, Reply, Request, RequestHeaders};
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    /// The Web Crypto call; it fills `bytes`.
    #[wasm_bindgen(js_namespace = crypto, js_name = getRandomValues)]
    fn get_random_values(bytes: &mut [u8]);

    /// The time, in Unix milliseconds.
    #[wasm_bindgen(js_namespace = Date, js_name = now)]
    fn now() -> f64;
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
    let now_ms = now() as u64;
    now_ms
}

/// The request whose method, address and headers `head` has, with its body still to
/// be read; and the bookmark it came with.
pub(super) fn request(head: &str) -> (Request<EdgeBody>, Option<String>) {
    let (line, lines) = split_off(head, b'\n');
    let (method, url) = split_off(line, b' ');
    let (path, query) = path_and_query(url);
    let mut headers = RequestHeaders::default();
    let mut bookmark = None;
    for line in fields(lines, b'\n') {
        let (name, value) = split_off(line, b':');
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
    let declared_bytes = headers.content_length.as_deref();
    let declared_bytes = declared_bytes.and_then(|length| length.parse().ok());
    let request = Request {
        method: method.to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        headers,
        body: EdgeBody { declared_bytes },
    };
    (request, bookmark)
}

/// The path and the query of an absolute URL: the platform only hands out
/// serialised ones.
fn path_and_query(url: &str) -> (&str, &str) {
    let (without_fragment, _) = split_off(url, b'#');
    let (without_query, query) = split_off(without_fragment, b'?');
    let (_scheme, rest) = split_off(without_query, b':');
    let host_and_path = rest.trim_start_matches('/');
    let (host, _) = split_off(host_and_path, b'/');
    let path = host_and_path.get(host.len()..).unwrap_or_default();
    (if path.is_empty() { "/" } else { path }, query)
}

/// A request's body, which the platform has.
pub(super) struct EdgeBody {
    /// How long it is, if its sender says so.
    declared_bytes: Option<usize>,
}

impl Body for EdgeBody {
    async fn read(self, limit_bytes: usize) -> Result<Vec<u8>, BodyError> {
        if let Some(declared_bytes) = self.declared_bytes
            && declared_bytes <= limit_bytes
        {
            let text = questions::read_body().await;
            let text = text.map_err(|_| BodyError::Interrupted)?;
            // The platform puts U+FFFD for what is no UTF-8, which is longer in all
            // cases but one: the first three bytes of a character of four.
            return if text.len() == declared_bytes {
                Ok(text.into_bytes())
            } else {
                Err(BodyError::NotUtf8)
            };
        }
        match questions::read_stream(limit_bytes).await {
            Ok(Some(bytes)) => Ok(bytes),
            Ok(None) => Err(BodyError::TooLarge),
            Err(_) => Err(BodyError::Interrupted),
        }
    }
}

/// What a request came to, as `main.js` takes it: the line for the log after how to
/// log it, and the response as `http.js` reads it.
pub(super) fn answer((level, line): (&str, String), reply: &Reply) -> String {
    const HEADERS_BYTES: usize = 600;
    let length = line.len().saturating_add(reply.body.len());
    let mut text = String::with_capacity(length.saturating_add(HEADERS_BYTES));
    text.extend([level, " ", &line, "\n", &reply.status.to_string()]);
    for (name, value) in &reply.headers {
        text.extend(["\n", name, ":", value]);
    }
    text.extend(["\n\n", &reply.body]);
    text
}
