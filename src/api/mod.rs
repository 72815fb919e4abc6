//! The API: from an HTTP request to a response, both plain values.
//!
//! The checks run in this order and stop at the first that fails: length of the URL and
//! of the headers, path, method, access
//! ([`crate::access`]), media type, size, JSON, rules, claims, storage. A caller without
//! a credential learns nothing about the body.

pub mod body;
pub mod changes;
pub mod conditional;
mod contacts;
pub mod context;
pub mod cors;
mod export;
pub mod live;
pub mod live_frames;
pub mod live_shapes;
pub mod log_shapes;
mod messages;
mod notes;
mod removal;
pub mod request;
pub mod response;
pub mod routes;
mod sessions;
pub mod shapes;
mod tokens;
pub mod webhook_events;
pub mod webhook_shapes;
mod webhooks;

use crate::access::credential::VerifiedCredential;
use crate::access::permissions::Action;
use crate::access::principal::Principal;
use crate::access::{AccessCheck, AccessServices};
use crate::domain::limits::RequestLimits;
use crate::error::Error;
use crate::storage::Store;
use body::{Body, ReceivedBody, read_json_body};
use changes::{Change, ChangeKind};
use context::RequestContext;
use request::{Request, RequestHeaders};
use response::{Response, error_response};
use routes::{MatchedPath, ROUTES, allow};
use std::cell::RefCell;
use uuid::Uuid;

/// A response, and the notes on its request for the log.
#[derive(Debug)]
pub struct Handled {
    /// The response.
    pub response: Response,
    /// The path's pattern; a path itself may contain data that must not be logged.
    pub route: &'static str,
    /// The caller's organization, once it is known.
    pub organization: Option<String>,
    /// The error, if the request failed.
    pub error: Option<Error>,
    /// A failure of the service that did not fail the request.
    pub warning: Option<String>,
    /// The changes that were stored, for those who follow live.
    pub changes: Vec<Change>,
    /// The WebSocket to refuse instead of the response, whose status a browser hides from
    /// its page.
    pub refused: Option<live::RefusedSocket>,
}

impl Handled {
    /// Replaces the response by that of an error, for a connection that could not be made.
    pub fn fail(&mut self, error: Error, transport: live::Transport) {
        let request_id = self.response.header("x-request-id").unwrap_or_default();
        let mut response = error_response(&error, request_id);
        let headers = self.response.headers.drain(..);
        let of_stream = |name: &str| name == "content-type";
        response
            .headers
            .extend(headers.filter(|(name, _)| !of_stream(name)));
        self.response = response;
        self.refused = live::RefusedSocket::new(Some(transport), &error);
        self.error = Some(error);
    }
}

/// Handles one request.
pub async fn handle<B: Body>(
    mut request: Request<B>,
    context: &RequestContext,
    store: &impl Store,
    services: &impl AccessServices,
) -> Handled {
    let origin = request.headers.origin.clone();
    let is_head = request.method == "HEAD";
    let path = request.path.clone();
    let path = MatchedPath::find(&path);
    let mut access = AccessCheck::new(services, context.now_ms);
    let changes = RefCell::default();
    if is_head {
        // There is no socket to open for it.
        request.headers.upgrade = None;
    }
    live::adopt_token(&mut request.headers);
    let transport = live::Transport::of(&request.headers);
    let result = if let Some(part) = request.headers.oversized {
        Err(part.into())
    } else if request.method == "OPTIONS" {
        let methods = path.map_or_else(|| allow(ROUTES.iter()), |path| path.allow());
        let headers = request.headers.requested_headers.as_deref();
        Ok(cors::preflight(methods, headers))
    } else {
        answer(request, path, context, store, &mut access, &changes).await
    };

    let request_id = context.request_id().to_string();
    let (mut response, error) = match result {
        Ok(response) => (response, None),
        Err(error) => (error_response(&error, &request_id), Some(error)),
    };
    response.set_header("x-request-id", request_id);
    response.set_header("cache-control", cache_control(&response));
    response.set_header("x-content-type-options", "nosniff");
    cors::expose(&mut response, origin.as_deref());
    if is_head {
        response.omit_body();
    }
    let refused = error
        .as_ref()
        .and_then(|error| live::RefusedSocket::new(transport, error));
    Handled {
        response,
        route: path.map_or("unknown", |path| path.pattern),
        organization: access.organization,
        error,
        warning: access.warning,
        changes: changes.into_inner(),
        refused,
    }
}

