//! A batch of D1 statements: one round trip, one transaction.
//!
//! The values of all statements cross to JavaScript as one JSON text, and the results
//! return as one: a call across the boundary for each value would cost more.

use crate::domain::id::parse_uuid;
use crate::storage::StorageError;
use crate::storage::js::{js_string, message};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use std::str::FromStr;
use uuid::Uuid;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use worker::js_sys::{Array, JSON, JsString};
use worker::worker_sys::types::{D1Database, D1PreparedStatement};

#[wasm_bindgen]
extern "C" {
    /// A D1 session that takes SQL as a JavaScript string.
    type D1Session;

    #[wasm_bindgen(method, catch)]
    fn prepare(this: &D1Session, sql: &JsString) -> Result<D1PreparedStatement, JsValue>;
}

/// Statements to run as one transaction, each with the values bound to it.
#[derive(Default)]
pub(crate) struct Batch {
    statements: Vec<&'static str>,
    values: Vec<Vec<Value>>,
}

/// A value that D1 binds.
#[derive(Serialize)]
#[serde(untagged)]
enum Value {
    Null,
    Text(String),
    /// D1 takes JavaScript numbers, which hold a time in milliseconds exactly.
    Number(u64),
}

impl Batch {
    /// Adds a statement. The values added next are bound to its `?1`, `?2` and so on.
    pub(crate) fn statement(&mut self, sql: &'static str) -> &mut Self {
        self.statements.push(sql);
        self.values.push(Vec::new());
        self
    }

    fn bind(&mut self, value: Value) -> &mut Self {
        if let Some(values) = self.values.last_mut() {
            values.push(value);
        }
        self
    }

    /// Binds a text.
    pub(crate) fn text(&mut self, text: &str) -> &mut Self {
        self.bind(Value::Text(text.to_owned()))
    }

    /// Binds an id, as text.
    pub(crate) fn id(&mut self, id: Uuid) -> &mut Self {
        self.bind(Value::Text(id.to_string()))
    }

    /// Binds a number.
    pub(crate) fn number(&mut self, number: impl Into<u64>) -> &mut Self {
        self.bind(Value::Number(number.into()))
    }

    /// Binds NULL.
    pub(crate) fn null(&mut self) -> &mut Self {
        self.bind(Value::Null)
    }

    /// Binds a text, or NULL.
    pub(crate) fn text_or_null(&mut self, text: Option<&str>) -> &mut Self {
        match text {
            Some(text) => self.text(text),
            None => self.null(),
        }
    }

    /// Binds an id, or NULL.
    pub(crate) fn id_or_null(&mut self, id: Option<Uuid>) -> &mut Self {
        match id {
            Some(id) => self.id(id),
            None => self.null(),
        }
    }

    /// Binds a number, or NULL.
    pub(crate) fn number_or_null(&mut self, number: Option<u64>) -> &mut Self {
        match number {
            Some(number) => self.number(number),
            None => self.null(),
        }
    }

    /// Runs the batch: all of it or nothing. Reads are at least as new as `bookmark`,
    /// which is one of D1's or a constraint such as [`super::bookmark::PRIMARY`].
    pub(crate) async fn run(
        self,
        database: &D1Database,
        bookmark: &str,
    ) -> Result<BatchResponse, StorageError> {
        self.run_on(database, bookmark)
            .await
            .map_err(|error| failed(&message(&error)))
    }

    /// Uses the types below `worker::D1Database`, which bind value by value and panic
    /// where `prepare` throws.
    async fn run_on(self, database: &D1Database, bookmark: &str) -> Result<BatchResponse, JsValue> {
        let session = database.with_session(Some(bookmark))?;
        let values = serde_json::to_string(&self.values).unwrap_or_default();
        let values: Array = JSON::parse(&values)?.unchecked_into();
        let statements = Array::new();
        for (sql, values) in self.statements.into_iter().zip(values.iter()) {
            let preparing: &D1Session = session.unchecked_ref();
            let statement = preparing.prepare(js_string(sql))?;
            statements.push(&statement.bind(values.unchecked_into())?.into());
        }
        let results = JsFuture::from(session.session_batch(statements)?).await?;
        Ok(BatchResponse {
            results: JSON::stringify(&results)?.into(),
            bookmark: session.get_bookmark()?,
        })
    }
}

/// D1's response to a batch.
pub(crate) struct BatchResponse {
    /// A list with a result for each statement, as JSON text.
    results: String,
    /// The state of the database that the batch read or made.
    pub(crate) bookmark: Option<String>,
}

impl BatchResponse {
    /// Returns the result of each statement.
    pub(crate) fn read(&self) -> Result<Vec<StatementResult>, StorageError> {
        serde_json::from_str(&self.results).map_err(|error| failed(&error.to_string()))
    }
}

/// The result of one statement.
#[derive(Deserialize)]
pub(crate) struct StatementResult {
    #[serde(rename = "results")]
    pub(super) rows: Vec<Row>,
    pub(super) meta: Meta,
}

/// D1's metadata of a statement's result.
#[derive(Deserialize)]
pub(super) struct Meta {
    changes: u32,
    /// Rows read, as billed.
    pub(super) rows_read: u32,
    /// Rows written, index entries included, as billed.
    pub(super) rows_written: u32,
}

impl StatementResult {
    /// Returns how many rows the statement inserted, updated or deleted.
    pub(crate) fn changes(&self) -> u32 {
        self.meta.changes
    }
}

/// One row, by the names of its columns.
#[derive(Deserialize)]
#[serde(transparent)]
pub(crate) struct Row(Map<String, Json>);

impl Row {
    /// Reads a text column that is never NULL.
    pub(crate) fn text(&self, column: &str) -> Result<&str, StorageError> {
        let text = self.optional_text(column);
        text.ok_or_else(|| unreadable(column))
    }

    /// Reads a text column; `None` where it is NULL.
    pub(crate) fn optional_text(&self, column: &str) -> Option<&str> {
        self.0.get(column)?.as_str()
    }

    /// Reads a column of ids.
    pub(crate) fn id(&self, column: &str) -> Result<Uuid, StorageError> {
        parse_uuid(self.text(column)?).ok_or_else(|| unreadable(column))
    }

    /// Reads a text column that spells a `T`.
    pub(crate) fn parsed<T: FromStr>(&self, column: &str) -> Result<T, StorageError> {
        let parsed = self.text(column)?.parse();
        parsed.map_err(|_| unreadable(column))
    }

    /// Reads a column of whole numbers; `None` where it is NULL.
    pub(crate) fn optional_number<T: TryFrom<u64>>(
        &self,
        column: &str,
    ) -> Result<Option<T>, StorageError> {
        match self.0.get(column) {
            Some(Json::Null) => Ok(None),
            _ => self.number(column).map(Some),
        }
    }

    /// Reads a column of whole numbers.
    pub(crate) fn number<T: TryFrom<u64>>(&self, column: &str) -> Result<T, StorageError> {
        let number = self.0.get(column).and_then(Json::as_u64);
        number
            .and_then(|number| T::try_from(number).ok())
            .ok_or_else(|| unreadable(column))
    }
}

/// Returns the error for a failure of D1, or for stored data that cannot be read.
pub(crate) fn failed(cause: &str) -> StorageError {
    StorageError(format!("D1: {cause}"))
}

fn unreadable(column: &str) -> StorageError {
    failed(&format!("column {column} is missing or unreadable"))
}
