//! A batch of D1 statements: one round trip, one transaction.
//!
//! Both the statements and the answer cross as one JSON text: to ask the JS
//! objects member by member costs a call across the wasm boundary for each.

use super::bookmark;
use super::crossings::{self, Bindings};
use super::entry::thrown;
use super::log::Usage;
use crate::json::{Json, Object, push_string};
use crate::json_text;
use crate::store::StorageError;
use std::cell::RefCell;
use std::fmt::Display;
use std::str::FromStr;
use uuid::Uuid;

/// Statements to run as one transaction, as the JSON text of a list: the number
/// of an SQL text and the values to bind, for each.
#[derive(Default)]
pub(super) struct Batch(String);

/// A value to bind, as JSON text.
#[derive(Clone)]
pub(super) struct Value(String);

impl Batch {
    /// Adds a statement; `values` are bound to `?1`, `?2` and so on.
    pub(super) fn push(&mut self, sql: &'static str, values: &[Value]) {
        self.0.push(if self.0.is_empty() { '[' } else { ',' });
        self.0.push('[');
        self.0.push_str(&number_of(sql).0);
        for Value(value) in values {
            self.0.push(',');
            self.0.push_str(value);
        }
        self.0.push(']');
    }

    /// Runs the batch on the database bound as `database`: all of it or nothing.
    /// What it reads is at least as new as `bookmark`, or else as new as it gets.
    pub(super) async fn run(
        mut self,
        bindings: &Bindings,
        database: &str,
        bookmark: Option<&str>,
    ) -> Result<Answer, StorageError> {
        self.0.push(']');
        let start = bookmark.unwrap_or(bookmark::PRIMARY);
        let answer = bindings.run_batch(database, start, &self.0).await;
        answer.map(Answer).map_err(|error| failed(&thrown(&error)))
    }
}

/// The number that an SQL text has on the other side, where it is kept once it
/// has crossed.
fn number_of(sql: &'static str) -> Value {
    thread_local! {
        /// By their numbers; a few dozen at most.
        static KEPT: RefCell<Vec<*const u8>> = RefCell::default();
    }
    KEPT.with_borrow_mut(|kept| {
        let known = kept.iter().position(|text| *text == sql.as_ptr());
        let number_of = || {
            kept.push(sql.as_ptr());
            u64::from(crossings::keep_sql(sql))
        };
        number(known.map_or_else(number_of, |at| at as u64))
    })
}

/// NULL.
pub(super) fn null() -> Value {
    Value("null".to_owned())
}

/// A text to bind.
pub(super) fn text(value: &str) -> Value {
    let mut json = String::with_capacity(value.len().saturating_add(2));
    push_string(&mut json, value);
    Value(json)
}

/// A text to bind, or NULL.
pub(super) fn or_null(value: Option<&str>) -> Value {
    value.map_or_else(null, text)
}

/// An id to bind.
pub(super) fn id(value: Uuid) -> Value {
    text(value.hyphenated().encode_lower(&mut Uuid::encode_buffer()))
}

/// An id to bind, or NULL.
pub(super) fn id_or_null(value: Option<Uuid>) -> Value {
    value.map_or_else(null, id)
}

/// A number to bind: D1 takes JS numbers, which hold a time in milliseconds exactly.
pub(super) fn number(value: impl Into<u64>) -> Value {
    Value(value.into().to_string())
}

/// D1's answer to a batch, as JSON text.
pub(super) struct Answer(String);

/// What a batch's statements gave.
pub(super) struct Results<'a> {
    /// One entry per statement.
    pub(super) statements: Vec<StatementResult<'a>>,
    /// The state of the database that they saw or made.
    pub(super) bookmark: Option<String>,
}

impl Answer {
    /// Reads the answer.
    pub(super) fn read(&self) -> Result<Results<'_>, StorageError> {
        let Ok(Json::Object(answer)) = json_text::stored(self.0.as_bytes()) else {
            return Err(failed("an answer that is no object"));
        };
        let bookmark = answer.get("bookmark").and_then(Json::as_text);
        let bookmark = bookmark.map(str::to_owned);
        let results = answer
            .members
            .into_iter()
            .find_map(|(name, value)| match value {
                Json::Array(results) if name == "results" => Some(results),
                _ => None,
            });
        let results = results.ok_or_else(|| failed("an answer without results"))?;
        Ok(Results {
            statements: results
                .into_iter()
                .map(StatementResult::read)
                .collect::<Result<_, _>>()?,
            bookmark,
        })
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
