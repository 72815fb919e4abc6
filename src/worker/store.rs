//! The [`Store`] of the edge: keys in KV, everything else in D1.

use super::batch::{Answer, Batch, Results, StatementResult, usage};
use super::log::Usage;
use super::session_list::{Found, Search};
use super::{contacts, keys, resume, sessions};
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
    /// When the request came.
    now_ms: u64,
    usage: Cell<Usage>,
    /// The state that the caller has seen, if it says so.
    sent_bookmark: Option<String>,
    /// The state that this request has seen last.
    bookmark: RefCell<Option<String>>,
}

impl EdgeStore {
    pub(super) fn new(now_ms: u64, sent_bookmark: Option<String>) -> Self {
        Self {
            now_ms,
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

    /// Runs `batch` on the tenant's database, as one transaction.
    async fn run(&self, tenant: &Tenant, batch: Batch) -> Result<Answer, StorageError> {
        let seen = self.bookmark.borrow().clone();
        let bookmark = seen.as_deref().or(self.sent_bookmark.as_deref());
        batch.run(&tenant.db, bookmark).await
    }

    /// What the statements of a batch gave; keeps account of it.
    fn results<'a>(&self, answer: &'a Answer) -> Result<Vec<StatementResult<'a>>, StorageError> {
        let Results {
            statements,
            bookmark,
        } = answer.read()?;
        self.bookmark.replace(bookmark);
        self.usage.set(self.usage.get().plus(usage(&statements)));
        Ok(statements)
    }
}

impl Store for EdgeStore {
    async fn find_key(
        &self,
        fingerprint: &KeyFingerprint,
    ) -> Result<Option<KeyRecord>, StorageError> {
        keys::find_key(fingerprint, self.now_ms).await
    }

    async fn create_session(
        &self,
        tenant: &Tenant,
        create: &CreateSession,
    ) -> Result<Created, StorageError> {
        if create.resume {
            let batch = resume::resume_session(&tenant.organization, create);
            let answer = self.run(tenant, batch).await?;
            return resume::resumed(create, &self.results(&answer)?);
        }
        let batch = sessions::create_session(&tenant.organization, create);
        let answer = self.run(tenant, batch).await?;
        sessions::created(create, &self.results(&answer)?)
    }

    async fn authenticate_contact(
        &self,
        tenant: &Tenant,
        authenticate: &AuthenticateContact,
    ) -> Result<Uuid, StorageError> {
        let batch = contacts::authenticate_contact(&tenant.organization, authenticate);
        let answer = self.run(tenant, batch).await?;
        contacts::authenticated(&self.results(&answer)?)
    }

    async fn export_contact(
        &self,
        tenant: &Tenant,
        id: Uuid,
    ) -> Result<Option<ContactExport>, StorageError> {
        let batch = contacts::export_contact(&tenant.organization, id);
        let answer = self.run(tenant, batch).await?;
        contacts::exported(&self.results(&answer)?)
    }

    async fn delete_contact(&self, tenant: &Tenant, id: Uuid) -> Result<bool, StorageError> {
        let batch = contacts::delete_contact(&tenant.organization, id);
        let answer = self.run(tenant, batch).await?;
        contacts::deleted(&self.results(&answer)?)
    }

    async fn update_session(
        &self,
        tenant: &Tenant,
        update: &UpdateSession,
    ) -> Result<Updated, StorageError> {
        let batch = sessions::update_session(&tenant.organization, update);
        let answer = self.run(tenant, batch).await?;
        sessions::updated(update, &self.results(&answer)?)
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
        let answer = self.run(tenant, search.begin()).await?;
        match search.found(&self.results(&answer)?)? {
            Found::Page(page) => Ok(page),
            Found::Beginning(sessions) => {
                let answer = self.run(tenant, search.go_on()).await?;
                search.found_rest(sessions, &self.results(&answer)?)
            }
        }
    }

    async fn find_session(
        &self,
        tenant: &Tenant,
        id: Uuid,
    ) -> Result<Option<Session>, StorageError> {
        let batch = sessions::find_session(&tenant.organization, id);
        let answer = self.run(tenant, batch).await?;
        sessions::found_session(&self.results(&answer)?)
    }
}
