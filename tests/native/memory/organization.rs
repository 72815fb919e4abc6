//! One organization in memory: its sessions, contacts and idempotency keys.

use super::contact::StoredContact;
use super::session_log::Log;
use chat_sessions::access::token::TokenSubject;
use chat_sessions::domain::contact::ContactDraft;
use chat_sessions::domain::session::{Session, Status};
use chat_sessions::storage::TokenError;
use chat_sessions::storage::quota::{Quota, Quotas};
use chat_sessions::storage::sessions::CreateSession;
use chat_sessions::storage::webhooks::Webhook;
use std::collections::HashMap;
use uuid::Uuid;

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// The stored data of an organization.
#[derive(Debug, Default, Clone)]
pub(super) struct Organization {
    /// The sessions and bytes of each day, by visitors and by others.
    pub(super) used: HashMap<(u64, bool), Quota>,
    pub(super) last_ticket_number: u64,
    pub(super) contacts: Vec<StoredContact>,
    pub(super) sessions: HashMap<Uuid, StoredSession>,
    pub(super) reservations: HashMap<String, StoredReservation>,
    /// When the tokens of an agent were last revoked, by the agent's id.
    pub(super) agent_revocations: HashMap<String, u64>,
    pub(super) webhooks: Vec<Webhook>,
}

#[derive(Debug, Clone)]
pub(super) struct StoredSession {
    pub(super) session: Session,
    pub(super) contact_id: Option<Uuid>,
    pub(super) visitor_id: Option<Uuid>,
    pub(super) log: Log,
}

/// A reserved idempotency key.
#[derive(Debug, Clone)]
pub(super) struct StoredReservation {
    pub(super) request_hash: String,
    pub(super) session_id: Uuid,
    pub(super) is_resumed: bool,
}

impl Organization {
    /// Checks that the contact of a token exists in the epoch of the token, and that the
    /// tokens of an agent have not been revoked.
    pub(super) fn check_token(&self, subject: Option<&TokenSubject>) -> Result<(), TokenError> {
        let is_valid = match subject {
            None | Some(TokenSubject::Visitor(_)) => true,
            Some(TokenSubject::Contact(subject)) => self.contacts.iter().any(|contact| {
                contact.id == subject.contact_id && contact.token_epoch == subject.epoch
            }),
            Some(TokenSubject::Agent(agent)) => {
                let revoked = self.agent_revocations.get(&agent.id);
                revoked.is_none_or(|revoked_at_ms| *revoked_at_ms < agent.issued_at_ms)
            }
        };
        is_valid.then_some(()).ok_or(TokenError::Revoked)
    }

    pub(super) fn is_over_quota(&self, create: &CreateSession, quotas: &Quotas) -> bool {
        let quota = quotas.of(create.by_visitor);
        let used = self.used.get(&(create.now_ms / DAY_MS, create.by_visitor));
        let (sessions, bytes) = used.map_or((0, 0), |used| (used.sessions, used.bytes));
        sessions >= quota.sessions || bytes + create.body_bytes as u64 > quota.bytes
    }

    pub(super) fn count(&mut self, create: &CreateSession) {
        let nothing = Quota {
            sessions: 0,
            bytes: 0,
        };
        let kind = (create.now_ms / DAY_MS, create.by_visitor);
        let used = self.used.entry(kind).or_insert(nothing);
        used.sessions += 1;
        used.bytes += create.body_bytes as u64;
    }

    pub(super) fn session(&self, id: Uuid) -> Option<Session> {
        let stored = self.sessions.get(&id)?;
        Some(self.with_contact(stored))
    }

    /// Forgets the idempotency keys of sessions that are removed.
    pub(super) fn forget_reservations(&mut self) {
        let sessions = &self.sessions;
        let reservations = &mut self.reservations;
        reservations.retain(|_, stored| sessions.contains_key(&stored.session_id));
    }

    /// Returns a session with its contact.
    pub(super) fn with_contact(&self, stored: &StoredSession) -> Session {
        let mut contacts = self.contacts.iter();
        let contact = stored
            .contact_id
            .and_then(|id| contacts.find(|contact| contact.id == id));
        Session {
            contact: contact.map(StoredContact::to_contact),
            ..stored.session.clone()
        }
    }

    /// Returns the session that this create would resume.
    pub(super) fn open_session(
        &self,
        contact_id: Option<Uuid>,
        create: &CreateSession,
    ) -> Option<Uuid> {
        let visitor_id = create.subject.as_ref().and_then(TokenSubject::visitor);
        let is_open = |stored: &&StoredSession| {
            let is_own = match visitor_id {
                Some(_) => stored.visitor_id == visitor_id,
                None => stored.contact_id == contact_id,
            };
            is_own
                && stored.session.channel == create.channel
                && stored.session.verified == create.verified
                && stored.session.status == Status::Open
        };
        let open = self.sessions.values().filter(is_open);
        open.map(|stored| stored.session.id).max()
    }

    /// Returns true if the draft would make its contact's verified attributes too large.
    pub(super) fn would_be_too_large(&self, draft: &ContactDraft) -> bool {
        let identity = draft.identity();
        let known = |contact: &&StoredContact| identity.is_some() && contact.identity == identity;
        let mut contacts = self.contacts.iter().filter(known);
        contacts.any(|contact| contact.would_be_too_large(draft))
    }

    pub(super) fn contact_mut(&mut self, id: Uuid) -> Option<&mut StoredContact> {
        self.contacts.iter_mut().find(|contact| contact.id == id)
    }

    /// Finds the contact by identity, or creates it, and writes the data that this
    /// caller may write. Returns the contact's id.
    pub(super) fn upsert_contact(
        &mut self,
        draft: &ContactDraft,
        verified: bool,
        new_id: Uuid,
        now_ms: u64,
    ) -> Uuid {
        let identity = draft.identity();
        let mut contacts = self.contacts.iter();
        let known = contacts.position(|contact| identity.is_some() && contact.identity == identity);
        let mut contact = known.map_or_else(
            || StoredContact::new(new_id, draft, now_ms),
            |index| self.contacts.swap_remove(index),
        );
        contact.write(draft, verified, now_ms);
        let id = contact.id;
        self.contacts.push(contact);
        id
    }
}
