//! The OpenAPI document's part on live connections.

use super::headers::{headers, in_query};
use super::message_examples::{events_of_session, events_of_sessions};
use super::operations::responses;
use super::requests::reference;
use serde_json::{Value, json};

const TRANSPORTS: &str = "\n\n**WebSocket** (`Upgrade: websocket`): a page sends its token as a \
    subprotocol, `bearer.<token>`, beside `chat-sessions.v1`, which the answer chooses; a server \
    may send `Authorization` instead. Where the connection is refused it is accepted, gets \
    nothing and is closed, because a browser hides a status from its page: 4400 for a bad \
    `after` or frame, 4401 for the credential, 4403 where it is not allowed, 4404 where there is \
    no such session, 4429 for too many, after a while to be tried again. After 1012 and 4408 \
    connect again. The text `ping` is answered by `pong`; a connection that sends none for \
    three minutes is closed with 4408.\n\n**Server-sent events** (`Accept: text/event-stream`): \
    read them with `fetch`, because `EventSource` sends no token. A comment every 15 seconds \
    shows that the line is up.\n\nA credential that ends has its connections closed with 4401 \
    within 70 seconds.";

pub(super) fn follow_session(security: &Value) -> Value {
    let description = [
        "Tells what happens in the session as it happens. First comes \
         `{\"type\":\"hello\",\"session_id\",\"last_seq\",\"session\"}`, then every entry after \
         `after`, in order and each once, then those that come: \
         `{\"type\":\"message.created\"` or `\"session.updated\",\"session_id\",\"seq\",\"data\"}`, \
         whose `data` is the history's own item. Besides, without a `seq`: \
         `{\"type\":\"typing\",\"by\",\"name\"?}`, to be shown for 6 seconds and not told to \
         whoever is typing, and `{\"type\":\"read\",\"by\",\"seq\"}`.\n\nAfter a lost connection \
         connect again with `after`, the last `seq` that you have: nothing is missed, however \
         long that was. A connection that has sent 4 MiB of earlier entries is closed with 1012: \
         go on in the same way.\n\nOver a WebSocket you can send, too: \
         `{\"type\":\"send\",\"id\",\"text\",\"attachments\"?,\"sender\"?}`, by the rules of a \
         send, is answered by `{\"type\":\"ack\",\"id\",\"seq\",\"created_at\"}` or \
         `{\"type\":\"nack\",\"id\",\"code\",\"message\",\"errors\"?}`; `{\"type\":\"read\",\"seq\"}` \
         and `{\"type\":\"typing\"}` are not answered. At most 20 frames a second and 65,536 \
         bytes each; 10 connections of a contact or visitor to a session, 1,000 in all.",
        TRANSPORTS,
    ]
    .concat();
    json!({
        "operationId": "followChatSession",
        "summary": "Follow a session live",
        "description": description,
        "tags": ["Live"],
        "security": security,
        "parameters": [
            reference("parameters", "SessionId"),
            in_query(
                "after",
                "The `seq` of the last entry that you have; 0 for all.",
                &json!({"type": "integer", "format": "int64", "minimum": 0, "default": 0}),
            ),
            {
                "name": "Last-Event-ID",
                "in": "header",
                "description": "The `id` of the last event that you have; it wins over `after`.",
                "schema": {"type": "integer", "format": "int64", "minimum": 0},
            },
        ],
        "responses": responses(
            &[
                switching(),
                stream(
                    "The session's events, without an end. The `id` of an entry is its `seq`.",
                    &events_of_session(),
                ),
            ],
            &["InvalidFollowQuery", "ForbiddenSession", "SessionNotFound", "NotAcceptable"],
        ),
    })
}

pub(super) fn follow_sessions(security: &Value) -> Value {
    let description = [
        "Tells which sessions of the organization are created or change, for the list of an \
         inbox. First comes `{\"type\":\"hello\",\"at\"}`, then \
         `{\"type\":\"session.created\"` or `\"session.updated\",\"session_id\",\"data\"}`, whose \
         `data` is the session as a list has it; at most one a second and session, the last one \
         as it is at the end.\n\nNothing is told again: after a lost connection, list the \
         sessions with `updated_after`, five seconds before the `at` of the connection before.",
        TRANSPORTS,
    ]
    .concat();
    json!({
        "operationId": "followChatSessions",
        "summary": "Follow all sessions live",
        "description": description,
        "tags": ["Live"],
        "security": security,
        "parameters": [],
        "responses": responses(
            &[switching(), stream("The changes of sessions, without an end.", &events_of_sessions())],
            &["Forbidden", "NotAcceptable"],
        ),
    })
}

fn switching() -> (&'static str, Value) {
    let response = json!({"description": "The WebSocket is open, or is closed with the reason."});
    ("101", response)
}

fn stream(description: &str, example: &str) -> (&'static str, Value) {
    let response = json!({
        "description": description,
        "headers": headers(&[]),
        "content": {"text/event-stream": {"schema": {"type": "string"}, "example": example}},
    });
    ("200", response)
}
