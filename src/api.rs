//! The endpoints, as functions from a request to an answer.
//!
//! The checks come in this order, and stop at the first that fails: route,
//! method, credential, scope, origin, media type, size, JSON, rules, claims,
//! storage. So a caller without a credential learns nothing about the body.

use crate::cors;
use crate::credential::{Action, Grant, PresentedKey};
use crate::error::Error;
use crate::http::{Body, BodyError, Facts, Reply, Request, RequestHeaders};
use crate::id::parse_uuid;
use crate::idempotency::{IdempotencyKey, Reservation};
use crate::json_text;
use crate::session::{BODY_MAX_BYTES, NewSession};
use crate::store::{CreateSession, Created, StorageError, Store};
use crate::wire::{CreatedBody, ErrorBody, FieldErrorBody, SessionBody};
use serde::Serialize;
use uuid::Uuid;

/// An answer, and what the log should know about it.
#[derive(Debug)]
pub struct Outcome {
    /// What goes to the caller.
    pub reply: Reply,
    /// The path's pattern: a path itself may hold what a log must not.
    pub route: &'static str,
    /// Whose request it was, once that is known.
    pub organization: Option<String>,
    /// The refusal, if it was one.
    pub error: Option<Error>,
}

/// Answers one request.
pub async fn respond<B: Body>(request: Request<B>, facts: &Facts, store: &impl Store) -> Outcome {
    let request_id = facts.request_id().to_string();
    let origin = request.headers.origin.clone();
    let route = Route::find(&request.path);

    let mut organization = None;
    let result = if request.method == "OPTIONS" {
        Ok(cors::preflight(route.allow()))
    } else {
        answer(&route, request, facts, store, &mut organization).await
    };
    let (mut reply, error) = match result {
        Ok(reply) => (reply, None),
        Err(error) => (refusal(&error, &request_id), Some(error)),
    };
    reply.headers.push(("x-request-id", request_id));
    reply.headers.push(("cache-control", "no-store".to_owned()));
    reply
        .headers
        .push(("x-content-type-options", "nosniff".to_owned()));
    cors::expose(&mut reply, origin.as_deref());
    Outcome {
        reply,
        route: route.pattern(),
        organization,
        error,
    }
}

/// The paths there are.
#[derive(Debug)]
enum Route {
    Sessions,
    /// With the id as the path has it, which may be none.
    Session(String),
    Unknown,
}

impl Route {
    fn find(path: &str) -> Self {
        match path.strip_prefix("/chat/sessions") {
            Some("") => Self::Sessions,
            Some(rest) => match rest.strip_prefix('/') {
                Some(id) if !id.is_empty() && !id.contains('/') => Self::Session(id.to_owned()),
                _ => Self::Unknown,
            },
            None => Self::Unknown,
        }
    }

    /// The methods it takes, as the `Allow` header lists them.
    fn allow(&self) -> &'static str {
        match self {
            Self::Sessions => "POST, OPTIONS",
            Self::Session(_) => "GET, OPTIONS",
            Self::Unknown => "GET, POST, OPTIONS",
        }
    }

    fn pattern(&self) -> &'static str {
        match self {
            Self::Sessions => "/chat/sessions",
            Self::Session(_) => "/chat/sessions/{id}",
            Self::Unknown => "unknown",
        }
    }
}

async fn answer<B: Body>(
    route: &Route,
    request: Request<B>,
    facts: &Facts,
    store: &impl Store,
    organization: &mut Option<String>,
) -> Result<Reply, Error> {
    match (route, request.method.as_str()) {
        (Route::Sessions, "POST") => {
            let grant = authorize(&request.headers, Action::CreateSession, store).await?;
            *organization = Some(grant.tenant().organization.clone());
            create_session(request, &grant, facts, store).await
        }
        (Route::Session(id), "GET") => {
            let grant = authorize(&request.headers, Action::ReadSession, store).await?;
            *organization = Some(grant.tenant().organization.clone());
            get_session(id, &grant, store).await
        }
        (Route::Unknown, _) => Err(Error::NotFound),
        _ => Err(Error::MethodNotAllowed(route.allow())),
    }
}

async fn authorize(
    headers: &RequestHeaders,
    action: Action,
    store: &impl Store,
) -> Result<Grant, Error> {
    let presented = PresentedKey::parse(headers.authorization.as_deref())?;
    let record = store.find_key(&presented.fingerprint).await?;
    Grant::check(&presented, record, action, headers.origin.as_deref())
}

