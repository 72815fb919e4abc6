//! The Worker: the platform's events around [`crate::api`].

mod cleanup;
mod convert;
mod live;
mod log;
mod platform;
mod store;
mod timer;
mod webhook_store;
mod webhooks;

use crate::access::credential::Credential;
use crate::api;
use crate::storage::d1::bookmark;
use crate::storage::webhooks::DueEvent;
use futures_util::future::join;
use platform::EdgePlatform;
use std::mem;
use store::EdgeStore;
use timer::Timer;
use worker::web_sys::{Request, Response};
use worker::{Context, Env, MessageBatch, ScheduleContext, ScheduledEvent, event};

/// The cron trigger that has nothing to do but sweep.
const EVERY_MINUTE: &str = "* * * * *";

/// Responds to a request.
///
/// Takes the platform's own types: `worker::Request` reads the address and the `cf`
/// object, which nothing here needs.
#[event(fetch)]
async fn fetch(request: Request, env: Env, event: Context) -> worker::Result<Response> {
    let context = convert::request_context()?;
    let timer = Timer::default();
    let is_https = convert::is_https(&request);
    let (request, bookmark) = convert::request(request)?;
    let method = request.method.clone();
    // A bookmark counts the commits of all organizations.
    let sees_bookmarks = Credential::is_secret_key(request.headers.authorization.as_deref());
    let bookmark = bookmark::sent(bookmark).filter(|_| sees_bookmarks);
    let store = EdgeStore::new(&env, &timer, bookmark);
    let platform = EdgePlatform {
        env: &env,
        timer: &timer,
        own_cache: None,
    };

    let mut handled = api::handle(request, &context, &store, &platform).await;

    let changes = mem::take(&mut handled.changes);
    if !changes.is_empty() {
        let env = env.clone();
        event.wait_until(async move { live::ring(&env, changes).await });
    }
    let outgoing = store.take_outgoing();
    if !outgoing.is_empty() {
        event.wait_until(webhooks::send_first(
            env.clone(),
            outgoing,
            webhooks::FIRST_TRIES_MAX,
        ));
    }
    let connected = live::respond(&env, &mut handled).await?;
    log::write(&method, &context, &handled, store.usage());
    if let Some(response) = connected {
        return Ok(response);
    }
    if let Some(bookmark) = store.into_bookmark().filter(|_| sees_bookmarks) {
        handled.response.set_header(bookmark::HEADER, bookmark);
    }
    if is_https {
        // A year, on this host. Over plain HTTP it has no meaning (RFC 6797, section 7.2).
        let policy = "max-age=31536000";
        handled
            .response
            .set_header("strict-transport-security", policy);
    }
    convert::response(&handled.response)
}

/// Sweeps the outbox every minute, and removes expired data, at the cron triggers of
/// `wrangler.toml`.
#[event(scheduled)]
async fn scheduled(event: ScheduledEvent, env: Env, _context: ScheduleContext) {
    let cleaned = async {
        if event.cron() != EVERY_MINUTE {
            join(cleanup::run(&env), webhooks::delete_old(&env)).await;
        }
    };
    // Storage that hangs for one of them keeps no other waiting.
    join(webhooks::sweep_all(&env), cleaned).await;
}

/// Sends events again whose last try has failed.
#[event(queue)]
async fn queue(batch: MessageBatch<DueEvent>, env: Env, context: Context) -> worker::Result<()> {
    webhooks::consume(&batch, &env, &context).await;
    Ok(())
}
