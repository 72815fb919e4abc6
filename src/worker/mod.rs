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
mod upkeep;

use crate::api;
use worker::{Context, Env, ScheduleContext, ScheduledEvent, event, web_sys};

/// Answers every request that no static asset answers.
///
/// It works on the platform's own request and response, so that nothing is
/// converted that no endpoint looks at.
#[event(fetch)]
async fn fetch(
    request: web_sys::Request,
    env: Env,
    _context: Context,
) -> worker::Result<web_sys::Response> {
    let facts = entry::facts();
    let (request, bookmark) = entry::request(request);
    let method = request.method.clone();
    let bindings = crossings::Bindings::new(env);
    let store = store::EdgeStore::new(&bindings, bookmark::sent(bookmark));
    let platform = platform::EdgePlatform(&bindings);

    let mut outcome = api::respond(request, &facts, &store, &platform).await;

    log::write(&method, &facts, &outcome, store.usage());
    if let Some(bookmark) = store.into_bookmark() {
        outcome.reply.headers.push((bookmark::HEADER, bookmark));
    }
    entry::response(&outcome.reply)
}

/// Runs by the cron trigger in `wrangler.toml`.
#[event(scheduled)]
async fn scheduled(_event: ScheduledEvent, env: Env, _context: ScheduleContext) {
    upkeep::run(&crossings::Bindings::new(env)).await;
}
