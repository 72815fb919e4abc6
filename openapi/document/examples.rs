//! The OpenAPI document's examples. The service's own functions build the responses, so
//! that examples and service cannot differ.

use super::message_examples::entries;
use chat_sessions::access::api_key::ApiKeyHash;
use chat_sessions::access::token::{
    AgentSubject, ContactSubject, Token, TokenSecrets, TokenSubject,
};
use chat_sessions::api::response::Response;
use chat_sessions::api::response::{
    contact_list_response, export_response, session_page_response, session_response,
};
use chat_sessions::api::shapes::{AgentTokenBody, AuthenticatedBody, CreatedBody, VisitorBody};
use chat_sessions::domain::contact::Contact;
use chat_sessions::domain::entry::{Agent, Assignee, AssigneeKind, LogState, Sides};
use chat_sessions::domain::id::uuid_v7;
use chat_sessions::domain::limits::{
    EXPORT_PAGE_ENTRIES, EXPORT_PAGE_SIZE, TOKEN_SECRET_MIN_BYTES,
};
use chat_sessions::domain::session::{Channel, Session, Status};
use chat_sessions::domain::session_cursor::Cursor;
use chat_sessions::error::Error;
use chat_sessions::storage::contacts::{ContactExport, ContactRecord, ExportContact};
use chat_sessions::storage::sessions::SessionPage;
use serde_json::{Value, json};
use uuid::Uuid;

/// The id of every request in the document.
pub(super) const REQUEST_ID: &str = "e6bc4384-584a-488e-976e-870e24a7626c";
/// A bookmark as D1 makes them.
pub(super) const BOOKMARK: &str = "00000085-0000024c-00004c6d-8e61117bf38d7adb71b934ebbf891683";
/// 24 November 2026, half past nine.
pub(super) const CREATED_AT_MS: u64 = 1_795_512_600_000;
/// Seven minutes later.
pub(super) const UPDATED_AT_MS: u64 = 1_795_513_020_000;

/// Returns the id of the session in all examples.
pub(super) fn session_id() -> Uuid {
    uuid_v7(
        CREATED_AT_MS,
        [0x5b, 0x7d, 0x34, 0x84, 0x22, 0x63, 0x74, 0x3d, 0x73, 0xa6],
    )
}

/// Returns the id of its contact.
pub(super) fn contact_id() -> Uuid {
    uuid_v7(
        CREATED_AT_MS,
        [0x0c, 0x41, 0x9f, 0x02, 0xe8, 0x3b, 0x55, 0x1a, 0x96, 0xd7],
    )
}

/// Returns a response's body as JSON.
pub(super) fn body(response: &Response) -> Value {
    serde_json::from_str(&response.body).unwrap_or_default()
}

pub(super) fn shown(response: Result<Response, Error>) -> Value {
    response.map(|response| body(&response)).unwrap_or_default()
}

// Requests.

/// Bodies of `POST /chat/sessions`, by name.
pub(super) fn session_requests() -> Value {
    json!({
        "browser": {
            "summary": "From a page, with a publishable key",
            "value": {
                "channel": {"type": "web"},
                "custom_data": {"order_id": "ord_123", "cart_value": 149.99, "is_gift": true},
                "contact": {"email": "ann@example.com", "name": "Ann Lee"},
            },
        },
        "server": {
            "summary": "From your server, which vouches for the contact",
            "value": {
                "channel": {"type": "email"},
                "verified": true,
                "contact": {
                    "email": "ann@example.com",
                    "name": "Ann Lee",
                    "phone_number": "+1 (555) 010-0199",
                    "custom_data": {"plan": "pro"},
                },
            },
        },
        "known_contact": {
            "summary": "With a contact you know the id of",
            "value": {"contact_id": contact_id().to_string()},
        },
        "resume": {
            "summary": "Resume the contact's open session, if there is one",
            "value": {
                "channel": {"type": "whatsapp"},
                "verified": true,
                "contact": {"phone_number": "+1 (555) 010-0199"},
                "resume": true,
            },
        },
        "smallest": {"summary": "The smallest", "value": {}},
    })
}

/// Bodies of `PATCH /chat/sessions/{session_id}`, by name.
pub(super) fn update_requests() -> Value {
    json!({
        "close": {"summary": "Close it", "value": {"status": Status::ClosedResolved.as_str()}},
        "reopen": {"summary": "Open it again", "value": {"status": Status::Open.as_str()}},
    })
}

/// Bodies of `POST /widget/authenticate-user`, by name.
pub(super) fn user_requests() -> Value {
    json!({
        "user": {
            "summary": "Who is logged in, for an hour",
            "value": {
                "email": "ann@example.com",
                "name": "Ann Lee",
                "phone": "+1 (555) 010-0199",
                "avatar_url": "https://example.com/ann.png",
                "language": "en-GB",
                "customData": {"plan": "pro"},
                "expires_in": 3600,
            },
        },
        "smallest": {"summary": "The smallest", "value": {"email": "ann@example.com"}},
    })
}

/// Bodies of `POST /widget/visitors`, by name.
pub(super) fn visitor_requests() -> Value {
    json!({"smallest": {"summary": "Nothing", "value": {}}})
}

/// Bodies of `POST /agents/tokens`, by name.
pub(super) fn agent_requests() -> Value {
    json!({
        "agent": {
            "summary": "Who is at work, until noon",
            "value": {
                "id": "17",
                "name": "Ben",
                "avatar_url": "https://example.com/ben.png",
                "expires_in": 14400,
            },
        },
        "smallest": {"summary": "The smallest", "value": {"name": "Ben"}},
    })
}

