//! Live connections: who may follow what, over which of the two transports.
//!
//! The edge connects a caller who may; nothing here waits for what happens later.

use super::Call;
use super::request::RequestHeaders;
use super::response::Response;
use crate::access::AccessServices;
use crate::access::credential::VerifiedCredential;
use crate::access::permissions::{Action, Role};
use crate::access::principal::Principal;
use crate::access::{AccessCheck, Caller};
use crate::domain::follow_query::FollowQuery;
use crate::domain::id::parse_uuid;
use crate::domain::tenant::Tenant;
use crate::error::Error;
use crate::storage::Store;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The subprotocol of each `WebSocket` of the service.
pub const PROTOCOL: &str = "chat-sessions.v1";
/// The beginning of the subprotocol that carries a token. A page can give a WebSocket no
/// other header, and an address is logged.
const TOKEN_PROTOCOL: &str = "bearer.";
/// The end of each path that is followed.
const EVENTS: &str = "/events";

/// Returns true if connections to this path may be live.
#[must_use]
pub fn is_live_path(path: &str) -> bool {
    path.ends_with(EVENTS)
}

/// The form of a live connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// A WebSocket.
    WebSocket {
        /// True if the caller offers [`PROTOCOL`], which is then chosen.
        offers_protocol: bool,
    },
    /// Server-sent events.
    EventStream,
}

impl Transport {
    /// Returns the transport that a request asks for; `None` if it asks for neither.
    #[must_use]
    pub fn of(headers: &RequestHeaders) -> Option<Self> {
        let has = |list: &Option<String>, is_it: &dyn Fn(&str) -> bool| {
            let items = list.as_deref().unwrap_or_default().split(',');
            items.map(str::trim).any(is_it)
        };
        if has(&headers.upgrade, &|name| {
            name.eq_ignore_ascii_case("websocket")
        }) {
            let offers_protocol = has(&headers.websocket_protocols, &|name| name == PROTOCOL);
            return Some(Self::WebSocket { offers_protocol });
        }
        let is_event_stream = |range: &str| {
            let essence = range.split(';').next().unwrap_or_default().trim();
            essence.eq_ignore_ascii_case("text/event-stream")
        };
        has(&headers.accept, &is_event_stream).then_some(Self::EventStream)
    }
}

/// Moves the token of a WebSocket from the subprotocol that carries it to where all other
/// requests have it.
pub(super) fn adopt_token(headers: &mut RequestHeaders) {
    if !matches!(Transport::of(headers), Some(Transport::WebSocket { .. })) {
        return;
    }
    let protocols = headers.websocket_protocols.as_deref().unwrap_or_default();
    let mut protocols = protocols.split(',').map(str::trim);
    let token = protocols.find_map(|protocol| protocol.strip_prefix(TOKEN_PROTOCOL));
    if headers.authorization.is_none() {
        headers.authorization = token.map(|token| ["Bearer ", token].concat());
    }
}

/// A WebSocket that is accepted, gets nothing and is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefusedSocket {
    /// The code to close it with.
    pub code: u16,
    /// The reason, which is the error's code.
    pub reason: &'static str,
    /// True if the caller offers [`PROTOCOL`], which is then chosen.
    pub offers_protocol: bool,
}

impl RefusedSocket {
    /// Returns the refusal of a connection; `None` if it is none of a WebSocket.
    #[must_use]
    pub fn new(transport: Option<Transport>, error: &Error) -> Option<Self> {
        let Some(Transport::WebSocket { offers_protocol }) = transport else {
            return None;
        };
        Some(Self {
            code: close_code(error),
            reason: error.code(),
            offers_protocol,
        })
    }
}

/// Returns the code that a WebSocket is closed with instead of an error's status, which a
/// browser hides. Codes of 44xx are not to be retried, except 4429 after a while.
#[must_use]
pub fn close_code(error: &Error) -> u16 {
    /// Service restart: connect again.
    const RESTART: u16 = 1012;
    match error.status() {
        401 => 4401,
        403 => 4403,
        404 => 4404,
        429 => 4429,
        500.. => RESTART,
        _ => 4400,
    }
}

/// A caller who follows live: all that their connection needs for as long as it is open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Follower {
    /// The organization.
    pub tenant: Tenant,
    /// The role, at the time of the connection.
    pub role: Role,
    /// The session; `None` for all sessions of the organization.
    pub session_id: Option<Uuid>,
    credential: VerifiedCredential,
    origin: Option<String>,
    client_address: Option<String>,
}

impl Follower {
    /// Returns the person, or the key, that follows: what they tell is not echoed to them.
    #[must_use]
    pub fn person(&self) -> String {
        self.credential.person()
    }

    /// Checks that the credential still permits the connection, and that what it follows is
    /// still there.
    ///
    /// # Errors
    /// The reason to close the connection. A failure of the storage is no reason.
    pub async fn check<S: Store, A: AccessServices>(
        &self,
        now_ms: u64,
        store: &S,
        services: &A,
    ) -> Result<(), Error> {
        match self.find(now_ms, store, services).await {
            Err(error) if error.status() >= 500 => Ok(()),
            // A page whose origin is not listed any more, or a key of another kind now.
            Err(error) if error.status() == 403 => Err(Error::InvalidToken),
            verdict => verdict,
        }
    }

