//! Cleanup: expired data is removed, in batches small enough to keep no create waiting.

use super::convert::now_ms;
use super::timer::{STORAGE_TIMEOUT_MS, Timer, pause};
use crate::domain::limits::IDEMPOTENCY_KEY_LIFETIME_MS;
use crate::storage::StorageError;
use crate::storage::d1::batch::{Batch, StatementResult, failed};
use crate::storage::d1::bookmark;
use crate::storage::d1::cleanup::{CleanupTask, found_position};
use crate::storage::d1::usage::Usage;
use crate::storage::retention::Retention;
use serde::Serialize;
use wasm_bindgen::JsCast;
use worker::js_sys::{JsString, Object};
use worker::worker_sys::types::D1Database;
use worker::{Env, console_error, console_log};

/// Rows that one batch examines, and entries that it removes: D1 is busy with it for some
/// 20 ms.
const ROWS_PER_BATCH: u32 = 2000;
/// Batches of one task in one run: 200,000 rows an hour. The next run continues.
const BATCHES_PER_RUN: u32 = 100;

/// Rows that one run removed from a database, and D1's bill for it.
#[derive(Default, Serialize)]
struct Removed {
    sessions: u32,
    /// Entries of the sessions' logs.
    entries: u32,
    contacts: u32,
    idempotency_keys: u32,
    d1: Usage,
}

/// Removes expired data from every database of the deployment. A task that fails is
/// logged, and does not keep the others from running.
pub(super) async fn run(env: &Env) {
    let retention = |name| {
        let setting = env.var(name).map(|days| days.to_string());
        let retention = Retention::parse(name, &setting.unwrap_or_default());
        retention.unwrap_or_else(|problem| {
            console_error!("{problem}");
            None
        })
    };
    let sessions = retention(Retention::OF_SESSIONS);
    let contacts = retention(Retention::OF_CONTACTS);
    let bindings: &Object = env.unchecked_ref();
    for binding in Object::keys(bindings).iter() {
        let binding = String::from(binding.unchecked_into::<JsString>());
        let Ok(database) = env.d1(&binding) else {
            // Another kind of binding.
            continue;
        };
        let cleanup = Cleanup {
            binding: &binding,
            database: database.as_ref().unchecked_ref(),
        };
        let removed = cleanup.run(sessions, contacts).await;
        let removed = serde_json::to_string(&removed).unwrap_or_default();
        console_log!(r#"{{"cleanup":"{binding}","removed":{removed}}}"#);
    }
}

/// The cleanup of one database.
struct Cleanup<'a> {
    binding: &'a str,
    database: &'a D1Database,
}

impl Cleanup<'_> {
    /// Runs each task. Retention is a promise to people, so it comes first; and of
    /// contacts after that of sessions, which may have been their last.
    async fn run(&self, sessions: Option<Retention>, contacts: Option<Retention>) -> Removed {
        let now_ms = now_ms();
        let mut removed = Removed::default();
        if let Some(retention) = sessions {
            let before_ms = retention.before_ms(now_ms);
            let task = CleanupTask::ClosedSessions;
            removed.sessions = self.run_task(task, before_ms, &mut removed).await;
        }
        if let Some(retention) = contacts {
            let before_ms = retention.before_ms(now_ms);
            let task = CleanupTask::ContactsWithoutSession;
            removed.contacts = self.run_task(task, before_ms, &mut removed).await;
        }
        let before_ms = now_ms.saturating_sub(IDEMPOTENCY_KEY_LIFETIME_MS);
        let task = CleanupTask::IdempotencyKeys;
        removed.idempotency_keys = self.run_task(task, before_ms, &mut removed).await;
        removed
    }

    /// Returns how many rows a task removed; its failure is logged.
    async fn run_task(&self, task: CleanupTask, before_ms: u64, removed: &mut Removed) -> u32 {
        let mut rows = 0;
        let result = self.delete(task, before_ms, &mut rows, removed).await;
        if let Err(StorageError(cause)) = result {
            let (binding, task) = (self.binding, task.as_str());
            console_error!("cleanup of {task} in {binding} failed: {cause}");
        }
        rows
    }

    /// Deletes expired rows from the task's position on, to the end of the pass at most.
    async fn delete(
        &self,
        task: CleanupTask,
        before_ms: u64,
        rows: &mut u32,
        removed: &mut Removed,
    ) -> Result<(), StorageError> {
        let timer = Timer::default();
        let d1 = &mut removed.d1;
        let results = self.run_batch(task.find_position(), &timer, d1).await?;
        let mut position = found_position(&results)?;
        for _ in 0..BATCHES_PER_RUN {
            let batch = task.delete(&position, before_ms, ROWS_PER_BATCH, now_ms());
            let results = self.run_batch(batch, &timer, d1).await?;
            let cleaned = task.deleted(&results)?;
            *rows = rows.saturating_add(cleaned.rows);
            removed.entries = removed.entries.saturating_add(cleaned.entries);
            position = cleaned.position;
            if position.is_beginning() {
                break;
            }
            pause().await;
        }
        Ok(())
    }

    async fn run_batch(
        &self,
        batch: Batch,
        timer: &Timer,
        d1: &mut Usage,
    ) -> Result<Vec<StatementResult>, StorageError> {
        let call = batch.run(self.database, bookmark::PRIMARY);
        let response = timer.within(STORAGE_TIMEOUT_MS, call).await;
        let results = response.map_err(|cause| failed(&cause))??.read()?;
        *d1 = d1.plus(Usage::of(&results));
        Ok(results)
    }
}
