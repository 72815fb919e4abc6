//! One request over the network.

use super::bookmark;
use super::error::CallError;
use super::js;
use super::operation::Operation;
use super::options::Options;
use super::response::Response;
use gloo_net::http::{Headers, Request};
use wasm_bindgen::JsValue;
use web_sys::RequestRedirect;

/// Sends a request once; returns the operation's result.
pub(super) async fn send(
    operation: &Operation,
    options: &Options,
    token: &str,
) -> Result<JsValue, CallError> {
    let request = build(operation, options, token)?;
    let response = exchange(&request.into(), options)
        .await
        .map_err(|cause| CallError::network_error(&options.base_url, cause))?;
    if response.ok
        && let Some(result) = operation.result(&response)
    {
        if let Some(bookmark) = response.header(bookmark::HEADER) {
            options.bookmarks.store(&options.base_url, &bookmark);
        }
        return Ok(result);
    }
    Err(response.into_error(&options.base_url))
}

async fn exchange(request: &web_sys::Request, options: &Options) -> Result<Response, JsValue> {
    let response = options.abort.settle(&js::fetch(request)?).await?;
    Response::read(&response, options).await
}

fn build(operation: &Operation, options: &Options, token: &str) -> Result<Request, CallError> {
    let invalid = |cause| CallError::invalid_options("options: baseUrl makes no request", cause);
    let headers = headers(operation, options, token).map_err(invalid)?;
    let url = [&*options.base_url, &operation.path].concat();
    let parameters = operation.query.iter();
    let request = match &*operation.method {
        "POST" => Request::post(&url),
        "PATCH" => Request::patch(&url),
        "DELETE" => Request::delete(&url),
        _ => Request::get(&url),
    }
    .query(parameters.map(|(name, value)| (&**name, value)))
    .headers(Headers::from_raw(headers))
    // A redirect would turn a create into a read, or lose the credential.
    .redirect(RequestRedirect::Manual)
    .abort_signal(options.abort.signal.as_ref());
    match &operation.body {
        Some(body) => request.body(&**body),
        None => request.build(),
    }
    .map_err(|_| invalid(JsValue::UNDEFINED))
}

/// The headers; gloo-net's own `header` panics on a value that none can carry.
fn headers(
    operation: &Operation,
    options: &Options,
    token: &str,
) -> Result<web_sys::Headers, JsValue> {
    let headers = web_sys::Headers::new()?;
    headers.set("Authorization", &["Bearer ", token].concat())?;
    if operation.body.is_some() {
        headers.set("Content-Type", "application/json")?;
    }
    if let Some((name, value)) = &operation.header {
        headers.set(name, value)?;
    }
    if let Some(bookmark) = options.bookmarks.latest(&options.base_url) {
        headers.set(bookmark::HEADER, &bookmark)?;
    }
    Ok(headers)
}
