//! The OpenAPI document's errors, by what they are about.

use super::errors::ErrorResponse;
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

pub(super) const RATE_LIMITED: Error = Error::RateLimited { retry_after_s: 60 };
/// Returns the error responses of the rules; their examples come from invalid requests.
pub(super) fn errors_of_rules() -> Vec<ErrorResponse> {
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

pub(super) fn named(
    name: &'static str,
    description: &'static str,
    errors: &[Error],
) -> ErrorResponse {
    ErrorResponse {
        name,
        description,
        errors: errors.to_vec(),
    }
}

pub(super) fn errors_of_limits() -> Vec<ErrorResponse> {
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

pub(super) fn forbidden() -> Vec<ErrorResponse> {
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

pub(super) fn errors_of_webhooks() -> Vec<ErrorResponse> {
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

pub(super) fn other_errors() -> Vec<ErrorResponse> {
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
pub(super) fn deletion_unfinished() -> ErrorResponse {
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
