//! The log of one session in memory.

use super::organization::StoredSession;
use chat_sessions::domain::entry::{
    Agent, Assignee, AssigneeKind, Entry, Event, Message, Side, Sides,
};
use chat_sessions::domain::limits::{
    ATTRIBUTES_MAX, LOG_MAX_ENTRIES, MESSAGES_PER_MINUTE_MAX, SESSION_ATTRIBUTES_MAX_BYTES,
    UNREAD_MAX,
};
use chat_sessions::domain::session::Status;
use chat_sessions::storage::log::{SendMessage, Sent, StoredMessage, seconds_left_of_minute};
use std::collections::HashMap;
use uuid::Uuid;

const MINUTE_MS: u64 = 60_000;

/// The entries of a session, and what a session does not show.
#[derive(Debug, Clone, Default)]
pub(super) struct Log {
    pub(super) entries: Vec<Entry>,
    /// The hash of each message's content, by its id.
    pub(super) hashes: HashMap<Uuid, String>,
    /// When the minute of the last messages began, and how many there are.
    minute: (u64, u64),
    pub(super) continued_in: Option<Uuid>,
}

impl Log {
    pub(super) fn find(&self, id: Uuid) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.id == id)
    }
}

impl StoredSession {
    /// Returns the new assignee of a message that takes over.
    fn handoff(&self, send: &SendMessage) -> Option<Assignee> {
        let assignee = Assignee {
            kind: send.takes_over_as?,
            agent: send.agent.clone(),
        };
        let current = &self.session.log.assignee;
        let is_same = current.kind == assignee.kind
            && current.agent.id == assignee.agent.id
            && current.agent.name == assignee.agent.name;
        (!is_same).then_some(assignee)
    }

    fn reopens(&self, send: &SendMessage) -> bool {
        send.sender.side() == Side::Contact && self.session.status != Status::Open
    }

    pub(super) fn reason_of_rejection(&self, send: &SendMessage) -> Option<Sent> {
        let (began_ms, messages) = self.log.minute;
        if send.is_limited
            && began_ms > send.now_ms.saturating_sub(MINUTE_MS)
            && messages >= MESSAGES_PER_MINUTE_MAX
        {
            let retry_after_s = seconds_left_of_minute(began_ms, send.now_ms);
            return Some(Sent::TooMany { retry_after_s });
        }
        if !send.custom_data.is_empty() {
            let merged = self.merged_attributes(send);
            let keys = merged.as_object().map_or(0, serde_json::Map::len);
            if keys > ATTRIBUTES_MAX {
                return Some(Sent::TooManyAttributes);
            }
            if merged.to_string().len() as u64 > SESSION_ATTRIBUTES_MAX_BYTES {
                return Some(Sent::AttributesTooLarge);
            }
        }
        let entries = 1 + u64::from(self.reopens(send)) + u64::from(self.handoff(send).is_some());
        (self.session.log.last_seq + entries > LOG_MAX_ENTRIES).then_some(Sent::Full)
    }

    fn merged_attributes(&self, send: &SendMessage) -> serde_json::Value {
        let own: serde_json::Value = serde_json::from_str(&self.session.custom_data).unwrap();
        let given: serde_json::Value = serde_json::from_str(&send.custom_data.to_json()).unwrap();
        let (mut merged, newer) = if send.by_server {
            (own, given)
        } else {
            (given, own)
        };
        if let (Some(merged), serde_json::Value::Object(newer)) = (merged.as_object_mut(), newer) {
            merged.extend(newer);
        }
        merged
    }

    pub(super) fn push(&mut self, id: Uuid, now_ms: u64, event: Event) -> StoredMessage {
        let last_ms = self.log.entries.last().map_or(0, |last| last.created_at_ms);
        let message = StoredMessage {
            seq: self.session.log.last_seq + 1,
            created_at_ms: now_ms.max(last_ms),
        };
        self.session.log.last_seq = message.seq;
        self.log.entries.push(Entry {
            seq: message.seq,
            id,
            created_at_ms: message.created_at_ms,
            event,
        });
        message
    }

