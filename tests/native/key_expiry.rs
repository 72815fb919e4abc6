//! Keys that expire: they work until then, and are like unknown ones from then on.

use crate::service::{STARTED_S, Service};
use chat_sessions::access::api_key::{ApiKeyKind, ApiKeyRecord};
use chat_sessions::domain::tenant::Tenant;
use serde_json::json;

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
        expires_at_ms: Some(STARTED_S * 1000 + 3),
    };
    service.services.add_key(&key, record);
    let request = json!({"authorization": format!("Bearer {key}"), "body": {}});
    let statuses = [(); 4].map(|()| service.send(&request).status);
    assert_eq!(statuses, [201, 201, 401, 401]);
    assert!(service.send(&request).body.contains("\"invalid_token\""));
}
