//! Upkeep: expired data is removed, in batches small enough to keep no create waiting.

use super::convert::now_ms;
use crate::idempotency::KEPT_MS;
use crate::retention::Retention;
use crate::storage::d1::batch::{Batch, Usage, failed};
use crate::storage::d1::{bookmark, reservations, sessions};
use crate::store::StorageError;
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
        match tidy(database.as_ref().unchecked_ref(), retention).await {
            Ok(removed) => {
                let removed = serde_json::to_string(&removed).unwrap_or_default();
                console_log!(r#"{{"upkeep":"{binding}","removed":{removed}}}"#);
            }
            Err(StorageError(cause)) => {
                console_error!("upkeep of {binding} failed: {cause}");
            }
        }
    }
}

async fn tidy(
    database: &D1Database,
    retention: Option<Retention>,
) -> Result<Removed, StorageError> {
    let now_ms = now_ms();
    let mut removed = Removed::default();
    let before_ms = now_ms.saturating_sub(KEPT_MS);
    let forget_keys = || reservations::forget_keys(before_ms, ROWS_PER_BATCH);
    removed.idempotency_keys = repeat(database, forget_keys, &mut removed.d1).await?;
    if let Some(retention) = retention {
        let before_ms = retention.closed_before_ms(now_ms);
        let remove_closed = || sessions::remove_closed(before_ms, ROWS_PER_BATCH);
        removed.sessions = repeat(database, remove_closed, &mut removed.d1).await?;
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
    let mut removed = 0_u32;
    for _ in 0..BATCHES_PER_RUN {
        let results = batch().run(database, bookmark::PRIMARY).await?.read()?;
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
