//! Properties of every input. The fuzz targets run this on generated
//! bytes, `tests/fuzz_corpus.rs` on the corpus they left behind.

#![allow(dead_code)] // Each fuzz target uses one half.

use chat_sessions::api::{Outcome, respond};
use chat_sessions::attributes::Attributes;
use chat_sessions::authentication::AuthenticatedUser;
use chat_sessions::contact::Email;
use chat_sessions::credential::{KeyKind, KeyRecord, Presented, PresentedKey, Tenant};
use chat_sessions::error::Error;
use chat_sessions::grant::{Action, Grant, Holder};
use chat_sessions::http::{Body, BodyError, Facts, Request, RequestHeaders};
use chat_sessions::idempotency::{IdempotencyKey, Reservation};
use chat_sessions::json_text;
use chat_sessions::memory::{MemoryPlatform, MemoryStore};
use chat_sessions::session::{BODY_MAX_BYTES, NewSession};
use chat_sessions::session_list::{PAGE_SIZE_MAX, SessionListQuery};
use chat_sessions::token::{ContactToken, TOKEN_LIFETIME_MAX_S, TokenSecrets};
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Any bytes as the body of a create, and as the query of a list.
///
/// # Panics
/// When a property does not hold.
pub(crate) fn session_request(bytes: &[u8]) {
    let verdict = json_text::request(bytes).and_then(|json| NewSession::check(&json));
    match &verdict {
        Ok(request) => assert_proven(request),
        Err(Error::MalformedJson(_)) => {
            let json = serde_json::from_slice::<Map<String, Value>>(bytes);
            assert!(json.is_err(), "a JSON object was refused as malformed");
        }
        Err(Error::InvalidRequest(errors)) => {
            assert!(!errors.is_empty());
            for error in errors {
                assert!(error.path.starts_with('/') && !error.message.is_empty());
            }
        }
        Err(other) => panic!("the rules answered {other:?}"),
    }
    assert_answered(bytes, &verdict);
    if let Ok(json) = json_text::request(bytes) {
        assert_authenticated(AuthenticatedUser::check(&json));
    }
    assert_listed(bytes);
}

/// The same body, as that of an authenticate-user request.
fn assert_authenticated(verdict: Result<AuthenticatedUser, Error>) {
    match verdict {
        Ok(user) => {
            assert!((1..=TOKEN_LIFETIME_MAX_S).contains(&user.lifetime_s));
            assert_eq!(Email::parse(user.email.as_str()), Some(user.email));
            assert_attributes(&user.custom_data);
        }
        Err(Error::InvalidRequest(errors)) => assert!(!errors.is_empty()),
        Err(other) => panic!("the rules answered {other:?}"),
    }
}

/// Properties of every request that passed the rules.
fn assert_proven(request: &NewSession) {
    let again = |text: &str| {
        let json = json_text::request(text.as_bytes()).unwrap();
        NewSession::check(&json).unwrap()
    };
    // The browser sends the same request, to the letter.
    let text = request.to_json();
    assert_eq!(again(&text), *request);
    assert_eq!(again(&text).to_json(), text);

    // Order does not matter to an idempotency key, and sorting sorts.
    let key = IdempotencyKey::parse(Some("key")).unwrap().unwrap();
    let sorted = request.sorted();
    assert_eq!(sorted.sorted(), sorted);
    assert_eq!(
        Reservation::new(&key, "secret", &again(&sorted.to_json())),
        Reservation::new(&key, "secret", request)
    );

    assert_attributes(&request.custom_data);
    if let Some(contact) = &request.contact {
        assert_attributes(&contact.custom_data);
    }
}

fn assert_attributes(attributes: &Attributes) {
    let mut merged = attributes.clone();
    merged.merge(attributes.clone());
    assert_eq!(merged, *attributes, "merging is idempotent");
    // Raw values: serde_json's own numbers end a little before doubles do.
    let json: BTreeMap<String, Box<RawValue>> =
        serde_json::from_str(&attributes.to_json()).unwrap();
    assert!(json.len() <= 100);
}

