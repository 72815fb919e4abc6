//! The endpoints, as functions from a request to a response.
//!
//! The checks run in this order and stop at the first that fails: route, method,
//! credential, scope, origin, rate limit, media type, size, JSON, rules, claims,
//! storage. A caller without a credential learns nothing about the body.

use crate::authentication::AuthenticatedUser;
use crate::authorization::Endpoint;
use crate::contact::ContactDraft;
use crate::cors;
use crate::error::{Error, FieldError, FieldErrorCode};
use crate::grant::{Action, Grant, Holder};
use crate::http::{Body, Facts, Reply, Request, RequestHeaders};
use crate::id::parse_uuid;
use crate::idempotency::{IdempotencyKey, Reservation};
use crate::json_text;
use crate::platform::Platform;
use crate::reply::{
    export_reply, json_reply, no_content, refusal, session_list_reply, session_reply,
};
use crate::request_body::read_json_body;
use crate::route::Route;
use crate::session::{NewSession, SessionUpdate};
use crate::session_list::SessionListQuery;
use crate::store::{
    AuthenticateContact, CreateSession, Created, ListSessions, SessionContact, StorageError, Store,
    UpdateSession, Updated,
};
use crate::token::ContactToken;
use crate::wire::{AuthenticatedBody, CreatedBody};
use std::mem;
use uuid::Uuid;

/// A response, and its fields for the log.
#[derive(Debug)]
pub struct Outcome {
    /// The response.
    pub reply: Reply,
    /// The path's pattern; a path itself may contain data that must not be logged.
    pub route: &'static str,
    /// The caller's organization, once it is known.
    pub organization: Option<String>,
    /// The error, if the request failed.
    pub error: Option<Error>,
    /// A failure of the service that did not fail the request.
    pub warning: Option<String>,
}

/// Responds to one request.
pub async fn respond<B: Body>(
    request: Request<B>,
    facts: &Facts,
    store: &impl Store,
    platform: &impl Platform,
) -> Outcome {
    let origin = request.headers.origin.clone();
    let route = Route::find(&request.path);

    let mut endpoint = Endpoint {
        facts,
        store,
        platform,
        organization: None,
        warning: None,
    };
    let result = if request.method == "OPTIONS" {
        Ok(cors::preflight(route.allow()))
    } else {
        endpoint.answer(&route, request).await
    };
    Outcome {
        organization: endpoint.organization,
        warning: endpoint.warning,
        ..outcome(result, &route, facts, origin.as_deref())
    }
}

/// Adds the headers that every response has, errors included.
fn outcome(
    result: Result<Reply, Error>,
    route: &Route,
    facts: &Facts,
    origin: Option<&str>,
) -> Outcome {
    let request_id = facts.request_id().to_string();
    let (mut reply, error) = match result {
        Ok(reply) => (reply, None),
        Err(error) => (refusal(&error, &request_id), Some(error)),
    };
    reply.headers.push(("x-request-id", request_id.into()));
    reply.headers.push(("cache-control", "no-store".into()));
    reply
        .headers
        .push(("x-content-type-options", "nosniff".into()));
    cors::expose(&mut reply, origin);
    Outcome {
        reply,
        route: route.pattern(),
        organization: None,
        error,
        warning: None,
    }
}

