//! The OpenAPI document's error responses, with examples built by [`error_response`].

use super::examples::{REQUEST_ID, body};
use super::headers::headers;
use super::requests::{json_content, schema};
use super::responses::object;
use chat_sessions::api::response::Response;
use chat_sessions::api::response::error_response;
use chat_sessions::api::routes::{ROUTES, allow};
use chat_sessions::domain::agent_login::AgentLogin;
use chat_sessions::domain::contact_query::ContactQuery;
use chat_sessions::domain::delivery_query::DeliveryQuery;
use chat_sessions::domain::follow_query::FollowQuery;
use chat_sessions::domain::history_query::HistoryQuery;
use chat_sessions::domain::limits::RequestLimits;
use chat_sessions::domain::login::Login;
use chat_sessions::domain::message::NewMessage;
use chat_sessions::domain::new_session::NewSession;
use chat_sessions::domain::note::NewNote;
use chat_sessions::domain::read_mark::ReadMark;
use chat_sessions::domain::session_query::SessionQuery;
use chat_sessions::domain::session_update::SessionUpdate;
use chat_sessions::domain::webhook::{NewWebhook, Replay};
use chat_sessions::error::Error;
use chat_sessions::validation::json_text;
use serde_json::{Map, Value, json};

const RATE_LIMITED: Error = Error::RateLimited { retry_after_s: 60 };

