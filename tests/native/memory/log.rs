//! The log of a session in memory.

use super::contact::StoredContact;
use super::organization::{Organization, StoredSession};
use chat_sessions::access::token::TokenSubject;
use chat_sessions::domain::entry::{
    Agent, Assignee, AssigneeKind, Entry, Event, LogState, Message, Note, Side, Sides,
};
use chat_sessions::domain::history_query::Order;
use chat_sessions::domain::limits::{
    ATTRIBUTES_MAX, LOG_MAX_ENTRIES, MESSAGES_PER_MINUTE_MAX, SESSION_ATTRIBUTES_MAX_BYTES,
    UNREAD_MAX,
};
use chat_sessions::domain::phone_number::PhoneNumber;
use chat_sessions::domain::session::{Session, Status};
use chat_sessions::storage::log::{
    AddNote, ContactNames, ContinueSession, LogPage, MarkRead, Noted, ReadLog, RedactMessage,
    Redacted, SendMessage, Sent, StoredMessage, seconds_left_of_minute,
};
use std::collections::HashMap;
use uuid::Uuid;

const MINUTE_MS: u64 = 60_000;

/// The entries of a session, and what a session does not show.
#[derive(Debug, Clone, Default)]
pub(super) struct Log {
    pub(super) entries: Vec<Entry>,
    /// The hash of each message's content, by its id.
    hashes: HashMap<Uuid, String>,
    /// When the minute of the last messages began, and how many there are.
    minute: (u64, u64),
    continued_in: Option<Uuid>,
}

impl Organization {
    /// Returns the entries of these sessions, each with its session.
    pub(super) fn entries_of(&self, sessions: &[Session]) -> Vec<(Uuid, Entry)> {
        let logs = sessions.iter().map(|session| &self.sessions[&session.id]);
        let entries = logs.flat_map(|stored| {
            let id = stored.session.id;
            stored
                .log
                .entries
                .iter()
                .map(move |entry| (id, entry.clone()))
        });
        entries.collect()
    }

    pub(super) fn send_message(&mut self, send: &SendMessage) -> Sent {
        let Some(stored) = self.visible_session(send.session_id, send.subject.as_ref()) else {
            return Sent::NoSuchSession;
        };
        if let Some(entry) = stored.log.find(send.message_id) {
            let message = StoredMessage {
                seq: entry.seq,
                created_at_ms: entry.created_at_ms,
            };
            let is_same = stored.log.hashes.get(&send.message_id) == Some(&send.content_hash);
            return if is_same {
                Sent::Replayed(message)
            } else {
                Sent::IdReused
            };
        }
        if let Some(reason) = stored.reason_of_rejection(send) {
            return reason;
        }
        if !self.write_contact(send) {
            return Sent::ContactTooLarge;
        }
        let Some(stored) = self.sessions.get_mut(&send.session_id) else {
            return Sent::NoSuchSession;
        };
        let message = stored.append(send);
        let session = self
            .sessions
            .get(&send.session_id)
            .map(|stored| self.with_contact(stored));
        let contact = session.map_or_else(ContactNames::default, |session| ContactNames {
            vouched_for: session
                .contact
                .filter(|_| session.verified)
                .and_then(|contact| contact.name),
            given: session.given_name,
        });
        Sent::Stored { message, contact }
    }

    pub(super) fn add_note(&mut self, note: &AddNote) -> Noted {
        let Some(stored) = self.sessions.get_mut(&note.session_id) else {
            return Noted::NoSuchSession;
        };
        if let Some(entry) = stored.log.find(note.note_id) {
            let place = StoredMessage {
                seq: entry.seq,
                created_at_ms: entry.created_at_ms,
            };
            let is_same = stored.log.hashes.get(&note.note_id) == Some(&note.content_hash);
            return if is_same {
                Noted::Replayed(place)
            } else {
                Noted::IdReused
            };
        }
        if stored.session.log.last_seq >= LOG_MAX_ENTRIES {
            return Noted::Full;
        }
        let event = Event::Note(Note {
            agent: note.agent.clone(),
            text: note.text.clone(),
        });
        let place = stored.push(note.note_id, note.now_ms, event);
        let hash = note.content_hash.clone();
        stored.log.hashes.insert(note.note_id, hash);
        let next_ms = stored.session.updated_at_ms + 1;
        stored.session.updated_at_ms = note.now_ms.max(next_ms);
        Noted::Stored(place)
    }

    /// Returns the session, if the caller may see it.
    fn visible_session(&self, id: Uuid, subject: Option<&TokenSubject>) -> Option<&StoredSession> {
        let stored = self.sessions.get(&id)?;
        let is_own = match subject {
            Some(TokenSubject::Contact(contact)) => {
                stored.session.verified && stored.contact_id == Some(contact.contact_id)
            }
            Some(TokenSubject::Visitor(id)) => stored.visitor_id == Some(*id),
            Some(TokenSubject::Agent(_)) | None => true,
        };
        is_own.then_some(stored)
    }