/// Returns the `Cache-Control` of a response. A proxy that compresses a response weakens
/// its entity tag, which then never matches an `If-Match`: one with a tag must arrive as
/// it is.
fn cache_control(response: &Response) -> &'static str {
    match response.header("etag") {
        Some(_) => "no-store, no-transform",
        None => "no-store",
    }
}

async fn answer<B: Body, S: Store, A: AccessServices>(
    request: Request<B>,
    path: Option<MatchedPath<'_>>,
    context: &RequestContext,
    store: &S,
    access: &mut AccessCheck<'_, A>,
    changes: &RefCell<Vec<Change>>,
) -> Result<Response, Error> {
    let path = path.ok_or(Error::NotFound)?;
    let route = path.route(&request.method);
    let route = route.ok_or_else(|| Error::MethodNotAllowed(path.allow()))?;
    let headers = &request.headers;
    let credential = access.verify(headers.caller()).await?;
    let principal = access.permit(&credential, headers.caller(), route.action);
    let principal = principal.await?;
    let body = if route.has_body() {
        let limit_bytes = match route.action {
            // Any text of a message fits, whoever sends it.
            Action::SendMessage => RequestLimits::FULL.body_max_bytes,
            _ => principal.role().limits().body_max_bytes,
        };
        read_json_body(headers, request.body, limit_bytes).await?
    } else {
        ReceivedBody {
            bytes: Vec::new(),
            received_ms: context.now_ms,
        }
    };
    // A session has the time of its storage, however slowly its body arrived: otherwise
    // it would be stored behind the back of somebody who polls for changes.
    let context = &context.at(body.received_ms);
    let body = body.bytes;
    let call = Call {
        credential: &credential,
        principal,
        changes,
        headers,
        context,
        store,
        services: access.services,
    };
    match route.action {
        Action::CreateSession => call.create_session(&body).await,
        Action::ListSessions => call.list_sessions(&request.query).await,
        Action::ReadSession => call.read_session(path.id).await,
        Action::UpdateSession => call.update_session(path.id, &body).await,
        Action::DeleteSession => call.delete_session(path.id).await,
        Action::FindContact => call.find_contact(&request.query).await,
        Action::SendMessage => call.send_message(path.id, &body).await,
        Action::AddNote => call.add_note(path.id, &body).await,
        Action::ReadHistory => call.read_history(path.id, &request.query).await,
        Action::MarkRead => call.mark_read(path.id, &body).await,
        Action::ShowTyping => call.show_typing(path.id).await,
        Action::FollowSession => call.follow_session(path.id, &request.query).await,
        Action::FollowSessions => call.follow_sessions().await,
        Action::RedactMessage => call.redact_message(path.id, path.inner_id).await,
        Action::ExportContact => call.export_contact(path.id, &request.query).await,
        Action::DeleteContact => call.delete_contact(path.id).await,
        Action::RevokeTokens => call.revoke_tokens(path.id).await,
        Action::AuthenticateUser => call.authenticate_user(&body).await,
        Action::CreateVisitor => call.create_visitor(&body).await,
        Action::CreateAgentToken => call.create_agent_token(&body).await,
        Action::RevokeAgentTokens => call.revoke_agent_tokens(path.id).await,
        Action::CreateWebhook => call.create_webhook(&body).await,
        Action::ListWebhooks => call.list_webhooks().await,
        Action::ReadWebhook => call.read_webhook(path.id).await,
        Action::UpdateWebhook => call.update_webhook(path.id, &body).await,
        Action::DeleteWebhook => call.delete_webhook(path.id).await,
        Action::RotateWebhook => call.rotate_webhook(path.id).await,
        Action::TestWebhook => call.test_webhook(path.id).await,
        Action::ListDeliveries => call.list_deliveries(path.id, &request.query).await,
        Action::ReplayEvents => call.replay_events(path.id, &body).await,
    }
}

/// An authorized call of an endpoint. `sessions.rs`, `messages.rs`, `notes.rs`,
/// `contacts.rs`, `tokens.rs` and `webhooks.rs` have a method for each.
struct Call<'a, S, A> {
    credential: &'a VerifiedCredential,
    principal: Principal,
    changes: &'a RefCell<Vec<Change>>,
    headers: &'a RequestHeaders,
    context: &'a RequestContext,
    store: &'a S,
    services: &'a A,
}

impl<S, A> Call<'_, S, A> {
    /// Tells those who follow live of a change that is stored.
    fn tell(&self, session_id: Uuid, kind: ChangeKind) {
        self.changes.borrow_mut().push(Change {
            tenant: self.principal.tenant().clone(),
            session_id,
            kind,
        });
    }
}
