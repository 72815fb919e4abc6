//! Responses of the service, compared with the OpenAPI document: statuses, codes,
//! headers and members are documented, and the required ones are present.

use crate::described::{SOME_ID, code, error_codes, operations, path_with, resolve};
use crate::openapi::document;
use crate::service::Service;
use chat_sessions::access::rate_limit::RateLimit;
use chat_sessions::api::response::Response;
use chat_sessions::error::Error;
use regex::Regex;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use strum::VariantNames;

#[test]
fn what_the_service_answers_is_documented() {
    let document = document();
    let operations = operations(&document);
    let mut seen = BTreeSet::new();
    let mut check = |service: &Service, request: Value| {
        let answer = service.send(&request);
        let path = request["path"].as_str().unwrap().split('?').next().unwrap();
        let (template, method, operation) = operations
            .iter()
            .find(|(template, method, _)| {
                let pattern = format!("^{}$", path_with(template, "[^/]*"));
                method == request["method"].as_str().unwrap()
                    && Regex::new(&pattern).unwrap().is_match(path)
            })
            .unwrap_or_else(|| panic!("{request}"));
        let status = answer.status.to_string();
        let response = operation["responses"]
            .get(&status)
            .unwrap_or_else(|| panic!("{status} of {method} {template} is not documented"));
        let response = resolve(&document, response);
        check_headers(&document, response, &answer);
        if answer.status >= 400 {
            let code = code(&answer);
            let error_codes = error_codes(&document, operation);
            assert!(
                error_codes[&answer.status].contains(&code),
                "{code} of {method} {template}"
            );
            seen.insert(code);
        } else {
            check_members(&document, response, &answer);
        }
        answer
    };
    exercise(&mut check);
    // Other tests cover the codes of a failing storage and of another method.
    let unseen: BTreeSet<_> = Error::VARIANTS
        .iter()
        .filter(|code| !seen.contains(**code))
        .copied()
        .collect();
    let elsewhere = [
        "deletion_unfinished",
        "internal_error",
        "method_not_allowed",
        "schema_outdated",
        "session_full",
        "storage_unavailable",
    ];
    assert_eq!(unseen, BTreeSet::from(elsewhere));
}

/// Sends requests that get every kind of response.
fn exercise(check: &mut impl FnMut(&Service, Value) -> Response) {
    let service = Service::new();
    let sessions = "/chat/sessions";
    let ann = json!({"email": "ann@example.com", "name": "Ann Lee", "custom_data": {"a": 1}});
    let create =
        |body: Value| json!({"method": "POST", "path": sessions, "as": "secret", "body": body});
    let created = check(
        &service,
        create(json!({"verified": true, "contact": ann, "custom_data": {"b": true}})),
    );
    let location = created.header("location").unwrap().to_owned();
    check(&service, create(json!({})));
    let resumed = check(
        &service,
        create(json!({"contact": ann, "verified": true, "resume": true})),
    );
    assert_eq!(
        (resumed.status, resumed.header("location")),
        (200, Some(location.as_str()))
    );
    for body in [json!({"channel": 1}), json!({"contact_id": SOME_ID})] {
        check(&service, create(body));
    }
    for body in [json!({}), json!({}), json!({"channel": {"type": "web"}})] {
        let mut request = create(body);
        request["headers"] = json!({"idempotency-key": "again"});
        check(&service, request);
    }
    for (name, value) in [
        ("text", json!("{")),
        ("body", json!({"a": "a".repeat(70_000)})),
        ("headers", json!({"content-type": "text/plain"})),
        ("headers", json!({"if-match": "{{\"*3000}}"})),
        ("path", json!("/chat/sessions?{{x*9000}}")),
        ("origin", json!("https://shop.example.com")),
        ("authorization", json!("Bearer hunter2")),
        ("authorization", json!("")),
    ] {
        let mut request = create(json!({}));
        request[name] = value;
        if name == "text" {
            request.as_object_mut().unwrap().remove("body");
        }
        check(&service, request);
    }
    let page = |origin: &str, body: Value| json!({"method": "POST", "path": sessions, "as": "publishable", "origin": origin, "body": body});
    check(&service, page("https://evil.example", json!({})));
    check(
        &service,
        page("https://shop.example.com", json!({"verified": true})),
    );

    let get = |path: &str| json!({"method": "GET", "path": path, "as": "secret"});
    let shown = check(&service, get(&location));
    for (name, tag) in [
        ("if-none-match", shown.header("etag").unwrap()),
        ("if-match", "\"other\""),
    ] {
        let mut request = get(&location);
        request["headers"] = json!({name: tag});
        check(&service, request);
    }
    check(&service, get("/chat/sessions/"));
    check(&service, get("/chat/sessions/none"));
    for query in ["", "?limit=1", "?status=ajar"] {
        check(&service, get(&format!("{sessions}{query}")));
    }
    let mut request = get(sessions);
    request["as"] = json!("publishable");
    check(&service, request);
    for body in [
        json!({"status": "closed_resolved"}),
        json!({"status": "ajar"}),
    ] {
        check(
            &service,
            json!({"method": "PATCH", "path": location, "as": "secret", "body": body}),
        );
    }

    exercise_messages(check, &service, &location);
    for body in [json!({"email": "ann@example.com"}), json!({})] {
        let path = "/widget/authenticate-user";
        check(
            &service,
            json!({"method": "POST", "path": path, "as": "secret", "body": body}),
        );
    }
    exercise_tokens(check, &service);
    exercise_webhooks(check, &service);
    let shown: Value = serde_json::from_str(&shown.body).unwrap();
    let contact = format!("/contacts/{}", shown["contact"]["id"].as_str().unwrap());
    check(&service, get(&format!("{contact}/export")));
    for _ in 0..2 {
        check(
            &service,
            json!({"method": "DELETE", "path": contact, "as": "secret"}),
        );
    }

    exercise_limits(check);
}