/// One response of the document: errors with one status.
pub(super) struct ErrorResponse {
    /// Its name in `components.responses`.
    pub(super) name: &'static str,
    description: &'static str,
    errors: Vec<Error>,
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

/// Returns the error responses of the rules; their examples come from invalid requests.
fn errors_of_rules() -> Vec<ErrorResponse> {
    const OF_A_BODY: &str =
        "The body is no JSON object, or breaks rules: `errors` then has every failing field.";
    let by_the_rules = |name, description, errors: [Option<Error>; 2]| ErrorResponse {
        name,
        description,
        errors: errors.into_iter().flatten().collect(),
    };
    let malformed = || json_text::parse(br#"{"channel": {"type": "web"},}"#).err();
    let session =
        json_text::parse(br#"{"contact":{"email":"ann@"},"custom_data":{"cart":["ord_123"]}}"#);
    let session = session.and_then(|body| NewSession::check(&body)).err();
    let update = json_text::parse(br#"{"status":"closed"}"#);
    let update = update.and_then(|body| SessionUpdate::check(&body)).err();
    let user = json_text::parse(br#"{"name":"Ann Lee","expires_in":0}"#);
    let user = user.and_then(|body| Login::check(&body)).err();
    let contact_query = ContactQuery::check("email=ann%40&phone_number=ask+Ann").err();
    let agent = json_text::parse(br#"{"id":"17","expires_in":0}"#);
    let agent = agent.and_then(|body| AgentLogin::check(&body)).err();
    let message = json_text::parse(br#"{"sender":"bot","message":{"text":" "}}"#);
    let message = message.and_then(|body| NewMessage::check(&body)).err();
    let note = json_text::parse(br#"{"text":" ","agent":{"id":"17"}}"#);
    let note = note.and_then(|body| NewNote::check(&body)).err();
    let read_mark = json_text::parse(br#"{"seq":-1}"#);
    let read_mark = read_mark.and_then(|body| ReadMark::check(&body)).err();
    let webhook = json_text::parse(br#"{"url":"https://10.0.0.1/","events":[]}"#);
    let webhook = webhook
        .and_then(|body| NewWebhook::check(&body, false))
        .err();
    let replay = json_text::parse(br#"{"since":"yesterday"}"#);
    let replay = replay.and_then(|body| Replay::check(&body, 0)).err();
    let delivery_query = DeliveryQuery::check("limit=0&cursor=1").err();
    let follow = FollowQuery::check("after=-1", None).err();
    let history = HistoryQuery::check("after=-1&before=3").err();
    let query = SessionQuery::check("status=ajar&created_after=2026-02-30").err();
    vec![
        by_the_rules("InvalidSession", OF_A_BODY, [malformed(), session]),
        by_the_rules("InvalidUpdate", OF_A_BODY, [malformed(), update]),
        by_the_rules("InvalidReadMark", OF_A_BODY, [malformed(), read_mark]),
        by_the_rules("InvalidMessage", OF_A_BODY, [malformed(), message]),
        by_the_rules("InvalidNote", OF_A_BODY, [malformed(), note]),
        by_the_rules(
            "InvalidHistoryQuery",
            "Parameters break rules: `errors` has every one of them.",
            [None, history],
        ),
        by_the_rules(
            "InvalidFollowQuery",
            "A parameter or header breaks a rule: `errors` has every one of them.",
            [None, follow],
        ),
        by_the_rules("InvalidUser", OF_A_BODY, [malformed(), user]),
        by_the_rules("InvalidAgent", OF_A_BODY, [malformed(), agent]),
        by_the_rules("InvalidWebhook", OF_A_BODY, [malformed(), webhook]),
        by_the_rules("InvalidReplay", OF_A_BODY, [malformed(), replay]),
        by_the_rules(
            "InvalidDeliveryQuery",
            "Parameters break rules: `errors` has every one of them.",
            [None, delivery_query],
        ),
        by_the_rules(
            "MalformedBody",
            "The body is no JSON object.",
            [malformed(), None],
        ),
        by_the_rules(
            "InvalidQuery",
            "Parameters break rules: `errors` has every one of them.",
            [None, query],
        ),
        by_the_rules(
            "InvalidContactQuery",
            "Parameters break rules: `errors` has every one of them.",
            [None, contact_query],
        ),
    ]
}

fn named(name: &'static str, description: &'static str, errors: &[Error]) -> ErrorResponse {
    ErrorResponse {
        name,
        description,
        errors: errors.to_vec(),
    }
}

fn errors_of_limits() -> Vec<ErrorResponse> {
    vec![
        named("RateLimited", "Too many requests.", &[RATE_LIMITED]),
        named(
            "RateLimitedCreate",
            "Too many requests, or too much stored.",
            &[
                RATE_LIMITED,
                Error::QuotaExceeded {
                    retry_after_s: 3600,
                },
            ],
        ),
        named(
            "HeaderTooLong",
            "A header that the service reads is over the limit.",
            &[Error::HeaderTooLong("idempotency-key")],
        ),
    ]
}

fn forbidden() -> Vec<ErrorResponse> {
    vec![
        named(
            "Forbidden",
            "The credential is good, but not for this.",
            &[Error::SecretKeyInBrowser, Error::InsufficientScope],
        ),
        named(
            "ForbiddenSession",
            "The credential is good, but not for this.",
            &[
                Error::SecretKeyInBrowser,
                Error::OriginNotAllowed { is_sent: true },
                Error::InsufficientScope,
            ],
        ),
        named(
            "ForbiddenCreate",
            "The credential is good, but not for this.",
            &[
                Error::SecretKeyInBrowser,
                Error::OriginNotAllowed { is_sent: true },
                Error::VerificationRequired,
                Error::InsufficientScope,
            ],
        ),
    ]
}

fn errors_of_webhooks() -> Vec<ErrorResponse> {
    vec![
        named(
            "WebhookNotFound",
            "There is no such webhook, or it is none of yours.",
            &[Error::WebhookNotFound, Error::NotFound],
        ),
        named(
            "TooManyWebhooks",
            "The organization has as many as it may. Nothing was done.",
            &[Error::TooManyWebhooks],
        ),
    ]
}

fn other_errors() -> Vec<ErrorResponse> {
    // The cause is for the log.
    let unsaid = String::new;
    vec![
        named(
            "Unauthorized",
            "There is no credential, or none that is good.",
            &[Error::MissingToken, Error::InvalidToken],
        ),
        named(
            "SessionNotFound",
            "There is no such session, or it is none of yours.",
            &[Error::SessionNotFound, Error::NotFound],
        ),
        named(
            "NotFound",
            "There is no id in the path.",
            &[Error::NotFound],
        ),
        named(
            "MessageNotFound",
            "There is no such session or message, or it is none of yours.",
            &[
                Error::MessageNotFound,
                Error::SessionNotFound,
                Error::NotFound,
            ],
        ),
        named(
            "ContactNotFound",
            "There is no such contact, or it is none of yours.",
            &[Error::ContactNotFound, Error::NotFound],
        ),
        named(
            "UnknownContact",
            "The `contact_id` is none of yours. Nothing was done.",
            &[Error::ContactNotFound],
        ),
        named(
            "MethodNotAllowed",
            "What another method gets on this path.",
            &[Error::MethodNotAllowed(allow(
                ROUTES
                    .iter()
                    .filter(|route| route.pattern == "/chat/sessions"),
            ))],
        ),
        named(
            "PreconditionFailed",
            "The session has changed since the state that `If-Match` names.",
            &[Error::PreconditionFailed],
        ),
        named(
            "NotAcceptable",
            "Neither of the two live transports was asked for.",
            &[Error::NotAcceptable],
        ),
        named(
            "MessageConflict",
            "The id is another message's or note's, or the session is full. Nothing was done.",
            &[Error::MessageIdReused, Error::SessionFull],
        ),
        named(
            "BodyTooLarge",
            "The body is over the limit of its caller.",
            &[Error::BodyTooLarge {
                limit_bytes: RequestLimits::FULL.body_max_bytes,
            }],
        ),
        named(
            "UnsupportedMediaType",
            "There is a `Content-Type` that is not JSON, or a `Content-Encoding`.",
            &[Error::UnsupportedMediaType],
        ),
        named(
            "IdempotencyKeyReused",
            "The `Idempotency-Key` was used with another body. Nothing was done.",
            &[Error::IdempotencyKeyReused],
        ),
        named(
            "UrlTooLong",
            "The URL is over the limit.",
            &[Error::UrlTooLong],
        ),
        named(
            "InternalError",
            "A defect of the service.",
            &[Error::InternalError(unsaid())],
        ),
        named(
            "StorageUnavailable",
            "The storage failed, did not answer in time, or lacks a migration. Nothing is \
             half-written.",
            &[
                Error::StorageUnavailable(unsaid()),
                Error::SchemaOutdated(unsaid()),
            ],
        ),
    ]
}

/// Returns the 503 of a deletion, in place of that of every operation.
fn deletion_unfinished() -> ErrorResponse {
    ErrorResponse {
        name: "DeletionUnfinished",
        description: "Some of it is left: it was too much for one request, or the storage \
                      failed. The same request continues.",
        errors: vec![
            Error::DeletionUnfinished,
            Error::StorageUnavailable(String::new()),
        ],
    }
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
