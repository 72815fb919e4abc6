//! The endpoints of contacts.

use super::Call;
use super::response::{Response, export_response};
use crate::access::AccessServices;
use crate::domain::id::parse_uuid;
use crate::domain::limits::EXPORT_PAGE_SIZE;
use crate::domain::session_query::Cursor;
use crate::error::{Error, Violation, ViolationCode};
use crate::storage::{Deleted, ExportContact, Store};
use crate::validation::json::Json;
use crate::validation::json_text;

/// Sessions that one step of a deletion removes at most: the database is busy with them
/// for some 20 ms, and serves other callers before the next step.
const DELETED_SESSIONS_PER_STEP: u32 = 500;
/// Steps of one request: 100,000 sessions. More take another request.
const DELETION_STEPS_MAX: u32 = 200;

/// Returns the path of a request's attributes of a contact, by the one of their two names
/// that it has. `body` has passed the rules.
pub(super) fn attributes_path(body: &[u8], parent: &str) -> String {
    let request = json_text::parse(body).ok();
    let member = match &request {
        Some(Json::Object(request)) => request.get(parent.trim_start_matches('/')),
        _ => None,
    };
    let name = match member.or(request.as_ref()) {
        Some(Json::Object(contact)) if contact.get("customData").is_some() => "/customData",
        _ => "/custom_data",
    };
    [parent, name].concat()
}

/// Returns the error of verified attributes that would make a contact too large.
pub(super) fn too_large(path: String) -> Error {
    Error::InvalidRequest(vec![Violation {
        path,
        code: ViolationCode::TooLong,
        message: "would exceed 65,536 bytes of JSON with what is stored of this contact; nothing \
                  was done. Send less, or shorter values for keys that it has"
            .into(),
    }])
}

impl<S: Store, A: AccessServices> Call<'_, S, A> {
    /// `GET /contacts/{contact_id}/export`
    pub(super) async fn export_contact(&self, id: &str, query: &str) -> Result<Response, Error> {
        let export = ExportContact {
            cursor: Cursor::check(query)?,
            id: parse_uuid(id).ok_or(Error::ContactNotFound)?,
            page_size: EXPORT_PAGE_SIZE,
        };
        let export = self.store.export_contact(self.principal.tenant(), &export);
        export_response(&export.await?.ok_or(Error::ContactNotFound)?)
    }

    /// `DELETE /contacts/{contact_id}`
    pub(super) async fn delete_contact(&self, id: &str) -> Result<Response, Error> {
        let id = parse_uuid(id).ok_or(Error::ContactNotFound)?;
        let tenant = self.principal.tenant();
        for step in 0..DELETION_STEPS_MAX {
            let step_size = DELETED_SESSIONS_PER_STEP;
            match self.store.delete_contact(tenant, id, step_size).await? {
                Deleted::InPart => {}
                // Another request has removed the rest.
                Deleted::NoSuchContact if step > 0 => return Ok(Response::empty(204)),
                Deleted::NoSuchContact => return Err(Error::ContactNotFound),
                Deleted::Whole => return Ok(Response::empty(204)),
            }
        }
        Err(Error::DeletionUnfinished)
    }
}