/// Sends requests that are over a limit.
fn exercise_limits(check: &mut impl FnMut(&Service, Value) -> Response) {
    let path = "/chat/sessions";
    let mut service = Service::new();
    service.services.limits = vec![(RateLimit::Server, 0)];
    let list = json!({"method": "GET", "path": path, "as": "secret"});
    check(&service, list);

    let mut service = Service::new();
    service.store.quotas.others.sessions = 0;
    let create = json!({"method": "POST", "path": path, "as": "secret", "body": {}});
    check(&service, create);
}

/// Sends the requests of visitors and agents.
fn exercise_tokens(check: &mut impl FnMut(&Service, Value) -> Response, service: &Service) {
    let origin = "https://shop.example.com";
    let visitor = json!({"method": "POST", "path": "/widget/visitors", "as": "publishable", "origin": origin, "body": {}});
    check(service, visitor);
    for body in [json!({"name": "Ben"}), json!({"id": "."})] {
        check(
            service,
            json!({"method": "POST", "path": "/agents/tokens", "as": "secret", "body": body}),
        );
    }
    check(
        service,
        json!({"method": "DELETE", "path": "/agents/a%2Fb/tokens", "as": "secret"}),
    );
}

/// Sends the requests about webhooks.
fn exercise_webhooks(check: &mut impl FnMut(&Service, Value) -> Response, service: &Service) {
    let send = |method: &str, path: &str, body: Value| json!({"method": method, "path": path, "as": "secret", "body": body});
    let webhook = json!({"url": "https://hooks.example.com/", "events": ["*"]});
    let created = check(service, send("POST", "/webhooks", webhook.clone()));
    let created: Value = serde_json::from_str(&created.body).unwrap();
    let path = format!("/webhooks/{}", created["id"].as_str().unwrap());
    check(service, send("POST", "/webhooks", json!({})));
    for _ in 0..10 {
        check(service, send("POST", "/webhooks", webhook.clone()));
    }
    let get = |path: &str| json!({"method": "GET", "path": path, "as": "secret"});
    for path in ["/webhooks", &path, "/webhooks/none", "/webhooks/"] {
        check(service, get(path));
    }
    for query in ["", "?limit=0"] {
        check(service, get(&format!("{path}/deliveries{query}")));
    }
    for body in [json!({"status": "disabled"}), json!({"status": "off"})] {
        check(service, send("PATCH", &path, body));
    }
    check(service, send("POST", &format!("{path}/rotate"), json!({})));
    check(service, send("POST", &format!("{path}/test"), json!({})));
    for since in ["2025-11-24T16:00:00Z", "2020-01-01"] {
        let body = json!({"since": since});
        check(service, send("POST", &format!("{path}/replay"), body));
    }
    for _ in 0..2 {
        check(
            service,
            json!({"method": "DELETE", "path": path, "as": "secret"}),
        );
    }
}