    async fn find<S: Store, A: AccessServices>(
        &self,
        now_ms: u64,
        store: &S,
        services: &A,
    ) -> Result<(), Error> {
        let action = match self.session_id {
            Some(_) => Action::FollowSession,
            None => Action::FollowSessions,
        };
        if self.credential.has_expired_at(now_ms) {
            return Err(Error::InvalidToken);
        }
        let access = AccessCheck::new(services, now_ms);
        let principal = access.recognize(&self.credential, self.origin.as_deref(), None, action);
        let principal = principal.await?;
        let Some(id) = self.session_id else {
            return Ok(store
                .check_token(principal.tenant(), principal.subject())
                .await?);
        };
        let session = store
            .find_session(principal.tenant(), id, principal.subject())
            .await?;
        let session = session.filter(|session| principal.role().may_see(session));
        session.map(|_| ()).ok_or(Error::SessionNotFound)
    }

    pub(super) fn credential(&self) -> &VerifiedCredential {
        &self.credential
    }

    /// Permits `action` to the follower, as for a request of theirs.
    pub(super) async fn permit<A: AccessServices>(
        &self,
        access: &mut AccessCheck<'_, A>,
        action: Action,
    ) -> Result<Principal, Error> {
        let caller = Caller {
            authorization: None,
            origin: self.origin.as_deref(),
            client_address: self.client_address.as_deref(),
        };
        access.permit(&self.credential, caller, action).await
    }
}

/// A live connection that the edge has to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connect {
    /// The caller.
    pub follower: Follower,
    /// The `seq` of the last entry that they have.
    pub after: u64,
    /// The transport.
    pub transport: Transport,
}

impl<S: Store, A: AccessServices> Call<'_, S, A> {
    /// `GET /chat/sessions/{session_id}/events`
    pub(super) async fn follow_session(&self, id: &str, query: &str) -> Result<Response, Error> {
        let transport = Transport::of(self.headers).ok_or(Error::NotAcceptable)?;
        let query = FollowQuery::check(query, self.headers.last_event_id.as_deref())?;
        let id = parse_uuid(id).ok_or(Error::SessionNotFound)?;
        let session = self.find_visible(id).await?;
        let after = query.after.min(session.log.last_seq);
        Ok(self.connect(transport, Some(id), after))
    }

    /// `GET /chat/events`
    pub(super) async fn follow_sessions(&self) -> Result<Response, Error> {
        let transport = Transport::of(self.headers).ok_or(Error::NotAcceptable)?;
        let (tenant, subject) = (self.principal.tenant(), self.principal.subject());
        self.store.check_token(tenant, subject).await?;
        Ok(self.connect(transport, None, 0))
    }

    fn connect(&self, transport: Transport, session_id: Option<Uuid>, after: u64) -> Response {
        let mut response = Response::empty(match transport {
            Transport::WebSocket { .. } => 101,
            Transport::EventStream => 200,
        });
        match transport {
            Transport::WebSocket {
                offers_protocol: true,
            } => {
                response.set_header("sec-websocket-protocol", PROTOCOL);
            }
            Transport::WebSocket { .. } => {}
            Transport::EventStream => response.set_header("content-type", "text/event-stream"),
        }
        response.connect = Some(Box::new(Connect {
            follower: Follower {
                tenant: self.principal.tenant().clone(),
                role: self.principal.role(),
                session_id,
                credential: self.credential.clone(),
                origin: self.headers.origin.clone(),
                client_address: self.headers.client_address.clone(),
            },
            after,
            transport,
        }));
        response
    }
}

#[cfg(test)]
mod tests {
    use super::{RequestHeaders, Transport, adopt_token};

    fn headers(upgrade: &str, accept: &str, protocols: &str) -> RequestHeaders {
        let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        RequestHeaders {
            upgrade: given(upgrade),
            accept: given(accept),
            websocket_protocols: given(protocols),
            ..RequestHeaders::default()
        }
    }

    #[test]
    fn a_transport_is_asked_for() {
        let socket = |offers_protocol| Some(Transport::WebSocket { offers_protocol });
        let stream = Some(Transport::EventStream);
        for (upgrade, accept, protocols, expected) in [
            ("", "", "", None),
            ("", "*/*", "", None),
            ("", "application/json", "chat-sessions.v1", None),
            ("h2c", "", "", None),
            ("websocket", "", "", socket(false)),
            ("WebSocket", "text/event-stream", "bearer.x", socket(false)),
            ("websocket", "", "bearer.x, chat-sessions.v1", socket(true)),
            ("websocket", "", "chat-sessions.v1,bearer.x", socket(true)),
            ("", "text/event-stream", "", stream),
            ("", "application/json, Text/Event-Stream;q=0.9", "", stream),
        ] {
            let found = Transport::of(&headers(upgrade, accept, protocols));
            assert_eq!(found, expected, "{upgrade} {accept} {protocols}");
        }
    }

    #[test]
    fn a_token_travels_as_a_subprotocol_of_a_socket_only() {
        let adopted = |mut headers: RequestHeaders| {
            adopt_token(&mut headers);
            headers.authorization
        };
        let token = Some("Bearer a.b.c".to_owned());
        assert_eq!(
            adopted(headers("websocket", "", "bearer.a.b.c, chat-sessions.v1")),
            token
        );
        assert_eq!(
            adopted(headers("websocket", "", "chat-sessions.v1,bearer.a.b.c")),
            token
        );
        assert_eq!(adopted(headers("websocket", "", "chat-sessions.v1")), None);
        assert_eq!(
            adopted(headers("", "text/event-stream", "bearer.a.b.c")),
            None
        );
        let mut both = headers("websocket", "", "bearer.other");
        both.authorization.clone_from(&token);
        assert_eq!(adopted(both), token, "a header wins");
    }
}
