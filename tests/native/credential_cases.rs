//! Permissions: the rows of `cases/credentials.json`, over the in-memory store.
//! `tests/edge/credentials.test.mjs` sends the same to workerd over HTTP.

use crate::service::{STARTED_S, Service, TOKEN_SECRET, TOKEN_SECRET_PREVIOUS, key};
use base64ct::{Base64UrlUnpadded, Encoding};
use chat_sessions::access::api_key::ApiKeyHash;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::{Sha256, Sha384, Sha512};
use std::collections::HashMap;

/// Replaces `<name>` with the value of that name.
fn fill_in(text: &str, names: &HashMap<&str, String>) -> String {
    names.iter().fold(text.to_owned(), |text, (name, value)| {
        text.replace(&format!("<{name}>"), value)
    })
}

/// Creates Ann, Bob and Carl, each with a session.
fn people(service: &Service) -> HashMap<&'static str, String> {
    let mut names = HashMap::new();
    for (person, session, credential) in [
        ("ann", "ann_session", "secret"),
        ("bob", "bob_session", "secret"),
        ("carl", "carl_session", "other_secret"),
    ] {
        let id = |body: Value| {
            let response = service.send(&body);
            assert_eq!(response.status, 201, "{}", response.body);
            serde_json::from_str::<Value>(&response.body).unwrap()
        };
        let contact = id(json!({
            "as": credential,
            "path": "/widget/authenticate-user",
            "body": {"email": format!("{person}@example.com")},
        }));
        let contact = contact["contact"]["id"].as_str().unwrap().to_owned();
        let created = id(json!({"as": credential, "body": {"contact_id": contact}}));
        names.insert(session, created["id"].as_str().unwrap().to_owned());
        names.insert(person, contact);
    }
    names.insert("ANN", names["ann"].to_uppercase());
    for (name, key) in [
        ("secret_hash", key("secret")),
        ("other_secret_hash", key("other_secret")),
        ("publishable_hash", key("publishable")),
        ("wildcard_hash", key("wildcard")),
        ("unknown_secret_hash", format!("sk_{}", "0".repeat(64))),
    ] {
        names.insert(name, ApiKeyHash::of(&key).as_str().to_owned());
    }
    names
}

/// Returns a token as the table describes it.
fn token(description: &Value, names: &HashMap<&str, String>) -> String {
    let now_s = i64::try_from(STARTED_S).unwrap();
    let described = |name: &str, otherwise: Value| match description.get(name) {
        Some(Value::String(text)) => fill_in(text, names).into(),
        Some(value) => value.clone(),
        None => otherwise,
    };
    let exp = described("exp", 600.into()).as_i64();
    let mut claims = json!({
        "sub": described("sub", names["ann"].clone().into()),
        "org": described("org", "acme".into()),
        "aud": described("aud", "chat-sessions".into()),
        "iat": now_s,
        "exp": exp.map(|seconds| now_s + seconds),
        "jti": described("jti", "00000000-0000-4000-8000-000000000000".into()),
        "key": described("key", names["secret_hash"].clone().into()),
        "epoch": described("epoch", 0.into()),
        "name": described("name", Value::Null),
        "iat_ms": described("iat_ms", Value::Null),
    });
    claims
        .as_object_mut()
        .unwrap()
        .retain(|_, claim| !claim.is_null());
    let encode = |json: &Value| Base64UrlUnpadded::encode_string(json.to_string().as_bytes());
    let mut header = json!({"alg": described("alg", "HS256".into()), "typ": "JWT"});
    if let Some(critical) = description.get("crit") {
        header["crit"] = critical.clone();
    }
    let signed = format!("{}.{}", encode(&header), encode(&claims));
    let secret = match described("secret", Value::Null).as_str() {
        None => TOKEN_SECRET,
        Some("previous") => TOKEN_SECRET_PREVIOUS,
        Some(_) => "an unknown secret of 32 characters",
    };
    macro_rules! mac {
        ($hash:ty) => {{
            let mac = Hmac::<$hash>::new_from_slice(secret.as_bytes()).unwrap();
            Base64UrlUnpadded::encode_string(&mac.chain_update(&signed).finalize().into_bytes())
        }};
    }
    let signature = match described("hash", Value::Null).as_str() {
        None => mac!(Sha256),
        Some("sha384") => mac!(Sha384),
        Some(_) => mac!(Sha512),
    };
    match described("then", Value::Null).as_str() {
        None => format!("{signed}.{signature}"),
        Some("no signature") => format!("{signed}."),
        Some("short signature") => format!("{signed}.{}", &signature[..20]),
        Some("two parts") => signed,
        Some("four parts") => format!("{signed}.{signature}.{signature}"),
        Some("bob's claims") => {
            claims["sub"] = names["bob"].clone().into();
            format!("{}.{}.{signature}", encode(&header), encode(&claims))
        }
        Some(other) => panic!("{other}"),
    }
}

