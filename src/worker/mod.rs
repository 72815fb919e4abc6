//! The edge: a Cloudflare Worker around [`crate::api`].

mod batch;
mod bookmark;
mod contacts;
mod crossings;
mod entry;
mod kv;
mod log;
mod platform;
mod reservations;
mod resume;
mod rows;
mod session_list;
mod sessions;
mod store;
mod task;
mod upkeep;

use crate::api;
use crossings::{Env, Request, Response};
use task::Task;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

/// Answers every request that no static asset answers.
#[wasm_bindgen]
#[allow(unreachable_pub)] // wasm-bindgen exports nothing else.
pub fn fetch(request: Request, env: Env) -> Task {
    Task::new(async move {
        let facts = entry::facts();
        let (request, bookmark) = entry::request(request);
        let method = request.method.clone();
        let store = store::EdgeStore::new(&env, bookmark::sent(bookmark));
        let platform = platform::EdgePlatform(&env);

        let mut outcome = api::respond(request, &facts, &store, &platform).await;

        log::write(&method, &facts, &outcome, store.usage());
        if let Some(bookmark) = store.into_bookmark() {
            outcome.reply.headers.push((bookmark::HEADER, bookmark));
        }
        entry::response(&outcome.reply).into()
    })
}

/// Answers a request whose task has panicked, in an instance that has not.
#[wasm_bindgen(js_name = answerPanic)]
#[allow(unreachable_pub)] // wasm-bindgen exports nothing else.
pub fn answer_panic(request: Request, panic: &str) -> Response {
    let facts = entry::facts();
    let (request, _) = entry::request(request);
    let cause = ["panic: ", panic].concat();
    let outcome = api::broken_off(&request, &facts, cause);
    log::write(&request.method, &facts, &outcome, log::Usage::default());
    entry::response(&outcome.reply)
}

/// Runs by the cron trigger in `wrangler.toml`.
#[wasm_bindgen]
#[allow(unreachable_pub)] // wasm-bindgen exports nothing else.
pub fn scheduled(env: Env) -> Task {
    Task::new(async move {
        upkeep::run(&env).await;
        JsValue::UNDEFINED
    })
}
