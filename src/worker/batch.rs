//! A batch of D1 statements: one round trip, one transaction.
//!
//! The answer is taken over as one JSON text, in one call, and read in Rust:
//! asking the JS objects member by member costs a call across the wasm
//! boundary for each.

use super::log::Usage;
use crate::store::StorageError;
use serde::Deserialize;
use std::fmt::Display;
use worker::Env;
use worker::js_sys::{Array, JSON};
use worker::wasm_bindgen::{JsCast, JsValue};
use worker::wasm_bindgen_futures::JsFuture;
use worker::worker_sys::types::D1Database;

/// Statements to run as one transaction.
#[derive(Default)]
pub(super) struct Batch(Vec<Statement>);

struct Statement {
    sql: &'static str,
    values: Array,
}

/// The JSON text of what a batch's statements gave.
pub(super) struct Results(String);

/// What one statement gave, its rows read as `R`.
#[derive(Deserialize)]
#[serde(bound = "R: Deserialize<'de>")]
pub(super) struct StatementResult<R> {
    #[serde(rename = "results")]
    pub(super) rows: Vec<R>,
    pub(super) meta: Meta,
}

/// D1's own account of a statement.
#[derive(Deserialize)]
pub(super) struct Meta {
    pub(super) changes: usize,
    rows_read: usize,
    rows_written: usize,
}

impl Batch {
    /// Adds a statement; `values` are bound to `?1`, `?2` and so on.
    pub(super) fn push(&mut self, sql: &'static str, values: &[JsValue]) {
        let values = values.iter().collect();
        self.0.push(Statement { sql, values });
    }

    /// Runs the batch on the database bound as `binding`: all of it or nothing.
    pub(super) async fn run(self, env: &Env, binding: &str) -> Result<Results, StorageError> {
        let database: D1Database = JsValue::from(env.d1(binding).map_err(failed)?).unchecked_into();
        let statements = Array::new();
        for Statement { sql, values } in self.0 {
            let statement = database.prepare(sql).map_err(thrown)?;
            let statement = statement.bind(values).map_err(thrown)?;
            statements.push(statement.as_ref());
        }
        let results = JsFuture::from(database.batch(statements).map_err(thrown)?)
            .await
            .map_err(thrown)?;
        Ok(Results(JSON::stringify(&results).map_err(thrown)?.into()))
    }
}

impl Results {
    /// One entry per statement.
    pub(super) fn read<'de, R: Deserialize<'de>>(
        &'de self,
    ) -> Result<Vec<StatementResult<R>>, StorageError> {
        serde_json::from_str(&self.0).map_err(failed)
    }
}

/// What D1 bills for the statements, together.
pub(super) fn usage<R>(results: &[StatementResult<R>]) -> Usage {
    let mut usage = Usage {
        round_trips: 1,
        ..Usage::default()
    };
    for result in results {
        usage.rows_read = usage.rows_read.saturating_add(result.meta.rows_read);
        usage.rows_written = usage.rows_written.saturating_add(result.meta.rows_written);
    }
    usage
}

/// A failure of D1, or of what it stores.
pub(super) fn failed(cause: impl Display) -> StorageError {
    StorageError(format!("D1: {cause}"))
}

/// A failure that JS threw.
fn thrown(error: JsValue) -> StorageError {
    failed(worker::Error::from(error))
}
