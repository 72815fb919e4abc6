//! The room of one session: everybody who follows it live.

use super::frames::Frames;
use super::news::News;
use super::opening::Opening;
use super::sockets::{Socket, Sockets};
use super::{concerns_inbox, inbox, ring, ring_one};
use crate::access::permissions::Role;
use crate::api::changes::{Change, ChangeKind, NewEntry};
use crate::api::live::close_code;
use crate::api::{live_frames, live_shapes};
use crate::domain::history_query::{HistoryQuery, Order, Range};
use crate::domain::limits::{
    CONNECTIONS_MAX, CONNECTIONS_OF_CONTACT_MAX, FRAME_MAX_BYTES, PAGE_SIZE_MAX,
};
use crate::domain::tenant::Tenant;
use crate::edge::convert::{now_ms, request_context};
use crate::edge::platform::EdgePlatform;
use crate::edge::store::{EdgeStore, Outgoing};
use crate::edge::timer::Timer;
use crate::edge::webhooks::{self, FIRST_TRIES_MAX};
use crate::error::Error;
use crate::storage::Store;
use crate::storage::log::{LogPage, ReadLog};
use std::cell::Cell;
use std::rc::Rc;
use uuid::Uuid;
use worker::{
    DurableObject, Env, Request, Response, Result, State, WebSocket, WebSocketIncomingMessage,
    console_error, durable_object,
};

/// A read that takes longer than this has been lost with its request.
const READ_MAX_MS: u64 = 30_000;

/// A Durable Object that hibernates while nothing happens.
#[durable_object]
pub struct Room(Rc<Followers>);

/// The followers of the session, and what is forgotten when the room hibernates.
struct Followers {
    sockets: Sockets,
    /// Counts the rings, to notice one that comes while the log is read.
    rings: Cell<u64>,
    /// When the read began that is under way, in Unix milliseconds.
    reading_since_ms: Cell<Option<u64>>,
    frames: Frames,
    /// First tries of events that are under way.
    first_tries: Cell<usize>,
}

impl DurableObject for Room {
    fn new(state: State, env: Env) -> Self {
        Self(Rc::new(Followers {
            sockets: Sockets::new(state, env),
            rings: Cell::default(),
            reading_since_ms: Cell::default(),
            frames: Frames::default(),
            first_tries: Cell::default(),
        }))
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        if let Some(opening) = Opening::read(request.headers())? {
            return self.open(opening).await;
        }
        self.0.tell(serde_json::from_str(&request.text().await?)?);
        Response::empty()
    }

    async fn alarm(&self) -> Result<Response> {
        self.0.sockets.look().await;
        self.0.send_news().await;
        if !self.0.sockets.is_empty() {
            self.0.sockets.look_later().await?;
        }
        Response::empty()
    }

    async fn websocket_message(
        &self,
        socket: WebSocket,
        message: WebSocketIncomingMessage,
    ) -> Result<()> {
        let Some(socket) = Socket::restore(socket) else {
            return Ok(());
        };
        self.0.take_frame(&socket, message).await;
        Ok(())
    }

    async fn websocket_close(
        &self,
        socket: WebSocket,
        _code: usize,
        _reason: String,
        _was_clean: bool,
    ) -> Result<()> {
        if let Some(socket) = Socket::restore(socket) {
            self.0.frames.forget(socket.key());
            socket.close(1000, "");
        }
        Ok(())
    }

    async fn websocket_error(&self, _socket: WebSocket, _error: worker::Error) -> Result<()> {
        Ok(())
    }
}

