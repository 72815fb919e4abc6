//! The [`WebhookStore`] of the edge, over D1.

use super::store::EdgeStore;
use super::timer::pause;
use crate::domain::tenant::Tenant;
use crate::storage::StorageError;
use crate::storage::d1::webhooks;
use crate::storage::webhooks::{
    CreateWebhook, DeliveryPage, ListDeliveries, ReplayEvents, Replayed, RotateWebhook,
    TestWebhook, UpdateWebhook, Webhook, WebhookStore,
};
use uuid::Uuid;

impl WebhookStore for EdgeStore<'_> {
    async fn create_webhook(
        &self,
        tenant: &Tenant,
        command: &CreateWebhook,
    ) -> Result<Option<Webhook>, StorageError> {
        let batch = webhooks::create_webhook(&tenant.organization, command);
        webhooks::found(&self.run(tenant, batch).await?)
    }

    async fn list_webhooks(&self, tenant: &Tenant) -> Result<Vec<Webhook>, StorageError> {
        let batch = webhooks::list_webhooks(&tenant.organization);
        webhooks::listed(&self.run(tenant, batch).await?)
    }

    async fn find_webhook(
        &self,
        tenant: &Tenant,
        id: Uuid,
    ) -> Result<Option<Webhook>, StorageError> {
        let batch = webhooks::find_webhook(&tenant.organization, id);
        webhooks::found(&self.run(tenant, batch).await?)
    }

    async fn update_webhook(
        &self,
        tenant: &Tenant,
        command: &UpdateWebhook,
    ) -> Result<Option<Webhook>, StorageError> {
        let batch = webhooks::update_webhook(&tenant.organization, command);
        webhooks::found(&self.run(tenant, batch).await?)
    }

    async fn rotate_webhook(
        &self,
        tenant: &Tenant,
        command: &RotateWebhook,
    ) -> Result<Option<Webhook>, StorageError> {
        let batch = webhooks::rotate_webhook(&tenant.organization, command);
        webhooks::found(&self.run(tenant, batch).await?)
    }

    async fn delete_webhook(&self, tenant: &Tenant, id: Uuid) -> Result<bool, StorageError> {
        let batch = webhooks::delete_webhook(&tenant.organization, id);
        let results = self.run(tenant, batch).await?;
        Ok(results.iter().any(|result| result.changes() > 0))
    }

    async fn test_webhook(
        &self,
        tenant: &Tenant,
        command: &TestWebhook,
    ) -> Result<bool, StorageError> {
        let batch = webhooks::test_webhook(&tenant.organization, command);
        let found = webhooks::found(&self.run(tenant, batch).await?)?;
        Ok(found.is_some())
    }

    async fn list_deliveries(
        &self,
        tenant: &Tenant,
        command: &ListDeliveries,
    ) -> Result<Option<DeliveryPage>, StorageError> {
        let batch = webhooks::list_deliveries(&tenant.organization, command);
        webhooks::page(command, &self.run(tenant, batch).await?)
    }

    async fn replay_events(
        &self,
        tenant: &Tenant,
        command: &ReplayEvents,
    ) -> Result<Option<Replayed>, StorageError> {
        let batch = webhooks::replay_events(&tenant.organization, command);
        let replayed = webhooks::replayed(&self.run(tenant, batch).await?)?;
        if replayed.is_some_and(|replayed| replayed.events > 0) {
            self.replayed(tenant);
            pause().await;
        }
        Ok(replayed)
    }
}
