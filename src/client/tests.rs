//! The browser half in a real browser, below the package: run by
//! `wasm-pack test --headless --chrome`.

#[path = "../../tests/cases/mod.rs"]
mod cases;

use super::create_session;
use super::read::json;
use crate::json::Json;
use crate::session::NewSession;
use cases::Verdict;
use js_sys::{Function, JSON, Object, Reflect};
use wasm_bindgen::JsValue;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

/// What a line of JavaScript gives.
fn js(expression: &str) -> JsValue {
    Function::new_no_args(&format!("return ({expression})"))
        .call0(&JsValue::NULL)
        .unwrap()
}

fn verdict(request: &JsValue) -> Verdict {
    match NewSession::check(&json(request)) {
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
        if let Ok(session) = NewSession::check(&json(&request)) {
            let sent = JSON::parse(&session.to_json()).unwrap();
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
    let session = NewSession::check(&json(&request)).unwrap();
    assert!(session.to_json().contains("{\"a\":1}"));
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
        assert_eq!(json(&js(expression)), Json::NotJson, "{expression}");
    }
    let revoked = js(
        "(() => { const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); return { contact: proxy }; })()",
    );
    assert_ne!(verdict(&revoked), Verdict::Accepted);
}

#[wasm_bindgen_test]
async fn a_refusal_is_an_object_with_its_parts() {
    let failure = create_session(js("{ verified: 1 }"), Object::new().into())
        .await
        .unwrap_err();
    let member = |name: &str| Reflect::get(&failure, &name.into()).unwrap();
    assert_eq!(member("code"), "invalid_request");
    assert_eq!(member("status"), 400);
    assert_eq!(
        String::from(JSON::stringify(&member("errors")).unwrap()),
        r#"[{"path":"/verified","code":"invalid_type","message":"must be true, false or null"}]"#
    );
}
