//! The calls in a real browser, without the package around them: run by
//! `wasm-pack test --headless --chrome`.

#[path = "../../tests/cases/mod.rs"]
mod cases;

use super::value::to_json;
use super::{call, validate_session};
use crate::domain::message::NewMessage;
use crate::domain::new_session::NewSession;
use crate::error::Error;
use crate::validation::json::Json;
use cases::Verdict;
use js_sys::{Array, Function, JSON, Promise, Reflect};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

/// Evaluates a JavaScript expression.
fn js(expression: &str) -> JsValue {
    Function::new_no_args(&format!("return ({expression})"))
        .call0(&JsValue::NULL)
        .unwrap()
}

/// A value as JSON text.
fn text(value: &JsValue) -> String {
    JSON::stringify(value).unwrap().into()
}

const CREATE: &str = "{ method: 'POST', path: '/chat/sessions', takes: 'session', expects: 'id' }";
const LIST: &str = "{ method: 'GET', path: '/chat/sessions', takes: 'query', expects: 'items' }";
const READ: &str = "{ method: 'GET', path: '/chat/sessions/a%2Fb', expects: 'id' }";

fn create_session(request: &JsValue, options: &JsValue) -> Promise {
    call(&js(CREATE), request, options)
}

fn get_session(options: &JsValue) -> Promise {
    call(&js(READ), &JsValue::UNDEFINED, options)
}

fn list_sessions(query: &JsValue, options: &JsValue) -> Promise {
    call(&js(LIST), query, options)
}

fn verdict(request: &JsValue) -> Verdict {
    verdict_of(NewSession::check(&to_json(request)).map(|_| ()))
}

fn verdict_of(result: Result<(), Error>) -> Verdict {
    match result {
        Ok(()) => Verdict::Accepted,
        Err(error) => Verdict::rejected(
            error.code(),
            error
                .violations()
                .iter()
                .map(|field| format!("{} {}", field.path, field.code.as_str())),
        ),
    }
}

#[wasm_bindgen_test]
fn js_values_get_the_verdicts_of_the_table() {
    let mut tried = 0;
    for case in cases::load(cases::SESSION_REQUESTS) {
        let Ok(request) = JSON::parse(&case.text) else {
            continue;
        };
        tried += 1;
        assert_eq!(verdict(&request), case.expected, "{}", case.name);
    }
    assert!(tried >= 150, "{tried} cases");
}

#[wasm_bindgen_test]
fn messages_get_the_verdicts_of_the_table() {
    for case in cases::load(cases::MESSAGES) {
        let Ok(request) = JSON::parse(&case.text) else {
            continue;
        };
        let rules = NewMessage::check(&to_json(&request));
        let read = rules.as_ref().map(|_| ()).map_err(Clone::clone);
        assert_eq!(verdict_of(read), case.expected, "{}", case.name);
        if let Ok(message) = rules {
            let sent = JSON::parse(&message.to_json()).unwrap();
            assert_eq!(
                NewMessage::check(&to_json(&sent)),
                Ok(message),
                "{}",
                case.name
            );
        }
    }
}