/// Returns the `Authorization` header of a credential by its name in the table.
fn authorization(name: &str, table: &Value, names: &HashMap<&str, String>) -> Option<String> {
    let token = match name {
        "none" => return None,
        "basic" => return Some("Basic c2s6".to_owned()),
        "garbage" => "hunter2".to_owned(),
        "unknown_secret" => format!("sk_{}", "0".repeat(64)),
        "unknown_publishable" => format!("pk_{}", "0".repeat(64)),
        "swapped_prefix" => key("secret").replace("sk_", "pk_"),
        _ => match table["tokens"].get(name) {
            Some(description) => token(description, names),
            None => key(name),
        },
    };
    Some(format!("Bearer {token}"))
}

#[test]
fn every_row_gets_its_answer() {
    let table: Value = serde_json::from_str(include_str!("../cases/credentials.json")).unwrap();
    let service = Service::new();
    let names = people(&service);
    let mut failures = Vec::new();
    let rows = table["rows"].as_array().unwrap();
    for row in rows {
        let text = |index: usize| row[index].as_str();
        let request = table["requests"][text(2).unwrap()].to_string();
        let mut request: Value = serde_json::from_str(&fill_in(&request, &names)).unwrap();
        if let Some(authorization) = authorization(text(0).unwrap(), &table, &names) {
            request["authorization"] = authorization.into();
        }
        if let Some(origin) = text(1) {
            request["origin"] = table["origins"][origin].clone();
            assert!(request["origin"].is_string(), "{origin}");
        }
        let response = service.send(&request);
        let body: Value = serde_json::from_str(&response.body).unwrap_or_default();
        if row[3] != response.status || row.get(4).unwrap_or(&Value::Null) != &body["code"] {
            failures.push(format!("{row}: {} {}", response.status, response.body));
        }
    }
    assert!(rows.len() >= 80);
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// Returns the claims of the token that Ann gets for this request.
fn claims_of_token(service: &Service, mut body: Value) -> Value {
    body["email"] = "ann@example.com".into();
    let request = json!({"as": "secret", "path": "/widget/authenticate-user", "body": body});
    let response = service.send(&request);
    assert_eq!(response.status, 201, "{}", response.body);
    let answer: Value = serde_json::from_str(&response.body).unwrap();
    let payload = answer["token"].as_str().unwrap().split('.').nth(1).unwrap();
    let mut claims: Value =
        serde_json::from_slice(&Base64UrlUnpadded::decode_vec(payload).unwrap()).unwrap();
    assert_eq!(claims["sub"], answer["contact"]["id"]);
    claims["lifetime"] = (claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap()).into();
    claims
}

#[test]
fn a_token_says_what_the_contract_says_and_no_more() {
    let service = Service::new();
    let mut claims = claims_of_token(&service, json!({}));
    assert_eq!(claims["lifetime"], 86_400);
    let expected = json!({
        "org": "acme",
        "aud": "chat-sessions",
        "iat": STARTED_S,
        "key": ApiKeyHash::of(&key("secret")).as_str(),
        "epoch": 0,
    });
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(claims[name], *value);
    }
    let names: Vec<_> = claims.as_object_mut().unwrap().keys().cloned().collect();
    assert_eq!(
        names,
        [
            "aud", "epoch", "exp", "iat", "jti", "key", "lifetime", "org", "sub"
        ]
    );

    let next = claims_of_token(&service, json!({"expires_in": 600}));
    assert_eq!(next["lifetime"], 600);
    assert_eq!(next["sub"], claims["sub"]);
    assert_ne!(next["jti"], claims["jti"]);
}

#[test]
fn without_a_good_secret_nothing_is_signed_believed_or_written() {
    for secrets in [
        None,
        Some(("only 31 characters, one too few".to_owned(), None)),
    ] {
        let mut service = Service::new();
        let token = {
            let people = people(&service);
            token(&json!({}), &people)
        };
        let get = json!({"authorization": format!("Bearer {token}"), "body": {}});
        assert_eq!(service.send(&get).status, 201);

        service.services.token_secrets = secrets;
        assert_eq!(service.send(&get).status, 401);
        let tenant = chat_sessions::domain::tenant::Tenant {
            organization: "acme".to_owned(),
            db: "DB".to_owned(),
        };
        let before = service.store.count(&tenant);
        let response = service.send(&json!({
            "as": "secret", "path": "/widget/authenticate-user", "body": {"email": "new@example.com"},
        }));
        assert_eq!(response.status, 500);
        assert!(!response.body.contains("TOKEN_SECRET"));
        assert_eq!(service.store.count(&tenant), before);
    }
}