/// `POST /chat/sessions`
async fn create_session<B: Body>(
    request: Request<B>,
    grant: &Grant,
    facts: &Facts,
    store: &impl Store,
) -> Result<Reply, Error> {
    let body = read_json_body(&request.headers, request.body).await?;
    let (request, key) = check(&body, request.headers.idempotency_key.as_deref())?;
    let claims_a_contact = request.verified || request.contact_id.is_some();
    if claims_a_contact && !grant.kind().vouches_for_contacts() {
        return Err(Error::VerificationRequired);
    }

    let create = CreateSession {
        reservation: key.map(|key| Reservation::new(&key, grant.reach(), &request)),
        request,
        session_id: facts.session_id(),
        new_contact_id: facts.contact_id(),
        now_ms: facts.now_ms,
    };
    match store.create_session(grant.tenant(), &create).await? {
        Created::Stored => created(create.session_id),
        Created::Replayed(id) => {
            let mut reply = created(id)?;
            reply
                .headers
                .push(("idempotency-replayed", "true".to_owned()));
            Ok(reply)
        }
        Created::KeyReused => Err(Error::IdempotencyKeyReused),
        Created::NoSuchContact => Err(Error::ContactNotFound),
    }
}

/// The rules, over the body and the header that comes with it: every failing
/// field of both.
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

fn created(id: Uuid) -> Result<Reply, Error> {
    let mut reply = json_reply(201, &CreatedBody { id })?;
    let location = ["/chat/sessions/", &id.to_string()].concat();
    reply.headers.push(("location", location));
    Ok(reply)
}

/// `GET /chat/sessions/{id}`
async fn get_session(id: &str, grant: &Grant, store: &impl Store) -> Result<Reply, Error> {
    let id = parse_uuid(id).ok_or(Error::SessionNotFound)?;
    let session = store
        .find_session(grant.tenant(), id)
        .await?
        .ok_or(Error::SessionNotFound)?;
    let body = SessionBody::try_from(&session)
        .map_err(|cause| Error::InternalError(format!("stored attributes: {cause}")))?;
    json_reply(200, &body)
}

async fn read_json_body(headers: &RequestHeaders, body: impl Body) -> Result<Vec<u8>, Error> {
    if !headers.content_type.as_deref().is_none_or(is_json) {
        return Err(Error::UnsupportedMediaType);
    }
    let declared_bytes = headers
        .content_length
        .as_deref()
        .and_then(|length| length.parse::<usize>().ok());
    if declared_bytes.is_some_and(|length| length > BODY_MAX_BYTES) {
        return Err(Error::BodyTooLarge);
    }
    body.read(BODY_MAX_BYTES)
        .await
        .map_err(|error| match error {
            BodyError::TooLarge => Error::BodyTooLarge,
            BodyError::Interrupted => {
                Error::MalformedJson("The body ended before it was complete.".to_owned())
            }
        })
}

/// Whether a `Content-Type` says JSON; its parameters do not matter.
fn is_json(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    let essence = essence.to_ascii_lowercase();
    essence == "application/json"
        || (essence.starts_with("application/") && essence.ends_with("+json"))
}

fn json_reply(status: u16, body: &impl Serialize) -> Result<Reply, Error> {
    let body = serde_json::to_string(body)
        .map_err(|cause| Error::InternalError(format!("unserializable answer: {cause}")))?;
    Ok(Reply {
        status,
        headers: vec![("content-type", "application/json; charset=utf-8".to_owned())],
        body,
    })
}

/// The one place that turns a refusal into an answer.
fn refusal(error: &Error, request_id: &str) -> Reply {
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
            reply
                .headers
                .push(("www-authenticate", CHALLENGE.to_owned()));
        }
        Error::InvalidToken => {
            let challenge = [CHALLENGE, ", error=\"invalid_token\""].concat();
            reply.headers.push(("www-authenticate", challenge));
        }
        Error::MethodNotAllowed(allow) => reply.headers.push(("allow", (*allow).to_owned())),
        Error::StorageUnavailable(_) => {
            reply
                .headers
                .push(("retry-after", RETRY_AFTER_S.to_owned()));
        }
        _ => {}
    }
    reply
}

/// RFC 6750, section 3.
const CHALLENGE: &str = "Bearer realm=\"chat-sessions\"";
/// A storage that failed is usually back in this many seconds.
const RETRY_AFTER_S: &str = "2";

fn reason_phrase(status: u16) -> &'static str {
    match status {
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        413 => "Payload Too Large",
        415 => "Unsupported Media Type",
        422 => "Unprocessable Entity",
        503 => "Service Unavailable",
        _ => "Internal Server Error",
    }
}

impl From<StorageError> for Error {
    fn from(StorageError(cause): StorageError) -> Self {
        Self::StorageUnavailable(cause)
    }
}
