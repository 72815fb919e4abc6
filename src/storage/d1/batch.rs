//! A batch of D1 statements: one round trip, one transaction.

use crate::domain::id::parse_uuid;
use crate::storage::StorageError;
use crate::storage::js::{js_string, message};
use serde::Deserialize;
use serde_json::{Map, Value};
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
    statements: Vec<(&'static str, Array)>,
    /// The place of the statement that puts events into the outbox.
    telling: Option<usize>,
}

impl Batch {
    /// Adds a statement. The values added next are bound to its `?1`, `?2` and so on.
    pub(crate) fn statement(&mut self, sql: &'static str) -> &mut Self {
        self.statements.push((sql, Array::new()));
        self
    }

    /// Adds the statement that puts events into the outbox. Its result is not among those
    /// that the batch's reader gets.
    pub(crate) fn telling(&mut self, sql: &'static str) -> &mut Self {
        self.telling = Some(self.statements.len());
        self.statement(sql)
    }

    /// Takes the result of the statement that puts events into the outbox out of the others.
    pub(crate) fn take_told(
        telling: Option<usize>,
        results: &mut Vec<StatementResult>,
    ) -> Option<StatementResult> {
        let index = telling.filter(|index| *index < results.len())?;
        Some(results.remove(index))
    }

    /// Returns the place of the statement that puts events into the outbox.
    pub(crate) fn place_of_telling(&self) -> Option<usize> {
        self.telling
    }

    fn bind(&mut self, value: &JsValue) -> &mut Self {
        if let Some((_, values)) = self.statements.last() {
            values.push(value);
        }
        self
    }

    /// Binds a text.
    pub(crate) fn text(&mut self, text: &str) -> &mut Self {
        self.bind(&text.into())
    }

    /// Binds an id, as text.
    pub(crate) fn id(&mut self, id: Uuid) -> &mut Self {
        self.text(id.hyphenated().encode_lower(&mut Uuid::encode_buffer()))
    }

    /// Binds a number. D1 takes JavaScript's, which hold a time in milliseconds exactly.
    #[expect(
        clippy::cast_precision_loss,
        reason = "times and limits are below 2^53"
    )]
    pub(crate) fn number(&mut self, number: impl Into<u64>) -> &mut Self {
        self.bind(&(number.into() as f64).into())
    }

    /// Binds NULL.
    pub(crate) fn null(&mut self) -> &mut Self {
        self.bind(&JsValue::NULL)
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

    /// Uses the types below `worker::D1Database`, which panics where `prepare` throws.
    async fn run_on(self, database: &D1Database, bookmark: &str) -> Result<BatchResponse, JsValue> {
        let session = database.with_session(Some(bookmark))?;
        let preparing: &D1Session = session.unchecked_ref();
        let statements = Array::new();
        for (sql, values) in self.statements {
            let statement = preparing.prepare(js_string(sql))?;
            statements.push(&statement.bind(values)?.into());
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
pub(crate) struct Row(Map<String, Value>);

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
            Some(Value::Null) => Ok(None),
            _ => self.number(column).map(Some),
        }
    }

    /// Reads a column of whole numbers.
    pub(crate) fn number<T: TryFrom<u64>>(&self, column: &str) -> Result<T, StorageError> {
        let number = self.0.get(column).and_then(Value::as_u64);
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
