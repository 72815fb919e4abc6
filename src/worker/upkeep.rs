//! What the cron trigger does: what has had its time is removed, in batches
//! small enough to keep no create waiting.

use super::batch::{Batch, failed, usage};
use super::crossings::{self, Env};
use super::entry::now_ms;
use super::log::Usage;
use super::{reservations, sessions};
use crate::idempotency::KEPT_MS;
use crate::retention::Retention;
use crate::store::StorageError;
use js_sys::{Object, Reflect};
use serde::Serialize;
use wasm_bindgen::JsCast;

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

/// Removes what has had its time from every database of the deployment.
pub(super) async fn run(env: &Env) {
    let retention = Retention::parse(&setting(env, "RETENTION_DAYS")).unwrap_or_else(|problem| {
        crossings::log_error(&problem);
        None
    });
    for binding in databases(env) {
        match tidy(env, &binding, retention).await {
            Ok(removed) => {
                let removed = serde_json::to_string(&removed).unwrap_or_default();
                crossings::log(&format!(r#"{{"upkeep":"{binding}","removed":{removed}}}"#));
            }
            Err(StorageError(cause)) => {
                crossings::log_error(&format!("upkeep of {binding} failed: {cause}"));
            }
        }
    }
}

async fn tidy(
    env: &Env,
    database: &str,
    retention: Option<Retention>,
) -> Result<Removed, StorageError> {
    let now_ms = now_ms();
    let mut removed = Removed::default();
    let before_ms = now_ms.saturating_sub(KEPT_MS);
    let forget_keys = || reservations::forget_keys(before_ms, ROWS_PER_BATCH);
    removed.idempotency_keys = repeat(env, database, forget_keys, &mut removed.d1).await?;
    if let Some(retention) = retention {
        let before_ms = retention.closed_before_ms(now_ms);
        let remove_closed = || sessions::remove_closed(before_ms, ROWS_PER_BATCH);
        removed.sessions = repeat(env, database, remove_closed, &mut removed.d1).await?;
    }
    Ok(removed)
}

/// Runs a batch of one statement until it finds less than it may remove; gives
/// how many rows that were.
async fn repeat(
    env: &Env,
    database: &str,
    batch: impl Fn() -> Batch,
    d1: &mut Usage,
) -> Result<u32, StorageError> {
    let mut removed = 0_u32;
    for _ in 0..BATCHES_PER_RUN {
        let answer = batch().run(env, database, None).await?;
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

/// A variable of `wrangler.toml`, as text; empty where there is none.
fn setting(env: &Env, name: &str) -> String {
    let value = Reflect::get(env, &name.into()).unwrap_or_default();
    if value.is_undefined() {
        return String::new();
    }
    // In TOML it may be a number, too.
    Object::from(value).to_string().into()
}

/// The names of the D1 bindings: organizations may live in several.
fn databases(env: &Env) -> Vec<String> {
    let is_database = |name: &String| {
        Reflect::get(env, &name.into()).is_ok_and(|binding| {
            let constructor = Object::from(binding).constructor();
            constructor.name() == "D1Database"
        })
    };
    Object::keys(env.unchecked_ref::<Object>())
        .iter()
        .filter_map(|name| name.as_string())
        .filter(is_database)
        .collect()
}
