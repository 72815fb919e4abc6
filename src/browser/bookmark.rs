//! D1 bookmarks: a read that carries one sees the writes before it, whichever
//! replica of the database answers.

use js_sys::Map;
use wasm_bindgen::{JsCast, JsValue};

/// The header that carries a bookmark, both ways.
pub(super) const HEADER: &str = "X-D1-Bookmark";

/// The latest bookmark of each service, kept by the client in JavaScript, which
/// outlives an instance of this module.
pub(super) struct Bookmarks(Option<Map>);

impl Bookmarks {
    pub(super) fn new(map: JsValue) -> Self {
        Self(map.dyn_into().ok())
    }

    pub(super) fn latest(&self, base_url: &str) -> Option<String> {
        self.0.as_ref()?.get(&base_url.into()).as_string()
    }

    /// Stores a bookmark unless it is older than the one stored: responses may
    /// overtake each other, and bookmarks sort by time.
    pub(super) fn store(&self, base_url: &str, bookmark: &str) {
        if let Some(map) = &self.0
            && self
                .latest(base_url)
                .is_none_or(|latest| *bookmark >= *latest)
        {
            map.set(&base_url.into(), &bookmark.into());
        }
    }
}
