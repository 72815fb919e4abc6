//! The endpoints of contacts.

use super::Call;
use super::response::{Response, contact_list_response, export_response};
use super::shapes::AuthenticatedBody;
use crate::access::AccessServices;
use crate::access::contact_token::ContactToken;
use crate::domain::contact_query::ContactQuery;
use crate::domain::export_query::ExportCursor;
use crate::domain::id::parse_uuid;
use crate::domain::limits::{EXPORT_PAGE_ENTRIES, EXPORT_PAGE_SIZE};
use crate::domain::login::Login;
use crate::error::{Error, Violation, ViolationCode};
use crate::storage::{AuthenticateContact, ExportContact, Store};
use crate::validation::json::Json;
use crate::validation::json_text;

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

    /// `DELETE /contacts/{contact_id}/tokens`
    pub(super) async fn revoke_tokens(&self, id: &str) -> Result<Response, Error> {
        let id = parse_uuid(id).ok_or(Error::ContactNotFound)?;
        let tenant = self.principal.tenant();
        let now_ms = self.context.now_ms;
        if self.store.revoke_tokens(tenant, id, now_ms).await? {
            Ok(Response::empty(204))
        } else {
            Err(Error::ContactNotFound)
        }
    }

    /// `POST /widget/authenticate-user`
    pub(super) async fn authenticate_user(&self, body: &[u8]) -> Result<Response, Error> {
        let login = Login::check(&json_text::parse(body)?)?;
        let secrets = self.services.token_secrets().await.ok_or_else(|| {
            let cause = "TOKEN_SECRET is missing, or shorter than 32 bytes";
            Error::InternalError(cause.to_owned())
        })?;

        let tenant = self.principal.tenant();
        let authenticate = AuthenticateContact {
            login,
            new_contact_id: self.context.contact_id(),
            now_ms: self.context.now_ms,
        };
        let subject = self.store.authenticate_contact(tenant, &authenticate);
        let subject = subject.await?;
        let subject = subject.ok_or_else(|| too_large(attributes_path(body, "")))?;
        let token = ContactToken {
            organization: tenant.organization.clone(),
            subject,
            key: self.principal.key().clone(),
        };
        let token = token.sign(
            authenticate.login.lifetime_s,
            self.context.token_id(),
            self.context.now_ms,
            &secrets,
        )?;
        Response::json(201, &AuthenticatedBody::new(token, subject.contact_id))
    }
}
