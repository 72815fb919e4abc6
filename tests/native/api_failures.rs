//! Responses to failures of the service, and to a body that breaks off: the status,
//! `Retry-After`, and no internal detail.

use crate::memory::MemoryServices;
use chat_sessions::access::api_key::{ApiKeyKind, ApiKeyRecord};
use chat_sessions::access::token::{ContactSubject, TokenSubject};
use chat_sessions::api::body::{Body, BodyError, ReceivedBody};
use chat_sessions::api::context::RequestContext;
use chat_sessions::api::request::{Request, RequestHeaders};
use chat_sessions::api::{self, Handled};
use chat_sessions::domain::entry::LogState;
use chat_sessions::domain::session::{Channel, Session, Status};
use chat_sessions::domain::tenant::Tenant;
use chat_sessions::storage::contacts::{
    AuthenticateContact, ContactExport, ContactRecord, Deleted, ExportContact, RemovalStep,
};
use chat_sessions::storage::log::{
    AddNote, ContinueSession, LogPage, MarkRead, Noted, ReadLog, RedactMessage, Redacted,
    SendMessage, Sent,
};
use chat_sessions::storage::sessions::{
    CreateSession, Created, ListSessions, SessionPage, UpdateSession, Updated,
};
use chat_sessions::storage::webhooks::{
    CreateWebhook, DeliveryPage, ListDeliveries, ReplayEvents, Replayed, RotateWebhook,
    TestWebhook, UpdateWebhook, Webhook, WebhookStore,
};
use chat_sessions::storage::{StorageError, Store, TokenError};
use serde_json::Value;
use uuid::Uuid;

const SECRET_CAUSE: &str = "D1: database acme-7d1f is on fire";

/// A storage that fails.
struct BrokenStore;

impl WebhookStore for BrokenStore {
    async fn create_webhook(
        &self,
        _: &Tenant,
        _: &CreateWebhook,
    ) -> Result<Option<Webhook>, StorageError> {
        Err(StorageError(SECRET_CAUSE.to_owned()))
    }

    async fn list_webhooks(&self, _: &Tenant) -> Result<Vec<Webhook>, StorageError> {
        Err(StorageError(SECRET_CAUSE.to_owned()))
    }

    async fn find_webhook(&self, _: &Tenant, _: Uuid) -> Result<Option<Webhook>, StorageError> {
        Err(StorageError(SECRET_CAUSE.to_owned()))
    }

    async fn update_webhook(
        &self,
        _: &Tenant,
        _: &UpdateWebhook,
    ) -> Result<Option<Webhook>, StorageError> {
        Err(StorageError(SECRET_CAUSE.to_owned()))
    }

    async fn rotate_webhook(
        &self,
        _: &Tenant,
        _: &RotateWebhook,
    ) -> Result<Option<Webhook>, StorageError> {
        Err(StorageError(SECRET_CAUSE.to_owned()))
    }

    async fn delete_webhook(&self, _: &Tenant, _: Uuid) -> Result<bool, StorageError> {
        Err(StorageError(SECRET_CAUSE.to_owned()))
    }

    async fn test_webhook(&self, _: &Tenant, _: &TestWebhook) -> Result<bool, StorageError> {
        Err(StorageError(SECRET_CAUSE.to_owned()))
    }

    async fn list_deliveries(
        &self,
        _: &Tenant,
        _: &ListDeliveries,
    ) -> Result<Option<DeliveryPage>, StorageError> {
        Err(StorageError(SECRET_CAUSE.to_owned()))
    }

    async fn replay_events(
        &self,
        _: &Tenant,
        _: &ReplayEvents,
    ) -> Result<Option<Replayed>, StorageError> {
        Err(StorageError(SECRET_CAUSE.to_owned()))
    }
}

impl Store for BrokenStore {
    async fn create_session(&self, _: &Tenant, _: &CreateSession) -> Result<Created, TokenError> {
        Err(StorageError(SECRET_CAUSE.to_owned()).into())
    }

    async fn authenticate_contact(
        &self,
        _: &Tenant,
        _: &AuthenticateContact,
    ) -> Result<Option<ContactSubject>, StorageError> {
        Err(StorageError(SECRET_CAUSE.to_owned()))
    }

    async fn revoke_tokens(&self, _: &Tenant, _: Uuid, _: u64) -> Result<bool, StorageError> {
        Err(StorageError(SECRET_CAUSE.to_owned()))
    }