impl<S: Store, P: Platform> Endpoint<'_, S, P> {
    async fn answer<B: Body>(
        &mut self,
        route: &Route,
        request: Request<B>,
    ) -> Result<Reply, Error> {
        if matches!(route, Route::Unknown) {
            return Err(Error::NotFound);
        }
        let action = route.action(&request.method);
        let action = action.ok_or_else(|| Error::MethodNotAllowed(route.allow()))?;
        let headers = &request.headers;
        let grant = self.authorize(headers, action).await?;
        let body = if action.has_body() {
            read_json_body(headers, request.body).await?
        } else {
            Vec::new()
        };
        match action {
            Action::CreateSession => self.create_session(&grant, headers, &body).await,
            Action::ListSessions => self.list_sessions(&grant, &request.query).await,
            Action::ReadSession => self.get_session(&grant, headers, route.id()).await,
            Action::UpdateSession => {
                self.update_session(&grant, headers, route.id(), &body)
                    .await
            }
            Action::ExportContact => self.export_contact(&grant, route.id()).await,
            Action::DeleteContact => self.delete_contact(&grant, route.id()).await,
            Action::AuthenticateUser => self.authenticate_user(&grant, &body).await,
        }
    }

    /// `POST /chat/sessions`
    async fn create_session(
        &self,
        grant: &Grant,
        headers: &RequestHeaders,
        body: &[u8],
    ) -> Result<Reply, Error> {
        let (mut request, key) = check(body, headers.idempotency_key.as_deref())?;

        let reservation = key.map(|key| Reservation::new(&key, &grant.reach(), &request));
        let (channel, resume) = (request.channel, request.resume);
        let custom_data = mem::take(&mut request.custom_data);
        let (verified, contact) = claims(grant.holder(), request)?;
        let create = CreateSession {
            channel,
            verified,
            custom_data,
            contact,
            resume,
            reservation,
            session_id: self.facts.session_id(),
            new_contact_id: self.facts.contact_id(),
            now_ms: self.facts.now_ms,
        };
        match self.store.create_session(grant.tenant(), &create).await? {
            Created::Stored => created(create.session_id),
            Created::Resumed(id) => resumed(id),
            Created::Replayed { id, was_resumed } => {
                let mut reply = if was_resumed {
                    resumed(id)
                } else {
                    created(id)
                }?;
                let replayed = ("idempotency-replayed", "true".into());
                reply.headers.push(replayed);
                Ok(reply)
            }
            Created::KeyReused => Err(Error::IdempotencyKeyReused),
            Created::NoSuchContact => Err(Error::ContactNotFound),
        }
    }

    /// `GET /chat/sessions`
    async fn list_sessions(&self, grant: &Grant, query: &str) -> Result<Reply, Error> {
        let list = ListSessions {
            contact: match grant.holder() {
                Holder::Contact(own) => Some(own),
                Holder::Organization | Holder::Visitor => None,
            },
            query: SessionListQuery::check(query)?,
        };
        session_list_reply(&self.store.list_sessions(grant.tenant(), &list).await?)
    }

    /// `GET /chat/sessions/{id}`
    async fn get_session(
        &self,
        grant: &Grant,
        headers: &RequestHeaders,
        id: &str,
    ) -> Result<Reply, Error> {
        let id = parse_uuid(id).ok_or(Error::SessionNotFound)?;
        let session = self.store.find_session(grant.tenant(), id).await?;
        let session = session
            .filter(|session| match grant.holder() {
                Holder::Contact(own) => session
                    .contact
                    .as_ref()
                    .is_some_and(|contact| contact.id == own),
                Holder::Organization | Holder::Visitor => true,
            })
            .ok_or(Error::SessionNotFound)?;
        let reply = session_reply(&session)?;
        if let Some(tags) = &headers.if_match
            && !reply.tag.is_matched_by(tags)
        {
            return Err(Error::PreconditionFailed);
        }
        Ok(match &headers.if_none_match {
            Some(tags) if reply.tag.is_among(tags) => reply.not_modified(),
            _ => reply.into(),
        })
    }

    /// `PATCH /chat/sessions/{id}`
    async fn update_session(
        &self,
        grant: &Grant,
        headers: &RequestHeaders,
        id: &str,
        body: &[u8],
    ) -> Result<Reply, Error> {
        let update = SessionUpdate::check(&json_text::request(body)?)?;
        let id = parse_uuid(id).ok_or(Error::SessionNotFound)?;

        let tenant = grant.tenant();
        let mut expected_updated_at_ms = None;
        if let Some(tags) = &headers.if_match {
            let session = self.store.find_session(tenant, id).await?;
            let session = session.ok_or(Error::SessionNotFound)?;
            if !session_reply(&session)?.tag.is_matched_by(tags) {
                return Err(Error::PreconditionFailed);
            }
            expected_updated_at_ms = Some(session.updated_at_ms);
        }
        let update = UpdateSession {
            id,
            status: update.status,
            expected_updated_at_ms,
            now_ms: self.facts.now_ms,
        };
        match self.store.update_session(tenant, &update).await? {
            Updated::Stored(session) => Ok(session_reply(&session)?.into()),
            Updated::Changed => Err(Error::PreconditionFailed),
            Updated::NoSuchSession => Err(Error::SessionNotFound),
        }
    }

    /// `GET /contacts/{id}/export`
    async fn export_contact(&self, grant: &Grant, id: &str) -> Result<Reply, Error> {
        let id = parse_uuid(id).ok_or(Error::ContactNotFound)?;
        let export = self.store.export_contact(grant.tenant(), id).await?;
        export_reply(&export.ok_or(Error::ContactNotFound)?)
    }

    /// `DELETE /contacts/{id}`
    async fn delete_contact(&self, grant: &Grant, id: &str) -> Result<Reply, Error> {
        let id = parse_uuid(id).ok_or(Error::ContactNotFound)?;
        if self.store.delete_contact(grant.tenant(), id).await? {
            Ok(no_content())
        } else {
            Err(Error::ContactNotFound)
        }
    }

    /// `POST /widget/authenticate-user`
    async fn authenticate_user(&self, grant: &Grant, body: &[u8]) -> Result<Reply, Error> {
        let user = AuthenticatedUser::check(&json_text::request(body)?)?;
        let secrets = self.platform.token_secrets().await.ok_or_else(|| {
            let cause = "TOKEN_SECRET is missing, or shorter than 32 bytes";
            Error::InternalError(cause.to_owned())
        })?;

        let authenticate = AuthenticateContact {
            user,
            new_contact_id: self.facts.contact_id(),
            now_ms: self.facts.now_ms,
        };
        let tenant = grant.tenant();
        let id = self
            .store
            .authenticate_contact(tenant, &authenticate)
            .await?;
        let token = ContactToken {
            tenant: tenant.clone(),
            contact_id: id,
        };
        let lifetime_s = authenticate.user.lifetime_s;
        let token = token.sign(
            lifetime_s,
            self.facts.token_id(),
            self.facts.now_ms,
            &secrets,
        )?;
        json_reply(201, &AuthenticatedBody::new(token, id))
    }
}

