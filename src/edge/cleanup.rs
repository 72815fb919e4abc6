//! Cleanup: expired data is removed, in batches small enough to keep no create waiting.

use super::convert::now_ms;
use super::timer::{STORAGE_TIMEOUT_MS, Timer};
use crate::domain::limits::IDEMPOTENCY_KEY_LIFETIME_MS;
use crate::storage::StorageError;
use crate::storage::d1::batch::{Batch, failed};
use crate::storage::d1::usage::Usage;
use crate::storage::d1::{bookmark, cleanup};
use crate::storage::retention::Retention;
use serde::Serialize;
use wasm_bindgen::JsCast;
use worker::js_sys::{JsString, Object};
use worker::worker_sys::types::D1Database;
use worker::{Env, console_error, console_log};

/// Rows that one statement removes at most.
const ROWS_PER_BATCH: u32 = 1000;
/// Statements of a kind that one run makes at most; the next run continues.
const BATCHES_PER_RUN: u32 = 100;

/// Rows that one run removed from a database, and D1's bill for it.
#[derive(Default, Serialize)]
struct Removed {
    idempotency_keys: u32,
    sessions: u32,
    d1: Usage,
}

/// Removes expired data from every database of the deployment.
pub(super) async fn run(env: &Env) {
    let setting = env.var("RETENTION_DAYS").map(|days| days.to_string());
    let retention = Retention::parse(&setting.unwrap_or_default()).unwrap_or_else(|problem| {
        console_error!("{problem}");
        None
    });
    let bindings: &Object = env.unchecked_ref();
    for binding in Object::keys(bindings).iter() {
        let binding = String::from(binding.unchecked_into::<JsString>());
        let Ok(database) = env.d1(&binding) else {
            // Another kind of binding.
            continue;
        };
        match clean_up(database.as_ref().unchecked_ref(), retention).await {
            Ok(removed) => {
                let removed = serde_json::to_string(&removed).unwrap_or_default();
                console_log!(r#"{{"cleanup":"{binding}","removed":{removed}}}"#);
            }
            Err(StorageError(cause)) => {
                console_error!("cleanup of {binding} failed: {cause}");
            }
        }
    }
}

async fn clean_up(
    database: &D1Database,
    retention: Option<Retention>,
) -> Result<Removed, StorageError> {
    let now_ms = now_ms();
    let mut removed = Removed::default();
    let before_ms = now_ms.saturating_sub(IDEMPOTENCY_KEY_LIFETIME_MS);
    let keys = || cleanup::delete_expired_idempotency_keys(before_ms, ROWS_PER_BATCH);
    removed.idempotency_keys = repeat(database, keys, &mut removed.d1).await?;
    if let Some(retention) = retention {
        let before_ms = retention.closed_before_ms(now_ms);
        let sessions = || cleanup::delete_closed_sessions(before_ms, ROWS_PER_BATCH);
        removed.sessions = repeat(database, sessions, &mut removed.d1).await?;
    }
    Ok(removed)
}

/// Runs a batch of one statement until it removes less than it may. Returns how many
/// rows were removed.
async fn repeat(
    database: &D1Database,
    batch: impl Fn() -> Batch,
    d1: &mut Usage,
) -> Result<u32, StorageError> {
    let timer = Timer::default();
    let mut removed = 0_u32;
    for _ in 0..BATCHES_PER_RUN {
        let call = batch().run(database, bookmark::PRIMARY);
        let response = timer.within(STORAGE_TIMEOUT_MS, call).await;
        let results = response.map_err(|cause| failed(&cause))??.read()?;
        let changes = results
            .first()
            .ok_or_else(|| failed("no result"))?
            .changes();
        removed = removed.saturating_add(changes);
        *d1 = d1.plus(Usage::of(&results));
        if changes < ROWS_PER_BATCH {
            break;
        }
    }
    Ok(removed)
}
