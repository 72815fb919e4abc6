//! Options of one call.

use super::abort::Abort;
use super::bookmark::Bookmarks;
use super::error::CallError;
use super::js::member;
use crate::domain::limits::RequestLimits;
use js_sys::Function;
use wasm_bindgen::{JsCast, JsValue};

/// Options of one call, which `pkg/src/options.js` has proven plain and valid, and
/// given their defaults.
pub(super) struct Options {
    /// The service's address, without a slash at its end.
    pub(super) base_url: String,
    pub(super) token: Token,
    pub(super) abort: Abort,
    /// Retries that would begin later than this are not made.
    pub(super) timeout_ms: f64,
    pub(super) retries: f64,
    /// The key of a create; absent, one is made for the call.
    pub(super) idempotency_key: Option<String>,
    /// The entity tag that an update is for.
    pub(super) if_match: Option<String>,
    pub(super) bookmarks: Bookmarks,
    /// Parses JSON text in place of `JSON.parse`.
    pub(super) parse: Option<Function>,
}

impl Options {
    pub(super) fn read(options: &JsValue) -> Self {
        let option = |name| member(options, name).unwrap_or_default();
        Self {
            base_url: option("baseUrl").as_string().unwrap_or_default(),
            token: Token(option("token")),
            abort: Abort::new(option("signal")),
            timeout_ms: option("timeoutMs").as_f64().unwrap_or(f64::INFINITY),
            retries: option("retries").as_f64().unwrap_or_default(),
            idempotency_key: option("idempotencyKey").as_string(),
            if_match: option("ifMatch").as_string(),
            bookmarks: Bookmarks::new(option("bookmarks")),
            parse: option("parse").dyn_into().ok(),
        }
    }
}

/// The bearer token: a string, or a function that returns one.
pub(super) struct Token(JsValue);

impl Token {
    /// Returns the limits of its requests; those of a token that a function returns are
    /// the service's to check.
    pub(super) fn limits(&self) -> RequestLimits {
        match self.0.as_string() {
            Some(token) if token.starts_with("pk_") => RequestLimits::VISITOR,
            _ => RequestLimits::FULL,
        }
    }

    /// Returns whether another token can be had after a 401.
    pub(super) fn is_renewable(&self) -> bool {
        self.0.is_function()
    }

    /// Returns the current token; `rejected` is the one that got a 401.
    pub(super) async fn current(
        &self,
        rejected: Option<String>,
        abort: &Abort,
    ) -> Result<String, CallError> {
        let Some(function) = self.0.dyn_ref::<Function>() else {
            return read_token(&self.0).ok_or_else(|| {
                let rule = "options: token must be a publishable key (pk_…), a contact token or, on \
                            a server, a secret key (sk_…), without \"Bearer\" or spaces";
                CallError::invalid_options(rule, JsValue::UNDEFINED)
            });
        };
        let rejected = rejected.map_or(JsValue::UNDEFINED, JsValue::from);
        let token = match function.call1(&JsValue::UNDEFINED, &rejected) {
            Ok(promise) => abort.settle(&promise).await,
            Err(thrown) => Err(thrown),
        };
        let token = token.map_err(CallError::thrown_by_token)?;
        read_token(&token).ok_or_else(|| {
            // Without what it gave: that may be a secret.
            let message = "options: token, a function, gave neither a key nor a contact token, but \
                           perhaps a page or an error's text: check response.ok before \
                           response.text(), and throw if it is false";
            CallError::token_unavailable(message, JsValue::UNDEFINED)
        })
    }
}

/// Returns a text in the form of a credential: a key, or the three parts of a JWT.
///
/// Only the form: the service knows which credentials are valid.
fn read_token(token: &JsValue) -> Option<String> {
    let token = token.as_string()?;
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let is_key = token.starts_with("pk_") || token.starts_with("sk_");
    let has_three_parts = || token.bytes().filter(|byte| *byte == b'.').count() == 2;
    (token.bytes().all(is_word) && (is_key || has_three_parts())).then_some(token)
}
