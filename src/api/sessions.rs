//! The endpoints of sessions.

use super::Call;
use super::changes::ChangeKind;
use super::contacts::{attributes_path, too_large};
use super::response::{Response, not_modified, session_page_response, session_response};
use super::shapes::CreatedBody;
use crate::access::AccessServices;
use crate::access::permissions::Role;
use crate::domain::contact::ContactDraft;
use crate::domain::id::parse_uuid;
use crate::domain::idempotency::{IdempotencyKey, Reservation};
use crate::domain::limits::{NON_VERIFIED_ATTRIBUTES_MAX_BYTES, RequestLimits};
use crate::domain::new_session::NewSession;
use crate::domain::session::Session;
use crate::domain::session_query::SessionQuery;
use crate::domain::session_update::SessionUpdate;
use crate::error::{Error, Violation, ViolationCode};
use crate::storage::Store;
use crate::storage::quota;
use crate::storage::sessions::{
    CreateSession, Created, ListSessions, SessionContact, UpdateSession, Updated,
};
use crate::validation::json_text;
use uuid::Uuid;

impl<S: Store, A: AccessServices> Call<'_, S, A> {
    /// `POST /chat/sessions`
    pub(super) async fn create_session(&self, body: &[u8]) -> Result<Response, Error> {
        let limits = self.principal.role().limits();
        let (request, key) = check(body, limits, self.headers.idempotency_key.as_deref())?;
        let scope = self.principal.idempotency_scope();
        let reservation = key.map(|key| Reservation::new(&key, scope, &request));
        let (verified, contact) = resolve_claims(self.principal.role(), &request)?;
        check_non_verified_size(verified, &contact, body)?;
        let create = CreateSession {
            channel: request.channel,
            verified,
            custom_data: request.custom_data,
            contact,
            resume: request.resume,
            subject: self.principal.subject().cloned(),
            by_visitor: self.principal.role().is_anonymous(),
            body_bytes: body.len(),
            reservation,
            session_id: self.context.session_id(),
            new_contact_id: self.context.contact_id(),
            now_ms: self.context.now_ms,
        };
        let tenant = self.principal.tenant();
        match self.store.create_session(tenant, &create).await? {
            Created::Stored => {
                self.tell(create.session_id, ChangeKind::Created);
                created(create.session_id)
            }
            Created::Resumed(id) => resumed(id),
            Created::Replayed { id, was_resumed } => {
                let response = if was_resumed {
                    resumed(id)
                } else {
                    created(id)
                };
                let mut response = response?;
                response.set_header("idempotency-replayed", "true");
                Ok(response)
            }
            Created::KeyReused => Err(Error::IdempotencyKeyReused),
            Created::NoSuchContact => Err(Error::ContactNotFound),
            Created::ContactTooLarge => Err(too_large(attributes_path(body, "/contact"))),
            Created::QuotaExceeded => Err(Error::QuotaExceeded {
                retry_after_s: quota::seconds_to_next_day(create.now_ms),
            }),
        }
    }

    /// `GET /chat/sessions`
    pub(super) async fn list_sessions(&self, query: &str) -> Result<Response, Error> {
        let query = match self.principal.role() {
            Role::Server | Role::Agent => SessionQuery::check(query),
            Role::Contact(_) | Role::Visitor(_) | Role::Page => SessionQuery::check_own(query),
        };
        let list = ListSessions {
            subject: self.principal.subject().cloned(),
            query: query?,
        };
        let page = self.store.list_sessions(self.principal.tenant(), &list);
        let mut page = page.await?;
        page.sessions
            .iter_mut()
            .for_each(|session| self.principal.role().omit_strangers(session));
        session_page_response(&page)
    }

    /// `GET /chat/sessions/{session_id}`
    pub(super) async fn read_session(&self, id: &str) -> Result<Response, Error> {
        let id = parse_uuid(id).ok_or(Error::SessionNotFound)?;
        let mut session = self.find_visible(id).await?;
        self.principal.role().omit_strangers(&mut session);
        let (response, tag) = session_response(&session)?;
        if let Some(tags) = &self.headers.if_match
            && !tag.is_matched_by(tags)
        {
            return Err(Error::PreconditionFailed);
        }
        Ok(match &self.headers.if_none_match {
            Some(tags) if tag.is_among(tags) => not_modified(&tag),
            _ => response,
        })
    }

    /// Returns the session with this id, if the caller may see it.
    pub(super) async fn find_visible(&self, id: Uuid) -> Result<Session, Error> {
        let (tenant, subject) = (self.principal.tenant(), self.principal.subject());
        let session = self.store.find_session(tenant, id, subject).await?;
        let session = session.filter(|session| self.principal.role().may_see(session));
        session.ok_or(Error::SessionNotFound)
    }

    /// `PATCH /chat/sessions/{session_id}`
    pub(super) async fn update_session(&self, id: &str, body: &[u8]) -> Result<Response, Error> {
        let update = SessionUpdate::check(&json_text::parse(body)?)?;
        let id = parse_uuid(id).ok_or(Error::SessionNotFound)?;

        let (tenant, subject) = (self.principal.tenant(), self.principal.subject());
        let mut expected_updated_at_ms = None;
        if let Some(tags) = &self.headers.if_match {
            let session = self.store.find_session(tenant, id, subject).await?;
            let session = session.ok_or(Error::SessionNotFound)?;
            let (_, tag) = session_response(&session)?;
            if !tag.is_matched_by(tags) {
                return Err(Error::PreconditionFailed);
            }
            expected_updated_at_ms = Some(session.updated_at_ms);
        }
        let update = UpdateSession {
            subject: subject.cloned(),
            id,
            status: update.status,
            entry_id: self.context.message_id(),
            expected_updated_at_ms,
            now_ms: self.context.now_ms,
        };
        match self.store.update_session(tenant, &update).await? {
            Updated::Stored(session) => {
                if update.status.is_some() {
                    self.tell(id, ChangeKind::Entries { last: None });
                }
                Ok(session_response(&session)?.0)
            }
            Updated::Changed => Err(Error::PreconditionFailed),
            Updated::NoSuchSession => Err(Error::SessionNotFound),
        }
    }
}

