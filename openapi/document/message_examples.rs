//! The OpenAPI document's examples of messages and events.

use super::examples::{CREATED_AT_MS, UPDATED_AT_MS, log_state, session, shown};
use chat_sessions::access::permissions::Role;
use chat_sessions::api::live_shapes;
use chat_sessions::api::log_shapes::{HistoryBody, SentBody};
use chat_sessions::api::response::Response;
use chat_sessions::domain::entry::{Agent, Entry, Event, Message};
use chat_sessions::domain::history_query::{HistoryQuery, Order, Range};
use chat_sessions::domain::id::uuid_v7;
use chat_sessions::domain::limits::PAGE_SIZE_MAX;
use chat_sessions::domain::message::Sender;
use chat_sessions::domain::session::Status;
use chat_sessions::storage::log::{LogPage, StoredMessage};
use serde_json::Value;
use uuid::Uuid;

/// The response to a send.
pub(super) fn sent_message() -> Value {
    let stored = StoredMessage {
        seq: 1,
        created_at_ms: CREATED_AT_MS,
    };
    shown(Response::json(
        201,
        &SentBody::new(message_id(1), stored, None),
    ))
}

/// Returns a log with one message and one answer.
pub(super) fn entries() -> Vec<Entry> {
    let entry = |seq: u8, created_at_ms, sender, agent, text: &str| Entry {
        seq: seq.into(),
        id: message_id(seq),
        created_at_ms,
        event: Event::Message(Message {
            sender,
            agent,
            text: text.to_owned(),
            attachments: "[]".to_owned(),
        }),
    };
    let contact = Agent::default();
    let answer = "It left our warehouse this morning.";
    vec![
        entry(
            1,
            CREATED_AT_MS,
            Sender::Contact,
            contact,
            "Where is my order?",
        ),
        entry(
            2,
            UPDATED_AT_MS,
            Sender::Agent,
            log_state().assignee.agent,
            answer,
        ),
    ]
}

pub(super) fn message_id(last: u8) -> Uuid {
    uuid_v7(
        CREATED_AT_MS,
        [0x2a, 0x90, 0x11, 0x5e, 0x77, 0x3c, 0x48, 0x0d, 0xb2, last],
    )
}

/// A page of history.
pub(super) fn history() -> Value {
    let mut page = LogPage {
        session: session(Status::Open, UPDATED_AT_MS),
        entries: entries(),
    };
    // It lies between two other pages.
    page.session.log.last_seq = 4;
    for entry in &mut page.entries {
        entry.seq = entry.seq.saturating_add(1);
    }
    let query = HistoryQuery {
        range: Range::All,
        position: None,
        order: Order::Asc,
        page_size: PAGE_SIZE_MAX,
    };
    shown(HistoryBody::new(&page, &query, false).and_then(|body| Response::json(200, &body)))
}

/// Returns the beginning of a session's events.
pub(super) fn events_of_session() -> String {
    let session = session(Status::Open, UPDATED_AT_MS);
    let hello = live_shapes::hello(&session, Role::Agent);
    let entries = entries();
    let frames = entries.iter().map(|entry| {
        let frame = live_shapes::entry(entry, &session, false).unwrap_or_default();
        format!("id: {}\ndata: {frame}\n\n", entry.seq)
    });
    let hello = hello.unwrap_or_default();
    let frames: String = frames.collect();
    format!("retry: 1000\n\ndata: {hello}\n\n{frames}")
}

/// Returns the beginning of the events of all sessions.
pub(super) fn events_of_sessions() -> String {
    let session = session(Status::Open, UPDATED_AT_MS);
    let hello = live_shapes::hello_to_all(UPDATED_AT_MS).unwrap_or_default();
    let updated = live_shapes::session(&session, false).unwrap_or_default();
    format!("retry: 1000\n\ndata: {hello}\n\ndata: {updated}\n\n")
}