#[wasm_bindgen_test]
fn a_request_that_was_read_is_read_back_the_same() {
    for case in cases::load(cases::SESSION_REQUESTS) {
        let Ok(request) = JSON::parse(&case.text) else {
            continue;
        };
        if let Ok(session) = NewSession::check(&to_json(&request)) {
            let sent = JSON::parse(&session.to_json()).unwrap();
            assert_eq!(
                NewSession::check(&to_json(&sent)),
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
    let session = NewSession::check(&to_json(&request)).unwrap();
    assert_eq!(session.to_json(), "{\"custom_data\":{\"a\":1}}");
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
        let json = to_json(&js(expression));
        assert!(matches!(json, Json::NotJson(_)), "{expression}: {json:?}");
    }
    let revoked = js(
        "(() => { const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); return { contact: proxy }; })()",
    );
    assert_ne!(verdict(&revoked), Verdict::Accepted);
}

#[wasm_bindgen_test]
fn lone_surrogates_are_told_from_replacement_characters() {
    assert_eq!(to_json(&js("'a\\ud800'")), Json::IllFormedString);
    let text = "\u{fffd}\u{1f600}";
    assert_eq!(to_json(&JsValue::from_str(text)), Json::String(text.into()));
}

#[wasm_bindgen_test]
fn a_request_is_validated_without_a_call() {
    assert_eq!(text(&validate_session(&js("{}"))), "[]");
    assert_eq!(
        text(&validate_session(&js("{ verified: 1 }"))),
        r#"[{"path":"/verified","code":"invalid_type","message":"must be true, false or null"}]"#
    );
    let whole = text(&validate_session(&js("[]")));
    assert!(
        whole.starts_with(r#"[{"path":"","code":"malformed_json""#),
        "{whole}"
    );
}

#[wasm_bindgen_test]
async fn a_request_that_breaks_a_rule_rejects_with_the_error_class() {
    let error = JsFuture::from(create_session(&js("{ verified: 1 }"), &js("{}")))
        .await
        .unwrap_err();
    let member = |name: &str| Reflect::get(&error, &name.into()).unwrap();
    assert_eq!(member("name"), "ChatSessionError");
    assert_eq!(member("code"), "invalid_request");
    assert_eq!(member("status"), 400);
    assert_eq!(member("message"), "/verified must be true, false or null.");
    assert_eq!(
        text(&member("errors")),
        r#"[{"path":"/verified","code":"invalid_type","message":"must be true, false or null"}]"#
    );
    assert!(member("cause").is_undefined());
}

/// Runs `call` while the page's `fetch` is `expression`, a function of a `Request`
/// and of the number of requests before it. Returns the result, and every request
/// as `[method, url, headers, body]`.
async fn with_fetch(
    expression: &str,
    call: impl FnOnce() -> Promise,
) -> (Result<JsValue, JsValue>, Array) {
    let setup = js(&format!(
        "(() => {{
            const {{ fetch }} = globalThis;
            const sent = [];
            const respond = {expression};
            globalThis.fetch = async (request) => {{
                sent.push(request);
                return respond(request, sent.length - 1);
            }};
            const restore = () => {{
                globalThis.fetch = fetch;
                return Promise.all(sent.map(async (request) => [
                    request.method,
                    request.url,
                    Object.fromEntries(request.headers),
                    await request.text(),
                ]));
            }};
            return restore;
        }})()"
    ));
    let result = JsFuture::from(call()).await;
    let restore = Function::from(setup);
    let sent: Promise = restore.call0(&JsValue::NULL).unwrap().into();
    (result, JsFuture::from(sent).await.unwrap().into())
}

