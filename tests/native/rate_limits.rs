//! Rate limits: requests count against the right limit, and a limiter that fails lets
//! every request through.

use crate::service::Service;
use chat_sessions::access::rate_limit::RateLimit;
use serde_json::{Value, json};

fn service(limits: &[(RateLimit, u32)]) -> Service {
    let mut service = Service::new();
    service.services.limits = limits.to_vec();
    service
}

fn from_page(service: &Service, address: &str) -> u16 {
    let request = json!({
        "as": "publishable", "origin": "https://shop.example.com", "address": address, "body": {},
    });
    service.send(&request).status
}

fn from_server(service: &Service, credential: &str) -> u16 {
    service.send(&json!({"as": credential, "body": {}})).status
}

#[test]
fn each_key_has_its_own_count() {
    let service = service(&[(RateLimit::Credential, 2)]);
    let seen = [(); 4].map(|()| from_server(&service, "secret"));
    assert_eq!(seen, [201, 201, 429, 429]);
    assert_eq!(from_server(&service, "other_secret"), 201);
}

#[test]
fn each_address_has_its_own_count_and_ipv6_counts_by_64_bits() {
    let service = service(&[(RateLimit::Address, 2)]);
    let seen = [(); 3].map(|()| from_page(&service, "192.0.2.1"));
    assert_eq!(seen, [201, 201, 429]);
    assert_eq!(from_page(&service, "192.0.2.2"), 201);
    let seen = [1, 2, 3].map(|host| from_page(&service, &format!("2001:db8:0:1::{host}")));
    assert_eq!(seen, [201, 201, 429]);
    assert_eq!(from_page(&service, "2001:db8:0:2::1"), 201);
}

#[test]
fn an_address_that_is_refused_is_not_counted_against_the_key() {
    let service = service(&[(RateLimit::Address, 1), (RateLimit::Credential, 3)]);
    let seen = [(); 9].map(|()| from_page(&service, "192.0.2.1"));
    assert_eq!(seen[0], 201);
    assert!(seen[1..].iter().all(|status| *status == 429));
    assert_eq!(from_page(&service, "192.0.2.2"), 201);
    assert_eq!(from_page(&service, "192.0.2.3"), 201);
    assert_eq!(from_page(&service, "192.0.2.4"), 429);
}

#[test]
fn servers_are_not_counted_by_address_and_refused_callers_not_at_all() {
    let service = service(&[(RateLimit::Address, 0), (RateLimit::Credential, 1)]);
    let from_evil = json!({"as": "publishable", "origin": "https://evil.example", "body": {}});
    for _ in 0..5 {
        assert_eq!(service.send(&from_evil).status, 403);
    }
    assert_eq!(from_server(&service, "secret"), 201);
    assert_eq!(from_page(&service, "no address at all"), 201);
}

#[test]
fn a_refusal_says_when_to_come_back_and_can_be_read_by_the_page() {
    let service = service(&[(RateLimit::Credential, 0)]);
    let response = service.send(&json!({
        "as": "publishable", "origin": "https://shop.example.com", "text": "{",
    }));
    let body: Value = serde_json::from_str(&response.body).unwrap();
    assert_eq!(
        (response.status, &body["code"]),
        (429, &"rate_limited".into())
    );
    assert_eq!(response.header("retry-after"), Some("60"));
    assert_eq!(
        response.header("access-control-allow-origin"),
        Some("https://shop.example.com")
    );
}

#[test]
fn a_limiter_that_fails_lets_everyone_through() {
    let mut service = service(&[(RateLimit::Credential, 0), (RateLimit::Address, 0)]);
    service.services.limiter_failure = Some("on fire".to_owned());
    assert_eq!(from_page(&service, "192.0.2.1"), 201);
    assert_eq!(from_server(&service, "secret"), 201);
}
