//! Options of one call.

use super::abort::Abort;
use super::bookmark::Bookmarks;
use super::error::CallError;
use super::js::member;
use crate::domain::limits::RequestLimits;
use js_sys::Function;
use wasm_bindgen::{JsCast, JsValue};

const RETRIES_DEFAULT: f64 = 2.0;

/// Options of one call, which `pkg/src/options.js` has proven plain and valid.
/// Absent ones have their defaults.
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
    pub(super) bookmarks: Bookmarks,
}

impl Options {
    pub(super) fn read(options: &JsValue) -> Self {
        let option = |name| member(options, name).unwrap_or_default();
        Self {
            base_url: option("baseUrl").as_string().unwrap_or_default(),
            token: Token(option("token")),
            abort: Abort::new(option("signal")),
            timeout_ms: option("timeoutMs").as_f64().unwrap_or(f64::INFINITY),
            retries: option("retries").as_f64().unwrap_or(RETRIES_DEFAULT),
            idempotency_key: option("idempotencyKey").as_string(),
            bookmarks: Bookmarks::new(option("bookmarks")),
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
        let token = match self.0.dyn_ref::<Function>() {
            Some(function) => {
                let rejected = rejected.map_or(JsValue::UNDEFINED, JsValue::from);
                let token = match function.call1(&JsValue::UNDEFINED, &rejected) {
                    Ok(promise) => abort.settle(&promise).await,
                    Err(thrown) => Err(thrown),
                };
                &token.map_err(CallError::token_unavailable)?
            }
            None => &self.0,
        };
        token
            .as_string()
            .filter(|token| !token.is_empty())
            .ok_or_else(|| CallError::token_unavailable(JsValue::UNDEFINED))
    }
}
