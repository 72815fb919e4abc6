//! What a task asks of the platform, as `questions.js` answers it: one text out and
//! one in.

use super::task::{Said, ask};
use crate::platform::RateLimit;

/// The text that KV has under a name.
pub(super) async fn find_in_kv(name: &str) -> Result<Option<String>, String> {
    text(["key\n", name].concat()).await
}

/// Whether a rate limiter lets one more of `key` through.
pub(super) async fn is_within(limit: RateLimit, key: &str) -> Result<bool, String> {
    let limiter = match limit {
        RateLimit::Credential => "credential\n",
        RateLimit::Address => "address\n",
    };
    let within = text([limiter, key].concat()).await?;
    Ok(within.is_some())
}

/// Runs statements as one transaction; gives D1's answer. `questions.js` says how the
/// question and the answer are spelled.
pub(super) async fn run_batch(question: String) -> Result<String, String> {
    Ok(text(question).await?.unwrap_or_default())
}

/// The secrets of contact tokens: JSON text of a list of two, each a text or null.
pub(super) async fn token_secrets() -> Result<String, String> {
    Ok(text("secrets\n".to_owned()).await?.unwrap_or_default())
}

/// The text of a body that is not longer than it may be, as its length says. What is
/// no UTF-8 in it is U+FFFD, and a byte order mark is left out.
pub(super) async fn read_body() -> Result<String, String> {
    Ok(text("body\n".to_owned()).await?.unwrap_or_default())
}

/// The bytes of a body; `None` if they are more than `max_bytes`.
pub(super) async fn read_stream(max_bytes: usize) -> Result<Option<Vec<u8>>, String> {
    bytes(["stream\n", &max_bytes.to_string()].concat()).await
}

async fn text(question: String) -> Result<Option<String>, String> {
    match ask(question).await? {
        Said::Text(text) => Ok(Some(text)),
        Said::Nothing | Said::Bytes(_) => Ok(None),
    }
}

async fn bytes(question: String) -> Result<Option<Vec<u8>>, String> {
    match ask(question).await? {
        Said::Bytes(bytes) => Ok(Some(bytes)),
        Said::Nothing | Said::Text(_) => Ok(None),
    }
}
