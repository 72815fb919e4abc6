//! Rate limits: requests count against the right limit, and a limiter that fails lets
//! every request through.

use crate::service::{Service, key};
use chat_sessions::access::key_cache::LIFETIME_MS;
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

/// Sends a key or token from an address.
fn with_token(service: &Service, token: &str, address: &str) -> u16 {
    let authorization = format!("Bearer {token}");
    let request = json!({"authorization": authorization, "address": address, "body": {}});
    service.send(&request).status
}

/// Returns a key that nobody has.
fn guess(number: u32) -> String {
    format!("sk_{number:064x}")
}

#[test]
fn each_key_has_its_own_count() {
    let service = service(&[(RateLimit::Server, 2)]);
    let seen = [(); 4].map(|()| from_server(&service, "secret"));
    assert_eq!(seen, [201, 201, 429, 429]);
    assert_eq!(from_server(&service, "other_secret"), 201);
}

#[test]
fn servers_have_a_limit_of_their_own() {
    let service = service(&[(RateLimit::Credential, 0)]);
    assert_eq!(from_server(&service, "secret"), 201);
    assert_eq!(from_page(&service, "192.0.2.1"), 429);
    let token = json!({
        "as": "secret", "path": "/widget/authenticate-user", "body": {"email": "ann@example.com"},
    });
    let answer: Value = serde_json::from_str(&service.send(&token).body).unwrap();
    let token = answer["token"].as_str().unwrap();
    assert_eq!(with_token(&service, token, "192.0.2.1"), 429);
}

/// Returns the token of a new visitor.
fn visitor(service: &Service) -> String {
    let request = json!({
        "as": "publishable", "origin": "https://shop.example.com", "path": "/widget/visitors",
    });
    let answer: Value = serde_json::from_str(&service.send(&request).body).unwrap();
    answer["token"].as_str().unwrap().to_owned()
}

/// Returns the token of an agent.
fn agent(service: &Service, id: &str) -> String {
    let body = json!({"id": id, "name": "Ben"});
    let request = json!({"as": "secret", "path": "/agents/tokens", "body": body});
    let answer: Value = serde_json::from_str(&service.send(&request).body).unwrap();
    answer["token"].as_str().unwrap().to_owned()
}

/// Lists sessions with a token from an address.
fn list(service: &Service, token: &str, address: &str) -> u16 {
    let authorization = format!("Bearer {token}");
    let request = json!({"method": "GET", "authorization": authorization, "address": address});
    service.send(&request).status
}

#[test]
fn visitors_count_by_address_and_key_however_many_there_are() {
    let service = service(&[(RateLimit::Address, 2), (RateLimit::Credential, 7)]);
    let visitors = [(); 4].map(|()| visitor(&service));
    let from = |visitor: &str, address| with_token(&service, visitor, address);
    // Four visitors have been made from no address, so the key has three left.
    let seen = [0, 1, 2].map(|index| from(&visitors[index], "192.0.2.1"));
    assert_eq!(seen, [201, 201, 429]);
    assert_eq!(from_page(&service, "192.0.2.1"), 429);
    assert_eq!(from(&visitors[3], "192.0.2.2"), 201);
    assert_eq!(from(&visitors[3], "192.0.2.3"), 429);
    assert_eq!(from_page(&service, "192.0.2.4"), 429);
}

#[test]
fn agents_have_a_limit_of_their_own_each() {
    let service = service(&[
        (RateLimit::Credential, 0),
        (RateLimit::Address, 0),
        (RateLimit::Agent, 2),
    ]);
    let (ben, bea) = (agent(&service, "ben"), agent(&service, "bea"));
    let seen = [(); 3].map(|()| list(&service, &ben, "192.0.2.1"));
    assert_eq!(seen, [200, 200, 429]);
    // Another token of the same agent is the same agent.
    let again = agent(&service, "ben");
    assert_eq!(list(&service, &again, "192.0.2.1"), 429);
    assert_eq!(list(&service, &bea, "192.0.2.1"), 200);
}

#[test]
fn reads_are_counted_apart_from_everything_else() {
    let service = service(&[
        (RateLimit::Server, 1),
        (RateLimit::Credential, 2),
        (RateLimit::Address, 1),
    ]);
    let visitor = visitor(&service);
    let seen = [(); 2].map(|()| list(&service, &visitor, "192.0.2.1"));
    assert_eq!(seen, [200, 429]);
    assert_eq!(with_token(&service, &visitor, "192.0.2.1"), 201);
    assert_eq!(with_token(&service, &visitor, "192.0.2.1"), 429);
    assert_eq!(list(&service, &key("secret"), "192.0.2.1"), 200);
    assert_eq!(from_server(&service, "secret"), 201);
    assert_eq!(from_server(&service, "secret"), 429);
}

#[test]
fn each_address_has_its_own_count_and_ipv6_counts_by_64_bits() {
    let service = service(&[(RateLimit::Address, 2)]);
    let seen = [(); 3].map(|()| from_page(&service, "192.0.2.1"));
    assert_eq!(seen, [201, 201, 429]);
    assert_eq!(from_page(&service, "::ffff:192.0.2.1"), 429);
    assert_eq!(from_page(&service, "192.0.2.2"), 201);
    let seen = [1, 2, 3].map(|host| from_page(&service, &format!("2001:db8:0:1::{host}")));
    assert_eq!(seen, [201, 201, 429]);
    assert_eq!(from_page(&service, "2001:db8:0:2::1"), 201);
}

