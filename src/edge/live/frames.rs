//! The frames that clients send: in their order, and not too many.

use crate::domain::limits::FRAMES_PER_SECOND_MAX;
use crate::edge::convert::now_ms;
use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};
use worker::WebSocketIncomingMessage;

/// The most frames of a connection that wait, while the storage is slow.
const WAITING_MAX: usize = 100;

/// The frames of each connection, by its key. They are forgotten when an object
/// hibernates, which it does not while one waits.
#[derive(Default)]
pub(super) struct Frames {
    /// Those that wait for an earlier one.
    waiting: RefCell<HashMap<u64, VecDeque<WebSocketIncomingMessage>>>,
    /// The second of each connection's last frame, and how many it has had.
    paces: RefCell<HashMap<u64, (u64, u32)>>,
}

impl Frames {
    /// Counts a frame; returns true if the connection is within its limit, and few enough
    /// of its frames wait.
    pub(super) fn is_in_pace(&self, key: u64) -> bool {
        let waiting = self.waiting.borrow().get(&key).map_or(0, VecDeque::len);
        if waiting >= WAITING_MAX {
            return false;
        }
        let second = now_ms() / 1000;
        let mut paces = self.paces.borrow_mut();
        let (last, frames) = paces.entry(key).or_default();
        if *last != second {
            (*last, *frames) = (second, 0);
        }
        *frames = frames.saturating_add(1);
        *frames <= FRAMES_PER_SECOND_MAX
    }

    /// Adds a frame. Returns true if no other one of the connection is at work: then
    /// whoever has added it does the work of all, by [`Frames::next`].
    pub(super) fn is_first(&self, key: u64, frame: WebSocketIncomingMessage) -> bool {
        let mut waiting = self.waiting.borrow_mut();
        let is_first = !waiting.contains_key(&key);
        waiting.entry(key).or_default().push_back(frame);
        is_first
    }

    /// Takes the next frame of a connection.
    pub(super) fn next(&self, key: u64) -> Option<WebSocketIncomingMessage> {
        let mut waiting = self.waiting.borrow_mut();
        let frame = waiting.get_mut(&key).and_then(VecDeque::pop_front);
        if frame.is_none() {
            waiting.remove(&key);
        }
        frame
    }

    /// Forgets a connection that has ended.
    pub(super) fn forget(&self, key: u64) {
        self.paces.borrow_mut().remove(&key);
    }
}
