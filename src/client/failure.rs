//! Why a call failed, as the plain object that `pkg/` makes an error of.

use crate::error::Error;
use crate::wire::FieldErrorBody;
use js_sys::{Object, Reflect};
use serde::Serialize;
use serde_wasm_bindgen::Serializer;
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
        let object = Object::new();
        let set = |name: &str, value: &JsValue| {
            // Setting a member of a fresh object cannot fail.
            let _ = Reflect::set(&object, &name.into(), value);
        };
        let own_code: &'static str = (&failure).into();
        match failure {
            Failure::Refused(error) => {
                set("code", &error.code().into());
                set("status", &error.status().into());
                set("message", &(*error.message()).into());
                set("errors", &field_errors(&error));
            }
            Failure::Answered(status, body) => {
                let member = |name: &str| Reflect::get(&body, &name.into()).unwrap_or_default();
                set("status", &status.into());
                set("code", &member("code"));
                set("message", &member("message"));
                set("errors", &member("errors"));
                set("requestId", &member("request_id"));
            }
            Failure::InvalidOptions(message) => {
                set("code", &own_code.into());
                set("message", &message.into());
            }
            Failure::NetworkError(cause) => {
                set("code", &own_code.into());
                set("message", &"The service could not be reached".into());
                set("cause", &cause);
            }
            Failure::UnexpectedResponse(status) => {
                set("code", &own_code.into());
                set("status", &status.into());
                let message = "The answer did not come from a chat-sessions service";
                set("message", &message.into());
            }
        }
        object.into()
    }
}

fn field_errors(error: &Error) -> JsValue {
    let errors: Vec<_> = error.fields().iter().map(FieldErrorBody::from).collect();
    errors
        .serialize(&Serializer::json_compatible())
        .unwrap_or_default()
}