    async fn find_contact(
        &self,
        _: &Tenant,
        _: &str,
    ) -> Result<Option<ContactRecord>, StorageError> {
        Err(StorageError(SECRET_CAUSE.to_owned()))
    }

    async fn revoke_agent_tokens(&self, _: &Tenant, _: &str, _: u64) -> Result<(), StorageError> {
        Err(StorageError(SECRET_CAUSE.to_owned()))
    }

    async fn export_contact(
        &self,
        _: &Tenant,
        _: &ExportContact,
    ) -> Result<Option<ContactExport>, StorageError> {
        Err(StorageError(SECRET_CAUSE.to_owned()))
    }

    /// Fails, except for one id, which always has more.
    async fn delete_contact(
        &self,
        _: &Tenant,
        id: Uuid,
        step: RemovalStep,
    ) -> Result<Deleted, StorageError> {
        if id.to_string() != ENDLESS {
            return Err(StorageError(SECRET_CAUSE.to_owned()));
        }
        assert!(step.sessions > 0 && step.entries > 0);
        Ok(Deleted::InPart)
    }

    async fn delete_session(
        &self,
        tenant: &Tenant,
        id: Uuid,
        step: RemovalStep,
    ) -> Result<Deleted, StorageError> {
        self.delete_contact(tenant, id, step).await
    }

    async fn update_session(&self, _: &Tenant, _: &UpdateSession) -> Result<Updated, TokenError> {
        Err(StorageError(SECRET_CAUSE.to_owned()).into())
    }

    async fn send_message(&self, _: &Tenant, _: &SendMessage) -> Result<Sent, TokenError> {
        Err(StorageError(SECRET_CAUSE.to_owned()).into())
    }

    async fn continue_session(
        &self,
        _: &Tenant,
        _: &ContinueSession,
    ) -> Result<Option<Uuid>, StorageError> {
        Err(StorageError(SECRET_CAUSE.to_owned()))
    }

    async fn mark_read(&self, _: &Tenant, _: &MarkRead) -> Result<Option<Session>, TokenError> {
        Err(StorageError(SECRET_CAUSE.to_owned()).into())
    }

    async fn add_note(&self, _: &Tenant, _: &AddNote) -> Result<Noted, TokenError> {
        Err(StorageError(SECRET_CAUSE.to_owned()).into())
    }

    async fn redact_message(
        &self,
        _: &Tenant,
        _: &RedactMessage,
    ) -> Result<Redacted, StorageError> {
        Err(StorageError(SECRET_CAUSE.to_owned()))
    }

    async fn read_log(&self, _: &Tenant, _: &ReadLog) -> Result<Option<LogPage>, TokenError> {
        Err(StorageError(SECRET_CAUSE.to_owned()).into())
    }

    /// Fails, except for open sessions: returns one with damaged attributes.
    async fn list_sessions(
        &self,
        tenant: &Tenant,
        list: &ListSessions,
    ) -> Result<SessionPage, TokenError> {
        if list.query.filter.status != Some(Status::Open) {
            return Err(StorageError(SECRET_CAUSE.to_owned()).into());
        }
        let damaged = self.find_session(tenant, Uuid::nil(), None).await?;
        Ok(SessionPage {
            sessions: damaged.into_iter().collect(),
            next: None,
        })
    }

    async fn check_token(&self, _: &Tenant, _: Option<&TokenSubject>) -> Result<(), TokenError> {
        Ok(())
    }

    /// Returns a session with damaged attributes.
    async fn find_session(
        &self,
        _: &Tenant,
        id: Uuid,
        _: Option<&TokenSubject>,
    ) -> Result<Option<Session>, TokenError> {
        Ok(Some(Session {
            id,
            status: Status::Open,
            channel: Channel::Web,
            verified: false,
            ticket_number: 1,
            created_at_ms: 0,
            updated_at_ms: 0,
            custom_data: SECRET_CAUSE.to_owned(),
            log: LogState::default(),
            given_name: None,
            contact: None,
        }))
    }
}

