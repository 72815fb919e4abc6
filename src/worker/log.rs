//! The log: one line of JSON per request, with no token, path or body in it.

use super::entry::now_ms;
use crate::api::Outcome;
use crate::http::Facts;
use serde::Serialize;

/// What D1 did for one request, by its own account.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub(super) struct Usage {
    /// Calls to D1.
    pub(super) round_trips: u32,
    /// Rows read, as billed.
    pub(super) rows_read: u32,
    /// Rows written, index entries included, as billed.
    pub(super) rows_written: u32,
}

impl Usage {
    /// Both together.
    pub(super) fn plus(self, other: Self) -> Self {
        Self {
            round_trips: self.round_trips.saturating_add(other.round_trips),
            rows_read: self.rows_read.saturating_add(other.rows_read),
            rows_written: self.rows_written.saturating_add(other.rows_written),
        }
    }
}

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

/// How the line of one request is logged, and the line.
pub(super) fn line(
    method: &str,
    facts: &Facts,
    outcome: &Outcome,
    d1: Usage,
) -> (&'static str, String) {
    let line = Line {
        request_id: outcome.reply.header("x-request-id").unwrap_or_default(),
        method,
        route: outcome.route,
        status: outcome.reply.status,
        code: outcome.error.as_ref().map(crate::error::Error::code),
        organization: outcome.organization.as_deref(),
        duration_ms: now_ms().saturating_sub(facts.now_ms),
        d1,
        cause: outcome.error.as_ref().and_then(|error| error.cause()),
        warning: outcome.warning.as_deref(),
    };
    let level = if line.status >= 500 || line.warning.is_some() {
        "error"
    } else {
        "log"
    };
    (level, serde_json::to_string(&line).unwrap_or_default())
}
