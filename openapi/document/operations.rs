//! The OpenAPI document's operations: one for each [`Action`].

use super::contacts::{delete_contact, export_contact, find_contact, revoke_tokens};
use super::errors::error_responses;
use super::examples;
use super::headers::{headers, list_parameters};
use super::links::{after_create, after_list, after_session};
use super::live::{follow_session, follow_sessions};
use super::messages::{
    add_note, mark_read, read_history, redact_message, send_message, show_typing,
};
use super::requests::{json_content, reference, schema};
use super::tokens::{authenticate_user, create_agent_token, create_visitor, revoke_agent_tokens};
use super::webhooks::{
    create_webhook, delete_webhook, list_deliveries, list_webhooks, read_webhook, replay_events,
    rotate_webhook, test_webhook, update_webhook,
};
use chat_sessions::access::permissions::{Action, Role};
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// Returns the operation object of an action.
pub(super) fn operation(action: Action) -> Value {
    let security = security(action);
    let mut operation = match action {
        Action::CreateSession => create_session(&security),
        Action::ListSessions => list_sessions(&security),
        Action::ReadSession => get_session(&security),
        Action::UpdateSession => update_session(&security),
        Action::DeleteSession => delete_session(&security),
        Action::FindContact => find_contact(&security),
        Action::SendMessage => send_message(&security),
        Action::AddNote => add_note(&security),
        Action::ReadHistory => read_history(&security),
        Action::MarkRead => mark_read(&security),
        Action::ShowTyping => show_typing(&security),
        Action::FollowSession => follow_session(&security),
        Action::FollowSessions => follow_sessions(&security),
        Action::RedactMessage => redact_message(&security),
        Action::ExportContact => export_contact(&security),
        Action::DeleteContact => delete_contact(&security),
        Action::RevokeTokens => revoke_tokens(&security),
        Action::AuthenticateUser => authenticate_user(&security),
        Action::CreateVisitor => create_visitor(&security),
        Action::CreateAgentToken => create_agent_token(&security),
        Action::RevokeAgentTokens => revoke_agent_tokens(&security),
        Action::CreateWebhook => create_webhook(&security),
        Action::ListWebhooks => list_webhooks(&security),
        Action::ReadWebhook => read_webhook(&security),
        Action::UpdateWebhook => update_webhook(&security),
        Action::DeleteWebhook => delete_webhook(&security),
        Action::RotateWebhook => rotate_webhook(&security),
        Action::TestWebhook => test_webhook(&security),
        Action::ListDeliveries => list_deliveries(&security),
        Action::ReplayEvents => replay_events(&security),
    };
    if let Some(Value::String(text)) = operation.get_mut("description") {
        text.push_str(&credentials(action));
    }
    operation
}

/// Credentials: scheme, name, role.
const CREDENTIALS: [(&str, &str, Role); 5] = [
    ("secretKey", "secret key", Role::Server),
    ("publishableKey", "publishable key", Role::Page),
    ("contactToken", "contact token", Role::Contact(Uuid::nil())),
    ("visitorToken", "visitor token", Role::Visitor(Uuid::nil())),
    ("agentToken", "agent token", Role::Agent),
];

/// Returns the security requirement: any credential that allows the action.
fn security(action: Action) -> Value {
    CREDENTIALS
        .into_iter()
        .filter(|(_, _, role)| role.may(action))
        .map(|(scheme, _, _)| json!({scheme: []}))
        .collect()
}

/// Returns the same in words: not every viewer of a document shows its security.
fn credentials(action: Action) -> String {
    let names = CREDENTIALS.into_iter();
    let names = names.filter(|(_, _, role)| role.may(action));
    let names: Vec<_> = names.map(|(_, name, _)| name).collect();
    format!("\n\n**Credential:** {}.", names.join(", "))
}

fn create_session(security: &Value) -> Value {
    json!({
        "operationId": "createChatSession",
        "summary": "Create a chat session",
        "description": "Makes a session, and makes or updates the contact it is with, in one \
            transaction. With a publishable key, only from an `Origin` that the key lists, and \
            never with `verified: true`, `contact_id` or `resume: true`. With a contact token, \
            the session is that contact's and verified; what the body says in `contact` stays \
            unverified. With a visitor token, the session is that visitor's and unverified, and \
            `resume: true` resumes that visitor's own.\n\nSend an `Idempotency-Key` to make a retry safe.",
        "tags": ["Sessions"],
        "security": security,
        "parameters": [
            reference("parameters", "IdempotencyKey"),
            reference("parameters", "Bookmark"),
        ],
        "requestBody": {
            "description": "The session. `{}` is the smallest.",
            "required": true,
            "content": json_content(&schema("CreateSessionRequest"), &examples::session_requests()),
        },
        "responses": responses(
            &[
                (
                    "200",
                    json!({
                        "description": "The contact's open session is resumed, as `resume: true` asked.",
                        "headers": headers(&[
                            ("Location", "Location"),
                            ("Session-Resumed", "SessionResumed"),
                            ("Idempotency-Replayed", "IdempotencyReplayed"),
                        ]),
                        "content": one_example(&schema("CreatedSession"), &examples::created()),
                        "links": after_create(),
                    }),
                ),
                (
                    "201",
                    json!({
                        "description": "The session is made, and can be read at once.",
                        "headers": headers(&[
                            ("Location", "Location"),
                            ("Idempotency-Replayed", "IdempotencyReplayed"),
                        ]),
                        "content": one_example(&schema("CreatedSession"), &examples::created()),
                        "links": after_create(),
                    }),
                ),
            ],
            &[
                "InvalidSession",
                "ForbiddenCreate",
                "RateLimitedCreate",
                "UnknownContact",
                "BodyTooLarge",
                "UnsupportedMediaType",
                "IdempotencyKeyReused",
            ],
        ),
    })
}