/// The whole way of the request: the answer agrees with the rules, and what a
/// 201 stored can be read again.
fn assert_answered(bytes: &[u8], verdict: &Result<NewSession, Error>) {
    let (store, headers) = service();
    let create = send("POST", "/chat/sessions", headers.clone(), bytes, &store);
    let status = create.reply.status;
    let body: Value = serde_json::from_str(&create.reply.body).unwrap();
    match verdict {
        _ if bytes.len() > BODY_MAX_BYTES => assert_eq!(status, 413),
        Err(error) => assert_eq!((status, &body["code"]), (400, &error.code().into())),
        Ok(request) if request.contact_id.is_some() => assert_eq!(status, 404),
        Ok(request) if request.resume && !describes_somebody(request) => assert_eq!(status, 400),
        Ok(request) => {
            assert_eq!(status, 201);
            let path = format!("/chat/sessions/{}", body["id"].as_str().unwrap());
            let read = send("GET", &path, headers, &[], &store);
            let expected = request.custom_data.to_json();
            assert_eq!(read.reply.status, 200);
            assert!(read.reply.body.contains(&expected), "{expected}");
        }
    }
}

fn describes_somebody(request: &NewSession) -> bool {
    let contact = request.contact.as_ref();
    contact.is_some_and(|contact| contact.identity().is_some())
}

/// A store with a secret key, and the headers of a request with it.
fn service() -> (MemoryStore, RequestHeaders) {
    let key = format!("sk_{}", "0".repeat(64));
    let mut store = MemoryStore::default();
    store.add_key(&key, record(KeyKind::Secret, &[]));
    let headers = RequestHeaders {
        authorization: Some(format!("Bearer {key}")),
        ..RequestHeaders::default()
    };
    (store, headers)
}

/// The same bytes, as the query of a list: the answer agrees with the rules.
fn assert_listed(bytes: &[u8]) {
    let (store, headers) = service();
    let query = String::from_utf8_lossy(bytes);
    let path = format!("/chat/sessions?{query}");
    let answer = send("GET", &path, headers, &[], &store);
    match SessionListQuery::check(&query) {
        Ok(query) => {
            assert_eq!(answer.reply.status, 200);
            assert!((1..=PAGE_SIZE_MAX).contains(&query.page_size));
        }
        Err(Error::InvalidRequest(errors)) => {
            assert_eq!(answer.reply.status, 400);
            assert!(!errors.is_empty());
        }
        Err(other) => panic!("the rules answered {other:?}"),
    }
}

/// Lines: an `Authorization` header, an `Origin`, an `Idempotency-Key`, and the
/// stored record of the key.
///
/// # Panics
/// When a property does not hold.
pub(crate) fn credential(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let mut lines = text
        .splitn(4, '\n')
        .map(|line| (line != "-").then_some(line));
    let mut line = || lines.next().flatten();
    let (authorization, origin, idempotency_key, stored) = (line(), line(), line(), line());

    let is_visible = |key: &str| {
        (1..=255).contains(&key.len()) && key.bytes().all(|byte| (0x21..=0x7e).contains(&byte))
    };
    assert_eq!(
        IdempotencyKey::parse(idempotency_key).is_ok(),
        idempotency_key.is_none_or(is_visible)
    );

    let presented = Presented::parse(authorization);
    let token = authorization
        .and_then(|header| header.trim().split_once(' '))
        .map_or("", |(_scheme, token)| token.trim());
    match &presented {
        Ok(Presented::Key(presented)) => assert_well_formed(token, presented.kind),
        Ok(Presented::Token(presented)) => {
            assert_eq!(presented, token);
            assert_no_token_of_ours(token);
        }
        Err(error) => assert!(matches!(error, Error::MissingToken | Error::InvalidToken)),
    }
    let record = stored
        .and_then(|text| json_text::stored(text.as_bytes()).ok())
        .and_then(|json| KeyRecord::from_json(&json));
    if let (Ok(Presented::Key(presented)), Some(record)) = (&presented, &record) {
        for action in [
            Action::CreateSession,
            Action::ReadSession,
            Action::AuthenticateUser,
        ] {
            let grant = Grant::check_key(presented, Some(record.clone()), action, origin);
            assert_deserved(grant, record, presented, action, origin);
        }
    }

    // A refusal is the same whatever the token was, and an unknown key opens nothing.
    let refused = |authorization: Option<&str>| {
        let headers = RequestHeaders {
            authorization: authorization.map(str::to_owned),
            origin: origin.map(str::to_owned),
            ..RequestHeaders::default()
        };
        send(
            "POST",
            "/chat/sessions",
            headers,
            b"{}",
            &MemoryStore::default(),
        )
        .reply
    };
    let typical = match presented {
        Err(Error::MissingToken) => refused(None),
        _ => refused(Some("Bearer x")),
    };
    assert_eq!(typical.status, 401);
    assert_eq!(refused(authorization), typical);
}

