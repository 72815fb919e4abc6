//! The OpenAPI document, compared with the service: both have the same operations, with
//! the same methods, credentials and errors.

use crate::described::{SOME_ID, code, error_codes, operations, path_with, resolve, walk};
use crate::openapi::{
    ADDRESS_RATE_LIMIT, AGENT_RATE_LIMIT, CREDENTIAL_RATE_LIMIT, FAILURE_RATE_LIMIT,
    NETWORK_48_RATE_LIMIT, NETWORK_56_RATE_LIMIT, SERVER_RATE_LIMIT, document, text,
};
use crate::service::Service;
use chat_sessions::domain::agent_login::AgentLogin;
use chat_sessions::domain::login::Login;
use chat_sessions::domain::message::NewMessage;
use chat_sessions::domain::new_session::NewSession;
use chat_sessions::domain::note::NewNote;
use chat_sessions::domain::read_mark::ReadMark;
use chat_sessions::domain::session_update::SessionUpdate;
use chat_sessions::domain::webhook::{NewWebhook, Replay, WebhookUpdate};
use chat_sessions::error::Error;
use chat_sessions::validation::json::Json;
use chat_sessions::validation::json_text;
use regex::Regex;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use strum::VariantNames;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/www/openapi.json");
const METHODS: [&str; 8] = [
    "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE", "OPTIONS",
];

#[test]
fn the_committed_document_is_the_one_that_the_code_builds() {
    let committed = fs::read_to_string(FILE).unwrap_or_default();
    assert!(
        committed == text(),
        "www/openapi.json is not what openapi/ builds: run `make openapi`"
    );
}

#[test]
fn every_reference_resolves_and_every_component_is_used() {
    let document = document();
    let mut used = BTreeSet::new();
    walk(&document, &mut |object| {
        if let Some(reference) = object.get("$ref") {
            resolve(&document, object);
            used.insert(reference.as_str().unwrap().to_owned());
        }
    });
    for (kind, components) in document["components"].as_object().unwrap() {
        for name in components.as_object().unwrap().keys() {
            let reference = format!("#/components/{kind}/{name}");
            let is_used = used.contains(&reference) || kind == "securitySchemes";
            assert!(is_used, "{reference} is used nowhere");
        }
    }
}

#[test]
fn the_paths_and_methods_are_the_services_own() {
    let document = document();
    let mut documented = BTreeMap::<_, BTreeSet<_>>::new();
    for (path, method, _) in operations(&document) {
        documented.entry(path).or_default().insert(method);
    }
    let service = Service::new();
    for (template, methods) in &documented {
        let path = path_with(template, SOME_ID);
        let preflight = service.send(&json!({"method": "OPTIONS", "path": path}));
        let mut allow: BTreeSet<_> = preflight
            .header("allow")
            .unwrap()
            .split(", ")
            .map(str::to_owned)
            .collect();
        assert!(allow.remove("OPTIONS"));
        // Documented once for all paths, in the introduction.
        assert_eq!(allow.remove("HEAD"), methods.contains("GET"));
        assert_eq!(&allow, methods, "methods of {template}");

        for method in METHODS.iter().filter(|method| **method != "OPTIONS") {
            let response = service.send(&json!({"method": method, "path": path, "as": "secret"}));
            if *method == "HEAD" {
                assert_eq!(response.body, "");
                assert_eq!(
                    response.status != 405,
                    methods.contains("GET"),
                    "{template}"
                );
                continue;
            }
            let is_documented = methods.contains(*method);
            let code = code(&response);
            assert_ne!(code, "not_found", "{method} {template}");
            assert_eq!(
                code != "method_not_allowed",
                is_documented,
                "{method} {template}"
            );
        }
    }
}

#[test]
fn each_operation_lists_the_credentials_that_may_do_it() {
    let service = Service::new();
    let user = json!({"path": "/widget/authenticate-user", "as": "secret", "body": {"email": "ann@example.com"}});
    let user: Value = serde_json::from_str(&service.send(&user).body).unwrap();
    let visitor = json!({"path": "/widget/visitors", "as": "publishable", "origin": "https://shop.example.com"});
    let visitor: Value = serde_json::from_str(&service.send(&visitor).body).unwrap();
    let agent = json!({"path": "/agents/tokens", "as": "secret", "body": {"name": "Ben"}});
    let agent: Value = serde_json::from_str(&service.send(&agent).body).unwrap();
    let credentials = [
        ("secretKey", json!({"as": "secret"})),
        (
            "publishableKey",
            json!({"as": "publishable", "origin": "https://shop.example.com"}),
        ),
        (
            "contactToken",
            json!({"authorization": format!("Bearer {}", user["token"].as_str().unwrap())}),
        ),
        (
            "visitorToken",
            json!({"authorization": format!("Bearer {}", visitor["token"].as_str().unwrap())}),
        ),
        (
            "agentToken",
            json!({"authorization": format!("Bearer {}", agent["token"].as_str().unwrap())}),
        ),
    ];
    let document = document();
    let schemes = document["components"]["securitySchemes"]
        .as_object()
        .unwrap();
    assert_eq!(schemes.len(), credentials.len());
    for (path, method, operation) in operations(&document) {
        for (scheme, credential) in &credentials {
            let mut request = credential.clone();
            request["method"] = json!(method);
            request["path"] = json!(path_with(&path, SOME_ID));
            request["body"] = json!({});
            let may = code(&service.send(&request)) != "insufficient_scope";
            let security = operation["security"].as_array().unwrap();
            let is_listed = security.contains(&json!({*scheme: []}));
            assert_eq!(is_listed, may, "{scheme} for {method} {path}");
        }
    }
}

