//! The [`Store`] of the edge: keys in KV, everything else in D1.

use super::batch::{Batch, Results, StatementResult, usage};
use super::log::Usage;
use super::session_list::{Found, Search};
use super::{contacts, kv, resume, sessions};
use crate::credential::{KeyFingerprint, KeyRecord, Tenant};
use crate::session::Session;
use crate::store::{
    AuthenticateContact, ContactExport, CreateSession, Created, ListSessions, SessionPage,
    StorageError, Store, UpdateSession, Updated,
};
use std::cell::{Cell, RefCell};
use uuid::Uuid;

/// The storage behind one request.
pub(super) struct EdgeStore {
    usage: Cell<Usage>,
    /// The state that the caller has seen, if it says so.
    sent_bookmark: Option<String>,
    /// The state that this request has seen last.
    bookmark: RefCell<Option<String>>,
}

impl EdgeStore {
    pub(super) fn new(sent_bookmark: Option<String>) -> Self {
        Self {
            usage: Cell::default(),
            sent_bookmark,
            bookmark: RefCell::default(),
        }
    }

    /// The state that this request has seen of the database, if it asked it.
    pub(super) fn into_bookmark(self) -> Option<String> {
        self.bookmark.into_inner()
    }

    /// What D1 has done for this request so far.
    pub(super) fn usage(&self) -> Usage {
        self.usage.get()
    }

    /// Runs `batch` on the tenant's database, as one transaction, and reads
    /// what it gave.
    async fn run<T>(
        &self,
        tenant: &Tenant,
        batch: Batch,
        read: impl FnOnce(&[StatementResult<'_>]) -> Result<T, StorageError>,
    ) -> Result<T, StorageError> {
        let seen = self.bookmark.borrow().clone();
        let bookmark = seen.as_deref().or(self.sent_bookmark.as_deref());
        let answer = batch.run(&tenant.db, bookmark).await?;
        let Results {
            statements,
            bookmark,
        } = answer.read()?;
        self.bookmark.replace(bookmark);
        self.usage.set(self.usage.get().plus(usage(&statements)));
        read(&statements)
    }
}

impl Store for EdgeStore {
    async fn find_key(
        &self,
        fingerprint: &KeyFingerprint,
    ) -> Result<Option<KeyRecord>, StorageError> {
        kv::find_key(fingerprint).await
    }

    async fn create_session(
        &self,
        tenant: &Tenant,
        create: &CreateSession,
    ) -> Result<Created, StorageError> {
        if create.resume {
            let batch = resume::resume_session(&tenant.organization, create);
            return self
                .run(tenant, batch, |results| resume::resumed(create, results))
                .await;
        }
        let batch = sessions::create_session(&tenant.organization, create);
        self.run(tenant, batch, |results| sessions::created(create, results))
            .await
    }

    async fn authenticate_contact(
        &self,
        tenant: &Tenant,
        authenticate: &AuthenticateContact,
    ) -> Result<Uuid, StorageError> {
        let batch = contacts::authenticate_contact(&tenant.organization, authenticate);
        self.run(tenant, batch, contacts::authenticated).await
    }

    async fn export_contact(
        &self,
        tenant: &Tenant,
        id: Uuid,
    ) -> Result<Option<ContactExport>, StorageError> {
        let batch = contacts::export_contact(&tenant.organization, id);
        self.run(tenant, batch, contacts::exported).await
    }

    async fn delete_contact(&self, tenant: &Tenant, id: Uuid) -> Result<bool, StorageError> {
        let batch = contacts::delete_contact(&tenant.organization, id);
        self.run(tenant, batch, contacts::deleted).await
    }

    async fn update_session(
        &self,
        tenant: &Tenant,
        update: &UpdateSession,
    ) -> Result<Updated, StorageError> {
        let batch = sessions::update_session(&tenant.organization, update);
        self.run(tenant, batch, |results| sessions::updated(update, results))
            .await
    }

    async fn list_sessions(
        &self,
        tenant: &Tenant,
        list: &ListSessions,
    ) -> Result<SessionPage, StorageError> {
        let search = Search {
            organization: &tenant.organization,
            list,
        };
        let found = self
            .run(tenant, search.begin(), |results| search.found(results))
            .await?;
        match found {
            Found::Page(page) => Ok(page),
            Found::Beginning(sessions) => {
                self.run(tenant, search.go_on(), |results| {
                    search.found_rest(sessions, results)
                })
                .await
            }
        }
    }

    async fn find_session(
        &self,
        tenant: &Tenant,
        id: Uuid,
    ) -> Result<Option<Session>, StorageError> {
        let batch = sessions::find_session(&tenant.organization, id);
        self.run(tenant, batch, sessions::found_session).await
    }
}
