//! What the cron trigger does: old idempotency keys are forgotten.

use super::batch::{failed, usage};
use super::entry::now_ms;
use super::log::Usage;
use super::sessions;
use crate::idempotency::KEPT_MS;
use crate::store::StorageError;
use worker::js_sys::{Object, Reflect};
use worker::wasm_bindgen::JsCast;
use worker::{Env, console_error, console_log};

/// How many rows one statement removes: small enough to keep no create waiting.
const ROWS_PER_BATCH: u32 = 1000;
/// How many statements one run makes at most; the next run goes on.
const BATCHES_PER_RUN: u32 = 100;

/// Removes what has had its time from every database of the deployment.
pub(super) async fn run(env: &Env) {
    let before_ms = now_ms().saturating_sub(KEPT_MS);
    for binding in databases(env) {
        match forget_keys(env, &binding, before_ms).await {
            Ok((removed, d1)) => console_log!(
                "{{\"upkeep\":\"{binding}\",\"idempotency_keys_removed\":{removed},\"d1\":{}}}",
                serde_json::to_string(&d1).unwrap_or_default()
            ),
            Err(StorageError(cause)) => console_error!("upkeep of {binding} failed: {cause}"),
        }
    }
}

async fn forget_keys(
    env: &Env,
    binding: &str,
    before_ms: u64,
) -> Result<(u32, Usage), StorageError> {
    let mut removed = 0_u32;
    let mut total = Usage::default();
    for _ in 0..BATCHES_PER_RUN {
        let results = sessions::forget_keys(before_ms, ROWS_PER_BATCH)
            .run(env, binding, None)
            .await?;
        let results = results.read()?;
        let changes = results.first().ok_or_else(|| failed("no result"))?.changes;
        removed = removed.saturating_add(changes);
        total = total.plus(usage(&results));
        if changes < ROWS_PER_BATCH {
            break;
        }
    }
    Ok((removed, total))
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