fn list_sessions(security: &Value) -> Value {
    json!({
        "operationId": "listChatSessions",
        "summary": "List chat sessions",
        "description": "The sessions of the organization, the newest first; with a contact token, \
            those of its contact; with a visitor token, those that were opened with it. Filters narrow the list down: a session is shown if all of them \
            let it through.\n\nTo see all of it, send the `next` of each page as the `cursor` of \
            the next one until it is null. A page may have fewer sessions than `limit`, or none, \
            although more follow. Sessions that are made meanwhile do not shift the pages. Each \
            parameter may be given once; unknown ones are ignored.",
        "tags": ["Sessions"],
        "security": security,
        "parameters": list_parameters(),
        "responses": responses(
            &[(
                "200",
                json!({
                    "description": "One page of sessions.",
                    "headers": headers(&[]),
                    "links": after_list(),
                    "content": json_content(&schema("SessionList"), &json!({
                        "first_page": {
                            "summary": "A page that others follow",
                            "value": examples::session_list(),
                        },
                        "last_page": {"summary": "The end", "value": examples::last_session_list()},
                    })),
                }),
            )],
            &["InvalidQuery", "ForbiddenSession"],
        ),
    })
}

fn get_session(security: &Value) -> Value {
    json!({
        "operationId": "getChatSession",
        "summary": "Get a chat session",
        "description": "The session, with its contact. A contact token sees its own contact's \
            sessions only. A visitor token sees those that were opened with it, without their \
            contact: anyone can type an email.",
        "tags": ["Sessions"],
        "security": security,
        "parameters": [
            reference("parameters", "SessionId"),
            reference("parameters", "IfMatch"),
            reference("parameters", "IfNoneMatch"),
            reference("parameters", "Bookmark"),
        ],
        "responses": responses(
            &[
                ("200", session_response("The session.", &examples::open_session())),
                (
                    "304",
                    json!({
                        "description": "The session is still in the state that `If-None-Match` names.",
                        "headers": headers(&[("ETag", "EntityTag")]),
                    }),
                ),
            ],
            &["ForbiddenSession", "SessionNotFound", "PreconditionFailed"],
        ),
    })
}

fn update_session(security: &Value) -> Value {
    json!({
        "operationId": "updateChatSession",
        "summary": "Close or reopen a chat session",
        "description": "Changes the session's `status`, and moves its `updated_at` on. With \
            `If-Match` it is done only if nobody else has changed the session meanwhile.",
        "tags": ["Sessions"],
        "security": security,
        "parameters": [
            reference("parameters", "SessionId"),
            reference("parameters", "IfMatch"),
            reference("parameters", "Bookmark"),
        ],
        "requestBody": {
            "description": "What to change.",
            "required": true,
            "content": json_content(&schema("UpdateSessionRequest"), &examples::update_requests()),
        },
        "responses": responses(
            &[(
                "200",
                session_response("The session as it is now.", &examples::closed_session()),
            )],
            &[
                "InvalidUpdate",
                "Forbidden",
                "SessionNotFound",
                "PreconditionFailed",
                "BodyTooLarge",
                "UnsupportedMediaType",
            ],
        ),
    })
}

fn delete_session(security: &Value) -> Value {
    json!({
        "operationId": "deleteChatSession",
        "summary": "Remove a chat session",
        "description": "Removes the session, all of its messages and its idempotency keys. There \
            is no way back. Its contact stays. Up to 1,000 entries of its history are removed in one \
            transaction, more in several, the oldest first and the session last: whenever the \
            answer is not 204, repeat the request, and it continues.",
        "tags": ["Sessions"],
        "security": security,
        "parameters": [
            reference("parameters", "SessionId"),
            reference("parameters", "Bookmark"),
        ],
        "responses": responses(
            &[(
                "204",
                json!({"description": "It is removed.", "headers": headers(&[])}),
            )],
            &["Forbidden", "SessionNotFound", "DeletionUnfinished"],
        ),
    })
}

fn session_response(description: &str, example: &Value) -> Value {
    json!({
        "description": description,
        "headers": headers(&[("ETag", "EntityTag")]),
        "content": one_example(&schema("Session"), example),
        "links": after_session(),
    })
}

pub(super) fn one_example(schema: &Value, example: &Value) -> Value {
    json!({"application/json": {"schema": schema, "example": example}})
}

/// Returns the responses of an operation: its own, its errors, and those of every
/// operation.
pub(super) fn responses(own: &[(&str, Value)], errors: &[&str]) -> Value {
    const EVERY: [&str; 7] = [
        "Unauthorized",
        "MethodNotAllowed",
        "UrlTooLong",
        "RateLimited",
        "HeaderTooLong",
        "InternalError",
        "StorageUnavailable",
    ];
    let mut responses: Map<_, _> = own
        .iter()
        .map(|(status, response)| ((*status).to_owned(), response.clone()))
        .collect();
    for error in error_responses() {
        if errors.contains(&error.name) || EVERY.contains(&error.name) {
            responses.insert(error.status(), reference("responses", error.name));
        }
    }
    Value::Object(responses)
}
