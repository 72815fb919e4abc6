//! What the cron trigger does: what has had its time is removed, in batches
//! small enough to keep no create waiting.

use super::batch::{Batch, failed, usage};
use super::entry::now_ms;
use super::log::Usage;
use super::{reservations, sessions};
use crate::idempotency::KEPT_MS;
use crate::retention::Retention;
use crate::store::StorageError;
use serde::Serialize;
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    /// Writes a line to the log.
    #[wasm_bindgen(js_namespace = console)]
    fn log(line: &str);

    /// Writes a line to the log, as an error.
    #[wasm_bindgen(js_namespace = console)]
    fn error(line: &str);
}

/// How many rows one statement removes.
const ROWS_PER_BATCH: u32 = 1000;
/// How many statements one run makes at most of a kind; the next run goes on.
const BATCHES_PER_RUN: u32 = 100;

/// What one run removed from a database, and what D1 did for it.
#[derive(Default, Serialize)]
struct Removed {
    idempotency_keys: u32,
    sessions: u32,
    d1: Usage,
}

/// Removes what has had its time from every database of the deployment: `deployment`
/// has a line for `RETENTION_DAYS`, and one for each binding of a database.
pub(super) async fn run(deployment: String) -> String {
    let mut lines = deployment.lines();
    let retention = Retention::parse(lines.next().unwrap_or_default());
    let retention = retention.unwrap_or_else(|problem| {
        error(&problem);
        None
    });
    for binding in lines {
        match tidy(binding, retention).await {
            Ok(removed) => {
                let removed = serde_json::to_string(&removed).unwrap_or_default();
                log(&format!(r#"{{"upkeep":"{binding}","removed":{removed}}}"#));
            }
            Err(StorageError(cause)) => {
                error(&format!("upkeep of {binding} failed: {cause}"));
            }
        }
    }
    "log ".to_owned()
}

async fn tidy(database: &str, retention: Option<Retention>) -> Result<Removed, StorageError> {
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

/// Runs a batch of one statement until it finds less than it may remove; gives
/// how many rows that were.
async fn repeat(
    database: &str,
    batch: impl Fn() -> Batch,
    d1: &mut Usage,
) -> Result<u32, StorageError> {
    let mut removed = 0_u32;
    for _ in 0..BATCHES_PER_RUN {
        let answer = batch().run(database, None).await?;
        let results = answer.read()?.statements;
        let changes = results.first().ok_or_else(|| failed("no result"))?.changes;
        removed = removed.saturating_add(changes);
        *d1 = d1.plus(usage(&results));
        if changes < ROWS_PER_BATCH {
            break;
        }
    }
    Ok(removed)
}
