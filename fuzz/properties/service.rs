//! The service in memory, for requests of any bytes.

use crate::memory::{MemoryServices, MemoryStore};
use chat_sessions::access::api_key::{ApiKeyKind, ApiKeyRecord};
use chat_sessions::api::body::{Body, BodyError, ReceivedBody};
use chat_sessions::api::context::RequestContext;
use chat_sessions::api::request::{Request, RequestHeaders};
use chat_sessions::api::{Handled, handle};
use chat_sessions::domain::tenant::Tenant;

/// The service in memory.
#[derive(Default)]
pub(super) struct Service {
    pub(super) store: MemoryStore,
    pub(super) services: MemoryServices,
}

/// Returns a service with a secret key, and the headers of a request with it.
pub(super) fn service() -> (Service, RequestHeaders) {
    let key = format!("sk_{}", "0".repeat(64));
    let mut service = Service::default();
    service
        .services
        .add_key(&key, record(ApiKeyKind::Secret, &[]));
    let headers = RequestHeaders {
        authorization: Some(format!("Bearer {key}")),
        ..RequestHeaders::default()
    };
    (service, headers)
}

pub(super) fn record(kind: ApiKeyKind, origins: &[&str]) -> ApiKeyRecord {
    ApiKeyRecord {
        tenant: Tenant {
            organization: "acme".to_owned(),
            db: "DB".to_owned(),
        },
        kind,
        origins: origins.iter().map(|&origin| origin.to_owned()).collect(),
        expires_at_ms: None,
    }
}

/// The time of every request, in Unix milliseconds.
pub(super) const NOW_MS: u64 = 1_700_000_000_000;

struct Bytes<'a>(&'a [u8]);

impl Body for Bytes<'_> {
    async fn read(self, limit_bytes: usize) -> Result<ReceivedBody, BodyError> {
        if self.0.len() > limit_bytes {
            return Err(BodyError::TooLarge);
        }
        Ok(ReceivedBody {
            bytes: self.0.to_vec(),
            received_ms: NOW_MS,
        })
    }
}

pub(super) fn send(
    method: &str,
    path: &str,
    headers: RequestHeaders,
    body: &[u8],
    service: &Service,
) -> Handled {
    let request = Request {
        method: method.to_owned(),
        path: path.split('?').next().unwrap_or_default().to_owned(),
        query: path.split_once('?').unwrap_or_default().1.to_owned(),
        headers,
        body: Bytes(body),
    };
    let context = RequestContext {
        now_ms: NOW_MS,
        random: [7; RequestContext::RANDOM_BYTES],
    };
    let handled = pollster::block_on(handle(request, &context, &service.store, &service.services));
    assert!(handled.response.status < 500, "{:?}", handled.error);
    handled
}
