//! The log: one line of JSON per request, with no token, path or body in it.

use super::convert::now_ms;
use crate::api::Handled;
use crate::api::context::RequestContext;
use crate::error::Error;
use crate::storage::d1::usage::Usage;
use serde::Serialize;
use worker::{console_error, console_log};

#[derive(Serialize)]
struct Line<'a> {
    request_id: &'a str,
    method: &'a str,
    route: &'a str,
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    organization: Option<&'a str>,
    duration_ms: u64,
    d1: Usage,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    warning: Option<&'a str>,
}

/// Writes the line of one request.
pub(super) fn write(method: &str, context: &RequestContext, handled: &Handled, d1: Usage) {
    let line = Line {
        request_id: handled.response.header("x-request-id").unwrap_or_default(),
        method,
        route: handled.route,
        status: handled.response.status,
        code: handled.error.as_ref().map(Error::code),
        organization: handled.organization.as_deref(),
        duration_ms: now_ms().saturating_sub(context.now_ms),
        d1,
        cause: handled.error.as_ref().and_then(|error| error.cause()),
        warning: handled.warning.as_deref(),
    };
    let text = serde_json::to_string(&line).unwrap_or_default();
    if line.status >= 500 || line.warning.is_some() {
        console_error!("{text}");
    } else {
        console_log!("{text}");
    }
}
