//! The edge: a Cloudflare Worker around [`crate::api`].

mod batch;
mod bookmark;
mod contacts;
mod entry;
mod keys;
mod log;
mod platform;
mod questions;
mod reservations;
mod resume;
mod rows;
mod session_list;
mod sessions;
mod split;
mod store;
mod task;
mod upkeep;

use crate::api;
use wasm_bindgen::prelude::wasm_bindgen;

/// Begins to answer a request; `head` is its method, address and headers.
#[wasm_bindgen]
#[allow(unreachable_pub)] // wasm-bindgen exports nothing else.
pub fn begin(task: u32, head: &str) -> String {
    let facts = entry::facts();
    let (request, bookmark) = entry::request(head);
    task::begin(task, async move {
        let method = request.method.clone();
        let store = store::EdgeStore::new(facts.now_ms, bookmark::sent(bookmark));

        let mut outcome = api::respond(request, &facts, &store, &platform::EdgePlatform).await;

        let line = log::line(&method, &facts, &outcome, store.usage());
        if let Some(bookmark) = store.into_bookmark() {
            outcome
                .reply
                .headers
                .push((bookmark::HEADER, bookmark.into()));
        }
        entry::answer(line, &outcome.reply)
    })
}

/// Answers a request whose task has panicked, in an instance that has not.
#[wasm_bindgen(js_name = answerPanic)]
#[allow(unreachable_pub)] // wasm-bindgen exports nothing else.
pub fn answer_panic(head: &str, panic: &str) -> String {
    let facts = entry::facts();
    let (request, _) = entry::request(head);
    let cause = ["panic: ", panic].concat();
    let outcome = api::broken_off(&request, &facts, cause);
    let line = log::line(&request.method, &facts, &outcome, log::Usage::default());
    entry::answer(line, &outcome.reply)
}

/// Begins what the cron trigger in `wrangler.toml` asks for. `deployment` has a line
/// for `RETENTION_DAYS`, and one for each binding of a database.
#[wasm_bindgen(js_name = beginUpkeep)]
#[allow(unreachable_pub)] // wasm-bindgen exports nothing else.
pub fn begin_upkeep(task: u32, deployment: String) -> String {
    task::begin(task, upkeep::run(deployment))
}
