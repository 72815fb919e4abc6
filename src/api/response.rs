//! Responses as plain values, and the one place that turns an error into a response.

use super::conditional::EntityTag;
use super::export::ExportBody;
use super::live::Connect;
use super::shapes::{ContactListBody, ErrorBody, SessionBody, SessionListBody, ViolationBody};
use crate::domain::session::Session;
use crate::error::Error;
use crate::storage::contacts::{ContactExport, ContactRecord, ExportContact};
use crate::storage::sessions::SessionPage;
use http::StatusCode;
use serde::Serialize;
use std::borrow::Cow;

/// The most headers of a response.
const HEADERS_MAX: usize = 12;
/// The `WWW-Authenticate` header (RFC 6750, section 3).
const CHALLENGE: &str = "Bearer realm=\"chat-sessions\"";
const CHALLENGE_TO_INVALID: &str = "Bearer realm=\"chat-sessions\", error=\"invalid_token\"";
/// A storage that failed is usually back in this many seconds.
const STORAGE_RETRY_AFTER_S: &str = "2";
/// A migration takes about that many seconds.
const SCHEMA_RETRY_AFTER_S: &str = "30";

/// The response to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The HTTP status code.
    pub status: u16,
    /// The headers, names in lower case.
    pub headers: Vec<(&'static str, Cow<'static, str>)>,
    /// The body: JSON, or empty.
    pub body: String,
    /// The live connection to make, which then is the body.
    pub connect: Option<Box<Connect>>,
}

impl Response {
    /// Returns a response with a JSON body.
    ///
    /// # Errors
    /// [`Error::InternalError`] when the body cannot be written.
    pub fn json(status: u16, body: &impl Serialize) -> Result<Self, Error> {
        let body = serde_json::to_string(body)
            .map_err(|cause| Error::InternalError(format!("unserializable response: {cause}")))?;
        let mut response = Self::empty(status);
        response.body = body;
        response.set_header("content-type", "application/json; charset=utf-8");
        Ok(response)
    }

    /// Returns a response without a body.
    #[must_use]
    pub fn empty(status: u16) -> Self {
        Self {
            status,
            headers: Vec::with_capacity(HEADERS_MAX),
            body: String::new(),
            connect: None,
        }
    }

    /// Leaves the body out, as `HEAD` asks for, and tells its length instead.
    pub(super) fn omit_body(&mut self) {
        self.connect = None;
        if !self.body.is_empty() {
            self.set_header("content-length", self.body.len().to_string());
            self.body.clear();
        }
    }

    /// Returns the value of the header `name`, which is in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(header, _)| *header == name)
            .map(|(_, value)| value.as_ref())
    }

    /// Adds a header; its name is in lower case.
    pub fn set_header(&mut self, name: &'static str, value: impl Into<Cow<'static, str>>) {
        self.headers.push((name, value.into()));
    }
}

/// Returns the response with a session, and the tag of its state.
///
/// # Errors
/// [`Error::InternalError`] when its stored attributes are damaged.
pub fn session_response(session: &Session) -> Result<(Response, EntityTag), Error> {
    let mut response = Response::json(200, &SessionBody::try_from(session)?)?;
    let tag = entity_tag(session)?;
    response.set_header("etag", tag.as_str().to_owned());
    Ok((response, tag))
}

/// Returns the tag of a session's state, without its contact's unverified data: anyone
/// can write that, and must not be able to fail the updates of others.
fn entity_tag(session: &Session) -> Result<EntityTag, Error> {
    let mut state = session.clone();
    if let Some(contact) = &mut state.contact {
        contact.non_verified_name = None;
        contact.non_verified_phone_number = None;
        "{}".clone_into(&mut contact.non_verified_custom_data);
    }
    let body = Response::json(200, &SessionBody::try_from(&state)?)?.body;
    Ok(EntityTag::of(&body))
}

/// Returns the response to a caller who has the state with this tag already.
pub(crate) fn not_modified(tag: &EntityTag) -> Response {
    let mut response = Response::empty(304);
    response.set_header("etag", tag.as_str().to_owned());
    response
}

/// Returns the response with a page of sessions.
///
/// # Errors
/// [`Error::InternalError`] when the stored attributes of one are damaged.
pub fn session_page_response(page: &SessionPage) -> Result<Response, Error> {
    Response::json(200, &SessionListBody::try_from(page)?)
}

/// Returns the response with the contact that was found, if there is one.
///
/// # Errors
/// [`Error::InternalError`] when stored attributes are damaged.
pub fn contact_list_response(found: &Option<ContactRecord>) -> Result<Response, Error> {
    Response::json(200, &ContactListBody::try_from(found)?)
}

/// Returns the response with all stored data of a person.
///
/// # Errors
/// [`Error::InternalError`] when stored attributes are damaged.
pub fn export_response(export: &ContactExport, request: &ExportContact) -> Result<Response, Error> {
    Response::json(200, &ExportBody::new(export, request)?)
}

/// Returns the response to a request that failed.
#[must_use]
pub fn error_response(error: &Error, request_id: &str) -> Response {
    let status = error.status();
    let body = ErrorBody {
        status_code: status,
        message: &error.message(),
        error: reason_phrase(status),
        code: error.code(),
        request_id,
        errors: error.violations().iter().map(ViolationBody::from).collect(),
    };
    let mut response = Response::json(status, &body).unwrap_or_else(|_| Response::empty(500));
    match error {
        Error::MissingToken => response.set_header("www-authenticate", CHALLENGE),
        Error::InvalidToken => response.set_header("www-authenticate", CHALLENGE_TO_INVALID),
        Error::MethodNotAllowed(allow) => response.set_header("allow", allow.clone()),
        // RFC 9110, section 15.5.16.
        Error::UnsupportedMediaType => response.set_header("accept-encoding", "identity"),
        Error::RateLimited { retry_after_s } | Error::QuotaExceeded { retry_after_s } => {
            response.set_header("retry-after", retry_after_s.to_string());
        }
        Error::DeletionUnfinished | Error::StorageUnavailable(_) => {
            response.set_header("retry-after", STORAGE_RETRY_AFTER_S);
        }
        Error::SchemaOutdated(_) => response.set_header("retry-after", SCHEMA_RETRY_AFTER_S),
        _ => {}
    }
    response
}

fn reason_phrase(status: u16) -> &'static str {
    StatusCode::from_u16(status)
        .ok()
        .and_then(|status| status.canonical_reason())
        .unwrap_or("Internal Server Error")
}
