//! Messages to send.

use super::error::CallError;
use super::operation::{random, within};
use crate::domain::id::uuid_v7;
use crate::domain::limits::RequestLimits;
use crate::domain::message::NewMessage;
use crate::validation::json::Json;
use js_sys::Date;

/// Checks a message by the rules; returns its body as JSON. A message without an id gets
/// one, which all tries of the call share.
pub(super) fn check(request: &Json<'_>) -> Result<String, CallError> {
    let limits = RequestLimits::FULL;
    let mut message = NewMessage::check_flat(request, limits)?;
    if message.id.is_none() {
        message.id = Some(uuid_v7(now_ms(), random()?));
    }
    Ok(within(message.to_json(), limits.body_max_bytes)?)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a time in milliseconds is far below 2^53"
)]
fn now_ms() -> u64 {
    Date::now() as u64
}
