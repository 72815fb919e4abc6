//! The delivery of a page of the log.

use super::sockets::Socket;
use crate::api::live_shapes;
use crate::domain::limits::REPLAY_MAX_BYTES;
use crate::storage::log::LogPage;
use std::cell::OnceCell;
use worker::console_error;

/// A page of the log, which is worded once for all who read it in the same way.
pub(super) struct Delivery<'a> {
    page: &'a LogPage,
    /// The frames for the session's contact.
    own: OnceCell<Vec<String>>,
    /// The frames for everybody else.
    others: OnceCell<Vec<String>>,
}

impl<'a> Delivery<'a> {
    pub(super) fn new(page: &'a LogPage) -> Self {
        Self {
            page,
            own: OnceCell::new(),
            others: OnceCell::new(),
        }
    }

    /// Sends the entries of the page that a connection does not have, if it has all before
    /// them. So an order cannot be wrong, nor an entry be left out or sent twice.
    pub(super) fn send_to(&self, socket: &mut Socket) {
        let Some(first) = self.page.entries.first() else {
            return;
        };
        let next = socket.attachment.sent.saturating_add(1);
        let Some(known) = next.checked_sub(first.seq) else {
            return;
        };
        let known = usize::try_from(known).unwrap_or(usize::MAX);
        let frames = self.frames(socket.attachment.is_own);
        let mut bytes = 0_usize;
        let mut sent = 0_u64;
        for frame in frames.iter().skip(known) {
            socket.send(frame);
            bytes = bytes.saturating_add(frame.len());
            sent = sent.saturating_add(1);
        }
        if sent == 0 {
            return;
        }
        let attachment = &mut socket.attachment;
        attachment.sent = attachment.sent.saturating_add(sent);
        attachment.replayed_bytes = if attachment.sent < self.page.session.log.last_seq {
            attachment.replayed_bytes.saturating_add(bytes)
        } else {
            0
        };
        let is_replayed = socket.attachment.replayed_bytes > REPLAY_MAX_BYTES;
        let kept = socket.keep();
        if let Err(error) = &kept {
            console_error!("the state of a connection was not kept: {error}");
        }
        if is_replayed || kept.is_err() {
            // All that it has not read yet is in memory: it connects again when it has.
            socket.close(1012, "connect again to go on");
        }
    }

    fn frames(&self, is_own: bool) -> &[String] {
        let frames = if is_own { &self.own } else { &self.others };
        frames.get_or_init(|| {
            let entries = self.page.entries.iter();
            let frames = entries.map(|entry| live_shapes::entry(entry, &self.page.session, is_own));
            frames.collect::<Result<_, _>>().unwrap_or_else(|error| {
                console_error!(
                    "an entry was not sent: {}",
                    error.cause().unwrap_or_default()
                );
                Vec::new()
            })
        })
    }
}