    /// Merges a message's contact into the session's. Returns false if it would be too
    /// large.
    fn write_contact(&mut self, send: &SendMessage) -> bool {
        let (Some(draft), Some(stored)) = (&send.contact, self.sessions.get(&send.session_id))
        else {
            return true;
        };
        let session_is_verified = stored.session.verified;
        let vouched_for = session_is_verified && send.by_server;
        let identity = draft.identity();
        let mut linked = stored.contact_id;
        if linked.is_none() && (!session_is_verified || send.by_server) {
            let mut contacts = self.contacts.iter();
            let known = contacts.find(|contact| identity.is_some() && contact.identity == identity);
            let id = known.map_or(send.new_contact_id, |contact| contact.id);
            if known.is_none() {
                let contact = StoredContact::new(id, draft, send.now_ms);
                self.contacts.push(contact);
            }
            linked = Some(id);
        }
        let Some(contact) = linked.and_then(|id| self.contact_mut(id)) else {
            return true;
        };
        if vouched_for && contact.would_be_too_large(draft) {
            return false;
        }
        let mut draft = draft.clone();
        let is_identity = |phone: &PhoneNumber| phone.identity() == contact.identity;
        let is_known_by_phone = contact.email.is_none() && contact.identity.is_some();
        let phone_number = draft.phone_number.take();
        draft.phone_number =
            phone_number.filter(|phone| !(vouched_for && is_known_by_phone) || is_identity(phone));
        contact.write(&draft, vouched_for, send.now_ms);
        if let Some(stored) = self.sessions.get_mut(&send.session_id) {
            stored.contact_id = linked;
        }
        true
    }

    pub(super) fn mark_read(&mut self, mark: &MarkRead) -> Option<Session> {
        self.visible_session(mark.session_id, mark.subject.as_ref())?;
        if let Some(stored) = self.sessions.get_mut(&mark.session_id) {
            stored.mark_read(mark.side, mark.seq);
        }
        self.session(mark.session_id)
    }

    pub(super) fn redact_message(&mut self, redact: &RedactMessage) -> Redacted {
        let Some(stored) = self.sessions.get_mut(&redact.session_id) else {
            return Redacted::NoSuchSession;
        };
        let mut entries = stored.log.entries.iter_mut();
        let entry = entries.find(|entry| entry.id == redact.message_id);
        let Some(Entry { seq, event, .. }) = entry else {
            return Redacted::NoSuchMessage;
        };
        let is_note = matches!(event, Event::Note(_));
        let (text, attachments) = match event {
            Event::Message(message) => (&mut message.text, &mut message.attachments),
            Event::Note(note) => (&mut note.text, &mut "[]".to_owned()),
            _ => return Redacted::NoSuchMessage,
        };
        if text.is_empty() && attachments == "[]" {
            return Redacted::Done;
        }
        text.clear();
        "[]".clone_into(attachments);
        let redacted_seq = *seq;
        let is_message = |entry: &&Entry| matches!(entry.event, Event::Message(_));
        let last = stored.log.entries.iter().rfind(is_message);
        if last.is_some_and(|last| last.seq == redacted_seq) {
            stored.session.log.last_message = Some(String::new());
        }
        let event = Event::Redacted {
            redacted_seq,
            is_note,
        };
        stored.push(redact.entry_id, redact.now_ms, event);
        let next_ms = stored.session.updated_at_ms + 1;
        stored.session.updated_at_ms = redact.now_ms.max(next_ms);
        Redacted::Done
    }

    pub(super) fn continue_session(&mut self, full: &ContinueSession) -> Option<Uuid> {
        let stored = self.sessions.get(&full.session_id)?;
        let next = stored.log.continued_in;
        if let Some(next) = next.filter(|next| self.sessions.contains_key(next)) {
            return Some(next);
        }
        self.last_ticket_number += 1;
        let continuation = StoredSession {
            session: Session {
                id: full.new_session_id,
                status: Status::Open,
                ticket_number: self.last_ticket_number,
                created_at_ms: full.now_ms,
                updated_at_ms: full.now_ms,
                log: LogState::default(),
                ..stored.session.clone()
            },
            contact_id: stored.contact_id,
            visitor_id: stored.visitor_id,
            log: Log::default(),
        };
        self.sessions.insert(full.new_session_id, continuation);
        let stored = self.sessions.get_mut(&full.session_id)?;
        stored.log.continued_in = Some(full.new_session_id);
        Some(full.new_session_id)
    }

    pub(super) fn read_log(&self, read: &ReadLog) -> Option<LogPage> {
        let subject = read.subject.as_ref();
        let stored = self.visible_session(read.session_id, subject)?;
        let (after, before) = read.query.bounds();
        let entries = stored.log.entries.iter();
        let mut entries: Vec<_> = entries
            .filter(|entry| entry.seq > after && entry.seq < before)
            .cloned()
            .collect();
        let begins_at_the_end = read.query.is_backwards();
        if begins_at_the_end {
            entries.reverse();
        }
        entries.truncate(read.query.page_size);
        if begins_at_the_end != (read.query.order == Order::Desc) {
            entries.reverse();
        }
        Some(LogPage {
            session: self.with_contact(stored),
            entries,
        })
    }
}

impl Log {
    fn find(&self, id: Uuid) -> Option<&Entry> {
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

    fn reason_of_rejection(&self, send: &SendMessage) -> Option<Sent> {
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

    fn push(&mut self, id: Uuid, now_ms: u64, event: Event) -> StoredMessage {
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

    fn mark_read(&mut self, side: Side, seq: u64) {
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

    fn append(&mut self, send: &SendMessage) -> StoredMessage {
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