impl Room {
    /// Opens a connection: the first frame and the first page now, what is left of the log
    /// behind the response.
    async fn open(&self, opening: Opening) -> Result<Response> {
        let followers = &self.0;
        let follower = &opening.follower;
        let Some(session_id) = follower.session_id else {
            return Sockets::refuse(&opening, &Error::SessionNotFound);
        };
        let person_max = match follower.role {
            Role::Contact(_) | Role::Visitor(_) => CONNECTIONS_OF_CONTACT_MAX,
            Role::Server | Role::Agent | Role::Page => CONNECTIONS_MAX,
        };
        if !followers.sockets.has_room(&follower.person(), person_max) {
            return Sockets::refuse(&opening, &Error::RateLimited { retry_after_s: 60 });
        }
        let rings = followers.rings.get();
        let page = followers.read(&follower.tenant, session_id, opening.after);
        let page = match page.await {
            Ok(page) => page,
            Err(error) => return Sockets::refuse(&opening, &error),
        };
        let Ok(hello) = live_shapes::hello(&page.session, follower.role) else {
            return Sockets::refuse(&opening, &Error::InternalError(String::new()));
        };
        // From here on until its attachment is kept, nothing else can run; others have
        // meanwhile.
        if !followers.sockets.has_room(&follower.person(), person_max) {
            return Sockets::refuse(&opening, &Error::RateLimited { retry_after_s: 60 });
        }
        let sent = opening.after.min(page.session.log.last_seq);
        let (socket, response) = followers.sockets.accept(&opening, sent)?;
        socket.send(&hello);
        News::of_page(&page).send_to(&socket);
        let is_behind = socket.sent() < page.session.log.last_seq;
        if is_behind || followers.rings.get() != rings {
            let followers = Rc::clone(followers);
            self.0.sockets.state().wait_until(async move {
                followers.send_news().await;
            });
        }
        followers.sockets.look_later().await?;
        Ok(response)
    }
}

impl Followers {
    /// Passes a change on to those who follow; nobody waits until all have it.
    fn tell(self: &Rc<Self>, change: Change) {
        let followers = Rc::clone(self);
        let told = async move { followers.notice(&change).await };
        self.sockets.state().wait_until(told);
    }

    async fn notice(&self, change: &Change) {
        match &change.kind {
            ChangeKind::Created => {}
            ChangeKind::Entries { last } => {
                self.rings.set(self.rings.get().wrapping_add(1));
                let is_sent = last.as_ref().is_some_and(|last| self.send_entry(last));
                if !is_sent {
                    self.send_news().await;
                }
            }
            ChangeKind::Read { by, seq } => {
                if let Ok(frame) = live_shapes::read(*by, *seq) {
                    self.sockets.broadcast(&frame);
                }
            }
            ChangeKind::Typing { by, name, person } => {
                let Ok(frame) = live_shapes::typing(*by, name.as_deref()) else {
                    return;
                };
                for socket in self.sockets.all() {
                    if socket
                        .follower()
                        .is_some_and(|other| other.person() != *person)
                    {
                        socket.send(&frame);
                    }
                }
            }
            ChangeKind::Deleted => {
                let error = Error::SessionNotFound;
                self.sockets.close_all(close_code(&error), error.code());
            }
        }
    }

    /// Sends an entry to those who have all before it. Returns true if nobody lacks one.
    fn send_entry(&self, entry: &NewEntry) -> bool {
        let news = News::of_ring(entry);
        let sockets = self.sockets.all();
        for socket in &sockets {
            news.send_to(socket);
        }
        sockets.iter().all(|socket| socket.sent() >= entry.seq)
    }

    /// Sends everybody what they do not have of the log. Whoever has the most is first, so
    /// that nobody's past delays what is new to the others.
    ///
    /// Of several calls at once, one reads for all.
    async fn send_news(&self) {
        let began_ms = now_ms();
        let since_ms = self.reading_since_ms.get();
        if since_ms.is_some_and(|since_ms| began_ms.saturating_sub(since_ms) < READ_MAX_MS) {
            return;
        }
        let sockets = self.sockets.all();
        let follower = sockets.first().and_then(Socket::follower);
        let Some(follower) = follower else {
            return;
        };
        let Some(session_id) = follower.session_id else {
            return;
        };
        let mut position = sockets.iter().map(Socket::sent).max();
        while let Some(after) = position {
            self.reading_since_ms.set(Some(now_ms()));
            let rings = self.rings.get();
            match self.read(&follower.tenant, session_id, after).await {
                Ok(page) => {
                    let news = News::of_page(&page);
                    // Others may have come or gone meanwhile.
                    let sockets = self.sockets.all();
                    for socket in &sockets {
                        news.send_to(socket);
                    }
                    let sent = sockets.iter().map(Socket::sent);
                    position = if self.rings.get() == rings {
                        let last_seq = page.session.log.last_seq;
                        let behind = sent.filter(|sent| *sent < last_seq).max();
                        // Nothing of this page can be sent: it would be read for ever.
                        behind.filter(|behind| *behind != after)
                    } else {
                        sent.max()
                    };
                }
                Err(error @ Error::SessionNotFound) => {
                    self.sockets.close_all(close_code(&error), error.code());
                    break;
                }
                Err(error) => {
                    console_error!(
                        "a room cannot read its log: {}",
                        error.cause().unwrap_or_default()
                    );
                    self.sockets.look_soon().await;
                    break;
                }
            }
        }
        self.reading_since_ms.set(None);
    }

