//! The service in memory, for requests in the form of the tables.

#![allow(dead_code)] // Each test uses its own part.

use crate::cases::expand;
use crate::memory::{MemoryServices, MemoryStore};
use chat_sessions::access::api_key::{ApiKeyKind, ApiKeyRecord};
use chat_sessions::api;
use chat_sessions::api::body::{Body, BodyError, ReceivedBody};
use chat_sessions::api::context::RequestContext;
use chat_sessions::api::request::{Oversized, Request, RequestHeaders};
use chat_sessions::api::response::Response;
use chat_sessions::domain::limits::{AUTHORIZATION_MAX_CHARS, HEADER_MAX_CHARS, URL_MAX_CHARS};
use chat_sessions::domain::tenant::Tenant;
use serde_json::Value;
use std::cell::Cell;

/// A body that has been received completely.
struct WholeBody {
    text: String,
    received_ms: u64,
}

impl Body for WholeBody {
    async fn read(self, limit_bytes: usize) -> Result<ReceivedBody, BodyError> {
        if self.text.len() > limit_bytes {
            return Err(BodyError::TooLarge);
        }
        Ok(ReceivedBody {
            bytes: self.text.into_bytes(),
            received_ms: self.received_ms,
        })
    }
}

/// The service with the keys of the edge tests.
pub(crate) struct Service {
    pub(crate) store: MemoryStore,
    pub(crate) services: MemoryServices,
    requests: Cell<u32>,
    waited_ms: Cell<u64>,
}

/// The time of the service's first request, in Unix seconds.
pub(crate) const STARTED_S: u64 = 1_764_000_000;
/// The secret that signs contact tokens.
pub(crate) const TOKEN_SECRET: &str = "a signing secret of 32 characters";
/// The previous secret, which only verifies contact tokens.
pub(crate) const TOKEN_SECRET_PREVIOUS: &str = "the secret before, 32 characters";

/// The keys: name, prefix, organization, kind.
pub(crate) const KEYS: [(&str, &str, &str, ApiKeyKind); 5] = [
    ("secret", "sk_", "acme", ApiKeyKind::Secret),
    ("publishable", "pk_", "acme", ApiKeyKind::Publishable),
    ("other_secret", "sk_", "globex", ApiKeyKind::Secret),
    ("wildcard", "pk_", "acme", ApiKeyKind::Publishable),
    ("second_secret", "sk_", "acme", ApiKeyKind::Secret),
];

/// The text of a key.
pub(crate) fn key(name: &str) -> String {
    let index = KEYS
        .iter()
        .position(|key| key.0 == name)
        .unwrap_or_else(|| panic!("key {name}"));
    format!(
        "{}{}",
        KEYS[index].1,
        "abcde".chars().nth(index).unwrap().to_string().repeat(64)
    )
}

impl Service {
    /// Returns the service with its keys and no other data.
    pub(crate) fn new() -> Self {
        let mut services = MemoryServices::default();
        for (name, _, organization, kind) in KEYS {
            let record = ApiKeyRecord {
                tenant: Tenant {
                    organization: organization.to_owned(),
                    db: "DB".to_owned(),
                },
                kind,
                origins: vec![
                    match name {
                        "wildcard" => "https://*.example.org",
                        _ => "https://shop.example.com",
                    }
                    .to_owned(),
                ],
                expires_at_ms: None,
            };
            services.add_key(&key(name), record);
        }
        services.token_secrets = Some((
            TOKEN_SECRET.to_owned(),
            Some(TOKEN_SECRET_PREVIOUS.to_owned()),
        ));
        Self {
            store: MemoryStore::default(),
            services,
            requests: Cell::new(0),
            waited_ms: Cell::new(0),
        }
    }

    /// Moves the clock on.
    pub(crate) fn wait_ms(&self, ms: u64) {
        self.waited_ms.set(self.waited_ms.get() + ms);
    }

    /// Sends a request in the form of the tables.
    pub(crate) fn send(&self, send: &Value) -> Response {
        let text = |name: &str| {
            send.get(name)
                .map(|value| value.as_str().unwrap().to_owned())
        };
        let body = match (send.get("body"), text("text")) {
            (Some(body), _) => Some(expand(&body.to_string())),
            (None, text) => text,
        };
        let header = |name: &str| {
            send.get("headers")
                .and_then(|headers| headers.get(name))
                .map(|value| expand(value.as_str().unwrap()))
        };
        let count = self.requests.get() + 1;
        self.requests.set(count);
        let now_ms = STARTED_S * 1000 + self.waited_ms.get() + u64::from(count);
        let path = text("path").map(|path| expand(&path));
        let path = path.unwrap_or_else(|| "/chat/sessions".to_owned());
        let mut request = Request {
            method: text("method").unwrap_or_else(|| "POST".to_owned()),
            path: path.split('?').next().unwrap().to_owned(),
            query: path.split_once('?').unwrap_or_default().1.to_owned(),
            headers: RequestHeaders {
                requested_headers: header("access-control-request-headers"),
                accept: header("accept"),
                last_event_id: header("last-event-id"),
                upgrade: header("upgrade"),
                websocket_protocols: header("sec-websocket-protocol"),
                authorization: text("authorization")
                    .or_else(|| text("as").map(|name| format!("Bearer {}", key(&name)))),
                client_address: text("address"),
                content_encoding: header("content-encoding"),
                content_length: None,
                content_type: header("content-type")
                    .or_else(|| body.as_ref().map(|_| "application/json".to_owned())),
                idempotency_key: header("idempotency-key"),
                if_match: header("if-match"),
                if_none_match: header("if-none-match"),
                origin: text("origin").map(|origin| expand(&origin)),
                oversized: (path.len() > URL_MAX_CHARS).then_some(Oversized::Url),
            },
            body: WholeBody {
                text: body.unwrap_or_default(),
                received_ms: now_ms,
            },
        };
        reject_oversized(&mut request.headers);
        let mut random = [0; RequestContext::RANDOM_BYTES];
        for (byte, digit) in random.iter_mut().zip(count.to_be_bytes().iter().cycle()) {
            *byte = *digit;
        }
        let context = RequestContext { now_ms, random };
        pollster::block_on(api::handle(request, &context, &self.store, &self.services)).response
    }
}

/// Removes a header that is over its limit, as the edge does.
fn reject_oversized(headers: &mut RequestHeaders) {
    for (name, value) in [
        (
            "access-control-request-headers",
            &mut headers.requested_headers,
        ),
        ("authorization", &mut headers.authorization),
        ("idempotency-key", &mut headers.idempotency_key),
        ("if-match", &mut headers.if_match),
        ("if-none-match", &mut headers.if_none_match),
        ("content-type", &mut headers.content_type),
        ("origin", &mut headers.origin),
    ] {
        let max_chars = match name {
            "authorization" => AUTHORIZATION_MAX_CHARS,
            _ => HEADER_MAX_CHARS,
        };
        if value.take_if(|value| value.len() > max_chars).is_some() {
            headers.oversized = headers.oversized.or(Some(Oversized::Header(name)));
        }
    }
}
