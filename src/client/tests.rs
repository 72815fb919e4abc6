//! The rules in a real browser, below the package: run by
//! `wasm-pack test --headless --chrome`.

#[path = "../../tests/cases/mod.rs"]
mod cases;

use super::check;
use super::read::json;
use crate::json::Json;
use crate::session::NewSession;
use cases::Verdict;
use js_sys::{Function, JSON, Reflect};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen(module = "/pkg/src/notation.js")]
extern "C" {
    /// The package's own.
    fn notation(value: &JsValue) -> String;
}

/// What a line of JavaScript gives.
fn js(expression: &str) -> JsValue {
    Function::new_no_args(&format!("return ({expression})"))
        .call0(&JsValue::NULL)
        .unwrap()
}

fn verdict(request: &JsValue) -> Verdict {
    match NewSession::check(&json(&notation(request))) {
        Ok(_) => Verdict::Accepted,
        Err(error) => Verdict::refused(
            error.code(),
            error
                .fields()
                .iter()
                .map(|field| format!("{} {}", field.path, field.code.as_str())),
        ),
    }
}

#[wasm_bindgen_test]
fn js_values_get_the_verdicts_of_the_table() {
    let mut tried = 0;
    for case in cases::load() {
        let Ok(request) = JSON::parse(&case.text) else {
            continue;
        };
        tried += 1;
        assert_eq!(verdict(&request), case.expected, "{}", case.name);
    }
    assert!(tried >= 150, "{tried} cases");
}

#[wasm_bindgen_test]
fn a_request_that_was_read_is_read_back_the_same() {
    for case in cases::load() {
        let Ok(request) = JSON::parse(&case.text) else {
            continue;
        };
        let text = notation(&request);
        if let Ok(session) = NewSession::check(&json(&text)) {
            let sent = notation(&JSON::parse(&session.to_json()).unwrap());
            assert_eq!(
                NewSession::check(&json(&sent)),
                Ok(session),
                "{}",
                case.name
            );
        }
    }
}

#[wasm_bindgen_test]
fn a_getter_is_asked_once() {
    let request =
        js("{ asked: 0, get custom_data() { this.asked += 1; return { a: this.asked }; } }");
    assert_eq!(check(&notation(&request)), "{\"custom_data\":{\"a\":1}}");
    assert_eq!(Reflect::get(&request, &"asked".into()).unwrap(), 1);
}

#[wasm_bindgen_test]
fn hostile_objects_are_only_wrong() {
    for expression in [
        "new Proxy({}, { ownKeys() { throw new Error('no'); } })",
        "new Proxy({ a: 1 }, { get() { throw 'no'; } })",
        "Object.defineProperty({}, 'a', { enumerable: true, get() { throw null; } })",
        "Symbol('s')",
        "10n",
        "() => {}",
    ] {
        let text = notation(&js(expression));
        assert_eq!(json(&text), Json::NotJson, "{expression}");
    }
    let revoked = js(
        "(() => { const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); return { contact: proxy }; })()",
    );
    assert_ne!(verdict(&revoked), Verdict::Accepted);
}

#[wasm_bindgen_test]
fn what_is_not_the_notation_is_not_json() {
    for text in [
        "", "s", "s9:short", "s1:é", "o1:", "o2:s1:at", "n", "so", "o-1:", "\u{0}",
    ] {
        let read = json(text);
        assert!(!check(text).is_empty(), "{text}: {read:?}");
    }
    // Surrogate pairs count twice, and are never cut in half.
    assert_eq!(json("s2:😀"), Json::String("😀".into()));
    assert_eq!(json("s3:😀"), Json::NotJson);
}

#[wasm_bindgen_test]
fn a_refusal_has_the_members_of_the_error() {
    assert_eq!(
        check(&notation(&js("{ verified: 1 }"))),
        concat!(
            r#"!{"code":"invalid_request","status":400,"#,
            r#""message":"/verified must be true, false or null.","#,
            r#""errors":[{"path":"/verified","code":"invalid_type","#,
            r#""message":"must be true, false or null"}]}"#
        )
    );
}
