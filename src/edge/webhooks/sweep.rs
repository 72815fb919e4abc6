//! The sweep: events that a crash has left behind, or a replay made due, are passed to the
//! queue. The cron trigger does it for everybody, the queue's consumer and a request with
//! an event for their own organizations.

use super::{QUEUE, report, run};
use crate::domain::tenant::Tenant;
use crate::edge::convert::now_ms;
use crate::edge::timer::{STORAGE_TIMEOUT_MS, Timer, pause};
use crate::storage::StorageError;
use crate::storage::d1::batch::{StatementResult, failed};
use crate::storage::d1::outbox;
use crate::storage::webhooks::DueEvent;
use wasm_bindgen::JsCast;
use worker::js_sys::{JsString, Object};
use worker::{Env, console_log};

/// Organizations that one statement lists.
const LISTED: u32 = 100;
/// Old events that one batch deletes: D1 is busy with it for some 20 ms.
const DELETED: u32 = 2000;
/// Batches of one run: a million events an hour.
const DELETIONS_MAX: u32 = 500;

/// Passes events of an organization to the queue that should have been sent by now. Returns
/// how many they are.
pub(super) async fn sweep(env: &Env, tenant: &Tenant) -> Result<u32, StorageError> {
    let timer = Timer::default();
    let batch = outbox::take_due(&tenant.organization, now_ms());
    let results = run(env, &tenant.db, &timer, batch).await?;
    let result = results.first().ok_or_else(|| failed("no result"))?;
    let events = outbox::due_events(tenant, result)?;
    let swept = u32::try_from(events.len()).unwrap_or(u32::MAX);
    if swept > 0 {
        pass_on(env, events).await?;
    }
    Ok(swept)
}

/// Passes events to the queue that are due now.
pub(super) async fn pass_on(env: &Env, events: Vec<DueEvent>) -> Result<(), StorageError> {
    let timer = Timer::default();
    let sent = async { env.queue(QUEUE)?.send_batch(events).await };
    let sent = timer.within(STORAGE_TIMEOUT_MS, sent).await;
    sent.map_err(|cause| failed(&cause))?
        .map_err(|error| failed(&format!("queue: {error}")))
}

/// Sweeps every organization of every database, at the cron trigger.
pub(in crate::edge) async fn sweep_all(env: &Env) {
    for db in databases(env) {
        report(sweep_database(env, &db).await);
    }
}

async fn sweep_database(env: &Env, db: &str) -> Result<(), StorageError> {
    let timer = Timer::default();
    let mut last = String::new();
    let mut swept = 0_u32;
    loop {
        let batch = outbox::list_organizations(&last, LISTED, now_ms());
        let organizations = outbox::organizations(&run(env, db, &timer, batch).await?)?;
        let Some(end) = organizations.last() else {
            break;
        };
        last.clone_from(end);
        for organization in organizations {
            let db = db.to_owned();
            let tenant = Tenant { organization, db };
            match sweep(env, &tenant).await {
                Ok(events) => swept = swept.saturating_add(events),
                Err(error) => report(Err(error)),
            }
        }
    }
    if swept > 0 {
        console_log!(r#"{{"sweep":"{db}","webhook_events":{swept}}}"#);
    }
    Ok(())
}

/// Deletes events from every database that have been kept long enough.
pub(in crate::edge) async fn delete_old(env: &Env) {
    for db in databases(env) {
        report(delete_old_of(env, &db).await);
    }
}

async fn delete_old_of(env: &Env, db: &str) -> Result<(), StorageError> {
    let timer = Timer::default();
    for _ in 0..DELETIONS_MAX {
        let batch = outbox::delete_old(DELETED, now_ms());
        let results = run(env, db, &timer, batch).await?;
        let deleted = results.first().map_or(0, StatementResult::changes);
        if deleted < DELETED {
            break;
        }
        pause().await;
    }
    Ok(())
}

/// Returns the names of the databases.
fn databases(env: &Env) -> Vec<String> {
    let bindings: &Object = env.unchecked_ref();
    let names = Object::keys(bindings);
    let names = names
        .iter()
        .map(|name| String::from(name.unchecked_into::<JsString>()));
    names.filter(|name| env.d1(name).is_ok()).collect()
}
