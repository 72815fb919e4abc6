//! The OpenAPI document's links: values of a response that another request takes.
//! Documentation shows them, and API test tools follow them.

use serde_json::{Value, json};

/// Links of a create: to the session, with the bookmark of the create.
pub(super) fn after_create() -> Value {
    let session = json!({
        "session_id": "$response.body#/id",
        "X-D1-Bookmark": "$response.header.X-D1-Bookmark",
    });
    json!({
        "getChatSession": link("getChatSession", "Read the session.", &session),
        "updateChatSession": link("updateChatSession", "Close the session.", &session),
        "sendChatMessage": link("sendChatMessage", "Send a message to the session.", &session),
    })
}

/// Links of a page of a list.
pub(super) fn after_list() -> Value {
    json!({
        "getChatSession": link(
            "getChatSession",
            "Read a session of the page.",
            &json!({"session_id": "$response.body#/items/0/id"}),
        ),
        "getChatHistory": link(
            "getChatHistory",
            "Read the history of a session of the page.",
            &json!({"session_id": "$response.body#/items/0/id"}),
        ),
        "nextPage": link(
            "listChatSessions",
            "The next page, unless `next` is null.",
            &json!({"cursor": "$response.body#/next"}),
        ),
    })
}

/// Links of a session: its tag serves for conditional updates and reads.
pub(super) fn after_session() -> Value {
    let tagged =
        |header: &str| json!({"session_id": "$response.body#/id", header: "$response.header.ETag"});
    let contact = json!({"contact_id": "$response.body#/contact/id"});
    json!({
        "updateChatSession": link(
            "updateChatSession",
            "Close or reopen the session in this state, and in no other.",
            &tagged("If-Match"),
        ),
        "getChatSession": link(
            "getChatSession",
            "Read the session again, if it has changed.",
            &tagged("If-None-Match"),
        ),
        "getChatHistory": link(
            "getChatHistory",
            "Read the session's history.",
            &json!({"session_id": "$response.body#/id"}),
        ),
        "exportContact": link("exportContact", "Export its contact, if it has one.", &contact),
    })
}

/// Links of a message that was sent.
pub(super) fn after_message() -> Value {
    let session = json!({"session_id": SAME_SESSION});
    let message =
        json!({"session_id": SAME_SESSION, "message_id": "$response.body#/data/message/id"});
    let mut read = link(
        "markChatRead",
        "Mark everything up to it as read.",
        &session,
    );
    read["requestBody"] = json!({"seq": "$response.body#/data/message/seq"});
    json!({
        "getChatHistory": link("getChatHistory", "Read the history that it is in.", &session),
        "markChatRead": read,
        "redactChatMessage": link("redactChatMessage", "Redact the message.", &message),
    })
}

/// Links of a page of history.
pub(super) fn after_history() -> Value {
    let page = |cursor: &str| json!({"session_id": SAME_SESSION, "cursor": cursor});
    json!({
        "nextPage": link(
            "getChatHistory",
            "The next page, unless `next` is null.",
            &page("$response.body#/next"),
        ),
        "previousPage": link(
            "getChatHistory",
            "The page before, unless `previous` is null.",
            &page("$response.body#/previous"),
        ),
    })
}

/// The session that the request names.
const SAME_SESSION: &str = "$request.path.session_id";

/// Links of a contact that was found.
pub(super) fn after_finding() -> Value {
    let contact = json!({"contact_id": "$response.body#/items/0/id"});
    json!({
        "exportContact": link("exportContact", "Export the person's data.", &contact),
        "deleteContact": link("deleteContact", "Remove the person's data.", &contact),
    })
}

/// Links of an authentication.
pub(super) fn after_authentication() -> Value {
    let contact = json!({"contact_id": "$response.body#/contact/id"});
    json!({
        "exportContact": link("exportContact", "Export the person's data.", &contact),
        "deleteContact": link("deleteContact", "Remove the person's data.", &contact),
        "revokeContactTokens": link(
            "revokeContactTokens",
            "Revoke the token, and all others of the person.",
            &contact,
        ),
    })
}

/// Links of an agent's login.
pub(super) fn after_agent_token() -> Value {
    json!({
        "revokeAgentTokens": link(
            "revokeAgentTokens",
            "Revoke the token, and all others of the agent.",
            &json!({"agent_id": "$response.body#/agent/id"}),
        ),
    })
}

fn link(operation: &str, description: &str, parameters: &Value) -> Value {
    json!({"operationId": operation, "description": description, "parameters": parameters})
}
