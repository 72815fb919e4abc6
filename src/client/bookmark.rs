//! What this page has seen of each service's database: sent with the next
//! request, so that a replica nearby answers with that at least.

use std::cell::RefCell;

thread_local! {
    /// The latest bookmark by service: a page talks to one, or to few.
    static SEEN: RefCell<Vec<(String, String)>> = const { RefCell::new(Vec::new()) };
}

/// The header that carries a bookmark, both ways.
pub(super) const HEADER: &str = "X-D1-Bookmark";

/// The latest bookmark of the service at `base_url`.
pub(super) fn of(base_url: &str) -> Option<String> {
    SEEN.with_borrow(|seen| {
        let mut seen = seen.iter();
        let known = seen.find(|(service, _)| service == base_url);
        known.map(|(_, bookmark)| bookmark.clone())
    })
}

/// Takes note of the bookmark of an answer.
pub(super) fn keep(base_url: &str, bookmark: String) {
    SEEN.with_borrow_mut(|seen| {
        seen.retain(|(service, _)| service != base_url);
        seen.push((base_url.to_owned(), bookmark));
    });
}