#[test]
fn each_operation_is_described_in_full() {
    let document = document();
    let mut ids = BTreeSet::new();
    let template_name = Regex::new(r"\{[a-z_]+\}").unwrap();
    let camel_case = Regex::new("^[a-z]+([A-Z][a-z]+)+$").unwrap();
    for (path, method, operation) in operations(&document) {
        let id = operation["operationId"].as_str().unwrap();
        assert!(camel_case.is_match(id), "{id}");
        assert!(ids.insert(id.to_owned()), "{id} twice");
        for name in ["summary", "description"] {
            assert!(
                !operation[name].as_str().unwrap().is_empty(),
                "{name} of {id}"
            );
        }
        for name in ["tags", "security"] {
            assert!(
                !operation[name].as_array().unwrap().is_empty(),
                "{name} of {id}"
            );
        }
        let parameters: Vec<_> = operation["parameters"]
            .as_array()
            .unwrap()
            .iter()
            .map(|parameter| resolve(&document, parameter))
            .collect();
        let in_path: BTreeSet<_> = parameters
            .iter()
            .filter(|parameter| parameter["in"] == "path")
            .map(|parameter| format!("{{{}}}", parameter["name"].as_str().unwrap()))
            .collect();
        let in_template: BTreeSet<_> = template_name
            .find_iter(&path)
            .map(|name| name.as_str().to_owned())
            .collect();
        assert_eq!(in_path, in_template, "parameters in the path of {id}");

        let mut examples = 0;
        let mut count = |object: &Value| {
            examples += usize::from(object.get("example").is_some());
            examples += object
                .get("examples")
                .and_then(Value::as_object)
                .map_or(0, serde_json::Map::len);
        };
        walk(&operation, &mut count);
        for parameter in &parameters {
            walk(parameter, &mut count);
        }
        assert!(examples > 0, "examples of {method} {path}");
    }
}

#[test]
fn every_error_is_documented_somewhere_with_its_status() {
    let document = document();
    let documented: BTreeSet<_> = operations(&document)
        .iter()
        .flat_map(|(_, _, operation)| error_codes(&document, operation).into_values().flatten())
        .collect();
    let every: BTreeSet<_> = Error::VARIANTS
        .iter()
        .map(|code| (*code).to_owned())
        .collect();
    assert_eq!(documented, every);
}

#[test]
fn the_examples_of_requests_pass_the_rules() {
    type Rules = fn(&Json<'_>) -> Result<(), Error>;
    let rules: [(&str, Rules); 11] = [
        ("createChatSession", |body| {
            NewSession::check(body).map(drop)
        }),
        ("updateChatSession", |body| {
            SessionUpdate::check(body).map(drop)
        }),
        ("sendChatMessage", |body| NewMessage::check(body).map(drop)),
        ("addChatNote", |body| NewNote::check(body).map(drop)),
        ("markChatRead", |body| ReadMark::check(body).map(drop)),
        ("authenticateUser", |body| Login::check(body).map(drop)),
        ("createVisitor", |_| Ok(())),
        ("createAgentToken", |body| AgentLogin::check(body).map(drop)),
        ("createWebhook", |body| {
            NewWebhook::check(body, false).map(drop)
        }),
        ("updateWebhook", |body| {
            WebhookUpdate::check(body, false).map(drop)
        }),
        ("replayWebhookEvents", |body| {
            Replay::check(body, 1_795_512_700_000).map(drop)
        }),
    ];
    let mut checked = BTreeSet::new();
    for (_, _, operation) in operations(&document()) {
        let pointer = "/requestBody/content/application~1json/examples";
        let Some(examples) = operation.pointer(pointer) else {
            continue;
        };
        let id = operation["operationId"].as_str().unwrap();
        let (_, rules) = rules.iter().find(|(name, _)| *name == id).unwrap();
        for (name, example) in examples.as_object().unwrap() {
            let text = example["value"].to_string();
            let verdict = rules(&json_text::parse(text.as_bytes()).unwrap());
            assert_eq!(verdict, Ok(()), "{name} of {id}");
        }
        checked.insert(id.to_owned());
    }
    assert_eq!(checked.len(), rules.len());
}

#[test]
fn the_rate_limits_are_the_deployments() {
    let configuration = include_str!("../../wrangler.toml");
    for (name, limit) in [
        ("CREDENTIAL_RATE_LIMITER", CREDENTIAL_RATE_LIMIT),
        ("ADDRESS_RATE_LIMITER", ADDRESS_RATE_LIMIT),
        ("NETWORK_56_RATE_LIMITER", NETWORK_56_RATE_LIMIT),
        ("NETWORK_48_RATE_LIMITER", NETWORK_48_RATE_LIMIT),
        ("SERVER_RATE_LIMITER", SERVER_RATE_LIMIT),
        ("AGENT_RATE_LIMITER", AGENT_RATE_LIMIT),
        ("FAILURE_RATE_LIMITER", FAILURE_RATE_LIMIT),
    ] {
        let (_, limiter) = configuration
            .split_once(&format!("name = \"{name}\""))
            .unwrap();
        let expected = format!("limit = {limit}, period = 60");
        assert!(
            limiter.lines().nth(2).unwrap().contains(&expected),
            "{name}"
        );
    }
}
