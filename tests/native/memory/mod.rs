//! The service's storage in memory, in plain Rust: the same test cases run over it and
//! over D1.

#![allow(dead_code)] // Each test uses its own part.

mod contact;
mod log;
mod organization;
mod services;
mod session_log;
mod sessions;
mod webhooks;

use chat_sessions::access::token::{ContactSubject, TokenSubject};
use chat_sessions::domain::contact::ContactDraft;
use chat_sessions::domain::entry::Side;
use chat_sessions::domain::session::Session;
use chat_sessions::domain::tenant::Tenant;
use chat_sessions::storage::contacts::{
    AuthenticateContact, ContactExport, ContactRecord, Deleted, ExportContact, RemovalStep,
};
use chat_sessions::storage::log::{
    AddNote, ContinueSession, LogPage, MarkRead, Noted, ReadLog, RedactMessage, Redacted,
    SendMessage, Sent,
};
use chat_sessions::storage::quota::Quotas;
use chat_sessions::storage::sessions::{
    CreateSession, Created, ListSessions, SessionPage, UpdateSession, Updated,
};
use chat_sessions::storage::{StorageError, Store, TokenError};
use contact::StoredContact;
use organization::{Organization, StoredSession};
pub(crate) use services::MemoryServices;
use std::cell::RefCell;
use std::collections::HashMap;
use uuid::Uuid;

/// Sessions and contacts in memory.
#[derive(Debug, Default)]
pub(crate) struct MemoryStore {
    organizations: RefCell<HashMap<Tenant, Organization>>,
    pub(crate) quotas: Quotas,
}

impl MemoryStore {
    /// Returns how many contacts and sessions the organization has.
    #[must_use]
    pub(crate) fn count(&self, tenant: &Tenant) -> (usize, usize) {
        self.organizations
            .borrow()
            .get(tenant)
            .map_or((0, 0), |organization| {
                (organization.contacts.len(), organization.sessions.len())
            })
    }
}

impl Store for MemoryStore {
    async fn create_session(
        &self,
        tenant: &Tenant,
        create: &CreateSession,
    ) -> Result<Created, TokenError> {
        let mut organizations = self.organizations.borrow_mut();
        let organization = organizations.entry(tenant.clone()).or_default();
        organization.create_session(create, &self.quotas)
    }

    async fn authenticate_contact(
        &self,
        tenant: &Tenant,
        authenticate: &AuthenticateContact,
    ) -> Result<Option<ContactSubject>, StorageError> {
        let mut organizations = self.organizations.borrow_mut();
        let organization = organizations.entry(tenant.clone()).or_default();
        let login = &authenticate.login;
        let draft = ContactDraft {
            email: Some(login.email.clone()),
            name: login.name.clone(),
            phone_number: login.phone_number.clone(),
            custom_data: login.custom_data.clone(),
        };
        let AuthenticateContact {
            new_contact_id,
            now_ms,
            ..
        } = *authenticate;
        if organization.would_be_too_large(&draft) {
            return Ok(None);
        }
        let id = organization.upsert_contact(&draft, true, new_contact_id, now_ms);
        let mut epoch = 0;
        if let Some(contact) = organization.contact_mut(id) {
            epoch = contact.token_epoch;
            contact.updated_at_ms = now_ms;
            if login.avatar_url.is_some() {
                contact.avatar_url.clone_from(&login.avatar_url);
            }
            if login.language.is_some() {
                contact.language.clone_from(&login.language);
            }
        }
        Ok(Some(ContactSubject {
            contact_id: id,
            epoch,
        }))
    }

    async fn revoke_tokens(
        &self,
        tenant: &Tenant,
        id: Uuid,
        now_ms: u64,
    ) -> Result<bool, StorageError> {
        let mut organizations = self.organizations.borrow_mut();
        let organization = organizations.get_mut(tenant);
        let contact = organization.and_then(|organization| organization.contact_mut(id));
        Ok(contact
            .map(|contact| contact.token_epoch = now_ms.max(contact.token_epoch + 1))
            .is_some())
    }

