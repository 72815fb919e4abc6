//! Reads a response: the service's, or any other value in its place.
//!
//! A page may have replaced `fetch`, so a response can be any value. Its members
//! are read by name, and each may be missing or throw.

use super::abort::Abort;
use super::error::CallError;
use super::js::{self, member, method};
use super::options::Options;
use js_sys::Date;
use wasm_bindgen::JsValue;

/// Body size limit, far above a page of the largest sessions.
const BODY_MAX_BYTES: usize = 32 * 1024 * 1024;

/// A response, read to its end.
pub(super) struct Response {
    pub(super) ok: bool,
    pub(super) status: Option<u16>,
    is_redirect: bool,
    headers: JsValue,
    /// The body's JSON; `undefined` if it is not JSON, or over the limit.
    pub(super) body: JsValue,
}

impl Response {
    /// Reads the value that `fetch` resolved with.
    pub(super) async fn read(response: &JsValue, options: &Options) -> Result<Self, JsValue> {
        let status = member(response, "status")?.as_f64().map(to_status);
        // A browser hides where a redirect leads, and its status.
        let is_hidden_redirect = member(response, "type")? == "opaqueredirect";
        Ok(Self {
            ok: member(response, "ok")?.is_truthy(),
            status: status.filter(|status| *status != 0),
            is_redirect: is_hidden_redirect || matches!(status, Some(300..=399)),
            headers: member(response, "headers")?,
            body: read_text(response, &options.abort)
                .await?
                .and_then(|text| parse(&text, options).ok())
                .unwrap_or_default(),
        })
    }

    /// Returns a header's value; `None` without it.
    pub(super) fn header(&self, name: &str) -> Option<String> {
        let get = method(&self.headers, "get").ok()??;
        get.call1(&self.headers, &name.into()).ok()?.as_string()
    }

    /// Returns a member of the body, if it is a string.
    pub(super) fn text_member(&self, name: &str) -> Option<String> {
        member(&self.body, name).ok()?.as_string()
    }

    /// The response as an error: the service's own, or `unexpected_response`.
    pub(super) fn into_error(self, base_url: &str) -> CallError {
        let retry_after_ms = self.header("Retry-After").and_then(|text| read_wait(&text));
        if let Some(error) = self.service_error() {
            return CallError {
                retry_after_ms,
                ..error
            };
        }
        let problem = if self.is_redirect {
            "redirects: use the address that it leads to"
        } else {
            "answered, but not as a chat-sessions service: check the address, and what is between"
        };
        CallError::unexpected_response(base_url, problem, self.status, retry_after_ms)
    }

    /// The service's own error. Other servers' errors have a `code` too, so all members
    /// that the service always sends have to be there.
    fn service_error(&self) -> Option<CallError> {
        let status = member(&self.body, "statusCode")
            .ok()?
            .as_f64()
            .map(to_status);
        if self.ok || status.is_none() || status != self.status {
            return None;
        }
        Some(CallError {
            code: self.text_member("code")?.into(),
            status,
            message: self.text_member("message")?.into(),
            errors: member(&self.body, "errors").unwrap_or_default(),
            request_id: Some(self.text_member("request_id")?),
            ..CallError::default()
        })
    }
}

fn parse(text: &str, options: &Options) -> Result<JsValue, JsValue> {
    match &options.parse {
        Some(parse) => parse.call1(&JsValue::UNDEFINED, &text.into()),
        None => js::parse_json(text),
    }
}

/// Reads a body's text; `None` if it has none, or is over the limit.
async fn read_text(response: &JsValue, abort: &Abort) -> Result<Option<String>, JsValue> {
    let body = member(response, "body")?;
    let reader = match method(&body, "getReader")? {
        Some(get_reader) => Some(get_reader.call0(&body)?),
        None => None,
    };
    let (source, name) = match &reader {
        Some(reader) => (reader, "read"),
        // A wrapper of `fetch` may return no more than `text`.
        None => (response, "text"),
    };
    let Some(read) = method(source, name)? else {
        return Ok(None);
    };
    let mut bytes = Vec::new();
    loop {
        let chunk = abort.settle(&read.call0(source)?).await?;
        if reader.is_none() {
            return Ok(chunk.as_string());
        }
        if member(&chunk, "done")?.is_truthy() {
            return Ok(String::from_utf8(bytes).ok());
        }
        bytes.extend(js::to_bytes(&member(&chunk, "value")?)?);
        if bytes.len() > BODY_MAX_BYTES {
            // The call's signal closes the stream at the end of the call.
            return Ok(None);
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "saturates; a status has three digits"
)]
fn to_status(status: f64) -> u16 {
    status as u16
}

/// Reads a `Retry-After` in milliseconds: seconds, or an HTTP date.
fn read_wait(text: &str) -> Option<f64> {
    let ms = if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        f64::from(text.parse().unwrap_or(u32::MAX)) * 1000.0
    } else {
        Date::parse(text) - Date::now()
    };
    (!ms.is_nan()).then_some(ms.max(0.0))
}
