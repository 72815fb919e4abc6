//! The sockets of an object, which outlive it: the platform keeps them while it
//! hibernates, each with an attachment.

use super::opening::Opening;
use super::{accepted, refuse};
use crate::api::live::{Follower, RefusedSocket, close_code};
use crate::domain::entry::Side;
use crate::domain::limits::CONNECTIONS_MAX;
use crate::edge::convert::now_ms;
use crate::edge::platform::EdgePlatform;
use crate::edge::store::EdgeStore;
use crate::edge::timer::Timer;
use crate::error::Error;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::time::Duration;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use worker::js_sys::{Array, Date, JsString, Math};
use worker::worker_sys::WebSocketRequestResponsePair;
use worker::worker_sys::ext::WebSocketExt;
use worker::{Env, Response, Result, State, WebSocket, WebSocketPair, web_sys};

/// The time between two looks at all sockets. A credential that has ended is noticed then,
/// at the latest: KV may have the record of its key as it was 30 s ago.
pub(super) const LOOK_MS: u64 = 35_000;
/// The time until a read that has failed is tried again.
const RETRY_MS: u64 = 2_000;
/// The time after which a socket that sends no ping is closed.
const IDLE_MS: u64 = 180_000;
/// The time after which a socket that sends no ping makes room for another one of the same
/// person: a phone loses its connections without a word.
const SILENT_MS: u64 = 60_000;

/// One connection. Its state is in its attachment: at most 16 KiB, which the platform
/// keeps.
///
/// A message changes that of each connection, of which there may be many: so it is a list
/// in JavaScript, and only what is needed of it is read and written.
pub(super) struct Socket {
    socket: WebSocket,
    attachment: Array,
}

/// The members of an attachment, by their places in it.
#[derive(Clone, Copy)]
enum Member {
    /// Distinguishes the connections of this object.
    Key,
    /// The `seq` of the last entry that was sent.
    Sent,
    /// The bytes of earlier entries that were sent, until it had them all.
    ReplayedBytes,
    /// Is 1 if the reader is the session's contact.
    IsOwn,
    /// When it was accepted, in Unix milliseconds.
    AcceptedAtMs,
    /// The [`Follower`], as JSON.
    Follower,
}

impl Socket {
    /// Returns the connection of a socket; `None` if it has none of our attachments.
    pub(super) fn restore(socket: WebSocket) -> Option<Self> {
        let attachment = socket.as_ref().deserialize_attachment().ok()?;
        let attachment = attachment.dyn_into().ok()?;
        Some(Self { socket, attachment })
    }

    /// Stores the attachment as it is now.
    fn keep(&self) -> Result<()> {
        let attachment = self.attachment.clone().into();
        Ok(self.socket.as_ref().serialize_attachment(attachment)?)
    }

    fn number(&self, member: Member) -> u64 {
        let number = self.attachment.get(member as u32).as_f64();
        // Whole numbers below 2^53.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let number = number.unwrap_or_default() as u64;
        number
    }

    fn set_number(&self, member: Member, number: u64) {
        // Below 2^53.
        #[allow(clippy::cast_precision_loss)]
        let number = number as f64;
        self.attachment.set(member as u32, number.into());
    }

    /// Returns what distinguishes it from the other connections of its object.
    pub(super) fn key(&self) -> u64 {
        self.number(Member::Key)
    }

    /// Returns the `seq` of the last entry that was sent.
    pub(super) fn sent(&self) -> u64 {
        self.number(Member::Sent)
    }

    /// Returns true if the reader is the session's contact.
    pub(super) fn is_own(&self) -> bool {
        self.number(Member::IsOwn) != 0
    }

    /// Notes that the entries up to `sent` were sent: `behind_bytes`, if there are more of
    /// the log. Returns the bytes of all that were sent since it was last at the end.
    pub(super) fn note_sent(&self, sent: u64, behind_bytes: Option<u64>) -> Result<u64> {
        let replayed_bytes = behind_bytes.map_or(0, |bytes| {
            self.number(Member::ReplayedBytes).saturating_add(bytes)
        });
        self.set_number(Member::Sent, sent);
        self.set_number(Member::ReplayedBytes, replayed_bytes);
        self.keep()?;
        Ok(replayed_bytes)
    }

