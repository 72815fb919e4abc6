//! One try to send an event: a request to an address that a customer chose.

use crate::domain::delivery::{Failure, Try, event_id};
use crate::domain::limits::{
    WEBHOOK_ANSWER_KEPT_CHARS, WEBHOOK_ANSWER_MAX_BYTES, WEBHOOK_TIMEOUT_MS,
};
use crate::domain::webhook_url::violated_rule;
use crate::edge::convert::now_ms;
use crate::storage::webhooks::{DueEvent, OutgoingEvent};
use futures_util::TryStreamExt;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use worker::ByteStream;
use worker::js_sys;
use worker::web_sys::{
    AbortSignal, Headers, Request, RequestInit, RequestRedirect, Response, WorkerGlobalScope,
};

/// The name that receivers see in their logs.
const USER_AGENT: &str = concat!("chat-sessions/", env!("CARGO_PKG_VERSION"));

/// Sends an event, and returns what came of it. Redirects are not followed: the rules are
/// for the address that was checked.
pub(super) async fn attempt(
    event: &DueEvent,
    outgoing: &OutgoingEvent,
    body: &str,
    allows_local: bool,
) -> Try {
    let at_ms = now_ms();
    let mut made = Try {
        at_ms,
        duration_ms: 0,
        status: None,
        failure: None,
        answer: String::new(),
        retry_after_ms: None,
    };
    if violated_rule(&outgoing.url, allows_local).is_some() {
        made.failure = Some(Failure::ForbiddenUrl);
        return made;
    }
    // It ends the answer's body too.
    let signal = AbortSignal::timeout_with_u32(WEBHOOK_TIMEOUT_MS);
    match send(event, outgoing, body, at_ms, &signal).await {
        Ok(response) => {
            made.status = Some(response.status());
            let retry_after = response.headers().get("retry-after").ok().flatten();
            made.retry_after_ms = retry_after.and_then(|text| parse_retry_after_ms(text.trim()));
            if made.is_success() {
                cancel(&response);
            } else {
                made.answer = read_beginning(&response).await;
            }
        }
        Err(_) if signal.aborted() => made.failure = Some(Failure::TimedOut),
        Err(_) => made.failure = Some(Failure::Unreachable),
    }
    made.duration_ms = now_ms().saturating_sub(at_ms);
    made
}

async fn send(
    event: &DueEvent,
    outgoing: &OutgoingEvent,
    body: &str,
    at_ms: u64,
    signal: &AbortSignal,
) -> Result<Response, JsValue> {
    let id = event_id(event.subject_id, event.seq);
    let timestamp_s = at_ms / 1000;
    let signatures = outgoing.secrets.iter();
    let signatures = signatures.filter_map(|secret| secret.sign(&id, timestamp_s, body));
    let signatures = signatures.collect::<Vec<_>>().join(" ");
    let headers = Headers::new()?;
    headers.set("content-type", "application/json")?;
    headers.set("user-agent", USER_AGENT)?;
    headers.set("webhook-id", &id)?;
    headers.set("webhook-timestamp", &timestamp_s.to_string())?;
    headers.set("webhook-signature", &signatures)?;
    let init = RequestInit::new();
    init.set_method("POST");
    init.set_headers(&headers);
    init.set_body(&body.into());
    init.set_redirect(RequestRedirect::Manual);
    init.set_signal(Some(signal));
    let request = Request::new_with_str_and_init(&outgoing.url, &init)?;
    let global: WorkerGlobalScope = js_sys::global().unchecked_into();
    let response = JsFuture::from(global.fetch_with_request(&request)).await?;
    Ok(response.unchecked_into())
}

/// Reads a `Retry-After` header (RFC 9110, section 10.2.3): seconds, or a date. Returns
/// milliseconds.
fn parse_retry_after_ms(text: &str) -> Option<u64> {
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(seconds.saturating_mul(1000));
    }
    let at_ms = js_sys::Date::parse(text);
    // Not a number for what is no date.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let at_ms = Some(at_ms as u64).filter(|_| at_ms >= 0.0)?;
    Some(at_ms.saturating_sub(now_ms()))
}

/// Ends an answer whose body nobody reads.
fn cancel(response: &Response) {
    if let Some(body) = response.body() {
        // Rejected if the body has ended already.
        drop(body.cancel());
    }
}

/// Reads an answer, as far as it may be long, and returns what is kept of it.
async fn read_beginning(response: &Response) -> String {
    let Some(body) = response.body() else {
        return String::new();
    };
    let mut stream = ByteStream::from(body);
    let mut bytes = Vec::new();
    // Where the connection breaks, the part that has arrived is kept.
    while let Ok(Some(chunk)) = stream.try_next().await {
        let left = WEBHOOK_ANSWER_MAX_BYTES.saturating_sub(bytes.len());
        bytes.extend(chunk.into_iter().take(left));
        if bytes.len() >= WEBHOOK_ANSWER_MAX_BYTES {
            break;
        }
    }
    let text = String::from_utf8_lossy(&bytes);
    text.chars().take(WEBHOOK_ANSWER_KEPT_CHARS).collect()
}
