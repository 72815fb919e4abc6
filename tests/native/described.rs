//! Helpers of the tests of the OpenAPI document.

#![allow(dead_code)] // Each test uses its own part.

use chat_sessions::api::response::Response;
use regex::Regex;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// A well-formed id that does not exist.
pub(crate) const SOME_ID: &str = "0190163d-8694-739b-aea5-966c26f8ad91";

/// Returns every operation: path template, method in upper case, description.
pub(crate) fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            operations.push((path.clone(), method.to_uppercase(), operation.clone()));
        }
    }
    assert!(operations.len() >= 7, "{} operations", operations.len());
    operations
}

/// Returns a path template with an id in it.
pub(crate) fn path_with(template: &str, id: &str) -> String {
    Regex::new(r"\{[a-z_]+\}")
        .unwrap()
        .replace_all(template, id)
        .into_owned()
}

/// Returns the code of an error response.
pub(crate) fn code(response: &Response) -> String {
    let body: Value = serde_json::from_str(&response.body).unwrap_or_default();
    body["code"].as_str().unwrap_or_default().to_owned()
}

/// Resolves a reference; anything else is returned as it is.
pub(crate) fn resolve<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    let Some(reference) = value.get("$ref") else {
        return value;
    };
    let reference = reference.as_str().unwrap();
    let pointer = reference.strip_prefix('#').unwrap();
    document
        .pointer(pointer)
        .unwrap_or_else(|| panic!("nothing is at {reference}"))
}

/// Calls `visit` with every object in `value`.
pub(crate) fn walk(value: &Value, visit: &mut impl FnMut(&Value)) {
    match value {
        Value::Object(members) => {
            visit(value);
            members.values().for_each(|member| walk(member, visit));
        }
        Value::Array(items) => items.iter().for_each(|item| walk(item, visit)),
        _ => {}
    }
}

/// Returns the error codes of an operation, by status.
pub(crate) fn error_codes(document: &Value, operation: &Value) -> BTreeMap<u16, BTreeSet<String>> {
    let mut error_codes = BTreeMap::new();
    for (status, response) in operation["responses"].as_object().unwrap() {
        let status = status.parse::<u16>().unwrap();
        let response = resolve(document, response);
        if status < 400 {
            continue;
        }
        let schema = resolve(document, &response["content"]["application/json"]["schema"]);
        let schemas = schema.get("oneOf").and_then(Value::as_array);
        let schemas = schemas.map_or_else(|| vec![schema], |schemas| schemas.iter().collect());
        let mut codes = BTreeSet::new();
        for schema in schemas {
            let schema = resolve(document, schema);
            assert_eq!(schema["properties"]["statusCode"]["const"], status);
            for code in schema["properties"]["code"]["enum"].as_array().unwrap() {
                codes.insert(code.as_str().unwrap().to_owned());
            }
        }
        let shown = response["content"]["application/json"]["examples"]
            .as_object()
            .unwrap();
        let shown: BTreeSet<_> = shown.keys().cloned().collect();
        assert_eq!(shown, codes, "each response with {status} has an example");
        error_codes.insert(status, codes);
    }
    error_codes
}
