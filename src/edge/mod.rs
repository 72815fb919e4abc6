//! The Worker: the platform's events around [`crate::api`].

mod convert;
mod log;
mod platform;
mod store;
mod timer;
mod upkeep;

use crate::api;
use crate::storage::d1::bookmark;
use platform::EdgePlatform;
use store::EdgeStore;
use timer::Timer;
use worker::web_sys::{Request, Response};
use worker::{Context, Env, ScheduleContext, ScheduledEvent, event};

/// Responds to a request.
///
/// Takes the platform's own types: `worker::Request` reads the address and the `cf`
/// object, which nothing here needs.
#[event(fetch)]
async fn fetch(request: Request, env: Env, _context: Context) -> worker::Result<Response> {
    let facts = convert::facts()?;
    let timer = Timer::default();
    let (request, bookmark) = convert::request(request)?;
    let method = request.method.clone();
    let store = EdgeStore::new(&env, &timer, facts.now_ms, bookmark::sent(bookmark));
    let platform = EdgePlatform::new(&env, &timer);

    let mut outcome = api::respond(request, &facts, &store, &platform).await;

    log::write(&method, &facts, &outcome, store.usage());
    if let Some(bookmark) = store.into_bookmark() {
        let header = (bookmark::HEADER, bookmark.into());
        outcome.reply.headers.push(header);
    }
    convert::response(&outcome.reply)
}

/// Removes expired data, at the cron trigger of `wrangler.toml`.
#[event(scheduled)]
async fn scheduled(_event: ScheduledEvent, env: Env, _context: ScheduleContext) {
    upkeep::run(&env).await;
}
