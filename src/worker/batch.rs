//! A batch of D1 statements: one round trip, one transaction.
//!
//! Both the statements and the answer cross as one JSON text: to ask the JS
//! objects member by member costs a call across the wasm boundary for each.

use super::bookmark;
use super::crossings::{self, Env};
use super::entry::thrown;
use super::log::Usage;
use crate::json::{Json, Number, Object, push_string};
use crate::json_text;
use crate::store::StorageError;
use std::cell::RefCell;
use std::fmt::Display;
use std::str::FromStr;
use uuid::Uuid;

/// Statements to run as one transaction: for each, as JSON text, a list of the
/// number of its SQL and the values to bind.
#[derive(Default)]
pub(super) struct Batch(String);

/// A value to bind, as JSON text.
#[derive(Clone)]
pub(super) struct Value(String);

impl Batch {
    /// Adds a statement; `values` are bound to `?1`, `?2` and so on.
    pub(super) fn push(&mut self, sql: &'static str, values: &[Value]) {
        self.0.push_str(",[");
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
        self,
        env: &Env,
        database: &str,
        bookmark: Option<&str>,
    ) -> Result<Answer, StorageError> {
        let bookmark = bookmark.unwrap_or(bookmark::PRIMARY);
        let (database, bookmark) = (text(database), text(bookmark));
        let all = ["[", &database.0, ",", &bookmark.0, &self.0, "]"].concat();
        let answer = crossings::run_batch(env, &all).await;
        answer.map(Answer).map_err(|error| failed(&thrown(&error)))
    }
}

/// The number that an SQL text has on the other side, where it is kept once it
/// has crossed.
fn number_of(sql: &'static str) -> Value {
    thread_local! {
        /// The texts and their numbers, a few dozen at most. The other side may
        /// have kept more: it outlives an instance that has panicked.
        static KEPT: RefCell<Vec<(*const u8, u32)>> = RefCell::default();
    }
    let find = |kept: &Vec<(*const u8, u32)>| {
        let known = kept.iter().find(|(text, _)| *text == sql.as_ptr());
        known.map(|(_, number)| *number)
    };
    number(KEPT.with_borrow(find).unwrap_or_else(|| {
        let number = crossings::keep_sql(sql);
        KEPT.with_borrow_mut(|kept| kept.push((sql.as_ptr(), number)));
        number
    }))
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

/// D1's answer to a batch, as the JSON text of a list: the bookmark, then one
/// [`StatementResult`] after another.
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
        let Ok(Json::Array(answer)) = json_text::stored(self.0.as_bytes()) else {
            return Err(failed("an answer that is no list"));
        };
        let mut answer = answer.into_iter();
        let bookmark = answer
            .next()
            .as_ref()
            .and_then(Json::as_text)
            .map(str::to_owned);
        let statements = answer
            .map(StatementResult::read)
            .collect::<Result<_, _>>()?;
        Ok(Results {
            statements,
            bookmark,
        })
    }
}

/// What one statement gave: a list of these, in this order.
pub(super) struct StatementResult<'a> {
    pub(super) rows: Vec<Row<'a>>,
    /// How many rows the statement inserted, updated or deleted.
    pub(super) changes: u32,
    rows_read: u32,
    rows_written: u32,
}

impl<'a> StatementResult<'a> {
    fn read(result: Json<'a>) -> Result<Self, StorageError> {
        let Json::Array(result) = result else {
            return Err(failed("a result that is no list"));
        };
        let mut result = result.into_iter();
        let Some(Json::Array(rows)) = result.next() else {
            return Err(failed("a result without rows"));
        };
        let row = |row| match row {
            Json::Object(row) => Ok(Row(row)),
            _ => Err(failed("a row that is no object")),
        };
        let mut figure = |name| match result.next() {
            Some(Json::Number(figure)) => whole(&figure, name),
            _ => Err(unreadable(name)),
        };
        Ok(Self {
            changes: figure("changes")?,
            rows_read: figure("rows_read")?,
            rows_written: figure("rows_written")?,
            rows: rows.into_iter().map(row).collect::<Result<_, _>>()?,
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
            Some(Json::Number(number)) => whole(number, column),
            _ => Err(unreadable(column)),
        }
    }
}

/// The whole number that a column or a figure has.
fn whole<T: FromStr>(number: &Number<'_>, name: &str) -> Result<T, StorageError> {
    number.text.parse().map_err(|_| unreadable(name))
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