/// Checks the body and the `Idempotency-Key`; the error has the violations of both.
fn check(
    body: &[u8],
    limits: RequestLimits,
    idempotency_key: Option<&str>,
) -> Result<(NewSession, Option<IdempotencyKey>), Error> {
    let request = NewSession::check_within(&json_text::parse(body)?, limits);
    match (request, IdempotencyKey::parse(idempotency_key)) {
        (Ok(request), Ok(key)) => Ok((request, key)),
        (Ok(_), Err(violation)) => Err(Error::InvalidRequest(vec![violation])),
        (Err(Error::InvalidRequest(mut violations)), Err(violation)) => {
            violations.push(violation);
            Err(Error::InvalidRequest(violations))
        }
        (Err(error), _) => Err(error),
    }
}

/// Resolves `verified` and the contact from what this role may claim.
fn resolve_claims(role: Role, request: &NewSession) -> Result<(bool, SessionContact), Error> {
    match role {
        // Anyone can type an email: it must not open the session of its owner.
        Role::Page | Role::Visitor(_)
            if request.verified == Some(true) || request.contact_id.is_some() =>
        {
            Err(Error::VerificationRequired)
        }
        Role::Page if request.resume => Err(Error::VerificationRequired),
        Role::Agent => Err(Error::InsufficientScope),
        Role::Server if request.resume => {
            check_resume(request)?;
            Ok((true, described_contact(request)))
        }
        Role::Server | Role::Page | Role::Visitor(_) => {
            // A server names the ids of people it knows, and relays what strangers type.
            let is_vouched_for = request.verified.unwrap_or(request.contact_id.is_some());
            Ok((is_vouched_for, described_contact(request)))
        }
        Role::Contact(own) if request.contact_id.is_some_and(|id| id != own) => {
            Err(Error::InsufficientScope)
        }
        Role::Contact(own) => {
            let contact = match &request.contact {
                Some(draft) => SessionContact::SelfReported(own, draft.clone()),
                None => SessionContact::Existing(own),
            };
            Ok((true, contact))
        }
    }
}

fn described_contact(request: &NewSession) -> SessionContact {
    match (request.contact_id, &request.contact) {
        (Some(id), _) => SessionContact::Existing(id),
        (None, Some(draft)) => SessionContact::Described(draft.clone()),
        (None, None) => SessionContact::None,
    }
}

/// Checks that a server vouches for the person whose session it resumes: anyone can type
/// an email, and a session is its owner's only.
fn check_resume(request: &NewSession) -> Result<(), Error> {
    let described = request.contact.as_ref().and_then(ContactDraft::identity);
    let mut violations = Vec::new();
    if request.contact_id.is_none() && described.is_none() {
        violations.push(Violation {
            path: "/contact".to_owned(),
            code: ViolationCode::Required,
            message: "must say by email or phone_number whose session to resume, unless \
                      contact_id does"
                .into(),
        });
    }
    if !request.verified.unwrap_or(request.contact_id.is_some()) {
        violations.push(Violation {
            path: "/verified".to_owned(),
            code: ViolationCode::Required,
            message: "must be true to resume a session: say so only of a person who is logged \
                      in, since anyone can type an email"
                .into(),
        });
    }
    if violations.is_empty() {
        Ok(())
    } else {
        Err(Error::InvalidRequest(violations))
    }
}

/// Checks the size of attributes that nobody vouches for.
fn check_non_verified_size(
    verified: bool,
    contact: &SessionContact,
    body: &[u8],
) -> Result<(), Error> {
    let draft = match contact {
        SessionContact::Described(draft) if !verified => draft,
        SessionContact::SelfReported(_, draft) => draft,
        SessionContact::None | SessionContact::Described(_) | SessionContact::Existing(_) => {
            return Ok(());
        }
    };
    if draft.custom_data.to_json().len() <= NON_VERIFIED_ATTRIBUTES_MAX_BYTES as usize {
        return Ok(());
    }
    Err(Error::InvalidRequest(vec![Violation {
        path: attributes_path(body, "/contact"),
        code: ViolationCode::TooLong,
        message: "must have at most 8,192 bytes of JSON unless a server vouches for the person"
            .into(),
    }]))
}

/// Returns the response to a create that stored a session.
fn created(id: Uuid) -> Result<Response, Error> {
    let mut response = Response::json(201, &CreatedBody { id })?;
    response.set_header("location", ["/chat/sessions/", &id.to_string()].concat());
    Ok(response)
}

/// Returns the response to a create that resumed a session.
fn resumed(id: Uuid) -> Result<Response, Error> {
    let mut response = created(id)?;
    response.status = 200;
    response.set_header("session-resumed", "true");
    Ok(response)
}
