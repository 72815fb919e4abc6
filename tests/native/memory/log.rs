//! The log of a session in memory.

use super::contact::StoredContact;
use super::organization::{Organization, StoredSession};
use super::session_log::Log;
use chat_sessions::access::token::TokenSubject;
use chat_sessions::domain::entry::{Entry, Event, LogState, Note};
use chat_sessions::domain::history_query::Order;
use chat_sessions::domain::limits::LOG_MAX_ENTRIES;
use chat_sessions::domain::phone_number::PhoneNumber;
use chat_sessions::domain::session::{Session, Status};
use chat_sessions::storage::log::{
    AddNote, ContactNames, ContinueSession, LogPage, MarkRead, Noted, ReadLog, RedactMessage,
    Redacted, SendMessage, Sent, StoredMessage,
};
use uuid::Uuid;

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
