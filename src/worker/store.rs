//! The [`Store`] of the edge: keys in KV, everything else in D1.

use super::batch::{Batch, StatementResult, usage};
use super::log::Usage;
use super::{contacts, kv, sessions};
use crate::credential::{KeyFingerprint, KeyRecord, Tenant};
use crate::session::Session;
use crate::store::ContactExport;
use crate::store::{
    AuthenticateContact, CreateSession, Created, StorageError, Store, UpdateSession, Updated,
};
use std::cell::Cell;
use uuid::Uuid;
use worker::Env;

/// The storage behind one request.
pub(super) struct EdgeStore {
    env: Env,
    usage: Cell<Usage>,
}

impl EdgeStore {
    pub(super) fn new(env: Env) -> Self {
        Self {
            env,
            usage: Cell::default(),
        }
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
        let results = batch.run(&self.env, &tenant.db).await?;
        let results = results.read()?;
        self.usage.set(self.usage.get().plus(usage(&results)));
        read(&results)
    }
}

impl Store for EdgeStore {
    async fn find_key(
        &self,
        fingerprint: &KeyFingerprint,
    ) -> Result<Option<KeyRecord>, StorageError> {
        kv::find_key(&self.env, fingerprint).await
    }

    async fn create_session(
        &self,
        tenant: &Tenant,
        create: &CreateSession,
    ) -> Result<Created, StorageError> {
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

    async fn find_session(
        &self,
        tenant: &Tenant,
        id: Uuid,
    ) -> Result<Option<Session>, StorageError> {
        let batch = sessions::find_session(&tenant.organization, id);
        self.run(tenant, batch, sessions::found_session).await
    }
}