    async fn find_contact(
        &self,
        tenant: &Tenant,
        identity: &str,
    ) -> Result<Option<ContactRecord>, StorageError> {
        let organizations = self.organizations.borrow();
        let contacts = organizations.get(tenant).map(|found| &found.contacts);
        let mut contacts = contacts.into_iter().flatten();
        let found = contacts.find(|contact| contact.identity.as_deref() == Some(identity));
        Ok(found.map(StoredContact::to_record))
    }

    async fn revoke_agent_tokens(
        &self,
        tenant: &Tenant,
        agent_id: &str,
        now_ms: u64,
    ) -> Result<(), StorageError> {
        let mut organizations = self.organizations.borrow_mut();
        let organization = organizations.entry(tenant.clone()).or_default();
        let revocations = &mut organization.agent_revocations;
        revocations.insert(agent_id.to_owned(), now_ms);
        Ok(())
    }

    async fn export_contact(
        &self,
        tenant: &Tenant,
        &ExportContact {
            id,
            cursor,
            page_size,
            ..
        }: &ExportContact,
    ) -> Result<Option<ContactExport>, StorageError> {
        let organizations = self.organizations.borrow();
        let Some(organization) = organizations.get(tenant) else {
            return Ok(None);
        };
        let mut contacts = organization.contacts.iter();
        let Some(contact) = contacts.find(|contact| contact.id == id) else {
            return Ok(None);
        };
        let stored = organization.sessions.values();
        let mut sessions: Vec<_> = stored
            .filter(|stored| stored.contact_id == Some(id))
            .filter(|stored| cursor.is_none_or(|cursor| cursor.precedes(stored.session.id)))
            .map(|stored| stored.session.clone())
            .collect();
        sessions.sort_by_key(|session| session.id);
        let has_more = sessions.len() > page_size;
        sessions.truncate(page_size);
        let last = sessions.last().filter(|_| has_more);
        let next = last.map(|last| last.id);
        Ok(Some(ContactExport {
            contact: contact.to_record(),
            entries: organization.entries_of(&sessions),
            sessions,
            next,
        }))
    }

    async fn delete_contact(
        &self,
        tenant: &Tenant,
        id: Uuid,
        step: RemovalStep,
    ) -> Result<Deleted, StorageError> {
        let mut organizations = self.organizations.borrow_mut();
        let Some(organization) = organizations.get_mut(tenant) else {
            return Ok(Deleted::NotFound);
        };
        if organization.contact_mut(id).is_none() {
            return Ok(Deleted::NotFound);
        }
        let mut left = step.sessions;
        organization.sessions.retain(|_, stored| {
            let is_removed = stored.contact_id == Some(id) && left > 0;
            left -= u32::from(is_removed);
            !is_removed
        });
        let mut stored = organization.sessions.values();
        let is_whole = !stored.any(|stored| stored.contact_id == Some(id));
        if is_whole {
            organization.contacts.retain(|contact| contact.id != id);
        }
        organization.forget_reservations();
        Ok(if is_whole {
            Deleted::Whole
        } else {
            Deleted::InPart
        })
    }

    async fn delete_session(
        &self,
        tenant: &Tenant,
        id: Uuid,
        _: RemovalStep,
    ) -> Result<Deleted, StorageError> {
        let mut organizations = self.organizations.borrow_mut();
        let Some(organization) = organizations.get_mut(tenant) else {
            return Ok(Deleted::NotFound);
        };
        let removed = organization.sessions.remove(&id);
        organization.forget_reservations();
        Ok(removed.map_or(Deleted::NotFound, |_| Deleted::Whole))
    }

