//! Lists of sessions in D1: the cost of a page depends on its size only.
//!
//! An id contains the time its session was created, so a list is in the order of ids,
//! and `created_*` is a range of them. Without other filters, that range is the page.
//! Otherwise,
//!
//! - with a status or a channel, an index lists each pair of the two by id: the newest
//!   of each pair are merged;
//! - with `updated_*` or `verified`, and for the own sessions of a contact or a visitor, a
//!   bounded number of sessions is scanned from the newest on. Those that do not match are left out, so a page may
//!   be short;
//! - sessions that changed in a period and were created before it come from an index of
//!   changed sessions, unless so many have changed that a scan is better.
//!
//! Sessions are large or small: a page ends where its answer would be too large, and the
//! database returns no more than that.

use super::batch::{Batch, Row, StatementResult, failed};
use super::page::{self, Listed};
use super::tokens;
use crate::access::token::TokenSubject;
use crate::domain::id::parse_uuid;
use crate::domain::limits::PAGE_MAX_BYTES;
use crate::domain::session::{Channel, Status};
use crate::domain::session_query::{Cursor, SessionFilter, first_id_after};
use crate::storage::{ListSessions, SessionPage, StorageError, TokenError};
use strum::VariantNames;
use uuid::Uuid;

/// Limit of examined sessions, for each session that a page can hold.
const EXAMINED_PER_SESSION: usize = 20;
/// Later than every time: the largest whole number that D1 accepts.
const END_OF_TIME_MS: u64 = (1 << 53) - 1;

const LIST_SESSIONS: &str = include_str!("sql/list_sessions.sql");
const LIST_SESSIONS_BY_STATUS: &str = include_str!("sql/list_sessions_by_status.sql");
const SCAN_SESSIONS: &str = include_str!("sql/scan_sessions.sql");
const SCAN_SESSIONS_OF_CONTACT: &str = include_str!("sql/scan_sessions_of_contact.sql");
const SCAN_SESSIONS_OF_VISITOR: &str = include_str!("sql/scan_sessions_of_visitor.sql");
const LIST_CHANGED_SESSIONS: &str = include_str!("sql/list_changed_sessions.sql");

/// A list to read.
pub(crate) struct SessionList<'a> {
    pub(crate) organization: &'a str,
    pub(crate) command: &'a ListSessions,
}

/// Result of the first round trip of a list.
pub(crate) enum FirstPart {
    /// The page.
    Page(SessionPage),
    /// The beginning of the page. Too many sessions have changed to examine them all:
    /// the rest takes one more scan.
    Beginning(Vec<Listed>),
}

