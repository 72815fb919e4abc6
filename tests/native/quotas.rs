//! Daily quotas of an organization, over the in-memory store.
//! `tests/edge/quotas.test.mjs` does the same to D1.

use crate::service::Service;
use chat_sessions::domain::tenant::Tenant;
use chat_sessions::storage::quota::Quota;
use serde_json::{Value, json};

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

fn service(visitors: Quota, others: Quota) -> Service {
    let mut service = Service::new();
    service.store.quotas.visitors = visitors;
    service.store.quotas.others = others;
    service
}

fn quota(sessions: u64, bytes: u64) -> Quota {
    Quota { sessions, bytes }
}

fn from_page(service: &Service, body: &str) -> u16 {
    let request = json!({"as": "publishable", "origin": "https://shop.example.com", "text": body});
    service.send(&request).status
}

fn from_server(service: &Service, credential: &str, body: &Value) -> u16 {
    let request = json!({"as": credential, "body": body});
    service.send(&request).status
}

#[test]
fn visitors_and_others_are_counted_apart_and_by_organization() {
    let service = service(quota(2, 1000), quota(3, 1000));
    let seen = [(); 3].map(|()| from_page(&service, "{}"));
    assert_eq!(seen, [201, 201, 429]);
    let seen = [(); 4].map(|()| from_server(&service, "secret", &json!({})));
    assert_eq!(seen, [201, 201, 201, 429]);
    assert_eq!(from_server(&service, "other_secret", &json!({})), 201);
    // Contact tokens are among the others.
    let token = json!({
        "as": "secret", "path": "/widget/authenticate-user", "body": {"email": "ann@example.com"},
    });
    let answer: Value = serde_json::from_str(&service.send(&token).body).unwrap();
    let authorization = format!("Bearer {}", answer["token"].as_str().unwrap());
    let create = json!({"authorization": authorization, "body": {}});
    assert_eq!(service.send(&create).status, 429);
    // Visitor tokens are among the visitors.
    let visitor = json!({
        "as": "publishable", "origin": "https://shop.example.com", "path": "/widget/visitors",
    });
    let answer: Value = serde_json::from_str(&service.send(&visitor).body).unwrap();
    let authorization = format!("Bearer {}", answer["token"].as_str().unwrap());
    let create = json!({"authorization": authorization, "body": {}});
    assert_eq!(service.send(&create).status, 429);
    service.wait_ms(DAY_MS);
    let seen = [(); 3].map(|()| service.send(&create).status);
    assert_eq!(seen, [201, 201, 429]);
    assert_eq!(from_page(&service, "{}"), 429);
    assert_eq!(from_server(&service, "secret", &json!({})), 201);
}

#[test]
fn bytes_are_those_of_the_bodies_and_the_next_day_begins_anew() {
    let service = service(quota(100, 10), quota(100, 10));
    assert_eq!(from_page(&service, "{}      "), 201);
    assert_eq!(from_page(&service, "{} "), 429);
    assert_eq!(from_page(&service, "{}"), 201);
    assert_eq!(from_page(&service, "{}"), 429);
    service.wait_ms(DAY_MS);
    assert_eq!(from_page(&service, "{}"), 201);
}

#[test]
fn a_create_beyond_the_quota_stores_nothing_and_says_when_to_come_back() {
    let service = service(quota(1, 1000), quota(1, 1000));
    let tenant = Tenant {
        organization: "acme".to_owned(),
        db: "DB".to_owned(),
    };
    let contact = json!({"email": "ann@example.com", "name": "Ann"});
    let create = |key: &str| {
        json!({
            "as": "secret", "headers": {"idempotency-key": key},
            "body": {
                "verified": true, "resume": true, "channel": {"type": "web"}, "contact": contact,
            },
        })
    };
    assert_eq!(service.send(&create("first")).status, 201);
    let before = service.store.count(&tenant);

    let other = json!({"contact": {"email": "bob@example.com"}});
    assert_eq!(from_server(&service, "secret", &other), 429);
    let mut keyed = create("second");
    keyed["body"]["contact"]["email"] = "bob@example.com".into();
    let refused = service.send(&keyed);
    let body: Value = serde_json::from_str(&refused.body).unwrap();
    assert_eq!(
        (refused.status, &body["code"]),
        (429, &"quota_exceeded".into())
    );
    let retry_after: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=86_400).contains(&retry_after));
    assert_eq!(service.store.count(&tenant), before);

    // Requests that store no session still succeed.
    let replayed = service.send(&create("first"));
    assert_eq!(replayed.header("idempotency-replayed"), Some("true"));
    let resumed = service.send(&create("third"));
    assert_eq!(
        (resumed.status, resumed.header("session-resumed")),
        (200, Some("true"))
    );
    assert_eq!(
        from_server(
            &service,
            "secret",
            &json!({"contact_id": "0190163d-8694-739b-aea5-966c26f8ad91"})
        ),
        404
    );

    service.wait_ms(retry_after * 1000);
    // The key was not used up.
    let stored = service.send(&keyed);
    assert_eq!(
        (stored.status, stored.header("idempotency-replayed")),
        (201, None)
    );
}
