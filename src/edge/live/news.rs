//! News: the entries of a page of the log, for those who do not have them.

use super::sockets::Socket;
use crate::api::live_shapes;
use crate::domain::limits::REPLAY_MAX_BYTES;
use crate::error::Error;
use crate::storage::log::LogPage;
use std::cell::OnceCell;
use worker::console_error;
use worker::js_sys::JsString;

/// A page of the log, which is worded once for all who read it in the same way.
pub(super) struct News<'a> {
    page: &'a LogPage,
    /// The frames for the session's contact.
    own: OnceCell<Vec<Frame>>,
    /// The frames for everybody else.
    others: OnceCell<Vec<Frame>>,
}

/// An entry, as it is sent.
struct Frame {
    text: JsString,
    bytes: u64,
}

impl<'a> News<'a> {
    pub(super) fn new(page: &'a LogPage) -> Self {
        Self {
            page,
            own: OnceCell::new(),
            others: OnceCell::new(),
        }
    }

    /// Sends the entries of the page that a connection does not have, if it has all before
    /// them. So an order cannot be wrong, nor an entry be left out or sent twice.
    pub(super) fn send_to(&self, socket: &Socket) {
        let Some(first) = self.page.entries.first() else {
            return;
        };
        let sent_before = socket.sent();
        let next = sent_before.saturating_add(1);
        let Some(known) = next.checked_sub(first.seq) else {
            return;
        };
        let known = usize::try_from(known).unwrap_or(usize::MAX);
        let frames = self.frames(socket.is_own());
        let mut bytes = 0_u64;
        let mut sent = sent_before;
        for frame in frames.iter().skip(known) {
            socket.send_shared(&frame.text);
            bytes = bytes.saturating_add(frame.bytes);
            sent = sent.saturating_add(1);
        }
        if sent == sent_before {
            return;
        }
        let is_behind = sent < self.page.session.log.last_seq;
        let noted = socket.note_sent(sent, is_behind.then_some(bytes));
        if let Err(error) = &noted {
            console_error!("the state of a connection was not kept: {error}");
        }
        if noted.map_or(true, |replayed_bytes| replayed_bytes > REPLAY_MAX_BYTES) {
            // All that it has not read yet is in memory: it connects again when it has.
            socket.close(1012, "connect again to go on");
        }
    }

    fn frames(&self, is_own: bool) -> &[Frame] {
        let frames = if is_own { &self.own } else { &self.others };
        frames.get_or_init(|| {
            let entries = self.page.entries.iter();
            let frames = entries.map(|entry| {
                let text = live_shapes::entry(entry, &self.page.session, is_own)?;
                Ok(Frame {
                    bytes: text.len() as u64,
                    text: text.into(),
                })
            });
            frames
                .collect::<Result<_, _>>()
                .unwrap_or_else(|error: Error| {
                    console_error!(
                        "an entry was not sent: {}",
                        error.cause().unwrap_or_default()
                    );
                    Vec::new()
                })
        })
    }
}