    /// Reads the session, and the entries after one of them.
    async fn read(
        &self,
        tenant: &Tenant,
        id: Uuid,
        after: u64,
    ) -> std::result::Result<LogPage, Error> {
        let timer = Timer::default();
        let store = EdgeStore::new(self.sockets.env(), &timer, None);
        let read = ReadLog {
            session_id: id,
            subject: None,
            query: HistoryQuery {
                range: Range::After(after),
                position: None,
                order: Order::Asc,
                page_size: PAGE_SIZE_MAX,
            },
        };
        let page = store.read_log(tenant, &read).await?;
        // While a session is removed, its first entries go before the others.
        let is_whole = |page: &LogPage| match page.entries.first() {
            Some(entry) => entry.seq == after.saturating_add(1),
            None => page.session.log.last_seq <= after,
        };
        page.filter(is_whole).ok_or(Error::SessionNotFound)
    }

    /// Does what a frame asks for, after all earlier ones of the same connection.
    async fn take_frame(self: &Rc<Self>, socket: &Socket, frame: WebSocketIncomingMessage) {
        let key = socket.key();
        if !self.frames.is_in_pace(key) {
            socket.close(4429, "rate_limited");
            return;
        }
        let may_wait = match &frame {
            WebSocketIncomingMessage::String(text) => text.len() <= FRAME_MAX_BYTES,
            WebSocketIncomingMessage::Binary(_) => false,
        };
        if !may_wait {
            // Refused at once: a hundred of them would fill the memory.
            report(self.answer(socket, text_of(&frame)).await);
            return;
        }
        if !self.frames.is_first(key, frame) {
            return;
        }
        while let Some(frame) = self.frames.next(key) {
            report(self.answer(socket, text_of(&frame)).await);
        }
    }

    async fn answer(self: &Rc<Self>, socket: &Socket, frame: Option<&str>) -> Result<()> {
        let Some(follower) = socket.follower() else {
            return Ok(());
        };
        let env = self.sockets.env();
        let timer = Timer::default();
        let store = EdgeStore::new(env, &timer, None);
        let platform = EdgePlatform {
            env,
            timer: &timer,
            own_cache: None,
        };
        let context = request_context()?;
        let answer = live_frames::answer(frame, &follower, &context, &store, &platform).await;
        if let Some(cause) = answer.error.as_ref().and_then(Error::cause) {
            console_error!("a frame failed: {cause}");
        }
        if let Some(reply) = answer.reply {
            socket.send(&reply);
        }
        if let Some((code, reason)) = answer.close {
            socket.close(code, reason);
        }
        self.send_events(store.take_outgoing());
        for change in answer.changes {
            if Some(change.session_id) == follower.session_id {
                self.tell_inbox(change.without_content());
                self.tell(change);
            } else {
                ring(env, vec![change]).await;
            }
        }
        Ok(())
    }

    /// Sends the events of a frame. All that a room does shares the platform's six
    /// connections, and a receiver that hangs keeps one: the queue makes the other tries.
    fn send_events(self: &Rc<Self>, outgoing: Outgoing) {
        if outgoing.is_empty() {
            return;
        }
        let room = Rc::clone(self);
        let under_way = self.first_tries.get();
        let free = FIRST_TRIES_MAX.saturating_sub(under_way);
        let tries = outgoing.told.len().min(free);
        self.first_tries.set(under_way.saturating_add(tries));
        self.sockets.state().wait_until(async move {
            webhooks::send_first(room.sockets.env().clone(), outgoing, free).await;
            let under_way = room.first_tries.get();
            room.first_tries.set(under_way.saturating_sub(tries));
        });
    }

    /// Rings the organization's inbox; nobody here waits for it.
    fn tell_inbox(&self, change: Change) {
        if concerns_inbox(&change.kind) {
            let stub = inbox(self.sockets.env(), &change.tenant);
            let rung = async move { ring_one(stub, &change).await };
            self.sockets.state().wait_until(rung);
        }
    }
}

/// Returns the text of a frame; `None` if it has bytes.
fn text_of(frame: &WebSocketIncomingMessage) -> Option<&str> {
    match frame {
        WebSocketIncomingMessage::String(text) => Some(text),
        WebSocketIncomingMessage::Binary(_) => None,
    }
}

fn report(answered: Result<()>) {
    if let Err(error) = answered {
        console_error!("a frame failed: {error}");
    }
}