#[test]
fn one_visitor_with_many_ipv6_networks_does_not_use_up_the_key() {
    // The deployment's limits.
    let service = service(&[
        (RateLimit::Address, 30),
        (RateLimit::Network56, 45),
        (RateLimit::Network48, 60),
        (RateLimit::Credential, 100),
    ]);
    let accepted = |addresses: &mut dyn Iterator<Item = String>| {
        let statuses = addresses.map(|address| from_page(&service, &address));
        statuses.filter(|status| *status == 201).count()
    };
    // Four /64s of one home's /56, then each /56 of one /48, in turns.
    let mut home = (0..200).map(|turn| format!("2001:db8:1:{:x}::1", turn % 4));
    assert_eq!(accepted(&mut home), 45);
    let mut company = (0..1024).map(|turn| format!("2001:db8:1:{:x}::1", turn * 64));
    assert_eq!(accepted(&mut company), 15);
    // Others still have a share.
    assert_eq!(from_page(&service, "2001:db8:2::1"), 201);
    assert_eq!(from_page(&service, "192.0.2.1"), 201);
    assert_eq!(service.services.counted(RateLimit::Credential), [62]);
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
fn an_address_that_guesses_is_stopped_before_any_look_up() {
    let service = service(&[(RateLimit::Failure, 3)]);
    let from = |number, address| with_token(&service, &guess(number), address);
    let seen = [0, 1, 2, 3, 4].map(|number| from(number, "2001:db8:1:1::1"));
    assert_eq!(seen, [401, 401, 401, 429, 429]);
    assert_eq!(service.services.look_ups(), 4);
    // All of its /48, whatever it sends; nobody else.
    assert_eq!(from(5, "2001:db8:1:ffff::1"), 429);
    assert_eq!(with_token(&service, "hunter2", "2001:db8:1:1::1"), 429);
    assert_eq!(with_token(&service, "a.b.c", "2001:db8:1:1::1"), 429);
    assert_eq!(service.services.look_ups(), 4);
    assert_eq!(from(6, "2001:db8:2::1"), 401);
    assert_eq!(from(7, "192.0.2.1"), 401);
    // The limiter counted no more than it had to.
    assert_eq!(
        service.services.counted(RateLimit::Failure).iter().max(),
        Some(&4)
    );
}

#[test]
fn a_missing_credential_counts_as_a_failure() {
    let service = service(&[(RateLimit::Failure, 2)]);
    let request = json!({"address": "192.0.2.1", "body": {}});
    let seen = [(); 3].map(|()| service.send(&request).status);
    assert_eq!(seen, [401, 401, 429]);
    let preflight = json!({"method": "OPTIONS", "address": "192.0.2.1"});
    assert_eq!(service.send(&preflight).status, 204);
}

#[test]
fn who_shares_an_address_with_somebody_who_guesses_is_not_stopped() {
    let service = service(&[(RateLimit::Failure, 0)]);
    let address = "192.0.2.1";
    let token = json!({
        "as": "secret", "path": "/widget/authenticate-user", "body": {"email": "ann@example.com"},
    });
    let answer: Value = serde_json::from_str(&service.send(&token).body).unwrap();
    let token = answer["token"].as_str().unwrap();
    assert_eq!(with_token(&service, &guess(0), address), 429);

    // A key that was not in use before has to wait for a moment.
    assert_eq!(with_token(&service, &key("other_secret"), address), 429);
    assert_eq!(with_token(&service, &key("secret"), address), 201);
    assert_eq!(with_token(&service, token, address), 201);
    // A key that was in use before is looked up again, from a blocked address too.
    service.wait_ms(LIFETIME_MS);
    assert_eq!(with_token(&service, &guess(1), address), 429);
    assert_eq!(with_token(&service, &guess(2), address), 429);
    let before = service.services.look_ups();
    assert_eq!(with_token(&service, &key("secret"), address), 201);
    assert_eq!(service.services.look_ups(), before + 1);
    service.wait_ms(LIFETIME_MS);
    assert_eq!(with_token(&service, &key("other_secret"), address), 201);
}

#[test]
fn tokens_that_have_expired_are_not_counted_as_guesses() {
    let service = service(&[(RateLimit::Failure, 0)]);
    let token = json!({
        "as": "secret", "path": "/widget/authenticate-user",
        "body": {"email": "ann@example.com", "expires_in": 1},
    });
    let answer: Value = serde_json::from_str(&service.send(&token).body).unwrap();
    let token = answer["token"].as_str().unwrap();
    service.wait_ms(120_000);
    assert_eq!(with_token(&service, token, "192.0.2.1"), 401);
    let forged = format!("{token}A");
    assert_eq!(with_token(&service, &forged, "192.0.2.1"), 429);
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
    let mut service = service(&[
        (RateLimit::Credential, 0),
        (RateLimit::Address, 0),
        (RateLimit::Server, 0),
        (RateLimit::Failure, 0),
    ]);
    service.services.limiter_failure = Some("on fire".to_owned());
    assert_eq!(from_page(&service, "2001:db8::1"), 201);
    assert_eq!(from_server(&service, "secret"), 201);
    assert_eq!(with_token(&service, &guess(0), "192.0.2.1"), 401);
    // Each request waits for one limiter only.
    assert_eq!(service.services.limiter_calls(), 3);
}