/// Nobody signs a token by chance.
fn assert_no_token_of_ours(token: &str) {
    let secrets = TokenSecrets::new(&"s".repeat(32), Some(&"t".repeat(32))).unwrap();
    let verdict = ContactToken::verify(token, 1_700_000_000_000, &secrets);
    assert_eq!(verdict, Err(Error::InvalidToken));
}

fn assert_well_formed(token: &str, kind: KeyKind) {
    let prefix = match kind {
        KeyKind::Secret => "sk_",
        KeyKind::Publishable => "pk_",
    };
    let secret = token.strip_prefix(prefix).unwrap();
    assert_eq!(secret.len(), 64);
    assert!(
        secret
            .chars()
            .all(|digit| matches!(digit, '0'..='9' | 'a'..='f'))
    );
}

fn assert_deserved(
    grant: Result<Grant, Error>,
    record: &KeyRecord,
    presented: &PresentedKey,
    action: Action,
    origin: Option<&str>,
) {
    let may_be_granted = record.kind == presented.kind
        && match record.kind {
            KeyKind::Secret => origin.is_none(),
            KeyKind::Publishable => {
                action == Action::CreateSession
                    && origin.is_some_and(|origin| {
                        origin != "null"
                            && record.origins.iter().any(|listed| is_like(origin, listed))
                    })
            }
        };
    assert_eq!(grant.is_ok(), may_be_granted);
    if let Ok(grant) = grant {
        assert_eq!(*grant.tenant(), record.tenant);
        let holder = match record.kind {
            KeyKind::Secret => Holder::Organization,
            KeyKind::Publishable => Holder::Visitor,
        };
        assert_eq!(grant.holder(), holder);
    }
}

/// A second telling of what a listed origin allows.
fn is_like(origin: &str, listed: &str) -> bool {
    match listed.split_once("*.") {
        None => origin == listed,
        Some((scheme, domain)) => {
            let labels = origin.strip_prefix(scheme).unwrap_or_default();
            labels.split_once('.').is_some_and(|(label, rest)| {
                let is_name = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
                !label.is_empty() && label.chars().all(is_name) && rest == domain
            })
        }
    }
}

fn record(kind: KeyKind, origins: &[&str]) -> KeyRecord {
    KeyRecord {
        tenant: Tenant {
            organization: "acme".to_owned(),
            db: "DB".to_owned(),
        },
        kind,
        origins: origins.iter().map(|&origin| origin.to_owned()).collect(),
    }
}

struct Bytes<'a>(&'a [u8]);

impl Body for Bytes<'_> {
    async fn read(self, limit_bytes: usize) -> Result<Vec<u8>, BodyError> {
        if self.0.len() > limit_bytes {
            return Err(BodyError::TooLarge);
        }
        Ok(self.0.to_vec())
    }
}

fn send(
    method: &str,
    path: &str,
    headers: RequestHeaders,
    body: &[u8],
    store: &MemoryStore,
) -> Outcome {
    let request = Request {
        method: method.to_owned(),
        path: path.split('?').next().unwrap_or_default().to_owned(),
        query: path.split_once('?').unwrap_or_default().1.to_owned(),
        headers,
        body: Bytes(body),
    };
    let facts = Facts {
        now_ms: 1_700_000_000_000,
        entropy: [7; Facts::ENTROPY_BYTES],
    };
    let outcome = pollster::block_on(respond(request, &facts, store, &MemoryPlatform::default()));
    assert!(outcome.reply.status < 500, "{:?}", outcome.error);
    outcome
}
