//! The inbox of one organization: everybody who follows all of its sessions live.

use super::opening::Opening;
use super::sockets::{LOOK_MS, Socket, Sockets};
use crate::api::changes::{Change, ChangeKind};
use crate::api::live_shapes;
use crate::api::shapes::iso_8601;
use crate::domain::limits::{CONNECTIONS_MAX, PAGE_SIZE_MAX};
use crate::domain::session::Session;
use crate::domain::session_query::SessionQuery;
use crate::edge::convert::now_ms;
use crate::edge::store::EdgeStore;
use crate::edge::timer::Timer;
use crate::error::Error;
use crate::storage::Store;
use crate::storage::sessions::ListSessions;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::time::Duration;
use uuid::Uuid;
use worker::{
    Delay, DurableObject, Env, Request, Response, Result, State, WebSocket,
    WebSocketIncomingMessage, console_error, durable_object,
};

/// The least time between two frames about one session.
const PACE_MS: u64 = 1000;

/// Overlap of two lists of changes: clocks and commits differ a little.
const OVERLAP_MS: u64 = 20_000;

/// The time for which it is known what followers have been told.
const KNOWN_MS: u64 = LOOK_MS + OVERLAP_MS;

/// The most pages of one such list.
const PAGES_MAX: usize = 10;

/// A Durable Object that hibernates while nothing happens.
#[durable_object]
pub struct Inbox {
    sockets: Sockets,
    /// The sessions that have been told of within [`KNOWN_MS`], or are about to be.
    told: RefCell<HashMap<Uuid, Told>>,
    /// When the last list of changes began that did not fail, in Unix milliseconds.
    listed_at_ms: Cell<Option<u64>>,
}

/// The state of telling of a session.
struct Told {
    /// When the next frame may be sent, in Unix milliseconds.
    next_ms: u64,
    /// True if somebody waits for that time, to send it.
    is_awaited: bool,
    /// The session's `updated_at` as it was sent.
    updated_at_ms: u64,
}

impl DurableObject for Inbox {
    fn new(state: State, env: Env) -> Self {
        Self {
            sockets: Sockets::new(state, env),
            told: RefCell::default(),
            listed_at_ms: Cell::default(),
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
        if self.sockets.is_empty() {
            return Response::empty();
        }
        // First: so two lists are no further apart than it is known what was told.
        self.sockets.look_later().await?;
        if let Err(error) = self.tell_missed().await {
            console_error!(
                "an inbox cannot list: {}",
                error.cause().unwrap_or_default()
            );
            self.sockets.look_soon().await;
        }
        self.sockets.look().await;
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
            told.retain(|_, told| told.is_awaited || told.next_ms.saturating_add(KNOWN_MS) > now);
            let told = told.entry(id).or_insert(Told {
                next_ms: now,
                is_awaited: false,
                updated_at_ms: 0,
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
        if let Some(told) = self.told.borrow_mut().get_mut(&id) {
            told.next_ms = now_ms().saturating_add(PACE_MS);
            told.is_awaited = false;
        }
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
            self.send(&session, change.kind == ChangeKind::Created)?;
        }
        Ok(())
    }

    /// Sends a session to everybody, unless they were sent a later state of it.
    fn send(&self, session: &Session, is_new: bool) -> std::result::Result<(), Error> {
        if let Some(told) = self.told.borrow_mut().get_mut(&session.id) {
            if told.updated_at_ms > session.updated_at_ms {
                return Ok(());
            }
            told.updated_at_ms = session.updated_at_ms;
        }
        self.sockets
            .broadcast(&live_shapes::session(session, is_new)?);
        Ok(())
    }

    /// Tells of sessions that have changed lately and were not told of: a ring may be lost.
    async fn tell_missed(&self) -> std::result::Result<(), Error> {
        let sockets = self.sockets.all();
        let Some(follower) = sockets.first().and_then(Socket::follower) else {
            return Ok(());
        };
        let timer = Timer::default();
        let store = EdgeStore::new(self.sockets.env(), &timer, None);
        let now = now_ms();
        let last_ms = self.listed_at_ms.get();
        let last_ms = last_ms.unwrap_or_else(|| now.saturating_sub(LOOK_MS));
        let since_ms = last_ms.saturating_sub(OVERLAP_MS);
        let mut cursor = String::new();
        for _ in 0..PAGES_MAX {
            let since = iso_8601(since_ms);
            let query = format!("updated_after={since}&limit={PAGE_SIZE_MAX}{cursor}");
            let list = ListSessions {
                subject: None,
                query: SessionQuery::check(&query)?,
            };
            let page = store.list_sessions(&follower.tenant, &list).await?;
            for session in &page.sessions {
                let known_ms = self
                    .told
                    .borrow()
                    .get(&session.id)
                    .map(|told| told.updated_at_ms);
                if known_ms.is_none_or(|known_ms| known_ms < session.updated_at_ms) {
                    // An inbox that has slept knows of none what it has told: a new one
                    // may be told of twice, and the second time it is an update.
                    self.send(session, false)?;
                }
            }
            match page.next {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        self.listed_at_ms.set(Some(now));
        Ok(())
    }
}