// Responses.

/// The response to a create.
pub(super) fn created() -> Value {
    shown(Response::json(201, &CreatedBody { id: session_id() }))
}

/// An open session.
pub(super) fn open_session() -> Value {
    shown(session_response(&session(Status::Open, CREATED_AT_MS)).map(|(response, _)| response))
}

/// The same, a while later.
pub(super) fn closed_session() -> Value {
    shown(
        session_response(&session(Status::ClosedResolved, UPDATED_AT_MS))
            .map(|(response, _)| response),
    )
}

/// The tag of [`open_session`].
pub(super) fn entity_tag() -> String {
    session_response(&session(Status::Open, CREATED_AT_MS))
        .map(|(_, tag)| tag.as_str().to_owned())
        .unwrap_or_default()
}

/// A page of a list.
pub(super) fn session_list() -> Value {
    shown(session_page_response(&SessionPage {
        sessions: vec![session(Status::Open, CREATED_AT_MS)],
        next: Some(Cursor::Created(session_id())),
    }))
}

/// The last page of a list.
pub(super) fn last_session_list() -> Value {
    shown(session_page_response(&SessionPage::default()))
}

/// A person's data.
pub(super) fn contact_export() -> Value {
    let mut session = session(Status::ClosedResolved, UPDATED_AT_MS);
    session.contact = None;
    let entries = entries().into_iter();
    let export = ContactExport {
        contact: contact_record(),
        entries: entries.map(|entry| (session.id, entry)).collect(),
        sessions: vec![session],
        next: None,
    };
    let request = ExportContact {
        id: contact_id(),
        cursor: None,
        page_size: EXPORT_PAGE_SIZE,
        entries: EXPORT_PAGE_ENTRIES,
    };
    shown(export_response(&export, &request))
}

/// A contact that was found.
pub(super) fn found_contact() -> Value {
    shown(contact_list_response(&Some(contact_record())))
}

/// No contact that was found.
pub(super) fn no_contact() -> Value {
    shown(contact_list_response(&None))
}

fn contact_record() -> ContactRecord {
    ContactRecord {
        contact: contact(),
        avatar_url: Some("https://example.com/ann.png".to_owned()),
        language: Some("en-GB".to_owned()),
        verified_at_ms: Some(CREATED_AT_MS),
        created_at_ms: CREATED_AT_MS,
        updated_at_ms: UPDATED_AT_MS,
    }
}

/// The response to an authentication; its token is signed with a secret of x's.
pub(super) fn authenticated_user() -> Value {
    let contact = ContactSubject {
        contact_id: contact_id(),
        epoch: 0,
    };
    let text = token(TokenSubject::Contact(contact), "sk_example");
    shown(Response::json(
        201,
        &AuthenticatedBody::new(text, contact_id()),
    ))
}

/// The response to a new visitor.
pub(super) fn visitor() -> Value {
    let visitor_id = contact_id();
    let token = token(TokenSubject::Visitor(visitor_id), "pk_example");
    shown(Response::json(201, &VisitorBody { token, visitor_id }))
}

/// The response to an agent's login.
pub(super) fn agent_token() -> Value {
    let agent = AgentSubject {
        id: "17".to_owned(),
        name: "Ben".to_owned(),
        avatar_url: Some("https://example.com/ben.png".to_owned()),
        issued_at_ms: CREATED_AT_MS,
    };
    let (id, name) = (agent.id.clone(), agent.name.clone());
    let token = token(TokenSubject::Agent(agent), "sk_example");
    shown(Response::json(201, &AgentTokenBody::new(token, id, name)))
}

/// Returns a token that is signed with a secret of x's.
fn token(subject: TokenSubject, key: &str) -> String {
    let token = Token {
        organization: "acme".to_owned(),
        subject,
        key: ApiKeyHash::of(key),
    };
    TokenSecrets::new(&"x".repeat(TOKEN_SECRET_MIN_BYTES), None)
        .and_then(|secrets| token.sign(3600, session_id(), CREATED_AT_MS, &secrets).ok())
        .unwrap_or_default()
}

pub(super) fn session(status: Status, updated_at_ms: u64) -> Session {
    Session {
        id: session_id(),
        status,
        channel: Channel::Web,
        verified: true,
        ticket_number: 1042,
        created_at_ms: CREATED_AT_MS,
        updated_at_ms,
        custom_data: r#"{"order_id":"ord_123","cart_value":149.99,"is_gift":true}"#.to_owned(),
        log: log_state(),
        given_name: None,
        contact: Some(contact()),
    }
}

/// Returns the state of a log with one message and one answer.
pub(super) fn log_state() -> LogState {
    LogState {
        last_seq: 2,
        last_message: Some("It left our warehouse this morning.".to_owned()),
        last_message_at_ms: Some(UPDATED_AT_MS),
        read: Sides {
            contact: 1,
            agent: 2,
        },
        unread: Sides {
            contact: 1,
            agent: 0,
        },
        assignee: Assignee {
            kind: AssigneeKind::Human,
            agent: Agent {
                id: Some("17".to_owned()),
                name: Some("Ben".to_owned()),
                avatar_url: None,
            },
        },
    }
}

pub(super) fn contact() -> Contact {
    Contact {
        id: contact_id(),
        email: Some("ann@example.com".to_owned()),
        phone_number: Some("+1 (555) 010-0199".to_owned()),
        name: Some("Ann Lee".to_owned()),
        custom_data: r#"{"plan":"pro"}"#.to_owned(),
        non_verified_name: None,
        non_verified_phone_number: None,
        non_verified_custom_data: "{}".to_owned(),
    }
}
