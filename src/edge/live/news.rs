//! News: entries of the log that follow each other, for those who do not have them.

use super::sockets::Socket;
use crate::api::changes::NewEntry;
use crate::api::live_shapes;
use crate::domain::limits::REPLAY_MAX_BYTES;
use crate::error::Error;
use crate::storage::log::LogPage;
use std::cell::OnceCell;
use worker::console_error;
use worker::js_sys::JsString;

/// Entries, which are worded once for all who read them in the same way.
pub(super) struct News<'a> {
    source: Source<'a>,
    /// The frames for the session's contact.
    own: OnceCell<Vec<Frame>>,
    /// The frames for everybody else.
    others: OnceCell<Vec<Frame>>,
}

/// Where the entries are from.
#[derive(Clone, Copy)]
enum Source<'a> {
    /// A page of the log.
    Page(&'a LogPage),
    /// A ring, which has the last entry.
    Ring(&'a NewEntry),
}

/// An entry, as it is sent.
struct Frame {
    text: JsString,
    bytes: u64,
}

impl From<&str> for Frame {
    fn from(text: &str) -> Self {
        Self {
            bytes: text.len() as u64,
            text: text.into(),
        }
    }
}

impl<'a> News<'a> {
    /// Returns the entries of a page.
    pub(super) fn of_page(page: &'a LogPage) -> Self {
        Self::from(Source::Page(page))
    }

    /// Returns the entry of a ring.
    pub(super) fn of_ring(entry: &'a NewEntry) -> Self {
        Self::from(Source::Ring(entry))
    }

    fn from(source: Source<'a>) -> Self {
        Self {
            source,
            own: OnceCell::new(),
            others: OnceCell::new(),
        }
    }

    /// The place of the first entry; `None` if there is none.
    fn first_seq(&self) -> Option<u64> {
        match self.source {
            Source::Page(page) => page.entries.first().map(|entry| entry.seq),
            Source::Ring(entry) => Some(entry.seq),
        }
    }

    /// The end of the log, as far as it is known.
    fn last_seq(&self) -> u64 {
        match self.source {
            Source::Page(page) => page.session.log.last_seq,
            Source::Ring(entry) => entry.seq,
        }
    }

    /// Sends the entries that a connection does not have, if it has all before
    /// them. So an order cannot be wrong, nor an entry be left out or sent twice.
    pub(super) fn send_to(&self, socket: &Socket) {
        let sent_before = socket.sent();
        let next = sent_before.saturating_add(1);
        let known = self
            .first_seq()
            .and_then(|first_seq| next.checked_sub(first_seq));
        let Some(known) = known else {
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
        let is_behind = sent < self.last_seq();
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
            self.word(is_own).unwrap_or_else(|error| {
                console_error!(
                    "an entry was not sent: {}",
                    error.cause().unwrap_or_default()
                );
                Vec::new()
            })
        })
    }

    fn word(&self, is_own: bool) -> Result<Vec<Frame>, Error> {
        match self.source {
            Source::Page(page) => {
                let entries = page.entries.iter();
                let frames = entries.map(|entry| {
                    let text = live_shapes::entry(entry, &page.session, is_own)?;
                    Ok(Frame::from(text.as_str()))
                });
                frames.collect()
            }
            Source::Ring(entry) => {
                let own = entry.own.as_ref().filter(|_| is_own);
                Ok(vec![Frame::from(own.unwrap_or(&entry.others).as_str())])
            }
        }
    }
}
