//! The browser: what the npm package `chat-sessions` asks of the rules.
//!
//! Only the rules are here. The network is the package's own JavaScript
//! (`pkg/`), which calls [`check`] before it and knows no rule.

mod read;
mod refusal;
#[cfg(test)]
mod tests;

use crate::error::Error;
use crate::session::{BODY_MAX_BYTES, NewSession};
use wasm_bindgen::prelude::wasm_bindgen;

/// What precedes a refusal, and no request: they begin with a brace.
const REFUSED: char = '!';

/// Holds a request, in the notation of `pkg/src/notation.js`, against the rules that
/// the edge holds it against.
///
/// Gives the body to send, as JSON; or [`REFUSED`] and the members of the
/// `ChatSessionError`, as JSON.
#[wasm_bindgen]
#[must_use]
#[allow(unreachable_pub)] // wasm-bindgen exports it.
pub fn check(request: &str) -> String {
    body(request).unwrap_or_else(|error| {
        let mut out = String::from(REFUSED);
        refusal::push_json(&error, &mut out);
        out
    })
}

fn body(request: &str) -> Result<String, Error> {
    let body = NewSession::check(&read::json(request))?.to_json();
    if body.len() > BODY_MAX_BYTES {
        return Err(Error::BodyTooLarge);
    }
    Ok(body)
}
