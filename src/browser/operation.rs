//! The operations of the API, each as the request to send.

use super::error::CallError;
use super::js::{self, member};
use super::message;
use super::options::Options;
use super::response::Response;
use super::value::{class, is_plain, to_json};
use crate::domain::id::parse_uuid;
use crate::domain::idempotency::IdempotencyKey;
use crate::domain::limits::RequestLimits;
use crate::domain::login::Login;
use crate::domain::new_session::NewSession;
use crate::domain::session_update::SessionUpdate;
use crate::error::Error;
use crate::validation::json::Json;
use uuid::Builder;
use wasm_bindgen::JsValue;

/// One operation of the API, of the table in `pkg/src/operations.js`.
pub(super) struct Operation {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) query: Vec<(String, String)>,
    /// A checked request, the same for all tries.
    pub(super) body: Option<String>,
    /// A header of its own, the same for all tries.
    pub(super) header: Option<(&'static str, String)>,
    /// The kind of response, by its name in the table.
    expects: String,
}

impl Operation {
    /// Reads an entry of the table, and checks `value`, its body or its query, by the rules
    /// that the entry names.
    pub(super) fn read(
        operation: &JsValue,
        value: &JsValue,
        options: &Options,
    ) -> Result<Self, CallError> {
        let mut query = Vec::new();
        let mut header = None;
        let body = match &*text(operation, "takes") {
            "" => None,
            "query" => {
                query = parameters(value)?;
                None
            }
            "session" => {
                header = Some(("Idempotency-Key", idempotency_key(options)?));
                Some(check(value, options.token.limits())?)
            }
            "message" => Some(message::check(&to_json(value))?),
            "note" => Some(message::check_note(to_json(value))?),
            rules => {
                header = (options.if_match.clone()).map(|tag| ("If-Match", tag));
                Some(checked(value, rules)?)
            }
        };
        Ok(Self {
            method: text(operation, "method"),
            path: text(operation, "path"),
            query,
            body,
            header,
            expects: text(operation, "expects"),
        })
    }

    /// Returns the call's result; `None` if the response is not this operation's.
    ///
    /// It is the body, with the headers that tell something of it: `pkg/src/package.js`
    /// makes of it what the call resolves with.
    pub(super) fn result(&self, response: &Response) -> Option<JsValue> {
        let name = &*self.expects;
        if name.is_empty() {
            return (response.status == Some(204)).then_some(JsValue::UNDEFINED);
        }
        let value = member(&response.body, name).ok()?;
        let is_there = match name {
            // A service's ids are UUIDs.
            "id" => parse_uuid(&value.as_string()?).is_some(),
            _ => value.is_object() || value.is_string(),
        };
        if name == "id" || name == "data" {
            for header in ["Session-Resumed", "Idempotency-Replayed", "ETag"] {
                if let Some(text) = response.header(header) {
                    js::set(&response.body, header, &text.into());
                }
            }
        }
        is_there.then(|| response.body.clone())
    }
}

/// Returns a member of an entry of the table; empty without it.
fn text(operation: &JsValue, name: &str) -> String {
    let value = member(operation, name).unwrap_or_default();
    value.as_string().unwrap_or_default()
}

/// Checks a create by the rules; returns its body as JSON.
pub(super) fn check(request: &JsValue, limits: RequestLimits) -> Result<String, Error> {
    let body = NewSession::check_within(&to_json(request), limits)?.to_json();
    within(body, limits.body_max_bytes)
}

/// Checks a request by the core's rules of this name, if it has some; returns its body as
/// JSON: the value as it was read.
fn checked(request: &JsValue, rules: &str) -> Result<String, Error> {
    let request = to_json(request);
    if !matches!(request, Json::Object(_)) {
        let message = "The request must be an object.".to_owned();
        return Err(Error::MalformedJson(message));
    }
    match rules {
        "update" => SessionUpdate::check(&request).map(|_| ())?,
        "login" => Login::check(&request).map(|_| ())?,
        _ => {}
    }
    within(request.to_text(), RequestLimits::FULL.body_max_bytes)
}

/// Returns a body that is not over the limit.
pub(super) fn within(body: String, limit_bytes: usize) -> Result<String, Error> {
    if body.len() > limit_bytes {
        return Err(Error::BodyTooLarge { limit_bytes });
    }
    Ok(body)
}

/// The caller's key for a create, checked by the rule of the header, or else a new one.
fn idempotency_key(options: &Options) -> Result<String, CallError> {
    let Some(key) = &options.idempotency_key else {
        return random_key();
    };
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
    let bytes = random()?;
    let mut buffer = uuid::Uuid::encode_buffer();
    let key = Builder::from_random_bytes(bytes).into_uuid();
    Ok(key.hyphenated().encode_lower(&mut buffer).to_owned())
}

/// Random bytes, for an id that the service has not seen.
pub(super) fn random<const BYTES: usize>() -> Result<[u8; BYTES], CallError> {
    let mut bytes = [0; BYTES];
    js::fill_random(&mut bytes).map_err(|cause| CallError {
        code: "internal_error".into(),
        message: "There are no random values for an id".into(),
        cause,
        ..CallError::default()
    })?;
    Ok(bytes)
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
