//! Live connections: the objects that keep them, and what the Worker tells these.
//!
//! D1 has the log. An object keeps sockets, and is rung when there is something to read.

mod event_stream;
mod frames;
mod inbox;
mod news;
mod opening;
mod room;
mod sockets;

use crate::api::Handled;
use crate::api::changes::{Change, ChangeKind};
use crate::api::live::{Connect, PROTOCOL, RefusedSocket, Transport};
use crate::domain::tenant::Tenant;
use crate::error::Error;
use opening::Opening;
use uuid::Uuid;
use worker::web_sys::{self, RequestInit};
use worker::{Env, Response, Stub, WebSocketPair, console_error};

/// The binding of [`room::Room`], one for each session.
const ROOMS: &str = "ROOMS";
/// The binding of [`inbox::Inbox`], one for each organization.
const INBOXES: &str = "INBOXES";

/// The address of each object, which only a binding reaches.
const ADDRESS: &str = "https://live/";

/// Returns the response that connects a caller who may follow, or that refuses a
/// WebSocket; `None` if it is an answer like others.
pub(super) async fn respond(
    env: &Env,
    handled: &mut Handled,
) -> worker::Result<Option<web_sys::Response>> {
    if let Some(connect) = handled.response.connect.take() {
        let connected = match connect.transport {
            Transport::WebSocket { .. } => open(env, &connect).await.map(Into::into),
            Transport::EventStream => event_stream::open(env, &connect, &handled.response).await,
        };
        match connected {
            Ok(response) => return Ok(Some(response)),
            Err(error) => handled.fail(error, connect.transport),
        }
    }
    let refused = handled.refused.map(refuse).transpose()?;
    Ok(refused.map(Into::into))
}

/// Asks the object for a connection.
async fn open(env: &Env, connect: &Connect) -> Result<Response, Error> {
    let follower = &connect.follower;
    let opened = async {
        let stub = match follower.session_id {
            Some(id) => room(env, &follower.tenant, id),
            None => inbox(env, &follower.tenant),
        }?;
        let request = web_sys::Request::new_with_str(ADDRESS)?;
        Opening::of(connect).write(&request.headers())?;
        stub.fetch_with_request(request.into()).await
    };
    opened.await.map_err(|cause| unopened(&cause))
}

fn unopened(cause: &worker::Error) -> Error {
    Error::StorageUnavailable(format!("a live connection was not opened: {cause}"))
}

/// Accepts a socket, sends nothing and closes it: a browser hides every other refusal.
fn refuse(refused: RefusedSocket) -> worker::Result<Response> {
    let pair = WebSocketPair::new()?;
    pair.server.accept()?;
    pair.server
        .close(Some(refused.code), Some(refused.reason))?;
    accepted(pair, refused.offers_protocol)
}

/// Returns the response that hands the client its end of a socket.
fn accepted(pair: WebSocketPair, offers_protocol: bool) -> worker::Result<Response> {
    let mut response = Response::from_websocket(pair.client)?;
    if offers_protocol {
        let headers = response.headers_mut();
        headers.set("sec-websocket-protocol", PROTOCOL)?;
    }
    Ok(response)
}

/// Tells the objects of changes that are stored. They look by themselves too, so whatever
/// is lost here comes later.
pub(super) async fn ring(env: &Env, changes: Vec<Change>) {
    for change in changes {
        let Change { tenant, kind, .. } = &change;
        if !matches!(kind, ChangeKind::Created) {
            ring_one(room(env, tenant, change.session_id), &change).await;
        }
        if concerns_inbox(kind) {
            ring_one(inbox(env, tenant), &change.without_content()).await;
        }
    }
}

/// Returns true if the change is one of the session, as a list shows it.
fn concerns_inbox(kind: &ChangeKind) -> bool {
    match kind {
        ChangeKind::Created | ChangeKind::Entries { .. } | ChangeKind::Read { .. } => true,
        ChangeKind::Typing { .. } | ChangeKind::Deleted => false,
    }
}

async fn ring_one(stub: worker::Result<Stub>, change: &Change) {
    let rung = async {
        let body = serde_json::to_string(change)?;
        // `worker::RequestInit` would set twenty more members.
        let init = RequestInit::new();
        init.set_method("POST");
        init.set_body(&body.into());
        let request = web_sys::Request::new_with_str_and_init(ADDRESS, &init)?;
        stub?.fetch_with_request(request.into()).await
    };
    if let Err(error) = rung.await {
        console_error!("a live connection was not told: {error}");
    }
}

fn room(env: &Env, tenant: &Tenant, session_id: Uuid) -> worker::Result<Stub> {
    let name = [&tenant.organization, "/", &session_id.to_string()].concat();
    env.durable_object(ROOMS)?.get_by_name(&name)
}

fn inbox(env: &Env, tenant: &Tenant) -> worker::Result<Stub> {
    env.durable_object(INBOXES)?
        .get_by_name(&tenant.organization)
}
