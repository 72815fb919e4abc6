//! Server-sent events. The Worker follows the object over a WebSocket of its own, and
//! rewords its frames: so the object hibernates, whatever its clients speak.

use super::{open as open_socket, unopened};
use crate::api::live::Connect;
use crate::api::response;
use crate::edge::convert;
use crate::error::Error;
use futures_channel::mpsc::{Sender, channel};
use futures_channel::oneshot;
use futures_util::future::{Either, select};
use futures_util::{SinkExt, StreamExt, stream};
use serde::Deserialize;
use std::pin::pin;
use std::time::Duration;
use wasm_bindgen_futures::spawn_local;
use worker::{Delay, Env, Response, WebSocket, WebsocketEvent, web_sys};

/// The time between two comments, which keep what is between from closing the connection.
const COMMENT_MS: u64 = 15_000;
/// The time after which a client connects again, in milliseconds.
const RETRY: &str = "retry: 1000\n\n";
/// The code of a connection that ended without one (RFC 6455, section 7.1.5).
const ABNORMAL: u16 = 1006;
/// Events that wait for the client to read.
const BUFFERED_MAX: usize = 16;

/// The members of a frame that matter here.
#[derive(Deserialize)]
struct Frame<'a> {
    r#type: &'a str,
    seq: Option<u64>,
}

/// The object's word on a connection.
enum Part {
    Event(String),
    /// The code that it was closed with.
    Closed(u16),
}

/// Returns the stream of events, with the headers of `response`.
///
/// # Errors
/// The reason why the object refuses.
pub(super) async fn open(
    env: &Env,
    connect: &Connect,
    response: &response::Response,
) -> Result<web_sys::Response, Error> {
    let socket = open_socket(env, connect).await?.websocket();
    let socket = socket.ok_or_else(|| error_of(ABNORMAL))?;
    let (sender, mut parts) = channel(BUFFERED_MAX);
    socket.accept().map_err(|cause| unopened(&cause))?;
    // Dropped with the stream, when its client has gone.
    let (client, has_gone) = oneshot::channel();
    spawn_local(follow(socket, sender, has_gone));
    let first = match parts.next().await {
        Some(Part::Event(text)) => text,
        Some(Part::Closed(code)) => return Err(error_of(code)),
        None => return Err(error_of(ABNORMAL)),
    };
    let first = stream::iter([RETRY.to_owned(), first]);
    let others = parts.filter_map(async |part| match part {
        Part::Event(text) => Some(text),
        Part::Closed(_) => None,
    });
    let events = first.chain(others).map(move |text| {
        let _: &oneshot::Sender<()> = &client;
        Ok::<_, worker::Error>(text)
    });
    let stream = Response::from_stream(events).map_err(|cause| unopened(&cause))?;
    let stream = web_sys::Response::from(stream);
    convert::copy_headers(response, &stream.headers());
    Ok(stream)
}

/// Passes on what the object says, until one of the two sides ends.
async fn follow(socket: WebSocket, mut sender: Sender<Part>, mut has_gone: oneshot::Receiver<()>) {
    if let Ok(mut events) = socket.events() {
        let pause = || Delay::from(Duration::from_millis(COMMENT_MS));
        let mut comment = pin!(pause());
        loop {
            let ended = select(comment.as_mut(), &mut has_gone);
            let part = match select(pin!(events.next()), ended).await {
                Either::Left((Some(Ok(WebsocketEvent::Message(message))), _)) => {
                    match message.text() {
                        Some(text) if text == "pong" => continue,
                        Some(text) => Some(Part::Event(event(&text))),
                        None => continue,
                    }
                }
                Either::Left((Some(Ok(WebsocketEvent::Close(close))), _)) => {
                    Some(Part::Closed(close.code()))
                }
                Either::Left(_) | Either::Right((Either::Right(_), _)) => break,
                Either::Right((Either::Left(_), _)) => None,
            };
            let part = part.unwrap_or_else(|| {
                comment.set(pause());
                // The object closes a connection without pings, however much it is sent.
                let _ = socket.send_with_str("ping");
                Part::Event(":\n\n".to_owned())
            });
            let is_closed = matches!(part, Part::Closed(_));
            if sender.send(part).await.is_err() || is_closed {
                break;
            }
        }
    }
    let _ = socket.close(Some(1000), Some(""));
}

/// Returns a frame as an event. Entries have an id, from which a client goes on.
fn event(frame: &str) -> String {
    let id = match serde_json::from_str::<Frame>(frame) {
        Ok(Frame { r#type, seq }) if r#type != "read" => seq,
        _ => None,
    };
    match id {
        Some(seq) => format!("id: {seq}\ndata: {frame}\n\n"),
        None => format!("data: {frame}\n\n"),
    }
}

/// Returns the error that an object closes a connection for.
fn error_of(code: u16) -> Error {
    match code {
        4404 => Error::SessionNotFound,
        4429 => Error::RateLimited { retry_after_s: 60 },
        _ => Error::StorageUnavailable("a live connection was not opened".to_owned()),
    }
}
