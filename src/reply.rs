//! Responses: JSON bodies, and the one place that turns an error into a response.

use crate::entity_tag::EntityTag;
use crate::error::Error;
use crate::http::Reply;
use crate::session::Session;
use crate::store::{ContactExport, SessionPage};
use crate::wire::{ErrorBody, ExportBody, FieldErrorBody, SessionBody, SessionListBody};
use ::http::StatusCode;
use serde::Serialize;

/// Returns a response with a JSON body.
///
/// # Errors
/// [`Error::InternalError`] when the body cannot be written.
pub(crate) fn json_reply(status: u16, body: &impl Serialize) -> Result<Reply, Error> {
    let body = serde_json::to_string(body)
        .map_err(|cause| Error::InternalError(format!("unserializable answer: {cause}")))?;
    let mut headers = Vec::with_capacity(HEADERS_MAX);
    headers.push(("content-type", "application/json; charset=utf-8".into()));
    Ok(Reply {
        status,
        headers,
        body,
    })
}

/// A response with a session, and the tag of its state.
pub(crate) struct SessionReply {
    pub(crate) tag: EntityTag,
    reply: Reply,
}

/// Returns the response with a session.
///
/// # Errors
/// [`Error::InternalError`] when its stored attributes are damaged.
pub(crate) fn session_reply(session: &Session) -> Result<SessionReply, Error> {
    let body = SessionBody::try_from(session)?;
    let mut reply = json_reply(200, &body)?;
    let tag = EntityTag::of(&reply.body);
    reply.headers.push(("etag", tag.as_str().to_owned().into()));
    Ok(SessionReply { tag, reply })
}

impl SessionReply {
    /// Returns the 304 response to a caller who has this state already.
    pub(crate) fn not_modified(self) -> Reply {
        Reply {
            status: 304,
            headers: vec![("etag", self.tag.as_str().to_owned().into())],
            body: String::new(),
        }
    }
}

impl From<SessionReply> for Reply {
    fn from(session: SessionReply) -> Self {
        session.reply
    }
}

/// Returns the response with a page of sessions.
///
/// # Errors
/// [`Error::InternalError`] when the stored attributes of one are damaged.
pub(crate) fn session_list_reply(page: &SessionPage) -> Result<Reply, Error> {
    json_reply(200, &SessionListBody::try_from(page)?)
}

/// Returns the response with all stored data of a person.
///
/// # Errors
/// [`Error::InternalError`] when stored attributes are damaged.
pub(crate) fn export_reply(export: &ContactExport) -> Result<Reply, Error> {
    json_reply(200, &ExportBody::try_from(export)?)
}

/// Returns a response without a body.
pub(crate) fn no_content() -> Reply {
    Reply {
        status: 204,
        headers: Vec::new(),
        body: String::new(),
    }
}

/// Returns the response to a request that failed.
pub(crate) fn refusal(error: &Error, request_id: &str) -> Reply {
    let status = error.status();
    let body = ErrorBody {
        status_code: status,
        message: &error.message(),
        error: reason_phrase(status),
        code: error.code(),
        request_id,
        errors: error.fields().iter().map(FieldErrorBody::from).collect(),
    };
    let mut reply = json_reply(status, &body).unwrap_or_else(|_| Reply {
        status: 500,
        headers: Vec::new(),
        body: String::new(),
    });
    match error {
        Error::MissingToken => {
            reply.headers.push(("www-authenticate", CHALLENGE.into()));
        }
        Error::InvalidToken => {
            reply
                .headers
                .push(("www-authenticate", CHALLENGE_TO_INVALID.into()));
        }
        Error::MethodNotAllowed(allow) => reply.headers.push(("allow", (*allow).into())),
        Error::RateLimited => {
            reply
                .headers
                .push(("retry-after", RATE_LIMIT_PERIOD_S.into()));
        }
        Error::StorageUnavailable(_) => {
            reply
                .headers
                .push(("retry-after", STORAGE_RETRY_AFTER_S.into()));
        }
        _ => {}
    }
    reply
}

/// The most headers of a response.
const HEADERS_MAX: usize = 12;
/// The `WWW-Authenticate` header (RFC 6750, section 3).
const CHALLENGE: &str = "Bearer realm=\"chat-sessions\"";
const CHALLENGE_TO_INVALID: &str = "Bearer realm=\"chat-sessions\", error=\"invalid_token\"";
/// A storage that failed is usually back in this many seconds.
const STORAGE_RETRY_AFTER_S: &str = "2";
/// The limiter's period in wrangler.toml. The limiter does not report the time of its
/// next reset.
const RATE_LIMIT_PERIOD_S: &str = "60";

fn reason_phrase(status: u16) -> &'static str {
    StatusCode::from_u16(status)
        .ok()
        .and_then(|status| status.canonical_reason())
        .unwrap_or("Internal Server Error")
}
