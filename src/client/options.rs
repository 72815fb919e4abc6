//! The second argument of `createSession`.

use super::failure::Failure;
use js_sys::Reflect;
use wasm_bindgen::JsValue;

/// Where to send a request, and as whom.
pub(super) struct Options {
    /// The service's address, without a trailing slash.
    pub(super) base_url: String,
    /// The bearer token.
    pub(super) token: String,
}

impl Options {
    pub(super) fn read(options: &JsValue) -> Result<Self, Failure> {
        let base_url = text(options, "baseUrl").ok_or(Failure::InvalidOptions(
            "options.baseUrl must be a string: the address of the service",
        ))?;
        let token = text(options, "token")
            // A header carries nothing else, and `fetch` would say so without a name.
            .filter(|token| !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic()))
            .ok_or(Failure::InvalidOptions(
                "options.token must be a string: a publishable key (pk_…) in a web page",
            ))?;
        Ok(Self {
            base_url: base_url.trim_end_matches('/').to_owned(),
            token,
        })
    }
}

fn text(options: &JsValue, name: &str) -> Option<String> {
    Reflect::get(options, &JsValue::from_str(name))
        .ok()?
        .as_string()
}
