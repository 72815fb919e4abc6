//! The frames that clients send over a WebSocket: each does what a request of its own does.

use super::Call;
use super::changes::Change;
use super::context::RequestContext;
use super::live::{Follower, close_code};
use super::live_shapes::{ack, nack};
use super::request::RequestHeaders;
use crate::access::permissions::Action;
use crate::access::{AccessCheck, AccessServices};
use crate::domain::limits::FRAME_MAX_BYTES;
use crate::error::{Error, Violation, ViolationCode};
use crate::storage::Store;
use crate::validation::json::Json;
use crate::validation::json_text;
use std::cell::RefCell;
use uuid::Uuid;

/// Result of a frame.
#[derive(Debug, Default, PartialEq)]
pub struct Answer {
    /// The frame to answer with.
    pub reply: Option<String>,
    /// The code to close the connection with, and the reason.
    pub close: Option<(u16, &'static str)>,
    /// The changes that were stored, for those who follow live.
    pub changes: Vec<Change>,
    /// The error, if the frame was rejected, for the log.
    pub error: Option<Error>,
}

/// Does what one frame of a follower asks for. It is text; `None` stands for a frame of
/// bytes.
pub async fn answer<S: Store, A: AccessServices>(
    frame: Option<&str>,
    follower: &Follower,
    context: &RequestContext,
    store: &S,
    services: &A,
) -> Answer {
    let refused = |reason| Answer {
        close: Some((4400, reason)),
        ..Answer::default()
    };
    let Some(session_id) = follower.session_id else {
        return refused("this connection takes no frames");
    };
    let Some(frame) = frame else {
        return refused("a frame must be text");
    };
    if frame.len() > FRAME_MAX_BYTES {
        return refused("a frame must have at most 65,536 bytes");
    }
    let Ok(request @ Json::Object(_)) = json_text::parse(frame.as_bytes()) else {
        return refused("a frame must be a JSON object");
    };
    let changes = RefCell::default();
    let exchange = Exchange {
        follower,
        session_id,
        context,
        store,
        services,
        changes: &changes,
    };
    let outcome = exchange.run(&request).await;
    let changes = changes.into_inner();
    match outcome {
        Ok(reply) => Answer {
            reply,
            changes,
            ..Answer::default()
        },
        Err(error) => Answer {
            reply: nack(text(&request, "id"), &error).ok(),
            close: match error.status() {
                // Nothing that follows would be taken either.
                401 | 404 => Some((close_code(&error), error.code())),
                _ => None,
            },
            changes,
            error: Some(error),
        },
    }
}

/// One frame, and what is needed to do what it asks for.
struct Exchange<'a, S, A> {
    follower: &'a Follower,
    session_id: Uuid,
    context: &'a RequestContext,
    store: &'a S,
    services: &'a A,
    changes: &'a RefCell<Vec<Change>>,
}

impl<S: Store, A: AccessServices> Exchange<'_, S, A> {
    /// Returns the frame to answer with, if there is one.
    async fn run(&self, request: &Json<'_>) -> Result<Option<String>, Error> {
        let action = match text(request, "type") {
            Some("send") => Action::SendMessage,
            Some("read") => Action::MarkRead,
            Some("typing") => Action::ShowTyping,
            _ => return Err(unknown_type()),
        };
        let mut access = AccessCheck::new(self.services, self.context.now_ms);
        let call = Call {
            credential: self.follower.credential(),
            principal: self.follower.permit(&mut access, action).await?,
            changes: self.changes,
            headers: &RequestHeaders::default(),
            context: self.context,
            store: self.store,
            services: self.services,
        };
        let id = self.session_id.to_string();
        match action {
            Action::SendMessage => {
                let sent = call.send_flat(&id, &without_type(request)).await?;
                ack(sent.id, sent.stored, sent.moved_to).map(Some)
            }
            Action::MarkRead => {
                call.read_up_to(&id, request).await?;
                Ok(None)
            }
            _ => {
                call.tell_typing(self.session_id);
                Ok(None)
            }
        }
    }
}

fn text<'a>(request: &'a Json<'_>, name: &str) -> Option<&'a str> {
    match request {
        Json::Object(request) => match request.get(name) {
            Some(Json::String(text)) => Some(text),
            _ => None,
        },
        _ => None,
    }
}

/// Returns the message of a frame: its `type` is the frame's, and not that of its content.
fn without_type<'a>(request: &Json<'a>) -> Json<'a> {
    let mut message = request.clone();
    if let Json::Object(message) = &mut message {
        message.members.retain(|(name, _)| name != "type");
    }
    message
}

fn unknown_type() -> Error {
    Error::InvalidRequest(vec![Violation {
        path: "/type".to_owned(),
        code: ViolationCode::UnknownValue,
        message: "must be send, read or typing".into(),
    }])
}
