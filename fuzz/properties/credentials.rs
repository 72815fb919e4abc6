//! Properties of credentials.

use super::service::{Service, send};
use chat_sessions::access::api_key::{ApiKey, ApiKeyKind, ApiKeyRecord};
use chat_sessions::access::credential::Credential;
use chat_sessions::access::permissions::{Action, Role};
use chat_sessions::access::principal::Principal;
use chat_sessions::access::token::{Token, TokenSecrets};
use chat_sessions::api::request::RequestHeaders;
use chat_sessions::domain::idempotency::IdempotencyKey;
use chat_sessions::error::Error;

/// Checks four lines: an `Authorization` header, an `Origin`, an `Idempotency-Key`, and
/// the stored record of the key.
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

    let presented = Credential::parse(authorization);
    let token = authorization
        .and_then(|header| header.trim().split_once(' '))
        .map_or("", |(_scheme, token)| token.trim());
    match &presented {
        Ok(Credential::Key(presented)) => assert_well_formed(token, presented.kind),
        Ok(Credential::Token(presented)) => {
            assert_eq!(presented, token);
            assert_no_token_of_ours(token);
        }
        Err(error) => assert!(matches!(error, Error::MissingToken | Error::InvalidToken)),
    }
    let record = stored.and_then(ApiKeyRecord::from_json);
    if let (Ok(Credential::Key(presented)), Some(record)) = (&presented, &record) {
        for action in [
            Action::CreateSession,
            Action::ReadSession,
            Action::AuthenticateUser,
        ] {
            let principal = Principal::of_key(presented, Some(record.clone()), action, origin);
            assert_deserved(principal, record, presented, action, origin);
        }
    }

    // Every unknown token gets the same 401.
    let rejection = |authorization: Option<&str>| {
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
            &Service::default(),
        )
        .response
    };
    let typical = match presented {
        Err(Error::MissingToken) => rejection(None),
        _ => rejection(Some("Bearer x")),
    };
    assert_eq!(typical.status, 401);
    assert_eq!(rejection(authorization), typical);
}

/// Checks that random bytes are no valid contact token.
fn assert_no_token_of_ours(token: &str) {
    let secrets = TokenSecrets::new(&"s".repeat(32), Some(&"t".repeat(32))).unwrap();
    let verdict = Token::verify(token, 1_700_000_000_000, &secrets);
    assert_eq!(verdict, Err(Error::InvalidToken));
}

fn assert_well_formed(token: &str, kind: ApiKeyKind) {
    let prefix = match kind {
        ApiKeyKind::Secret => "sk_",
        ApiKeyKind::Publishable => "pk_",
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
    principal: Result<Principal, Error>,
    record: &ApiKeyRecord,
    presented: &ApiKey,
    action: Action,
    origin: Option<&str>,
) {
    let may = record.kind == presented.kind
        && match record.kind {
            ApiKeyKind::Secret => origin.is_none(),
            ApiKeyKind::Publishable => {
                action == Action::CreateSession
                    && origin.is_some_and(|origin| {
                        origin != "null"
                            && record.origins.iter().any(|listed| is_like(origin, listed))
                    })
            }
        };
    assert_eq!(principal.is_ok(), may);
    if let Ok(principal) = principal {
        assert_eq!(*principal.tenant(), record.tenant);
        let role = match record.kind {
            ApiKeyKind::Secret => Role::Server,
            ApiKeyKind::Publishable => Role::Page,
        };
        assert_eq!(principal.role(), role);
    }
}

/// A second implementation of the match of a listed origin.
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
