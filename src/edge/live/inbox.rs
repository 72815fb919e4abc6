//! The inbox of one organization: everybody who follows all of its sessions live.

use super::opening::Opening;
use super::sockets::Sockets;
use crate::api::changes::{Change, ChangeKind};
use crate::api::live_shapes;
use crate::domain::limits::CONNECTIONS_MAX;
use crate::edge::convert::now_ms;
use crate::edge::store::EdgeStore;
use crate::edge::timer::Timer;
use crate::error::Error;
use crate::storage::Store;
use std::cell::RefCell;
use std::collections::HashMap;
use std::time::Duration;
use uuid::Uuid;
use worker::{
    Delay, DurableObject, Env, Request, Response, Result, State, WebSocket,
    WebSocketIncomingMessage, console_error, durable_object,
};

/// The least time between two frames about one session.
const PACE_MS: u64 = 1000;

/// A Durable Object that hibernates while nothing happens.
#[durable_object]
pub struct Inbox {
    sockets: Sockets,
    /// The sessions that have been told of within [`PACE_MS`], or are about to be.
    told: RefCell<HashMap<Uuid, Told>>,
}

/// The state of telling of a session.
struct Told {
    /// When the next frame may be sent, in Unix milliseconds.
    next_ms: u64,
    /// True if somebody waits for that time, to send it.
    is_awaited: bool,
}

impl DurableObject for Inbox {
    fn new(state: State, env: Env) -> Self {
        Self {
            sockets: Sockets::new(state, env),
            told: RefCell::default(),
        }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        if let Some(opening) = Opening::read(request.headers())? {
            return self.open(&opening).await;
        }
        let change: Change = serde_json::from_str(&request.text().await?)?;
        self.notice(&change).await;
        Response::empty()
    }

    async fn alarm(&self) -> Result<Response> {
        self.sockets.look().await;
        if !self.sockets.is_empty() {
            self.sockets.look_later().await?;
        }
        Response::empty()
    }

    async fn websocket_message(
        &self,
        socket: WebSocket,
        _: WebSocketIncomingMessage,
    ) -> Result<()> {
        socket.close(Some(4400), Some("this connection takes no frames"))
    }

    async fn websocket_close(
        &self,
        socket: WebSocket,
        _code: usize,
        _reason: String,
        _was_clean: bool,
    ) -> Result<()> {
        let _ = socket.close(Some(1000), Some(""));
        Ok(())
    }

    async fn websocket_error(&self, _socket: WebSocket, _error: worker::Error) -> Result<()> {
        Ok(())
    }
}

impl Inbox {
    async fn open(&self, opening: &Opening) -> Result<Response> {
        let person = opening.follower.person();
        if !self.sockets.has_room(&person, CONNECTIONS_MAX) {
            return Sockets::refuse(opening, &Error::RateLimited { retry_after_s: 60 });
        }
        let Ok(hello) = live_shapes::hello_to_all(now_ms()) else {
            return Sockets::refuse(opening, &Error::InternalError(String::new()));
        };
        let (socket, response) = self.sockets.accept(opening, 0)?;
        socket.send(&hello);
        self.sockets.look_later().await?;
        Ok(response)
    }

    /// Tells of a session that has changed: now, or when it may be told of again. Changes
    /// until then are one.
    async fn notice(&self, change: &Change) {
        if self.sockets.is_empty() {
            return;
        }
        let id = change.session_id;
        let now = now_ms();
        let wait_ms = {
            let mut told = self.told.borrow_mut();
            told.retain(|_, told| told.is_awaited || told.next_ms > now);
            let told = told.entry(id).or_insert(Told {
                next_ms: now,
                is_awaited: false,
            });
            if told.is_awaited {
                return;
            }
            told.is_awaited = true;
            told.next_ms.saturating_sub(now)
        };
        if wait_ms > 0 {
            Delay::from(Duration::from_millis(wait_ms)).await;
        }
        // From here on, a change may be too late for the read.
        self.told.borrow_mut().insert(
            id,
            Told {
                next_ms: now_ms().saturating_add(PACE_MS),
                is_awaited: false,
            },
        );
        if let Err(error) = self.tell(change).await {
            console_error!(
                "an inbox was not told: {}",
                error.cause().unwrap_or_default()
            );
        }
    }

    async fn tell(&self, change: &Change) -> std::result::Result<(), Error> {
        let timer = Timer::default();
        let store = EdgeStore::new(self.sockets.env(), &timer, None);
        let session = store.find_session(&change.tenant, change.session_id, None);
        // It may have been removed meanwhile.
        if let Some(session) = session.await? {
            let is_new = change.kind == ChangeKind::Created;
            self.sockets
                .broadcast(&live_shapes::session(&session, is_new)?);
        }
        Ok(())
    }
}
