//! One request over the network.

use super::bookmark;
use super::failure::Failure;
use super::options::Options;
use gloo_net::http::{Method, Request, RequestBuilder};
use js_sys::{JSON, JsString, Promise, Reflect};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

#[wasm_bindgen]
extern "C" {
    // Not gloo-net's own `send`: that panics when `fetch` rejects with
    // something that is not an `Error`, as it may when a page replaces it.
    #[wasm_bindgen(catch, js_name = fetch)]
    fn fetch(request: &web_sys::Request) -> Result<Promise, JsValue>;
}

/// Posts a JSON body and gives the JSON answer.
pub(super) async fn post(options: &Options, path: &str, body: &str) -> Result<JsValue, Failure> {
    let url = [&options.base_url, path].concat();
    let authorization = ["Bearer ", &options.token].concat();
    let mut request = RequestBuilder::new(&url)
        .method(Method::POST)
        .header("Authorization", &authorization)
        .header("Content-Type", "application/json");
    if let Some(bookmark) = bookmark::of(&options.base_url) {
        request = request.header(bookmark::HEADER, &bookmark);
    }
    let request: Request = request
        .body(body)
        .map_err(|_| Failure::InvalidOptions("options.baseUrl is not a valid URL"))?;

    let promise = fetch(&request.into()).map_err(Failure::NetworkError)?;
    let response = JsFuture::from(promise)
        .await
        .map_err(Failure::NetworkError)?;
    let Ok(response) = response.dyn_into::<web_sys::Response>() else {
        return Err(Failure::UnexpectedResponse(0));
    };
    if let Ok(Some(bookmark)) = response.headers().get(bookmark::HEADER) {
        bookmark::keep(&options.base_url, bookmark);
    }
    let status = response.status();
    let text = response.text().map_err(Failure::NetworkError)?;
    let text = JsFuture::from(text).await.map_err(Failure::NetworkError)?;

    let unexpected = || Failure::UnexpectedResponse(status);
    let text: JsString = text.dyn_into().map_err(|_| unexpected())?;
    let body = parse_json(&text).ok_or_else(unexpected)?;
    if response.ok() {
        has_text(&body, "id").then_some(body).ok_or_else(unexpected)
    } else if has_text(&body, "code") {
        Err(Failure::Answered(status, body))
    } else {
        Err(unexpected())
    }
}

fn parse_json(text: &JsString) -> Option<JsValue> {
    JSON::parse(&String::from(text)).ok()
}

fn has_text(body: &JsValue, name: &str) -> bool {
    Reflect::get(body, &JsValue::from_str(name)).is_ok_and(|member| member.is_string())
}