#[wasm_bindgen_test]
async fn a_create_is_sent_and_retried_with_one_key() {
    let respond = "(request, before) => before === 0
        ? new Response('', { status: 503, headers: { 'Retry-After': '0' } })
        : Response.json({ id: '0190163d-8694-739b-aea5-966c26f8ad91', more: 1 }, { status: 201, headers: { 'Session-Resumed': 'true' } })";
    let options =
        js("{ baseUrl: 'https://chat.example.com', token: async () => 'pk_1', retries: 1 }");
    let (result, sent) = with_fetch(respond, || {
        create_session(&js("{ resume: true, unknown: 1 }"), &options)
    })
    .await;
    assert_eq!(
        text(&result.unwrap()),
        r#"{"id":"0190163d-8694-739b-aea5-966c26f8ad91","more":1,"Session-Resumed":"true"}"#
    );
    assert_eq!(sent.length(), 2);
    assert_eq!(text(&sent.get(0)), text(&sent.get(1)));
    let sent = text(&sent.get(0));
    let (start, rest) = sent.split_once(r#""idempotency-key":""#).unwrap();
    assert_eq!(
        start,
        concat!(
            r#"["POST","https://chat.example.com/chat/sessions","#,
            r#"{"authorization":"Bearer pk_1","content-type":"application/json","#,
        )
    );
    let (key, rest) = rest.split_once('"').unwrap();
    assert_eq!(uuid::Uuid::parse_str(key).unwrap().get_version_num(), 4);
    assert_eq!(rest, r#"},"{\"resume\":true}"]"#);
}

#[wasm_bindgen_test]
async fn reads_are_sent_encoded_and_carry_the_bookmark() {
    let respond = "(request, before) => Response.json(
        before === 0 ? { id: '0190163d-8694-739b-aea5-966c26f8ad91' } : { items: [], next: null },
        { headers: { 'X-D1-Bookmark': '0002' } })";
    let options = js("{ baseUrl: 'https://a.example/b', token: 'pk_', bookmarks: new Map() }");
    let (result, sent) = with_fetch(respond, || get_session(&options)).await;
    let session = r#"{"id":"0190163d-8694-739b-aea5-966c26f8ad91"}"#;
    assert_eq!(text(&result.unwrap()), session);
    assert_eq!(
        text(&sent),
        r#"[["GET","https://a.example/b/chat/sessions/a%2Fb",{"authorization":"Bearer pk_"},""]]"#
    );
    let query = js("{ limit: 2, cursor: 'a&b', created_after: new Date(0), status: undefined }");
    let (result, sent) = with_fetch(&respond.replace("=== 0", "< 0"), || {
        list_sessions(&query, &options)
    })
    .await;
    assert_eq!(text(&result.unwrap()), r#"{"items":[],"next":null}"#);
    assert_eq!(
        text(&sent),
        concat!(
            r#"[["GET","https://a.example/b/chat/sessions?limit=2&cursor=a%26b"#,
            r#"&created_after=1970-01-01T00%3A00%3A00.000Z","#,
            r#"{"authorization":"Bearer pk_","x-d1-bookmark":"0002"},""]]"#
        )
    );
}

#[wasm_bindgen_test]
async fn responses_of_any_kind_are_errors_with_a_code() {
    let options = js("{ baseUrl: 'https://a.example', token: 'pk_', retries: 0 }");
    for (respond, code) in [
        ("() => Promise.reject('a string')", "network_error"),
        ("() => { throw undefined; }", "network_error"),
        ("() => 42", "unexpected_response"),
        ("() => ({ ok: true })", "unexpected_response"),
        ("() => ({ get ok() { throw 1; } })", "network_error"),
        (
            "() => ({ ok: true, text: () => 'null' })",
            "unexpected_response",
        ),
        (
            "() => ({ ok: true, body: { getReader: () => ({ read: () => 7 }) } })",
            "network_error",
        ),
        ("() => new Response('\\xff')", "unexpected_response"),
        (
            "() => Response.json({ statusCode: 404, code: 'not_found', message: 'No', request_id: 'r' }, { status: 404 })",
            "not_found",
        ),
        (
            "() => Response.json({ code: 'ENOENT', message: 'No' }, { status: 404 })",
            "unexpected_response",
        ),
    ] {
        let (result, _) = with_fetch(respond, || list_sessions(&JsValue::NULL, &options)).await;
        let error = result.unwrap_err();
        assert_eq!(
            Reflect::get(&error, &"code".into()).unwrap(),
            code,
            "{respond}"
        );
    }
}

#[wasm_bindgen_test]
async fn an_abort_ends_a_call_that_waits_for_anything() {
    for never in [
        "{ token: () => new Promise(() => {}) }",
        "{ token: 'pk_', retries: 9 }",
    ] {
        let options = js(&format!(
            "(() => {{
                const controller = new AbortController();
                setTimeout(() => controller.abort(), 20);
                return {{ baseUrl: 'https://a.example', signal: controller.signal, ...{never} }};
            }})()"
        ));
        let respond = "() => new Response('', { status: 503, headers: { 'Retry-After': '60' } })";
        let (result, sent) = with_fetch(respond, || get_session(&options)).await;
        assert!(result.is_err());
        assert!(sent.length() <= 1);
    }
}
