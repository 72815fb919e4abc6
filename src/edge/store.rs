//! The [`Store`] of the edge: keys in KV, everything else in D1.

use super::timer::Timer;
use crate::credential::{KeyFingerprint, KeyRecord, Tenant};
use crate::key_cache::KeyCache;
use crate::session::Session;
use crate::storage::d1::batch::{Batch, StatementResult, Usage, failed};
use crate::storage::d1::list::{Found, Search};
use crate::storage::d1::{bookmark, contacts, resume, sessions};
use crate::storage::kv_keys;
use crate::store::{
    AuthenticateContact, ContactExport, CreateSession, Created, ListSessions, SessionPage,
    StorageError, Store, UpdateSession, Updated,
};
use std::cell::{Cell, RefCell};
use uuid::Uuid;
use wasm_bindgen::JsCast;
use worker::Env;
use worker::js_sys::Reflect;

/// Time-out of a call to D1 or KV: far more than one ever needs, and soon enough for
/// the caller to retry. A create makes one of each.
const STORAGE_TIMEOUT_MS: u64 = 5000;

thread_local! {
    static KEY_CACHE: RefCell<KeyCache> = RefCell::default();
}

/// The storage behind one request.
pub(super) struct EdgeStore<'a> {
    env: &'a Env,
    timer: &'a Timer,
    /// The time of the request.
    now_ms: u64,
    usage: Cell<Usage>,
    /// The bookmark that the caller sent: the latest state that they have seen.
    sent_bookmark: Option<String>,
    /// The latest state that this request has seen.
    bookmark: RefCell<Option<String>>,
}

impl<'a> EdgeStore<'a> {
    pub(super) fn new(
        env: &'a Env,
        timer: &'a Timer,
        now_ms: u64,
        sent_bookmark: Option<String>,
    ) -> Self {
        Self {
            env,
            timer,
            now_ms,
            usage: Cell::default(),
            sent_bookmark,
            bookmark: RefCell::default(),
        }
    }

    /// Returns the state of the database that this request has seen, if it used D1.
    pub(super) fn into_bookmark(self) -> Option<String> {
        self.bookmark.into_inner()
    }

    /// Returns the D1 usage of this request so far.
    pub(super) fn usage(&self) -> Usage {
        self.usage.get()
    }

    /// Runs `batch` on the tenant's database, as one transaction.
    async fn run(
        &self,
        tenant: &Tenant,
        batch: Batch,
    ) -> Result<Vec<StatementResult>, StorageError> {
        let database = Reflect::get(self.env, &tenant.db.as_str().into());
        let database = database
            .ok()
            .filter(|binding| !binding.is_undefined())
            .ok_or_else(|| failed(&format!("there is no binding {}", tenant.db)))?
            .unchecked_into();
        let seen = self.bookmark.borrow().clone();
        let bookmark = seen.as_deref().or(self.sent_bookmark.as_deref());
        let call = batch.run(&database, bookmark.unwrap_or(bookmark::PRIMARY));
        let answer = self.timer.within(STORAGE_TIMEOUT_MS, call).await;
        let answer = answer.map_err(|cause| failed(&cause))??;
        let results = answer.read()?;
        self.bookmark.replace(answer.bookmark);
        self.usage.set(self.usage.get().plus(Usage::of(&results)));
        Ok(results)
    }
}

impl Store for EdgeStore<'_> {
    async fn find_key(
        &self,
        fingerprint: &KeyFingerprint,
    ) -> Result<Option<KeyRecord>, StorageError> {
        let now_ms = self.now_ms;
        if let Some(record) = KEY_CACHE.with_borrow(|cache| cache.get(fingerprint, now_ms)) {
            return Ok(Some(record));
        }
        let call = kv_keys::find_key(self.env, fingerprint);
        let found = self.timer.within(STORAGE_TIMEOUT_MS, call).await;
        let found = found.map_err(|cause| kv_keys::failed(&cause))??;
        if let Some(record) = &found {
            KEY_CACHE.with_borrow_mut(|cache| {
                cache.insert(fingerprint.clone(), record.clone(), now_ms);
            });
        }
        Ok(found)
    }

    async fn create_session(
        &self,
        tenant: &Tenant,
        create: &CreateSession,
    ) -> Result<Created, StorageError> {
        if create.resume {
            let batch = resume::resume_session(&tenant.organization, create);
            let results = self.run(tenant, batch).await?;
            return resume::resumed(create, &results);
        }
        let batch = sessions::create_session(&tenant.organization, create);
        let results = self.run(tenant, batch).await?;
        sessions::created(create, &results)
    }

    async fn authenticate_contact(
        &self,
        tenant: &Tenant,
        authenticate: &AuthenticateContact,
    ) -> Result<Uuid, StorageError> {
        let batch = contacts::authenticate_contact(&tenant.organization, authenticate);
        let results = self.run(tenant, batch).await?;
        contacts::authenticated(&results)
    }

    async fn export_contact(
        &self,
        tenant: &Tenant,
        id: Uuid,
    ) -> Result<Option<ContactExport>, StorageError> {
        let batch = contacts::export_contact(&tenant.organization, id);
        let results = self.run(tenant, batch).await?;
        contacts::exported(&results)
    }

    async fn delete_contact(&self, tenant: &Tenant, id: Uuid) -> Result<bool, StorageError> {
        let batch = contacts::delete_contact(&tenant.organization, id);
        let results = self.run(tenant, batch).await?;
        contacts::deleted(&results)
    }

    async fn update_session(
        &self,
        tenant: &Tenant,
        update: &UpdateSession,
    ) -> Result<Updated, StorageError> {
        let batch = sessions::update_session(&tenant.organization, update);
        let results = self.run(tenant, batch).await?;
        sessions::updated(update, &results)
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
        let results = self.run(tenant, search.begin()).await?;
        match search.found(&results)? {
            Found::Page(page) => Ok(page),
            Found::Beginning(sessions) => {
                let results = self.run(tenant, search.go_on()).await?;
                search.found_rest(sessions, &results)
            }
        }
    }

    async fn find_session(
        &self,
        tenant: &Tenant,
        id: Uuid,
    ) -> Result<Option<Session>, StorageError> {
        let batch = sessions::find_session(&tenant.organization, id);
        let results = self.run(tenant, batch).await?;
        sessions::found_session(&results)
    }
}
