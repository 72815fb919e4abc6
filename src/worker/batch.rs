//! A batch of D1 statements: one round trip, one transaction.
//!
//! The answer is taken over as one JSON text, in one call, and read in Rust:
//! asking the JS objects member by member costs a call across the wasm
//! boundary for each.

use super::bookmark;
use super::deadline::settled;
use super::entry::thrown;
use super::log::Usage;
use crate::json::{Json, Object};
use crate::json_text;
use crate::store::StorageError;
use std::fmt::Display;
use std::str::FromStr;
use uuid::Uuid;
use worker::Env;
use worker::js_sys::{Array, JSON, Reflect};
use worker::wasm_bindgen::{JsCast, JsValue};
use worker::worker_sys::types::{D1Database, D1DatabaseSession};

/// Statements to run as one transaction.
#[derive(Default)]
pub(super) struct Batch(Vec<Statement>);

struct Statement {
    sql: &'static str,
    values: Array,
}

impl Batch {
    /// Adds a statement; `values` are bound to `?1`, `?2` and so on.
    pub(super) fn push(&mut self, sql: &'static str, values: &[JsValue]) {
        let values = values.iter().collect();
        self.0.push(Statement { sql, values });
    }

    /// Runs the batch on the database bound as `binding`: all of it or nothing.
    /// What it reads is at least as new as `bookmark`, or else as new as it gets.
    pub(super) async fn run(
        self,
        env: &Env,
        binding: &str,
        bookmark: Option<&str>,
    ) -> Result<Results, StorageError> {
        self.send(env, binding, bookmark.unwrap_or(bookmark::PRIMARY))
            .await
            .map_err(|error| failed(&thrown(&error)))
    }

    async fn send(self, env: &Env, binding: &str, start: &str) -> Result<Results, JsValue> {
        let database: D1Database = Reflect::get(env, &binding.into())?.unchecked_into();
        let session: D1DatabaseSession = database.with_session(Some(start))?;
        let statements = Array::new();
        for Statement { sql, values } in self.0 {
            statements.push(session.session_prepare(sql)?.bind(values)?.as_ref());
        }
        let results = settled(session.session_batch(statements)?).await?;
        Ok(Results {
            json: JSON::stringify(&results)?.into(),
            bookmark: session.get_bookmark()?,
        })
    }
}

/// A text to bind.
pub(super) fn text(value: &str) -> JsValue {
    JsValue::from_str(value)
}

/// A text to bind, or NULL.
pub(super) fn or_null(value: Option<&str>) -> JsValue {
    value.map_or(JsValue::NULL, JsValue::from_str)
}

/// An id to bind.
pub(super) fn id(value: Uuid) -> JsValue {
    JsValue::from_str(value.hyphenated().encode_lower(&mut Uuid::encode_buffer()))
}

/// An id to bind, or NULL.
pub(super) fn id_or_null(value: Option<Uuid>) -> JsValue {
    value.map_or(JsValue::NULL, id)
}

/// A number to bind: D1 takes JS numbers, which hold a time in milliseconds exactly.
#[allow(clippy::cast_precision_loss)]
pub(super) fn number(value: u64) -> JsValue {
    JsValue::from_f64(value as f64)
}

/// What a batch's statements gave, as JSON text.
pub(super) struct Results {
    json: String,
    /// The state of the database that they saw or made.
    pub(super) bookmark: Option<String>,
}

impl Results {
    /// One entry per statement.
    pub(super) fn read(&self) -> Result<Vec<StatementResult<'_>>, StorageError> {
        match json_text::stored(self.json.as_bytes()) {
            Ok(Json::Array(results)) => results.into_iter().map(StatementResult::read).collect(),
            _ => Err(failed("an answer that is no list of results")),
        }
    }
}

/// What one statement gave.
pub(super) struct StatementResult<'a> {
    pub(super) rows: Vec<Row<'a>>,
    /// How many rows the statement inserted, updated or deleted.
    pub(super) changes: u32,
    rows_read: u32,
    rows_written: u32,
}

impl<'a> StatementResult<'a> {
    fn read(result: Json<'a>) -> Result<Self, StorageError> {
        let mut rows = Vec::new();
        let mut meta = Row(Object::default());
        if let Json::Object(result) = result {
            for (name, value) in result.members {
                match (&*name, value) {
                    ("results", Json::Array(results)) => rows = results,
                    ("meta", Json::Object(object)) => meta = Row(object),
                    _ => {}
                }
            }
        }
        Ok(Self {
            rows: rows
                .into_iter()
                .map(|row| match row {
                    Json::Object(row) => Ok(Row(row)),
                    _ => Err(failed("a row that is no object")),
                })
                .collect::<Result<_, _>>()?,
            changes: meta.number("changes")?,
            rows_read: meta.number("rows_read")?,
            rows_written: meta.number("rows_written")?,
        })
    }
}

/// One row, by the names of its columns.
pub(super) struct Row<'a>(Object<'a>);

impl Row<'_> {
    /// A text column that is never NULL.
    pub(super) fn text(&self, column: &str) -> Result<&str, StorageError> {
        let text = self.optional_text(column);
        text.ok_or_else(|| unreadable(column))
    }

    /// A text column; `None` where it is NULL.
    pub(super) fn optional_text(&self, column: &str) -> Option<&str> {
        self.0.get(column)?.as_text()
    }

    /// A text column that spells a `T`.
    pub(super) fn parsed<T: FromStr>(&self, column: &str) -> Result<T, StorageError> {
        let parsed = self.text(column)?.parse();
        parsed.map_err(|_| unreadable(column))
    }

    /// A column of whole numbers; `None` where it is NULL.
    pub(super) fn optional_number<T: FromStr>(
        &self,
        column: &str,
    ) -> Result<Option<T>, StorageError> {
        match self.0.get(column) {
            Some(Json::Null) => Ok(None),
            _ => self.number(column).map(Some),
        }
    }

    /// A column of whole numbers.
    pub(super) fn number<T: FromStr>(&self, column: &str) -> Result<T, StorageError> {
        match self.0.get(column) {
            Some(Json::Number(number)) => number.text.parse().map_err(|_| unreadable(column)),
            _ => Err(unreadable(column)),
        }
    }
}

/// What D1 bills for the statements, together.
pub(super) fn usage(results: &[StatementResult<'_>]) -> Usage {
    let mut usage = Usage {
        round_trips: 1,
        ..Usage::default()
    };
    for result in results {
        usage.rows_read = usage.rows_read.saturating_add(result.rows_read);
        usage.rows_written = usage.rows_written.saturating_add(result.rows_written);
    }
    usage
}

/// A failure of D1, or of what it stores.
pub(super) fn failed(cause: &str) -> StorageError {
    StorageError(["D1: ", cause].concat())
}

fn unreadable(column: impl Display) -> StorageError {
    failed(&format!("column {column} is missing or unreadable"))
}