    /// Returns who follows, as JSON.
    fn follower_json(&self) -> Option<String> {
        self.attachment.get(Member::Follower as u32).as_string()
    }

    /// Returns who follows; `None` if it was kept by another version.
    pub(super) fn follower(&self) -> Option<Follower> {
        serde_json::from_str(&self.follower_json()?).ok()
    }

    /// Sends a frame. A socket that is closing takes none, and misses none: its client
    /// connects again.
    pub(super) fn send(&self, frame: &str) {
        let _ = self.socket.send_with_str(frame);
    }

    /// Sends a frame that others are sent too.
    pub(super) fn send_shared(&self, frame: &JsString) {
        let socket: &SharingSocket = self.socket.as_ref().unchecked_ref();
        let _ = socket.send(frame);
    }

    pub(super) fn close(&self, code: u16, reason: &str) {
        let _ = self.socket.close(Some(code), Some(reason));
    }
}

#[wasm_bindgen]
extern "C" {
    /// The state of an object, with what `worker` does not have of it.
    type HibernationState;

    /// Returns when the platform last answered a ping of this socket.
    #[wasm_bindgen(method, js_name = getWebSocketAutoResponseTimestamp)]
    fn answered_at(this: &HibernationState, socket: &web_sys::WebSocket) -> Option<Date>;

    /// A socket, with what `web_sys` does not have of it.
    type SharingSocket;

    /// Sends a text of JavaScript's own: to many sockets, it is converted once.
    #[wasm_bindgen(method, catch)]
    fn send(this: &SharingSocket, text: &JsString) -> std::result::Result<(), JsValue>;
}

/// All sockets of an object.
pub(super) struct Sockets {
    state: State,
    env: Env,
    /// When the last look began, in Unix milliseconds.
    looked_at_ms: Cell<u64>,
}

impl Sockets {
    pub(super) fn new(state: State, env: Env) -> Self {
        if let Ok(pair) = WebSocketRequestResponsePair::new("ping", "pong") {
            state.set_websocket_auto_response(&pair);
        }
        Self {
            state,
            env,
            looked_at_ms: Cell::default(),
        }
    }

    pub(super) fn env(&self) -> &Env {
        &self.env
    }

    pub(super) fn state(&self) -> &State {
        &self.state
    }

    pub(super) fn is_empty(&self) -> bool {
        !self.state.get_websockets().iter().any(is_open)
    }

    pub(super) fn all(&self) -> Vec<Socket> {
        let sockets = self.state.get_websockets().into_iter();
        sockets
            .filter(is_open)
            .filter_map(Socket::restore)
            .collect()
    }

    /// Sends a frame to everybody.
    pub(super) fn broadcast(&self, frame: &str) {
        let frame = JsString::from(frame);
        for socket in self.state.get_websockets() {
            let socket: &SharingSocket = socket.as_ref().unchecked_ref();
            let _ = socket.send(&frame);
        }
    }

    pub(super) fn close_all(&self, code: u16, reason: &str) {
        for socket in self.state.get_websockets() {
            let _ = socket.close(Some(code), Some(reason));
        }
    }

    /// Returns true if there is room for one more connection of `person`, of whom there are
    /// `person_max` at most. Connections that have gone without a word make room.
    pub(super) fn has_room(&self, person: &str, person_max: usize) -> bool {
        let all = self.state.get_websockets();
        if all.iter().filter(|socket| is_open(socket)).count() >= CONNECTIONS_MAX {
            return false;
        }
        let mut theirs = self.state.get_websockets_with_tag(person);
        theirs.retain(is_open);
        if theirs.len() < person_max {
            return true;
        }
        let silent = theirs.into_iter().filter_map(Socket::restore);
        let mut silent = silent.filter(|socket| self.silence_ms(socket) > SILENT_MS);
        let Some(socket) = silent.next() else {
            return false;
        };
        socket.close(4408, "idle");
        true
    }