impl SessionList<'_> {
    /// Returns the batch of the first round trip; few lists need a second.
    pub(crate) fn first_batch(&self) -> Batch {
        let (lowest, below) = self.command.query.id_range();
        let filter = self.command.query.filter;
        let mut batch = Batch::default();
        let subject = self.command.subject.as_ref();
        tokens::push_check(&mut batch, self.organization, subject);
        if let Some(contact) = subject.and_then(TokenSubject::contact) {
            self.push(&mut batch, SCAN_SESSIONS_OF_CONTACT, lowest, below);
            batch.id(contact.contact_id).number(PAGE_MAX_BYTES);
        } else if let Some(visitor_id) = tokens::visitor(subject) {
            self.push(&mut batch, SCAN_SESSIONS_OF_VISITOR, lowest, below);
            batch.id(visitor_id).number(PAGE_MAX_BYTES);
        } else if self.is_by_status() {
            self.push_by_status(&mut batch, lowest, below);
        } else if let Some(first_id) = self.first_id_of_period() {
            // Sessions created in the period, and older ones that changed in it.
            self.push(&mut batch, SCAN_SESSIONS, lowest.max(first_id), below);
            batch.number(PAGE_MAX_BYTES);
            self.push(
                &mut batch,
                LIST_CHANGED_SESSIONS,
                lowest,
                below.min(first_id),
            );
            batch.number(PAGE_MAX_BYTES);
        } else if filter.updated.is_open() && filter.verified.is_none() {
            batch
                .statement(LIST_SESSIONS)
                .text(self.organization)
                .id(below)
                .id(lowest)
                .number(self.rows_wanted())
                .number(PAGE_MAX_BYTES);
        } else {
            self.push(&mut batch, SCAN_SESSIONS, lowest, below);
            batch.number(PAGE_MAX_BYTES);
        }
        batch
    }

    /// Returns the result of [`SessionList::first_batch`].
    pub(crate) fn read_first(&self, results: &[StatementResult]) -> Result<FirstPart, TokenError> {
        let results = tokens::checked(results, self.command.subject.as_ref())?;
        let (sessions, examined_to) = Self::read(results.first())?;
        let is_whole = page::fitting(&sessions, self.command.query.page_size) < sessions.len()
            || examined_to.is_some();
        let (false, Some(changed)) = (is_whole, results.get(1)) else {
            return Ok(FirstPart::Page(self.page(sessions, examined_to)));
        };
        let count: usize = changed
            .rows
            .first()
            .map_or(Ok(0), |row| row.number("changed"))?;
        if count > self.examined_max() {
            return Ok(FirstPart::Beginning(sessions));
        }
        let (older, _) = Self::read(Some(changed))?;
        let all = sessions.into_iter().chain(older).collect();
        Ok(FirstPart::Page(self.page(all, None)))
    }

    /// Returns the batch of the second round trip: sessions created before the period.
    pub(crate) fn second_batch(&self) -> Batch {
        let (lowest, below) = self.command.query.id_range();
        let first_id = self.first_id_of_period().unwrap_or(below);
        let mut batch = Batch::default();
        self.push(&mut batch, SCAN_SESSIONS, lowest, below.min(first_id));
        batch.number(PAGE_MAX_BYTES);
        batch
    }

    /// Returns the page: `beginning`, then the result of [`SessionList::second_batch`].
    pub(crate) fn read_second(
        &self,
        beginning: Vec<Listed>,
        results: &[StatementResult],
    ) -> Result<SessionPage, StorageError> {
        let (older, examined_to) = Self::read(results.first())?;
        let all = beginning.into_iter().chain(older).collect();
        Ok(self.page(all, examined_to))
    }

    /// Returns true if the index by status and channel covers the filter.
    fn is_by_status(&self) -> bool {
        let filter = self.command.query.filter;
        (filter.status.is_some() || filter.channel.is_some())
            && filter.updated.is_open()
            && filter.verified.is_none()
    }

    /// Returns the lowest id of a session created after `updated_after`.
    fn first_id_of_period(&self) -> Option<Uuid> {
        self.command
            .query
            .filter
            .updated
            .after_ms
            .map(first_id_after)
    }

    fn push_by_status(&self, batch: &mut Batch, lowest: Uuid, below: Uuid) {
        let filter = self.command.query.filter;
        batch
            .statement(LIST_SESSIONS_BY_STATUS)
            .text(self.organization)
            .text(&names(filter.status.map(Status::as_str), Status::VARIANTS))
            .text(&names(
                filter.channel.map(Channel::as_str),
                Channel::VARIANTS,
            ))
            .id(below)
            .id(lowest)
            .number(self.rows_wanted())
            .number(PAGE_MAX_BYTES);
    }

    /// Adds one of the other statements, with its `?1` to `?10`.
    fn push(&self, batch: &mut Batch, sql: &'static str, lowest: Uuid, below: Uuid) {
        let SessionFilter {
            status,
            channel,
            verified,
            updated,
            ..
        } = self.command.query.filter;
        batch
            .statement(sql)
            .text(self.organization)
            .text_or_null(status.map(Status::as_str))
            .text_or_null(channel.map(Channel::as_str))
            .id(below)
            .id(lowest)
            .number(self.rows_wanted())
            .number_or_null(updated.after_ms)
            .number(updated.before_ms.unwrap_or(END_OF_TIME_MS))
            .number(self.examined_max() as u64)
            .number_or_null(verified.map(u64::from));
    }

    /// Returns one more than the page size; an extra row means that there is another
    /// page.
    fn rows_wanted(&self) -> u64 {
        self.command.query.page_size.saturating_add(1) as u64
    }

    /// Returns the limit of examined sessions for the page.
    fn examined_max(&self) -> usize {
        self.command
            .query
            .page_size
            .saturating_mul(EXAMINED_PER_SESSION)
    }

    /// Reads the sessions of a result, and the last id examined if the limit was
    /// reached.
    fn read(result: Option<&StatementResult>) -> Result<(Vec<Listed>, Option<Uuid>), StorageError> {
        let rows = &result.ok_or_else(|| failed("no result"))?.rows;
        let examined_to = rows
            .first()
            .and_then(|row| row.optional_text("examined_to"));
        // A statement that found nothing returns one row without a session.
        let is_found = |row: &&Row| row.optional_text("id").is_some();
        let sessions = rows.iter().filter(is_found).map(Listed::read);
        Ok((
            sessions.collect::<Result<_, _>>()?,
            examined_to.and_then(parse_uuid),
        ))
    }

    fn page(&self, sessions: Vec<Listed>, examined_to: Option<Uuid>) -> SessionPage {
        let (sessions, next) = page::cut(sessions, self.command.query.page_size);
        SessionPage {
            sessions,
            next: next.or(examined_to.map(Cursor)),
        }
    }
}

/// Returns the one name, or all names, as a JSON array.
fn names(one: Option<&str>, all: &[&str]) -> String {
    let listed = one.map_or_else(|| all.join("\",\""), str::to_owned);
    ["[\"", &listed, "\"]"].concat()
}
