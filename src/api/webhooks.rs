//! The endpoints of webhooks.

use super::Call;
use super::response::Response;
use super::shapes::iso_8601;
use super::webhook_shapes::{
    CreatedWebhookBody, DeliveryListBody, ReplayedBody, TestedBody, WebhookBody, WebhookListBody,
};
use crate::access::AccessServices;
use crate::domain::delivery::event_id;
use crate::domain::delivery_query::{DeliveryQuery, EventCursor};
use crate::domain::id::parse_uuid;
use crate::domain::limits::WEBHOOK_ROTATION_MS;
use crate::domain::webhook::{NewWebhook, Replay, WebhookUpdate};
use crate::error::Error;
use crate::storage::Store;
use crate::storage::webhooks::{
    CreateWebhook, ListDeliveries, ReplayEvents, RotateWebhook, TestWebhook, UpdateWebhook,
};
use crate::validation::json_text;
use uuid::Uuid;

/// Events that a step of a replay makes due: the database is busy with it for some 20 ms.
const REPLAY_STEP: u32 = 1000;
/// Steps of one request: 200,000 events. More take another request.
const REPLAY_STEPS_MAX: u32 = 200;

impl<S: Store, A: AccessServices> Call<'_, S, A> {
    /// `POST /webhooks`
    pub(super) async fn create_webhook(&self, body: &[u8]) -> Result<Response, Error> {
        let allows_local = self.services.allows_local_webhooks();
        let create = CreateWebhook {
            webhook: NewWebhook::check(&json_text::parse(body)?, allows_local)?,
            id: self.context.webhook_id(),
            secret: self.context.webhook_secret(),
            now_ms: self.context.now_ms,
        };
        let created = self.store.create_webhook(self.principal.tenant(), &create);
        let webhook = created.await?.ok_or(Error::TooManyWebhooks)?;
        let body = CreatedWebhookBody::new(&webhook, &create.secret, None);
        Response::json(201, &body)
    }

    /// `GET /webhooks`
    pub(super) async fn list_webhooks(&self) -> Result<Response, Error> {
        let webhooks = self.store.list_webhooks(self.principal.tenant()).await?;
        Response::json(200, &WebhookListBody::new(&webhooks))
    }

    /// `GET /webhooks/{webhook_id}`
    pub(super) async fn read_webhook(&self, id: &str) -> Result<Response, Error> {
        let id = webhook_id(id)?;
        let found = self.store.find_webhook(self.principal.tenant(), id);
        let webhook = found.await?.ok_or(Error::WebhookNotFound)?;
        Response::json(200, &WebhookBody::new(&webhook))
    }

    /// `PATCH /webhooks/{webhook_id}`
    pub(super) async fn update_webhook(&self, id: &str, body: &[u8]) -> Result<Response, Error> {
        let allows_local = self.services.allows_local_webhooks();
        let update = UpdateWebhook {
            update: WebhookUpdate::check(&json_text::parse(body)?, allows_local)?,
            id: webhook_id(id)?,
            now_ms: self.context.now_ms,
        };
        let updated = self.store.update_webhook(self.principal.tenant(), &update);
        let webhook = updated.await?.ok_or(Error::WebhookNotFound)?;
        Response::json(200, &WebhookBody::new(&webhook))
    }

    /// `DELETE /webhooks/{webhook_id}`
    pub(super) async fn delete_webhook(&self, id: &str) -> Result<Response, Error> {
        let id = webhook_id(id)?;
        let deleted = self.store.delete_webhook(self.principal.tenant(), id);
        if deleted.await? {
            Ok(Response::empty(204))
        } else {
            Err(Error::WebhookNotFound)
        }
    }

    /// `POST /webhooks/{webhook_id}/rotate`
    pub(super) async fn rotate_webhook(&self, id: &str) -> Result<Response, Error> {
        let now_ms = self.context.now_ms;
        let rotate = RotateWebhook {
            id: webhook_id(id)?,
            secret: self.context.webhook_secret(),
            previous_until_ms: now_ms.saturating_add(WEBHOOK_ROTATION_MS),
            now_ms,
        };
        let rotated = self.store.rotate_webhook(self.principal.tenant(), &rotate);
        let webhook = rotated.await?.ok_or(Error::WebhookNotFound)?;
        let until = Some(rotate.previous_until_ms);
        Response::json(
            200,
            &CreatedWebhookBody::new(&webhook, &rotate.secret, until),
        )
    }

    /// `POST /webhooks/{webhook_id}/test`
    pub(super) async fn test_webhook(&self, id: &str) -> Result<Response, Error> {
        let test = TestWebhook {
            id: webhook_id(id)?,
            subject_id: self.context.message_id(),
            now_ms: self.context.now_ms,
        };
        let tested = self.store.test_webhook(self.principal.tenant(), &test);
        if !tested.await? {
            return Err(Error::WebhookNotFound);
        }
        let webhook_id = event_id(test.subject_id, 0);
        Response::json(202, &TestedBody { webhook_id })
    }

    /// `GET /webhooks/{webhook_id}/deliveries`
    pub(super) async fn list_deliveries(&self, id: &str, query: &str) -> Result<Response, Error> {
        let list = ListDeliveries {
            query: DeliveryQuery::check(query)?,
            id: webhook_id(id)?,
        };
        let listed = self.store.list_deliveries(self.principal.tenant(), &list);
        let page = listed.await?.ok_or(Error::WebhookNotFound)?;
        Response::json(200, &DeliveryListBody::new(&page))
    }

    /// `POST /webhooks/{webhook_id}/replay`
    pub(super) async fn replay_events(&self, id: &str, body: &[u8]) -> Result<Response, Error> {
        let now_ms = self.context.now_ms;
        let Replay { since_ms } = Replay::check(&json_text::parse(body)?, now_ms)?;
        let mut step = ReplayEvents {
            id: webhook_id(id)?,
            // Before every event of this time.
            after: EventCursor {
                created_at_ms: since_ms,
                subject_id: Uuid::nil(),
                seq: 0,
            },
            limit: REPLAY_STEP,
            now_ms,
        };
        let mut events = 0_u32;
        for _ in 0..REPLAY_STEPS_MAX {
            let replayed = self.store.replay_events(self.principal.tenant(), &step);
            let replayed = replayed.await?.ok_or(Error::WebhookNotFound)?;
            events = events.saturating_add(replayed.events);
            match replayed.last {
                Some(last) if replayed.events >= REPLAY_STEP => step.after = last,
                _ => return Response::json(202, &ReplayedBody { events, next: None }),
            }
        }
        let next = Some(iso_8601(step.after.created_at_ms));
        Response::json(202, &ReplayedBody { events, next })
    }
}

fn webhook_id(id: &str) -> Result<Uuid, Error> {
    parse_uuid(id).ok_or(Error::WebhookNotFound)
}
