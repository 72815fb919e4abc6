//! The operations of the API, each as the request to send.

use super::error::CallError;
use super::js;
use super::options::Options;
use super::response::Response;
use super::value::{class, is_plain, to_json};
use crate::domain::id::parse_uuid;
use crate::domain::idempotency::IdempotencyKey;
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
            Some(key) => checked_key(key)?,
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
        // A browser would resolve dots against the address.
        let id = id
            .as_string()
            .filter(|id| !matches!(&**id, "" | "." | ".."));
        let id = id.ok_or_else(|| {
            let rule = "id must be a session's id: the string that createSession resolves with";
            CallError::invalid_options(rule, JsValue::UNDEFINED)
        })?;
        // Encoded, any other text stays one segment of the path.
        let segment = String::from(js_sys::encode_uri_component(&id));
        Ok(Self {
            path: [SESSIONS, "/", &segment].concat(),
            query: Vec::new(),
            create: None,
            result: |response| session_id(response).map(|_| response.body.clone()),
        })
    }

    pub(super) fn list(query: &JsValue) -> Result<Self, CallError> {
        Ok(Self {
            path: SESSIONS.to_owned(),
            query: parameters(query)?,
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
        id: session_id(response)?,
        resumed: is_resumed.then_some(true),
    };
    serde_wasm_bindgen::to_value(&session).ok()
}

/// Returns the id of the session in a response; a service's ids are UUIDs.
fn session_id(response: &Response) -> Option<String> {
    let id = response.text_member("id")?;
    parse_uuid(&id).map(|_| id)
}

/// Checks a caller's key by the rule of the header.
fn checked_key(key: &str) -> Result<String, CallError> {
    match IdempotencyKey::parse(Some(key)) {
        Ok(_) => Ok(key.to_owned()),
        Err(violation) => {
            let message = ["options: idempotencyKey ", &violation.message].concat();
            Err(CallError::invalid_options(message, JsValue::UNDEFINED))
        }
    }
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
fn parameters(query: &JsValue) -> Result<Vec<(String, String)>, CallError> {
    let mut parameters = Vec::new();
    if query.is_undefined() || query.is_null() {
        return Ok(parameters);
    }
    let invalid = |rule: [&str; 3]| {
        let message = ["query", &rule.concat()].concat();
        Err(CallError::invalid_options(message, JsValue::UNDEFINED))
    };
    if !query.is_object() || !is_plain(query).unwrap_or_default() {
        return invalid([" must be a plain object, but ", &class(query), ""]);
    }
    let Ok(entries) = js::entries(query) else {
        return invalid([" cannot be read", "", ""]);
    };
    for (name, value) in entries {
        let name = name.as_string().unwrap_or_default();
        if value.is_undefined() {
            continue;
        }
        if let Some(text) = parameter(&value) {
            parameters.push((name, text));
        } else if value.is_null() && name == "cursor" {
            let rule = " must be a page's next, but is null: that page was the last one";
            return invalid([".", &name, rule]);
        } else {
            let rule = " must be a string, a boolean, a finite number or a valid date, or left out";
            return invalid([".", &name, rule]);
        }
    }
    Ok(parameters)
}

/// Returns the text of a string, a boolean, a number or a date.
fn parameter(value: &JsValue) -> Option<String> {
    let is_finite = || value.as_f64().is_some_and(f64::is_finite);
    if value.is_string() || value.as_bool().is_some() || is_finite() {
        return js::to_text(value).ok();
    }
    let to_iso_string = js::method(value, "toISOString").ok()??;
    to_iso_string.call0(value).ok()?.as_string()
}