/// Resolves `verified` and the contact from what this caller may claim.
fn claims(holder: Holder, request: NewSession) -> Result<(bool, SessionContact), Error> {
    match holder {
        // Anyone can type an email: it must not open the session of its owner.
        Holder::Visitor if request.verified || request.contact_id.is_some() || request.resume => {
            Err(Error::VerificationRequired)
        }
        Holder::Organization if request.resume && !names_somebody(&request) => {
            Err(Error::InvalidRequest(vec![FieldError {
                path: "/contact".to_owned(),
                code: FieldErrorCode::Required,
                message: "must say by email or phone_number whose session to resume, unless \
                          contact_id does"
                    .into(),
            }]))
        }
        Holder::Organization | Holder::Visitor => {
            let contact = match (request.contact_id, request.contact) {
                (Some(id), _) => SessionContact::Existing(id),
                (None, Some(draft)) => SessionContact::Described(draft),
                (None, None) => SessionContact::None,
            };
            Ok((request.verified, contact))
        }
        Holder::Contact(own) if request.contact_id.is_some_and(|id| id != own) => {
            Err(Error::InsufficientScope)
        }
        Holder::Contact(own) => {
            let contact = match request.contact {
                Some(draft) => SessionContact::Speaking(own, draft),
                None => SessionContact::Existing(own),
            };
            Ok((true, contact))
        }
    }
}

/// Returns true if the request names or describes a contact.
fn names_somebody(request: &NewSession) -> bool {
    let described = request.contact.as_ref().and_then(ContactDraft::identity);
    request.contact_id.is_some() || described.is_some()
}

/// Checks the body and the `Idempotency-Key`; the error has the failing fields of both.
fn check(
    body: &[u8],
    idempotency_key: Option<&str>,
) -> Result<(NewSession, Option<IdempotencyKey>), Error> {
    let request = NewSession::check(&json_text::request(body)?);
    match (request, IdempotencyKey::parse(idempotency_key)) {
        (Ok(request), Ok(key)) => Ok((request, key)),
        (Ok(_), Err(fault)) => Err(Error::InvalidRequest(vec![fault])),
        (Err(Error::InvalidRequest(mut faults)), Err(fault)) => {
            faults.push(fault);
            Err(Error::InvalidRequest(faults))
        }
        (Err(error), _) => Err(error),
    }
}

/// Returns the response to a create that stored a session.
fn created(id: Uuid) -> Result<Reply, Error> {
    let mut reply = json_reply(201, &CreatedBody { id })?;
    let location = ["/chat/sessions/", &id.to_string()].concat();
    reply.headers.push(("location", location.into()));
    Ok(reply)
}

/// Returns the response to a create that resumed a session.
fn resumed(id: Uuid) -> Result<Reply, Error> {
    let mut reply = Reply {
        status: 200,
        ..created(id)?
    };
    reply.headers.push(("session-resumed", "true".into()));
    Ok(reply)
}

impl From<StorageError> for Error {
    fn from(StorageError(cause): StorageError) -> Self {
        Self::StorageUnavailable(cause)
    }
}
