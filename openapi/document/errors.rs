//! The OpenAPI document's error responses, with examples built by [`error_response`].

use super::error_list::{
    deletion_unfinished, errors_of_limits, errors_of_rules, errors_of_webhooks, forbidden,
    other_errors,
};
use super::examples::{REQUEST_ID, body};
use super::headers::headers;
use super::requests::{json_content, schema};
use super::responses::object;
use chat_sessions::api::response::Response;
use chat_sessions::api::response::error_response;
use chat_sessions::error::Error;
use serde_json::{Map, Value, json};

/// One response of the document: errors with one status.
pub(super) struct ErrorResponse {
    /// Its name in `components.responses`.
    pub(super) name: &'static str,
    pub(super) description: &'static str,
    pub(super) errors: Vec<Error>,
}

/// Returns the error responses of `components.responses`.
pub(super) fn error_responses() -> Vec<ErrorResponse> {
    let mut error_responses = errors_of_rules();
    error_responses.extend(errors_of_limits());
    error_responses.extend(forbidden());
    error_responses.extend(errors_of_webhooks());
    error_responses.extend(other_errors());
    error_responses.push(deletion_unfinished());
    error_responses
}

impl ErrorResponse {
    /// Returns the status as a key of `responses`.
    pub(super) fn status(&self) -> String {
        let status = self.errors.first().map(Error::status);
        status.unwrap_or_default().to_string()
    }

    /// Returns its entry in `components.responses`.
    pub(super) fn response(&self) -> Value {
        let replies: Vec<_> = self.errors.iter().map(response).collect();
        let own: Vec<_> = replies
            .iter()
            .flat_map(|response| &response.headers)
            .filter_map(|(name, _)| match *name {
                "www-authenticate" => Some(("WWW-Authenticate", "Challenge")),
                "retry-after" => Some(("Retry-After", "RetryAfter")),
                "allow" => Some(("Allow", "Allow")),
                "accept-encoding" => Some(("Accept-Encoding", "AcceptEncoding")),
                _ => None,
            })
            .collect();
        let examples: Map<_, _> = self
            .errors
            .iter()
            .zip(&replies)
            .map(|(error, response)| (error.code().to_owned(), json!({"value": body(response)})))
            .collect();
        let schemas: Vec<_> = self
            .schemas()
            .iter()
            .map(|(name, _)| schema(name))
            .collect();
        let schema = match schemas.as_slice() {
            [schema] => schema.clone(),
            _ => json!({"oneOf": schemas, "discriminator": self.discriminator()}),
        };
        json!({
            "description": self.full_description(),
            "headers": headers(&own),
            "content": json_content(&schema, &Value::Object(examples)),
        })
    }

    /// Returns the description, with the meaning of each code.
    fn full_description(&self) -> String {
        let mut text = self.description.to_owned();
        for error in &self.errors {
            // Messages of the rules depend on the request.
            if error.rules_message().is_none() {
                text.push_str("\n\n- `");
                text.push_str(error.code());
                text.push_str("`: ");
                // In Markdown, <key> would be a tag.
                text.push_str(&error.message().replace('<', "\\<"));
            }
        }
        text
    }

    /// Returns its part of `components.schemas`: a schema of its own. Errors of the
    /// rules differ in `errors` only, and share one.
    pub(super) fn schemas(&self) -> Vec<(String, Value)> {
        let by_code = |error: &Error| error.rules_message().is_some();
        if self.errors.iter().any(by_code) {
            let errors = self.errors.iter();
            errors
                .map(|error| (schema_name(error.code()), error_schema(&[error])))
                .collect()
        } else {
            let errors: Vec<_> = self.errors.iter().collect();
            vec![(self.own_schema_name(), error_schema(&errors))]
        }
    }

    fn own_schema_name(&self) -> String {
        [self.name.trim_end_matches("Error"), "Error"].concat()
    }

    fn discriminator(&self) -> Value {
        let errors = self.errors.iter();
        let mapping: Map<_, _> = errors
            .map(|error| {
                let name = schema_name(error.code());
                let reference = format!("#/components/schemas/{name}");
                (error.code().to_owned(), reference.into())
            })
            .collect();
        json!({"propertyName": "code", "mapping": mapping})
    }
}

/// Returns the schema name of a code: `InvalidRequestError` for `invalid_request`.
fn schema_name(code: &str) -> String {
    let mut name = String::new();
    for word in code.split('_') {
        let mut characters = word.chars();
        name.extend(characters.next().map(|first| first.to_ascii_uppercase()));
        name.push_str(characters.as_str());
    }
    name.push_str("Error");
    name
}

fn response(error: &Error) -> Response {
    error_response(error, REQUEST_ID)
}

/// Returns the schema of an error body; see [`chat_sessions::api::shapes::ErrorBody`].
fn error_schema(errors: &[&Error]) -> Value {
    let codes: Vec<_> = errors.iter().map(|error| error.code()).collect();
    let shown = errors.first().map(|error| body(&response(error)));
    let shown = |member| shown.as_ref().and_then(|body| body.get(member));
    let mut members = vec![
        (
            "statusCode",
            json!({"type": "integer", "const": shown("statusCode"), "description": "The HTTP status code."}),
        ),
        (
            "message",
            json!({"type": "string", "minLength": 1, "description": "What went wrong, for a person."}),
        ),
        (
            "error",
            json!({"type": "string", "const": shown("error"), "description": "The HTTP reason phrase."}),
        ),
        (
            "code",
            json!({"type": "string", "enum": codes, "description": "The stable name of what went wrong."}),
        ),
        (
            "request_id",
            json!({
                "type": "string",
                "format": "uuid",
                "description": "The id that the service's log knows the request by.",
            }),
        ),
    ];
    if errors.iter().any(|error| !error.violations().is_empty()) {
        members.push((
            "errors",
            json!({
                "type": "array",
                "minItems": 1,
                "items": schema("FieldError"),
                "description": "Every failing field.",
            }),
        ));
    }
    object(&members)
}
