//! The operations of the API, each as the request to send.

use super::error::CallError;
use super::js;
use super::options::Options;
use super::response::Response;
use super::value::to_json;
use crate::domain::limits::RequestLimits;
use crate::domain::new_session::NewSession;
use crate::error::Error;
use serde::Serialize;
use uuid::Builder;
use wasm_bindgen::JsValue;

const SESSIONS: &str = "/chat/sessions";

/// One operation of the API.
pub(super) struct Operation {
    pub(super) path: String,
    pub(super) query: Vec<(String, String)>,
    /// The body of a create; a read has none.
    pub(super) create: Option<Create>,
    /// Returns the call's result; `None` if the response is not this operation's.
    pub(super) result: fn(&Response) -> Option<JsValue>,
}

/// A checked request, and the key that all tries of it share.
pub(super) struct Create {
    pub(super) body: String,
    pub(super) idempotency_key: String,
}

impl Operation {
    pub(super) fn create(request: &JsValue, options: &Options) -> Result<Self, CallError> {
        let idempotency_key = match &options.idempotency_key {
            Some(key) => key.clone(),
            None => random_key()?,
        };
        Ok(Self {
            path: SESSIONS.to_owned(),
            query: Vec::new(),
            create: Some(Create {
                body: check(request, options.token.limits())?,
                idempotency_key,
            }),
            result: created,
        })
    }

    pub(super) fn get(id: &JsValue) -> Result<Self, CallError> {
        let id = js::to_text(id).map_err(CallError::invalid_options)?;
        // Encoded, any text stays one segment of the path.
        let segment = String::from(js_sys::encode_uri_component(&id));
        Ok(Self {
            path: [SESSIONS, "/", &segment].concat(),
            query: Vec::new(),
            create: None,
            result: |response| response.text_member("id").map(|_| response.body.clone()),
        })
    }

    pub(super) fn list(query: &JsValue) -> Result<Self, CallError> {
        Ok(Self {
            path: SESSIONS.to_owned(),
            query: parameters(query).map_err(CallError::invalid_options)?,
            create: None,
            result: |response| {
                let items = js::member(&response.body, "items").ok()?;
                let is_page = js::is_array(&items).ok()?;
                is_page.then(|| response.body.clone())
            },
        })
    }
}

/// Checks a request by the rules; returns its body as JSON.
pub(super) fn check(request: &JsValue, limits: RequestLimits) -> Result<String, Error> {
    let body = NewSession::check_within(&to_json(request), limits)?.to_json();
    let limit_bytes = limits.body_max_bytes;
    if body.len() > limit_bytes {
        return Err(Error::BodyTooLarge { limit_bytes });
    }
    Ok(body)
}

/// Result of a create.
#[derive(Serialize)]
struct CreatedSession {
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    resumed: Option<bool>,
}

fn created(response: &Response) -> Option<JsValue> {
    let is_resumed = response.header("Session-Resumed").as_deref() == Some("true");
    let session = CreatedSession {
        id: response.text_member("id")?,
        resumed: is_resumed.then_some(true),
    };
    serde_wasm_bindgen::to_value(&session).ok()
}

/// A UUIDv4.
fn random_key() -> Result<String, CallError> {
    let mut bytes = [0; 16];
    js::fill_random(&mut bytes).map_err(|cause| CallError {
        code: "internal_error".into(),
        message: "There is no source of random values for an idempotency key".into(),
        cause,
        ..CallError::default()
    })?;
    let mut buffer = uuid::Uuid::encode_buffer();
    let key = Builder::from_random_bytes(bytes).into_uuid();
    Ok(key.hyphenated().encode_lower(&mut buffer).to_owned())
}

/// Reads the query of a list; absent members are left out.
fn parameters(query: &JsValue) -> Result<Vec<(String, String)>, JsValue> {
    if query.is_undefined() || query.is_null() {
        return Ok(Vec::new());
    }
    js::entries(query)?
        .filter(|(_, value)| !value.is_undefined())
        .map(|(name, value)| Ok((js::to_text(&name)?, parameter(&value)?)))
        .collect()
}

/// A date's text is that of ISO 8601.
fn parameter(value: &JsValue) -> Result<String, JsValue> {
    match js::method(value, "toISOString")? {
        Some(to_iso_string) => js::to_text(&to_iso_string.call0(value)?),
        None => js::to_text(value),
    }
}