/// Sends messages to the session at `location`, and reads its history.
fn exercise_messages(
    check: &mut impl FnMut(&Service, Value) -> Response,
    service: &Service,
    location: &str,
) {
    let get = |path: &str| json!({"method": "GET", "path": path, "as": "secret"});
    let path = format!("{location}/send");
    let id = "0190163d-8694-739b-aea5-966c26f8ad02";
    for body in [
        json!({"sender": "agent", "agent": {"name": "Ben"}, "message": {"text": "a", "id": id}}),
        json!({"sender": "agent", "agent": {"name": "Ben"}, "message": {"text": "a", "id": id}}),
        json!({"sender": "contact", "message": {"text": "b", "id": id}}),
        json!({"sender": "contact", "message": {"text": "b", "attachments": [{"name": "a", "url": "https://example.com/a"}]}}),
        json!({}),
    ] {
        check(
            service,
            json!({"method": "POST", "path": path, "as": "secret", "body": body}),
        );
    }
    let note = "0190163d-8694-739b-aea5-966c26f8ad03";
    for body in [
        json!({"text": "a", "id": note, "agent": {"name": "Ben"}}),
        json!({"text": "a", "id": note}),
        json!({"text": "b", "id": note}),
        json!({"text": "b"}),
        json!({"text": ""}),
    ] {
        let path = format!("{location}/notes");
        check(
            service,
            json!({"method": "POST", "path": path, "as": "secret", "body": body}),
        );
    }
    for query in ["", "?limit=1", "?after=-1"] {
        check(service, get(&format!("{location}/history{query}")));
    }
    check(service, get("/chat/sessions/none/history"));
    for path in [&format!("{location}/events"), "/chat/events"] {
        check(service, get(path));
    }
    let mut follow = get(&format!("{location}/events?after=-1"));
    follow["headers"] = json!({"accept": "text/event-stream"});
    check(service, follow);
    let post = |path: String, body: Value| json!({"method": "POST", "path": path, "as": "secret", "body": body});
    for body in [json!({"seq": 1}), json!({"seq": -1})] {
        check(service, post(format!("{location}/read"), body));
    }
    check(service, post(format!("{location}/typing"), json!({})));
    for id in [id, note, SOME_ID] {
        let path = format!("{location}/messages/{id}/redact");
        check(service, post(path, json!({})));
    }
    let shown_history = check(service, get(&format!("{location}/history")));
    let mut request = get(&format!("{location}/history"));
    request["headers"] = json!({"if-none-match": shown_history.header("etag").unwrap()});
    check(service, request);
}

/// Headers that a response may have without being documented.
const BESIDES: [&str; 5] = [
    "content-type",
    "vary",
    "x-content-type-options",
    "access-control-allow-origin",
    "access-control-expose-headers",
];

/// Checks that all required headers are there, and no undocumented one.
fn check_headers(document: &Value, response: &Value, answer: &Response) {
    let mut documented = BTreeMap::new();
    for (name, header) in response["headers"].as_object().unwrap() {
        documented.insert(name.to_lowercase(), resolve(document, header));
    }
    for (name, header) in &documented {
        let Some(value) = answer.header(name) else {
            assert_ne!(header["required"], true, "{name} of {}", answer.status);
            continue;
        };
        let schema = &header["schema"];
        if let Some(pattern) = schema["pattern"].as_str() {
            assert!(
                Regex::new(pattern).unwrap().is_match(value),
                "{name}: {value}"
            );
        }
        if let Some(constant) = schema.get("const") {
            assert_eq!(value, constant);
        }
    }
    for (name, _) in &answer.headers {
        let is_known = documented.contains_key(*name) || BESIDES.contains(name);
        assert!(is_known, "{name} of {} is not documented", answer.status);
    }
}

/// Checks the body's members, nested ones included, in the same way.
fn check_members(document: &Value, response: &Value, answer: &Response) {
    let Some(schema) = response.pointer("/content/application~1json/schema") else {
        assert_eq!(answer.body, "");
        return;
    };
    let body: Value = serde_json::from_str(&answer.body).unwrap();
    compare(document, schema, &body);
}

fn compare(document: &Value, schema: &Value, value: &Value) {
    let schema = resolve(document, schema);
    if let (Some(items), Some(values)) = (schema.get("items"), value.as_array()) {
        for value in values {
            compare(document, items, value);
        }
    }
    let (Some(properties), Some(members)) = (schema.get("properties"), value.as_object()) else {
        return;
    };
    for required in schema["required"].as_array().unwrap() {
        assert!(
            members.contains_key(required.as_str().unwrap()),
            "{required} of {value}"
        );
    }
    for (name, member) in members {
        let property = properties.get(name);
        let property = property.unwrap_or_else(|| panic!("{name} of {value} is not documented"));
        compare(document, property, member);
    }
}