    /// Accepts a connection that has the log up to `sent`; returns it, and the response.
    pub(super) fn accept(&self, opening: &Opening, sent: u64) -> Result<(Socket, Response)> {
        let follower = &opening.follower;
        let pair = WebSocketPair::new()?;
        let person = follower.person();
        let tag = Some(person.as_str()).filter(|tag| is_tag(tag));
        let tags = tag.as_slice();
        self.state.accept_websocket_with_tags(&pair.server, tags);
        let socket = Socket {
            socket: pair.server.clone(),
            attachment: Array::new(),
        };
        let is_own = follower.role.side() == Side::Contact;
        socket.set_number(Member::Key, random_key());
        socket.set_number(Member::Sent, sent);
        socket.set_number(Member::ReplayedBytes, 0);
        socket.set_number(Member::IsOwn, is_own.into());
        socket.set_number(Member::AcceptedAtMs, now_ms());
        let follower = serde_json::to_string(follower)?;
        let place = Member::Follower as u32;
        socket.attachment.set(place, follower.into());
        socket.keep()?;
        Ok((socket, accepted(pair, opening.offers_protocol)?))
    }

    /// Refuses a connection for an error.
    pub(super) fn refuse(opening: &Opening, error: &Error) -> Result<Response> {
        refuse(RefusedSocket {
            code: close_code(error),
            reason: error.code(),
            offers_protocol: opening.offers_protocol,
        })
    }

    /// Sees to it that [`Sockets::look`] is called while there are connections.
    pub(super) async fn look_later(&self) -> Result<()> {
        let storage = self.state.storage();
        if storage.get_alarm().await?.is_none() {
            storage.set_alarm(Duration::from_millis(LOOK_MS)).await?;
        }
        Ok(())
    }

    /// Sees to it that [`Sockets::look`] is called soon, after a failure.
    pub(super) async fn look_soon(&self) {
        let alarm = Duration::from_millis(RETRY_MS);
        let _ = self.state.storage().set_alarm(alarm).await;
    }

    /// Closes the connections that have ended: those whose credential has, those to what is
    /// no longer there, and those that are silent. Not more often than it has to.
    pub(super) async fn look(&self) {
        let began_ms = now_ms();
        let earliest_ms = self.looked_at_ms.get().saturating_add(LOOK_MS - RETRY_MS);
        if began_ms < earliest_ms {
            return;
        }
        self.looked_at_ms.set(began_ms);
        let timer = Timer::default();
        let store = EdgeStore::new(&self.env, &timer, None);
        let platform = EdgePlatform {
            env: &self.env,
            timer: &timer,
            own_cache: Some(RefCell::default()),
        };
        // The tabs of one person are checked once.
        let mut verdicts: HashMap<String, Option<Error>> = HashMap::new();
        for socket in self.all() {
            if self.silence_ms(&socket) > IDLE_MS {
                socket.close(4408, "idle");
                continue;
            }
            let of_whom = socket.follower_json().unwrap_or_default();
            if !verdicts.contains_key(&of_whom) {
                let verdict = match socket.follower() {
                    Some(follower) => follower.check(now_ms(), &store, &platform).await.err(),
                    None => Some(Error::InternalError("unreadable follower".to_owned())),
                };
                verdicts.insert(of_whom.clone(), verdict);
            }
            if let Some(Some(error)) = verdicts.get(&of_whom) {
                socket.close(close_code(error), error.code());
            }
        }
    }

    /// Returns how long a socket has sent no ping.
    fn silence_ms(&self, socket: &Socket) -> u64 {
        let state: &HibernationState = self.state.as_raw().unchecked_ref();
        let answered_at = state.answered_at(socket.socket.as_ref());
        // A time in milliseconds is a whole number far below 2^53.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let answered_at_ms = answered_at.map_or(0, |at| at.get_time() as u64);
        let last_ms = answered_at_ms.max(socket.number(Member::AcceptedAtMs));
        now_ms().saturating_sub(last_ms)
    }
}

/// Returns true unless a connection has ended, or is about to.
fn is_open(socket: &WebSocket) -> bool {
    socket.as_ref().ready_state() == web_sys::WebSocket::OPEN
}

fn random_key() -> u64 {
    // Below 2^53.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let key = (Math::random() * 9e15) as u64;
    key
}

/// Returns true if the platform takes this tag.
fn is_tag(text: &str) -> bool {
    const TAG_MAX_BYTES: usize = 256;
    text.len() <= TAG_MAX_BYTES
}