    /// Appends an entry that the message or update implies, and changes the session.
    pub(super) fn set_status(&mut self, status: Status, by: Side, id: Uuid, now_ms: u64) {
        if self.session.status == status {
            return;
        }
        self.session.status = status;
        let event = match status {
            Status::Open => Event::SessionReopened { by },
            _ => Event::SessionClosed { status, by },
        };
        self.push(id, now_ms, event);
    }

    pub(super) fn mark_read(&mut self, side: Side, seq: u64) {
        let log = &mut self.session.log;
        let seq = seq.min(log.last_seq);
        let (read, unread) = match side {
            Side::Contact => (&mut log.read.contact, &mut log.unread.contact),
            Side::Agent => (&mut log.read.agent, &mut log.unread.agent),
        };
        if seq <= *read {
            return;
        }
        *read = seq;
        let is_unread = |entry: &&Entry| {
            let is_of_others = matches!(&entry.event, Event::Message(message)
                if message.sender.side() != side);
            entry.seq > seq && is_of_others
        };
        let count = self.log.entries.iter().filter(is_unread).count();
        *unread = UNREAD_MAX.min(count as u64);
    }

    pub(super) fn append(&mut self, send: &SendMessage) -> StoredMessage {
        let [reopening_id, handoff_id] = send.entry_ids;
        if self.reopens(send) {
            self.set_status(Status::Open, Side::Contact, reopening_id, send.now_ms);
        }
        if let Some(assignee) = self.handoff(send) {
            self.push(handoff_id, send.now_ms, Event::Handoff(assignee));
        }
        if !send.custom_data.is_empty() {
            self.session.custom_data = self.merged_attributes(send).to_string();
        }
        let is_vouched_for = send.by_server && self.session.verified;
        let is_given = send.sender.side() == Side::Contact && !is_vouched_for;
        if let Some(name) = send.contact_name().filter(|_| is_given) {
            self.session.given_name = Some(name.to_owned());
        }
        let message = Event::Message(Message {
            sender: send.sender,
            agent: send.agent.clone(),
            text: send.text.clone(),
            attachments: send.attachments.clone(),
        });
        let stored = self.push(send.message_id, send.now_ms, message);
        let hash = send.content_hash.clone();
        self.log.hashes.insert(send.message_id, hash);
        if send.is_limited {
            let (began_ms, messages) = self.log.minute;
            self.log.minute = if began_ms > send.now_ms.saturating_sub(MINUTE_MS) {
                (began_ms, messages + 1)
            } else {
                (send.now_ms, 1)
            };
        }
        let log = &mut self.session.log;
        log.last_message = Some(send.preview.clone());
        log.last_message_at_ms = Some(stored.created_at_ms);
        let Sides { contact, agent } = log.unread;
        match send.sender.side() {
            Side::Contact => {
                log.read.contact = stored.seq;
                log.unread.contact = 0;
                log.unread.agent = UNREAD_MAX.min(agent + 1);
            }
            Side::Agent => {
                log.read.agent = stored.seq;
                log.unread.agent = 0;
                log.unread.contact = UNREAD_MAX.min(contact + 1);
            }
        }
        self.assign(send);
        let next_ms = self.session.updated_at_ms + 1;
        self.session.updated_at_ms = send.now_ms.max(next_ms);
        stored
    }

    fn assign(&mut self, send: &SendMessage) {
        let assignee = &mut self.session.log.assignee;
        let kind = match (send.takes_over_as, send.sender.answers_as()) {
            (Some(kind), _) => kind,
            (None, Some(kind)) if assignee.kind == AssigneeKind::None => kind,
            (None, Some(AssigneeKind::Human))
                if assignee.kind == AssigneeKind::Human && send.agent != Agent::default() =>
            {
                AssigneeKind::Human
            }
            _ => return,
        };
        *assignee = Assignee {
            kind,
            agent: send.agent.clone(),
        };
    }
}
