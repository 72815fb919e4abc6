//! A batch of D1 statements: one round trip, one transaction.
//!
//! Both the statements and the answer cross as one JSON text: to ask the JS
//! objects member by member costs a call across the wasm boundary for each.

use super::log::Usage;
use super::split::{fields, split_off};
use super::{bookmark, questions};
use crate::id::parse_uuid;
use crate::json::{Json, Number, Object, push_string};
use crate::json_text;
use crate::store::StorageError;
use std::cell::RefCell;
use std::fmt::Display;
use std::str::FromStr;
use uuid::Uuid;
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen(raw_module = "./questions.js")]
extern "C" {
    /// Keeps an SQL text for as long as the isolate lives; gives its number.
    #[wasm_bindgen(js_name = keepSql)]
    fn keep_sql(sql: &str) -> u32;
}

/// Statements to run as one transaction: the question for them, as `questions.js` has
/// it, up to the last value of the last statement.
#[derive(Default)]
pub(super) struct Batch(String);

impl Batch {
    /// Adds a statement. What is added next is bound to its `?1`, `?2` and so on.
    pub(super) fn statement(&mut self, sql: &'static str) -> &mut Self {
        // Those of a create: growing to it from nothing would copy them over and over.
        const USUAL_BYTES: usize = 1200;
        if self.0.is_empty() {
            self.0.reserve(USUAL_BYTES);
            self.0.push_str("batch\n[[");
        } else {
            self.0.push_str("],[");
        }
        push_number(&mut self.0, number_of(sql).into());
        self
    }

    /// Binds a text.
    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        self.0.push(',');
        push_string(&mut self.0, text);
        self
    }

    /// Binds an id, as text.
    pub(super) fn id(&mut self, id: Uuid) -> &mut Self {
        self.text(id.hyphenated().encode_lower(&mut Uuid::encode_buffer()))
    }

    /// Binds a number: D1 takes JS numbers, which hold a time in milliseconds exactly.
    pub(super) fn number(&mut self, number: impl Into<u64>) -> &mut Self {
        self.0.push(',');
        push_number(&mut self.0, number.into());
        self
    }

    /// Binds NULL.
    pub(super) fn null(&mut self) -> &mut Self {
        self.0.push_str(",null");
        self
    }

    /// Binds a text, or NULL.
    pub(super) fn text_or_null(&mut self, text: Option<&str>) -> &mut Self {
        match text {
            Some(text) => self.text(text),
            None => self.null(),
        }
    }

    /// Binds an id, or NULL.
    pub(super) fn id_or_null(&mut self, id: Option<Uuid>) -> &mut Self {
        match id {
            Some(id) => self.id(id),
            None => self.null(),
        }
    }

    /// Binds a number, or NULL.
    pub(super) fn number_or_null(&mut self, number: Option<u64>) -> &mut Self {
        match number {
            Some(number) => self.number(number),
            None => self.null(),
        }
    }

    /// Runs the batch on the database bound as `database`: all of it or nothing.
    /// What it reads is at least as new as `bookmark`, or else as new as it gets.
    pub(super) async fn run(
        mut self,
        database: &str,
        bookmark: Option<&str>,
    ) -> Result<Answer, StorageError> {
        self.0.push_str("],");
        push_string(&mut self.0, database);
        self.text(bookmark.unwrap_or(bookmark::PRIMARY));
        self.0.push(']');
        let answer = questions::run_batch(self.0).await;
        answer.map(Answer).map_err(|cause| failed(&cause))
    }
}

fn push_number(json: &mut String, number: u64) {
    json.push_str(&number.to_string());
}

/// The number that an SQL text has on the other side, where it is kept once it
/// has crossed.
fn number_of(sql: &'static str) -> u32 {
    thread_local! {
        /// The texts and their numbers, a few dozen at most. The other side may
        /// have kept more: it outlives an instance that has panicked.
        static KEPT: RefCell<Vec<(*const u8, u32)>> = RefCell::default();
    }
    let find = |kept: &Vec<(*const u8, u32)>| {
        let known = kept.iter().find(|(text, _)| *text == sql.as_ptr());
        known.map(|(_, number)| *number)
    };
    KEPT.with_borrow(find).unwrap_or_else(|| {
        let number = keep_sql(sql);
        KEPT.with_borrow_mut(|kept| kept.push((sql.as_ptr(), number)));
        number
    })
}

/// D1's answer to a batch: a line with the bookmark, then one for each statement.
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
        let (bookmark, statements) = split_off(&self.0, b'\n');
        let statements = fields(statements, b'\n').map(StatementResult::read);
        Ok(Results {
            statements: statements.collect::<Result<_, _>>()?,
            bookmark: (!bookmark.is_empty()).then(|| bookmark.to_owned()),
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
    /// Reads a line: changes, rows read and rows written, then the rows as JSON text.
    fn read(line: &'a str) -> Result<Self, StorageError> {
        let mut rest = line;
        let mut figure = |name| {
            let (figure, behind) = split_off(rest, b' ');
            rest = behind;
            figure.parse().map_err(|_| unreadable(name))
        };
        Ok(Self {
            changes: figure("changes")?,
            rows_read: figure("rows_read")?,
            rows_written: figure("rows_written")?,
            rows: read_rows(rest)?,
        })
    }
}

fn read_rows(text: &str) -> Result<Vec<Row<'_>>, StorageError> {
    // Most statements only write.
    if text == "[]" {
        return Ok(Vec::new());
    }
    let Ok(Json::Array(rows)) = json_text::stored(text.as_bytes()) else {
        return Err(failed("rows that are no list"));
    };
    let row = |row| match row {
        Json::Object(row) => Ok(Row(row)),
        _ => Err(failed("a row that is no object")),
    };
    rows.into_iter().map(row).collect()
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

    /// A column of ids.
    pub(super) fn id(&self, column: &str) -> Result<Uuid, StorageError> {
        parse_uuid(self.text(column)?).ok_or_else(|| unreadable(column))
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
