//! The Worker's request to an object for one connection.

use crate::api::live::{Connect, Follower, Transport};
use base64ct::{Base64, Encoding};
use serde::{Deserialize, Serialize};
use worker::{Error, Headers, Result, web_sys};

/// The header that has it; a request for a WebSocket has no body.
const HEADER: &str = "chat-sessions-opening";

/// A connection to make.
#[derive(Serialize, Deserialize)]
pub(super) struct Opening {
    pub(super) follower: Follower,
    pub(super) after: u64,
    pub(super) offers_protocol: bool,
}

impl Opening {
    pub(super) fn of(connect: &Connect) -> Self {
        Self {
            follower: connect.follower.clone(),
            after: connect.after,
            offers_protocol: matches!(
                connect.transport,
                Transport::WebSocket {
                    offers_protocol: true
                }
            ),
        }
    }

    /// Writes the headers of the request. In base64, because a name may have any
    /// character.
    pub(super) fn write(&self, headers: &web_sys::Headers) -> Result<()> {
        let json = serde_json::to_vec(self)?;
        headers.set(HEADER, &Base64::encode_string(&json))?;
        headers.set("upgrade", "websocket")?;
        Ok(())
    }

    /// Reads the headers; `None` if the request is none for a connection.
    pub(super) fn read(headers: &Headers) -> Result<Option<Self>> {
        let Some(text) = headers.get(HEADER)? else {
            return Ok(None);
        };
        let json = Base64::decode_vec(&text).map_err(|error| Error::from(error.to_string()))?;
        Ok(Some(serde_json::from_slice(&json)?))
    }
}
