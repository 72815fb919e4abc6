//! The scenarios of `cases/api.json`, `cases/conversations.json` and `cases/webhooks.json`, run against the endpoints over the in-memory
//! store. `tests/edge/api.test.mjs` runs the same ones against workerd over HTTP.

use crate::service::{KEYS, Service, key};
use chat_sessions::api::response::Response;
use regex::Regex;
use serde_json::{Map, Value};
use std::collections::HashMap;

#[test]
fn every_story_goes_as_told() {
    let mut failures = Vec::new();
    for table in [
        include_str!("../cases/api.json"),
        include_str!("../cases/conversations.json"),
        include_str!("../cases/webhooks.json"),
    ] {
        let table: Value = serde_json::from_str(table).unwrap();
        let service = Service::new();
        for story in table["stories"].as_array().unwrap() {
            if let Err(failure) = tell(&service, story) {
                failures.push(format!("{}: {failure}", story["name"]));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

fn tell(service: &Service, story: &Value) -> Result<(), String> {
    let mut names: HashMap<String, String> = KEYS
        .iter()
        .flat_map(|(name, ..)| {
            [
                ((*name).to_owned(), key(name)),
                (name.to_uppercase(), key(name).to_uppercase()),
            ]
        })
        .collect();
    for (index, step) in story["steps"].as_array().unwrap().iter().enumerate() {
        let step = fill_in(step, &names);
        let response = service.send(&step["send"]);
        check(&step["expect"], &response).map_err(|problem| {
            format!(
                "step {}: {problem}\n  answer: {} {:.400}",
                index + 1,
                response.status,
                response.body
            )
        })?;
        if let Some(keep) = step.get("keep") {
            let body: Value = serde_json::from_str(&response.body).unwrap();
            for (name, path) in keep.as_object().unwrap() {
                let value = text_of(at(&body, path.as_str().unwrap()));
                names.insert(name.to_uppercase(), value.to_uppercase());
                names.insert(name.clone(), value);
            }
        }
    }
    Ok(())
}

/// Replaces `<name>` with the value saved under that name; expands macros.
fn fill_in(value: &Value, names: &HashMap<String, String>) -> Value {
    match value {
        Value::String(text) => {
            let filled = Regex::new("<([A-Za-z_]+)>").unwrap().replace_all(
                text,
                |name: &regex::Captures<'_>| {
                    names
                        .get(&name[1])
                        .cloned()
                        .unwrap_or_else(|| name[0].to_owned())
                },
            );
            Value::String(crate::cases::expand(&filled))
        }
        Value::Array(items) => items.iter().map(|item| fill_in(item, names)).collect(),
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| (name.clone(), fill_in(value, names)))
            .collect::<Map<_, _>>()
            .into(),
        other => other.clone(),
    }
}

fn check(expect: &Value, response: &Response) -> Result<(), String> {
    let body: Value = serde_json::from_str(&response.body).unwrap_or_default();
    let ensure = |holds: bool, what: &dyn Fn() -> String| if holds { Ok(()) } else { Err(what()) };

    ensure(expect["status"] == response.status, &|| {
        format!("expected {}", expect["status"])
    })?;
    // A proxy that compresses a response weakens its tag.
    let cache_control = response.header("cache-control").unwrap_or_default();
    let is_to_stay = cache_control == "no-store, no-transform";
    ensure(is_to_stay == response.header("etag").is_some(), &|| {
        format!("cache-control: {cache_control}")
    })?;
    if let Some(code) = expect.get("code") {
        ensure(body["code"] == *code, &|| format!("expected {code}"))?;
        ensure(body["statusCode"] == response.status, &|| {
            "statusCode is not the status".to_owned()
        })?;
    }
    for (name, expected) in expect
        .get("headers")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        let actual = response.header(name).map_or(Value::Null, Value::from);
        ensure(is_like(expected, &actual, false), &|| {
            format!("{name}: {actual}")
        })?;
    }
    if let Some(errors) = expect.get("errors") {
        let mut actual: Vec<_> = body["errors"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|error| {
                format!(
                    "{} {}",
                    error["path"].as_str().unwrap(),
                    error["code"].as_str().unwrap()
                )
            })
            .collect();
        actual.sort();
        ensure(*errors == Value::from(actual.clone()), &|| {
            format!("errors {actual:?}")
        })?;
    }
    if let Some(expected) = expect.get("body") {
        ensure(is_like(expected, &body, false), &|| {
            format!("expected {expected:.400}")
        })?;
    }
    if let Some(expected) = expect.get("exact") {
        ensure(is_like(expected, &body, true), &|| {
            format!("expected exactly {expected}")
        })?;
    }
    for (path, expected) in expect
        .get("same")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        ensure(is_like(expected, at(&body, path), true), &|| {
            format!("expected {path} to be {expected:.400}")
        })?;
    }
    for (path, before) in expect
        .get("next_of")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        let before: u64 = text_of(before).parse().unwrap();
        ensure(*at(&body, path) == before + 1, &|| {
            format!("expected {path} to follow {before}")
        })?;
    }
    for name in expect
        .get("absent")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        ensure(body.get(name.as_str().unwrap()).is_none(), &|| {
            format!("{name} is there")
        })?;
    }
    if expect.get("no_body").is_some() {
        ensure(response.body.is_empty(), &|| "there is a body".to_owned())?;
    }
    if let Some(text) = expect.get("contains") {
        ensure(response.body.contains(text.as_str().unwrap()), &|| {
            format!("expected {text} in it")
        })?;
    }
    Ok(())
}

/// Returns true if `actual` matches the table: `~` begins a regular expression, `!` a
/// value that it must not have, and an object may have further members unless
/// `exactly`.
fn is_like(expected: &Value, actual: &Value, exactly: bool) -> bool {
    match (expected, actual) {
        (Value::String(text), _) if text.starts_with('~') => {
            !actual.is_null() && Regex::new(&text[1..]).unwrap().is_match(&text_of(actual))
        }
        (Value::String(text), _) if text.starts_with('!') => text[1..] != text_of(actual),
        (Value::Object(expected), Value::Object(actual)) => {
            (!exactly || expected.len() == actual.len())
                && expected.iter().all(|(name, value)| {
                    actual
                        .get(name)
                        .is_some_and(|actual| is_like(value, actual, exactly))
                })
        }
        (Value::Array(expected), Value::Array(actual)) => {
            expected.len() == actual.len()
                && (expected.iter().zip(actual))
                    .all(|(value, actual)| is_like(value, actual, exactly))
        }
        _ => expected == actual,
    }
}

fn at<'a>(value: &'a Value, path: &str) -> &'a Value {
    path.split('.')
        .fold(value, |value, name| match name.parse::<usize>() {
            Ok(index) => &value[index],
            Err(_) => &value[name],
        })
}

fn text_of(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}
