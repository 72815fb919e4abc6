//! Failures of a call, as the package's `ChatSessionError`.

use crate::api::shapes::ViolationBody;
use crate::error::{Error, Violation};
use serde::Serialize;
use serde_wasm_bindgen::{preserve, to_value};
use std::borrow::Cow;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};

// wasm-bindgen copies this file; `scripts/build-package` puts the package's own class
// in its place, so that there is one.
#[wasm_bindgen(module = "/pkg/src/error.js")]
extern "C" {
    type ChatSessionError;

    #[wasm_bindgen(constructor)]
    fn new(details: &JsValue) -> ChatSessionError;
}

/// The details of a `ChatSessionError`.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CallError {
    pub(super) code: Cow<'static, str>,
    /// The HTTP status of the response, or the one that the edge would send.
    pub(super) status: Option<u16>,
    pub(super) message: Cow<'static, str>,
    /// An array of violations, or `undefined`.
    #[serde(with = "preserve")]
    pub(super) errors: JsValue,
    pub(super) request_id: Option<String>,
    pub(super) retry_after_ms: Option<f64>,
    /// The exception behind it, as it was thrown.
    #[serde(with = "preserve")]
    pub(super) cause: JsValue,
    /// The error itself, if it is one of this package already.
    #[serde(skip)]
    pub(super) whole: Option<JsValue>,
}

impl CallError {
    /// Arguments that make no request. The message names the argument and its rule.
    pub(super) fn invalid_options(message: impl Into<Cow<'static, str>>, cause: JsValue) -> Self {
        Self {
            code: "invalid_options".into(),
            message: message.into(),
            cause,
            ..Self::default()
        }
    }

    pub(super) fn network_error(base_url: &str, cause: JsValue) -> Self {
        let message = [
            "The service could not be reached at ",
            base_url,
            ": the network is down, or baseUrl is not the service's address",
        ];
        Self {
            code: "network_error".into(),
            message: message.concat().into(),
            cause,
            ..Self::default()
        }
    }

    pub(super) fn token_unavailable(message: &'static str, cause: JsValue) -> Self {
        Self {
            code: "token_unavailable".into(),
            message: message.into(),
            cause,
            ..Self::default()
        }
    }

    /// An exception of the function `token`. One of this package is the call's own: that of
    /// a request for a visitor's token, for instance.
    pub(super) fn thrown_by_token(thrown: JsValue) -> Self {
        let whole = thrown.is_instance_of::<ChatSessionError>();
        Self {
            whole: whole.then(|| thrown.clone()),
            ..Self::token_unavailable("options: token, a function, threw: see cause", thrown)
        }
    }

    /// `problem` is what is unexpected, as the end of a sentence about the address.
    pub(super) fn unexpected_response(
        base_url: &str,
        problem: &str,
        status: Option<u16>,
        retry_after_ms: Option<f64>,
    ) -> Self {
        Self {
            code: "unexpected_response".into(),
            status,
            message: ["baseUrl: ", base_url, " ", problem].concat().into(),
            retry_after_ms,
            ..Self::default()
        }
    }
}

impl From<Error> for CallError {
    fn from(error: Error) -> Self {
        let (code, status) = error.rules_code();
        Self {
            code: code.into(),
            status: Some(status),
            message: message(&error),
            errors: violations(error.violations()),
            ..Self::default()
        }
    }
}

impl From<CallError> for JsValue {
    fn from(error: CallError) -> Self {
        if let Some(whole) = error.whole {
            return whole;
        }
        ChatSessionError::new(&to_value(&error).unwrap_or_default()).into()
    }
}

/// Violations as an array of objects.
pub(super) fn violations(violations: &[Violation]) -> JsValue {
    let bodies: Vec<_> = violations.iter().map(ViolationBody::from).collect();
    to_value(&bodies).unwrap_or_default()
}

/// An array with the error of a request as a whole, which no member has.
pub(super) fn error_of_whole(error: &Error) -> JsValue {
    let body = ViolationBody {
        path: "",
        code: error.rules_code().0,
        message: &message(error),
    };
    to_value(&[body]).unwrap_or_default()
}

/// The message of an error of the rules. [`Error::message`] would link the words
/// of all others.
fn message(error: &Error) -> Cow<'static, str> {
    error.rules_message().unwrap_or_default().into()
}
