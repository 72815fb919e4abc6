//! Webhooks in memory. It sends nothing, so there is no try to list, and no event to send
//! again.

use super::MemoryStore;
use super::organization::Organization;
use chat_sessions::domain::limits::WEBHOOKS_MAX;
use chat_sessions::domain::tenant::Tenant;
use chat_sessions::domain::webhook::{DisabledReason, WebhookStatus};
use chat_sessions::storage::StorageError;
use chat_sessions::storage::webhooks::{
    CreateWebhook, DeliveryPage, ListDeliveries, ReplayEvents, Replayed, RotateWebhook,
    TestWebhook, UpdateWebhook, Webhook, WebhookStore,
};
use uuid::Uuid;

impl Organization {
    fn webhook_mut(&mut self, id: Uuid) -> Option<&mut Webhook> {
        self.webhooks.iter_mut().find(|webhook| webhook.id == id)
    }
}

impl WebhookStore for MemoryStore {
    async fn create_webhook(
        &self,
        tenant: &Tenant,
        create: &CreateWebhook,
    ) -> Result<Option<Webhook>, StorageError> {
        let mut organizations = self.organizations.borrow_mut();
        let organization = organizations.entry(tenant.clone()).or_default();
        if organization.webhooks.len() as u64 >= WEBHOOKS_MAX {
            return Ok(None);
        }
        let request = create.webhook.clone();
        let webhook = Webhook {
            id: create.id,
            url: request.url,
            events: request.events,
            description: request.description,
            format: request.format,
            status: WebhookStatus::Enabled,
            disabled_reason: None,
            failing_since_ms: None,
            created_at_ms: create.now_ms,
            updated_at_ms: create.now_ms,
        };
        organization.webhooks.push(webhook.clone());
        Ok(Some(webhook))
    }

    async fn list_webhooks(&self, tenant: &Tenant) -> Result<Vec<Webhook>, StorageError> {
        let organizations = self.organizations.borrow();
        let webhooks = organizations.get(tenant).map(|found| &found.webhooks);
        Ok(webhooks.cloned().unwrap_or_default())
    }

    async fn find_webhook(
        &self,
        tenant: &Tenant,
        id: Uuid,
    ) -> Result<Option<Webhook>, StorageError> {
        let mut webhooks = self.list_webhooks(tenant).await?.into_iter();
        Ok(webhooks.find(|webhook| webhook.id == id))
    }

    async fn update_webhook(
        &self,
        tenant: &Tenant,
        update: &UpdateWebhook,
    ) -> Result<Option<Webhook>, StorageError> {
        let mut organizations = self.organizations.borrow_mut();
        let organization = organizations.entry(tenant.clone()).or_default();
        let Some(webhook) = organization.webhook_mut(update.id) else {
            return Ok(None);
        };
        let request = update.update.clone();
        webhook.url = request.url.unwrap_or_else(|| webhook.url.clone());
        webhook.events = request.events.unwrap_or_else(|| webhook.events.clone());
        if let Some(description) = request.description {
            webhook.description = Some(description).filter(|text| !text.is_empty());
        }
        webhook.format = request.format.unwrap_or(webhook.format);
        if let Some(status) = request.status {
            webhook.status = status;
            let is_disabled = status == WebhookStatus::Disabled;
            webhook.disabled_reason = is_disabled.then_some(DisabledReason::ByRequest);
        }
        webhook.updated_at_ms = update.now_ms.max(webhook.updated_at_ms + 1);
        Ok(Some(webhook.clone()))
    }

    async fn rotate_webhook(
        &self,
        tenant: &Tenant,
        rotate: &RotateWebhook,
    ) -> Result<Option<Webhook>, StorageError> {
        let mut organizations = self.organizations.borrow_mut();
        let organization = organizations.entry(tenant.clone()).or_default();
        Ok(organization.webhook_mut(rotate.id).map(|webhook| {
            webhook.updated_at_ms = rotate.now_ms.max(webhook.updated_at_ms + 1);
            webhook.clone()
        }))
    }

    async fn delete_webhook(&self, tenant: &Tenant, id: Uuid) -> Result<bool, StorageError> {
        let mut organizations = self.organizations.borrow_mut();
        let organization = organizations.entry(tenant.clone()).or_default();
        let before = organization.webhooks.len();
        organization.webhooks.retain(|webhook| webhook.id != id);
        Ok(organization.webhooks.len() < before)
    }

    async fn test_webhook(
        &self,
        tenant: &Tenant,
        test: &TestWebhook,
    ) -> Result<bool, StorageError> {
        Ok(self.find_webhook(tenant, test.id).await?.is_some())
    }

    async fn list_deliveries(
        &self,
        tenant: &Tenant,
        list: &ListDeliveries,
    ) -> Result<Option<DeliveryPage>, StorageError> {
        let webhook = self.find_webhook(tenant, list.id).await?;
        Ok(webhook.map(|_| DeliveryPage::default()))
    }

    async fn replay_events(
        &self,
        tenant: &Tenant,
        replay: &ReplayEvents,
    ) -> Result<Option<Replayed>, StorageError> {
        let webhook = self.find_webhook(tenant, replay.id).await?;
        Ok(webhook.map(|_| Replayed {
            events: 0,
            last: None,
        }))
    }
}
