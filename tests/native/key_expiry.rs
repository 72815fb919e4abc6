//! Keys that expire: they work until then, and are like unknown ones from then on. So are
//! the tokens that they asked for.

use crate::service::{STARTED_S, Service};
use chat_sessions::access::api_key::{ApiKeyKind, ApiKeyRecord};
use chat_sessions::domain::tenant::Tenant;
use serde_json::{Value, json};

#[test]
fn a_key_works_until_it_expires() {
    let key = format!("sk_{}", "e".repeat(64));
    let mut service = Service::new();
    let record = ApiKeyRecord {
        tenant: Tenant {
            organization: "acme".to_owned(),
            db: "DB".to_owned(),
        },
        kind: ApiKeyKind::Secret,
        origins: Vec::new(),
        // Each request of the service is a millisecond later than the one before.
        expires_at_ms: Some(STARTED_S * 1000 + 4),
    };
    service.services.add_key(&key, record);
    let with = |credential: &str, path: &str, body: Value| {
        let authorization = format!("Bearer {credential}");
        service.send(&json!({"authorization": authorization, "path": path, "body": body}))
    };
    let login = json!({"email": "ann@example.com"});
    let answer = with(&key, "/widget/authenticate-user", login);
    let answer: Value = serde_json::from_str(&answer.body).unwrap();
    let token = answer["token"].as_str().unwrap();
    for (status, credential) in [(201, &*key), (201, token), (401, &key), (401, token)] {
        let answer = with(credential, "/chat/sessions", json!({}));
        assert_eq!(answer.status, status);
        assert!(status == 201 || answer.body.contains("\"invalid_token\""));
    }
}
