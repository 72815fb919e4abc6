//! The OpenAPI document's operations of tokens.

use super::examples;
use super::headers::headers;
use super::links::{after_agent_token, after_authentication};
use super::operations::{one_example, responses};
use super::requests::{json_content, reference, schema};
use serde_json::{Value, json};

pub(super) fn authenticate_user(security: &Value) -> Value {
    json!({
        "operationId": "authenticateUser",
        "summary": "Get a contact token",
        "description": "For your server to call when somebody is logged in: the contact with this \
            email is made, or written to, as verified. Give the token to the person's page, which \
            sends it instead of a publishable key, and asks your server for another one when it \
            gets a 401.",
        "tags": ["Authentication"],
        "security": security,
        "parameters": [reference("parameters", "Bookmark")],
        "requestBody": {
            "description": "Who is logged in.",
            "required": true,
            "content": json_content(&schema("AuthenticateUserRequest"), &examples::user_requests()),
        },
        "responses": responses(
            &[(
                "201",
                json!({
                    "description": "The token, and whom it is for.",
                    "headers": headers(&[]),
                    "content": one_example(
                        &schema("AuthenticatedUser"),
                        &examples::authenticated_user(),
                    ),
                    "links": after_authentication(),
                }),
            )],
            &[
                "InvalidUser",
                "Forbidden",
                "BodyTooLarge",
                "UnsupportedMediaType",
            ],
        ),
    })
}

pub(super) fn create_visitor(security: &Value) -> Value {
    json!({
        "operationId": "createVisitor",
        "summary": "Get a visitor token",
        "description": "For a page to call, once for each visitor who is not logged in: with the \
            token the page opens sessions, and comes back to those and no others. Keep it where \
            the browser keeps it, for 400 days. It ends with the publishable key. Nothing is \
            stored.",
        "tags": ["Authentication"],
        "security": security,
        "parameters": [reference("parameters", "Bookmark")],
        "requestBody": {
            "description": "Nothing, or an empty object.",
            "required": false,
            "content": json_content(&schema("CreateVisitorRequest"), &examples::visitor_requests()),
        },
        "responses": responses(
            &[(
                "201",
                json!({
                    "description": "The token, and the visitor it is for.",
                    "headers": headers(&[]),
                    "content": one_example(&schema("Visitor"), &examples::visitor()),
                }),
            )],
            &["MalformedBody", "ForbiddenSession", "BodyTooLarge", "UnsupportedMediaType"],
        ),
    })
}

pub(super) fn create_agent_token(security: &Value) -> Value {
    json!({
        "operationId": "createAgentToken",
        "summary": "Get an agent token",
        "description": "For your server to call when an agent is at work. Give the token to the \
            agent's page: from any origin it reads, lists and updates every session of your \
            organization. Nothing is stored; the token has the agent in it.",
        "tags": ["Authentication"],
        "security": security,
        "parameters": [reference("parameters", "Bookmark")],
        "requestBody": {
            "description": "Who is at work.",
            "required": true,
            "content": json_content(&schema("CreateAgentTokenRequest"), &examples::agent_requests()),
        },
        "responses": responses(
            &[(
                "201",
                json!({
                    "description": "The token, and whom it is for.",
                    "headers": headers(&[]),
                    "content": one_example(&schema("AgentToken"), &examples::agent_token()),
                    "links": after_agent_token(),
                }),
            )],
            &["InvalidAgent", "Forbidden", "BodyTooLarge", "UnsupportedMediaType"],
        ),
    })
}

pub(super) fn revoke_agent_tokens(security: &Value) -> Value {
    json!({
        "operationId": "revokeAgentTokens",
        "summary": "Revoke an agent's tokens",
        "description": "Ends all tokens of the agent that were issued so far: for somebody who \
            leaves, or a device that is lost. They get a 401 from now on. Tokens that your server \
            asks for afterwards are valid.",
        "tags": ["Authentication"],
        "security": security,
        "parameters": [
            reference("parameters", "AgentId"),
            reference("parameters", "Bookmark"),
        ],
        "responses": responses(
            &[(
                "204",
                json!({"description": "They are revoked.", "headers": headers(&[])}),
            )],
            &["Forbidden", "NotFound"],
        ),
    })
}
