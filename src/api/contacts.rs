//! The endpoints of contacts.

use super::Call;
use super::response::{Response, contact_list_response, export_response};
use crate::access::AccessServices;
use crate::domain::contact_query::ContactQuery;
use crate::domain::export_query::ExportCursor;
use crate::domain::id::parse_uuid;
use crate::domain::limits::{EXPORT_PAGE_ENTRIES, EXPORT_PAGE_SIZE};
use crate::error::{Error, Violation, ViolationCode};
use crate::storage::Store;
use crate::storage::contacts::ExportContact;
use crate::validation::json::Json;
use crate::validation::json_text;

/// Returns the path of a request's attributes of a contact, by the one of their two names
/// that it has. `body` has passed the rules.
pub(super) fn attributes_path(body: &[u8], parent: &str) -> String {
    let request = json_text::parse(body).unwrap_or(Json::Null);
    attributes_path_in(&request, parent)
}

/// Returns the path like [`attributes_path`], in a request that has been parsed.
pub(super) fn attributes_path_in(request: &Json<'_>, parent: &str) -> String {
    let member = match request {
        Json::Object(request) => request.get(parent.trim_start_matches('/')),
        _ => None,
    };
    let name = match member.unwrap_or(request) {
        Json::Object(contact) if contact.get("customData").is_some() => "/customData",
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
    /// `GET /contacts`
    pub(super) async fn find_contact(&self, query: &str) -> Result<Response, Error> {
        let ContactQuery { identity } = ContactQuery::check(query)?;
        let found = self.store.find_contact(self.principal.tenant(), &identity);
        contact_list_response(&found.await?)
    }

    /// `GET /contacts/{contact_id}/export`
    pub(super) async fn export_contact(&self, id: &str, query: &str) -> Result<Response, Error> {
        let export = ExportContact {
            cursor: ExportCursor::check(query)?,
            id: parse_uuid(id).ok_or(Error::ContactNotFound)?,
            page_size: EXPORT_PAGE_SIZE,
            entries: EXPORT_PAGE_ENTRIES,
        };
        let found = self.store.export_contact(self.principal.tenant(), &export);
        export_response(&found.await?.ok_or(Error::ContactNotFound)?, &export)
    }
}
