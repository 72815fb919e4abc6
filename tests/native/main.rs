//! The tests of the core in plain Rust: the case tables over the service in memory,
//! properties of the rules, and the documents beside the code. One program, because
//! linking takes longer than running.

#![cfg(not(target_arch = "wasm32"))]

mod api_cases;
mod api_failures;
mod attributes_properties;
#[path = "../cases/mod.rs"]
mod cases;
mod contact_properties;
mod credential_cases;
mod described;
mod fuzz_corpus;
mod id_properties;
mod json_properties;
mod key_expiry;
mod layers;
mod memory;
mod message_cases;
#[path = "../../openapi/document/mod.rs"]
mod openapi;
mod openapi_answers;
mod openapi_document;
mod package_types;
#[path = "../../fuzz/properties/mod.rs"]
mod properties;
mod quotas;
mod rate_limits;
mod service;
mod session_list_properties;
mod session_request_cases;
mod webhook_urls;