    async fn update_session(
        &self,
        tenant: &Tenant,
        update: &UpdateSession,
    ) -> Result<Updated, TokenError> {
        if let Some(organization) = self.organizations.borrow().get(tenant) {
            organization.check_token(update.subject.as_ref())?;
        }
        if let Some(organization) = self.organizations.borrow_mut().get_mut(tenant)
            && let Some(stored) = organization.sessions.get_mut(&update.id)
        {
            let seen_ms = update.expected_updated_at_ms;
            if seen_ms.is_some_and(|seen_ms| seen_ms != stored.session.updated_at_ms) {
                return Ok(Updated::Changed);
            }
            if let Some(status) = update.status {
                stored.set_status(status, Side::Agent, update.entry_id, update.now_ms);
                let next_ms = stored.session.updated_at_ms + 1;
                stored.session.updated_at_ms = update.now_ms.max(next_ms);
            }
        }
        let organizations = self.organizations.borrow();
        let organization = organizations.get(tenant);
        let session = organization.and_then(|organization| organization.session(update.id));
        Ok(session.map_or(Updated::NoSuchSession, |session| {
            Updated::Stored(Box::new(session))
        }))
    }

    async fn check_token(
        &self,
        tenant: &Tenant,
        subject: Option<&TokenSubject>,
    ) -> Result<(), TokenError> {
        let mut organizations = self.organizations.borrow_mut();
        organizations
            .entry(tenant.clone())
            .or_default()
            .check_token(subject)
    }

    async fn find_session(
        &self,
        tenant: &Tenant,
        id: Uuid,
        subject: Option<&TokenSubject>,
    ) -> Result<Option<Session>, TokenError> {
        let mut organizations = self.organizations.borrow_mut();
        let organization = organizations.entry(tenant.clone()).or_default();
        organization.check_token(subject)?;
        let visitor_id = subject.and_then(TokenSubject::visitor);
        let stored = organization.sessions.get(&id);
        let is_own =
            |stored: &&StoredSession| visitor_id.is_none() || stored.visitor_id == visitor_id;
        Ok(stored.filter(is_own).and_then(|_| organization.session(id)))
    }

    async fn send_message(&self, tenant: &Tenant, send: &SendMessage) -> Result<Sent, TokenError> {
        let mut organizations = self.organizations.borrow_mut();
        let organization = organizations.entry(tenant.clone()).or_default();
        organization.check_token(send.subject.as_ref())?;
        Ok(organization.send_message(send))
    }

    async fn continue_session(
        &self,
        tenant: &Tenant,
        full: &ContinueSession,
    ) -> Result<Option<Uuid>, StorageError> {
        let mut organizations = self.organizations.borrow_mut();
        let organization = organizations.entry(tenant.clone()).or_default();
        Ok(organization.continue_session(full))
    }

    async fn mark_read(
        &self,
        tenant: &Tenant,
        mark: &MarkRead,
    ) -> Result<Option<Session>, TokenError> {
        let mut organizations = self.organizations.borrow_mut();
        let organization = organizations.entry(tenant.clone()).or_default();
        organization.check_token(mark.subject.as_ref())?;
        Ok(organization.mark_read(mark))
    }

    async fn add_note(&self, tenant: &Tenant, note: &AddNote) -> Result<Noted, TokenError> {
        let mut organizations = self.organizations.borrow_mut();
        let organization = organizations.entry(tenant.clone()).or_default();
        organization.check_token(note.subject.as_ref())?;
        Ok(organization.add_note(note))
    }

    async fn redact_message(
        &self,
        tenant: &Tenant,
        redact: &RedactMessage,
    ) -> Result<Redacted, StorageError> {
        let mut organizations = self.organizations.borrow_mut();
        let organization = organizations.entry(tenant.clone()).or_default();
        Ok(organization.redact_message(redact))
    }

    async fn read_log(
        &self,
        tenant: &Tenant,
        read: &ReadLog,
    ) -> Result<Option<LogPage>, TokenError> {
        let mut organizations = self.organizations.borrow_mut();
        let organization = organizations.entry(tenant.clone()).or_default();
        organization.check_token(read.subject.as_ref())?;
        Ok(organization.read_log(read))
    }

    async fn list_sessions(
        &self,
        tenant: &Tenant,
        list: &ListSessions,
    ) -> Result<SessionPage, TokenError> {
        let mut organizations = self.organizations.borrow_mut();
        let organization = organizations.entry(tenant.clone()).or_default();
        organization.list_sessions(list)
    }
}
