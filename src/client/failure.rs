//! Why a call failed, as the plain object that `pkg/` makes an error of.

use crate::error::Error;
use js_sys::{Array, Object, Reflect};
use strum::IntoStaticStr;
use wasm_bindgen::JsValue;

/// Why a call failed.
#[derive(Debug, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub(super) enum Failure {
    /// The rules refused the request here, as the edge would have.
    Refused(Error),
    /// The edge refused it: its status, and its body as a JS value.
    Answered(u16, JsValue),
    /// The call's options are wrong.
    InvalidOptions(&'static str),
    /// No answer came: offline, blocked, cut off. With what `fetch` gave.
    NetworkError(JsValue),
    /// An answer came that this service does not give: a proxy's, perhaps.
    UnexpectedResponse(u16),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

impl From<Failure> for JsValue {
    /// The members of `ChatSessionError`.
    fn from(failure: Failure) -> Self {
        let own_code: &'static str = (&failure).into();
        match failure {
            Failure::Refused(error) => object([
                ("code", error.code().into()),
                ("status", error.status().into()),
                ("message", error.rules_message().unwrap_or_default().into()),
                ("errors", field_errors(&error)),
            ]),
            Failure::Answered(status, body) => {
                let member = |name: &str| Reflect::get(&body, &name.into()).unwrap_or_default();
                object([
                    ("code", member("code")),
                    ("status", status.into()),
                    ("message", member("message")),
                    ("errors", member("errors")),
                    ("requestId", member("request_id")),
                ])
            }
            Failure::InvalidOptions(message) => {
                object([("code", own_code.into()), ("message", message.into())])
            }
            Failure::NetworkError(cause) => object([
                ("code", own_code.into()),
                ("message", "The service could not be reached".into()),
                ("cause", cause),
            ]),
            Failure::UnexpectedResponse(status) => object([
                ("code", own_code.into()),
                ("status", status.into()),
                (
                    "message",
                    "The answer did not come from a chat-sessions service".into(),
                ),
            ]),
        }
    }
}

fn field_errors(error: &Error) -> JsValue {
    let errors = error.fields().iter().map(|field| {
        object([
            ("path", field.path.as_str().into()),
            ("code", field.code.as_str().into()),
            ("message", (*field.message).into()),
        ])
    });
    errors.collect::<Array>().into()
}

/// A JS object. By hand: serde-wasm-bindgen would be 2.4 KB gzipped for it.
fn object<const N: usize>(members: [(&str, JsValue); N]) -> JsValue {
    let object = Object::new();
    for (name, value) in members {
        // Setting a member of a fresh object cannot fail.
        let _ = Reflect::set(&object, &name.into(), &value);
    }
    object.into()
}
