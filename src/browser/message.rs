//! Messages to send.

use super::error::CallError;
use super::operation::{random, within};
use crate::domain::id::uuid_v7;
use crate::domain::limits::RequestLimits;
use crate::domain::message::NewMessage;
use crate::domain::note::NewNote;
use crate::validation::json::Json;
use js_sys::Date;
use uuid::Uuid;

/// Checks a message by the rules; returns its body as JSON. A message without an id gets
/// one, which all tries of the call share.
pub(super) fn check(request: &Json<'_>) -> Result<String, CallError> {
    let limits = RequestLimits::FULL;
    let mut message = NewMessage::check_flat(request, limits)?;
    if message.id.is_none() {
        message.id = Some(new_id()?);
    }
    Ok(within(message.to_json(), limits.body_max_bytes)?)
}

/// Checks a note by the rules; returns its body as JSON, as it was read. A note without an
/// id gets one, which all tries of the call share.
pub(super) fn check_note(mut request: Json<'_>) -> Result<String, CallError> {
    let has_id = NewNote::check(&request)?.id.is_some();
    if let (Json::Object(note), false) = (&mut request, has_id) {
        let id = Json::String(new_id()?.to_string().into());
        note.members.push(("id".into(), id));
    }
    Ok(within(
        request.to_text(),
        RequestLimits::FULL.body_max_bytes,
    )?)
}

fn new_id() -> Result<Uuid, CallError> {
    Ok(uuid_v7(now_ms(), random()?))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a time in milliseconds is far below 2^53"
)]
fn now_ms() -> u64 {
    Date::now() as u64
}