/// A body; `None` if the connection breaks.
struct TestBody(Option<&'static str>);

impl Body for TestBody {
    async fn read(self, _: usize) -> Result<ReceivedBody, BodyError> {
        let text = self.0.ok_or(BodyError::Interrupted)?;
        Ok(ReceivedBody {
            bytes: text.as_bytes().to_vec(),
            received_ms: 1_764_000_000_000,
        })
    }
}

fn send(finds_keys: bool, method: &str, path: &str, body: Option<&'static str>) -> Handled {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let key = format!("sk_{}", "0".repeat(64));
    let request = Request {
        method: method.to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        headers: RequestHeaders {
            authorization: Some(format!("Bearer {key}")),
            ..RequestHeaders::default()
        },
        body: TestBody(body),
    };
    let context = RequestContext {
        now_ms: 1_764_000_000_000,
        random: [7; RequestContext::RANDOM_BYTES],
    };
    let mut services = MemoryServices::default();
    let record = ApiKeyRecord {
        tenant: Tenant {
            organization: "acme".to_owned(),
            db: "DB".to_owned(),
        },
        kind: ApiKeyKind::Secret,
        origins: Vec::new(),
        expires_at_ms: None,
    };
    services.add_key(&key, record);
    services.key_failure = (!finds_keys).then(|| SECRET_CAUSE.to_owned());
    pollster::block_on(api::handle(request, &context, &BrokenStore, &services))
}

/// Checks the response, and that its cause is for the log only.
fn assert_ours(handled: &Handled, status: u16, code: &str) {
    let body: Value = serde_json::from_str(&handled.response.body).unwrap();
    assert_eq!(handled.response.status, status);
    assert_eq!(body["code"], code);
    assert_eq!(
        body["request_id"],
        *handled.response.header("x-request-id").unwrap()
    );
    assert!(!format!("{:?}", handled.response).contains("7d1f"));
    assert!(!format!("{:?}", handled.response).contains("D1"));
    assert!(handled.error.as_ref().unwrap().cause().is_some());
}

#[test]
fn a_key_store_that_fails_is_503_with_a_time_to_try_again() {
    let handled = send(false, "POST", "/chat/sessions", Some("{}"));
    assert_ours(&handled, 503, "storage_unavailable");
    assert!(handled.response.header("retry-after").is_some());
}

#[test]
fn a_database_that_fails_is_503_with_a_time_to_try_again() {
    let contact = "/contacts/0190163d-8694-739b-aea5-966c26f8ad91";
    let resume = r#"{"resume":true,"verified":true,"contact":{"email":"ann@example.com"}}"#;
    for (method, path, body) in [
        ("POST", "/chat/sessions", Some("{}")),
        ("POST", "/chat/sessions", Some(resume)),
        ("GET", "/chat/sessions", None),
        ("PATCH", SESSION, Some("{}")),
        ("GET", &format!("{contact}/export"), None),
        ("DELETE", contact, None),
        ("GET", "/webhooks", None),
    ] {
        let handled = send(true, method, path, body);
        assert_ours(&handled, 503, "storage_unavailable");
        assert!(handled.response.header("retry-after").is_some(), "{method}");
        assert!(handled.response.header("location").is_none(), "{method}");
    }
}

/// A session's path.
const SESSION: &str = "/chat/sessions/0190163d-8694-739b-aea5-966c26f8ad91";

/// A contact whose sessions never end, and a session whose entries never do.
const ENDLESS: &str = "0190163d-8694-739b-aea5-966c26f8ad92";

#[test]
fn a_deletion_too_large_for_one_request_is_503_with_a_time_to_continue() {
    for path in ["contacts", "chat/sessions"] {
        let handled = send(true, "DELETE", &format!("/{path}/{ENDLESS}"), None);
        let body: Value = serde_json::from_str(&handled.response.body).unwrap();
        assert_eq!(handled.response.status, 503, "{path}");
        assert_eq!(body["code"], "deletion_unfinished", "{path}");
        assert!(handled.response.header("retry-after").is_some(), "{path}");
    }
}

#[test]
fn stored_attributes_that_are_damaged_are_500() {
    assert_ours(&send(true, "GET", SESSION, None), 500, "internal_error");
    assert_ours(
        &send(true, "GET", "/chat/sessions?status=open", None),
        500,
        "internal_error",
    );
}

#[test]
fn a_body_that_breaks_off_is_400() {
    let handled = send(true, "POST", "/chat/sessions", None);
    assert_eq!(handled.response.status, 400);
    assert!(handled.response.body.contains("malformed_json"));
}
