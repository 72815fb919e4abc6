//! Lists of sessions in D1: the cost of a page depends on its size only.
//!
//! An id contains the time its session was created, so a list is in the order of ids,
//! and `created_*` is a range of them. Without other filters, that range is the page.
//! A list by activity is in the order of an index of latest messages. Otherwise,
//!
//! - with a status or a channel, an index lists each pair of the two by id: the newest
//!   of each pair are merged;
//! - with other filters, and for the own sessions of a contact or a visitor, a bounded
//!   number of sessions is scanned from the newest on. Those that do not match are left
//!   out, so a page may be short;
//! - a ticket number has one session, which is read alone;
//! - the sessions of an email are those of its contact: scanned from the newest on, or by
//!   activity the newest of them sorted;
//! - sessions that changed in a period and were created before it come from an index of
//!   changed sessions, unless so many have changed that a scan is better.
//!
//! Sessions are large or small: a page ends where its answer would be too large, and the
//! database returns no more than that.

use super::batch::{Batch, Row, StatementResult, failed};
use super::page::{self, Listed};
use super::tokens;
use crate::access::token::TokenSubject;
use crate::domain::contact::Email;
use crate::domain::entry::{AssigneeKind, Side};
use crate::domain::id::parse_uuid;
use crate::domain::limits::PAGE_MAX_BYTES;
use crate::domain::session::{Channel, Status};
use crate::domain::session_cursor::{Cursor, Sort};
use crate::domain::session_query::{SessionFilter, SessionQuery, first_id_after};
use crate::storage::sessions::{ListSessions, SessionPage};
use crate::storage::{StorageError, TokenError};
use strum::VariantNames;
use uuid::Uuid;

/// Limit of examined sessions, for each session that a page can hold.
const EXAMINED_PER_SESSION: usize = 20;
/// Limit of the sessions of an email that a page by activity sorts: of the verified ones,
/// and of those that strangers opened. So however many these open, they hide no other.
const SORTED_OF_EMAIL: usize = 1000;
/// Later than every time: the largest whole number that D1 accepts.
const END_OF_TIME_MS: u64 = (1 << 53) - 1;

const LIST_SESSIONS: &str = include_str!("sql/list_sessions.sql");
const LIST_SESSIONS_BY_STATUS: &str = include_str!("sql/list_sessions_by_status.sql");
const SCAN_SESSIONS: &str = include_str!("sql/scan_sessions.sql");
const SCAN_SESSIONS_OF_CONTACT: &str = include_str!("sql/scan_sessions_of_contact.sql");
const SCAN_SESSIONS_OF_VISITOR: &str = include_str!("sql/scan_sessions_of_visitor.sql");
const LIST_SESSIONS_BY_ACTIVITY: &str = include_str!("sql/list_sessions_by_activity.sql");
const FIND_SESSION_BY_TICKET_NUMBER: &str = include_str!("sql/find_session_by_ticket_number.sql");
const SCAN_SESSIONS_BY_EMAIL: &str = include_str!("sql/scan_sessions_by_email.sql");
const LIST_SESSIONS_BY_EMAIL_AND_ACTIVITY: &str =
    include_str!("sql/list_sessions_by_email_and_activity.sql");
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
        let filter = &self.command.query.filter;
        let mut batch = Batch::default();
        let subject = self.command.subject.as_ref();
        tokens::push_check(&mut batch, self.organization, subject);
        if let Some(contact) = subject.and_then(TokenSubject::contact) {
            self.push(&mut batch, SCAN_SESSIONS_OF_CONTACT, lowest, below);
            batch.id(contact.contact_id).number(PAGE_MAX_BYTES);
        } else if let Some(visitor_id) = tokens::visitor(subject) {
            self.push(&mut batch, SCAN_SESSIONS_OF_VISITOR, lowest, below);
            batch.id(visitor_id).number(PAGE_MAX_BYTES);
        } else if let Some(ticket_number) = filter.ticket_number {
            batch
                .statement(FIND_SESSION_BY_TICKET_NUMBER)
                .text(self.organization)
                .number(ticket_number);
        } else if let Some(email) = &filter.email {
            self.push_by_email(&mut batch, email, lowest, below);
        } else if self.command.query.sort == Sort::Activity {
            self.push_by_activity(&mut batch, lowest, below);
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
        } else if !self.is_scanned() {
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
        let (sessions, examined_to) = self.read(results.first())?;
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
        let (older, _) = self.read(Some(changed))?;
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
        let (older, examined_to) = self.read(results.first())?;
        let all = beginning.into_iter().chain(older).collect();
        Ok(self.page(all, examined_to))
    }

    /// Returns true if the index by status and channel covers the filter.
    fn is_by_status(&self) -> bool {
        let filter = &self.command.query.filter;
        (filter.status.is_some() || filter.channel.is_some()) && !self.is_scanned()
    }

    /// Returns true if the filter has a part that no index covers.
    fn is_scanned(&self) -> bool {
        let filter = &self.command.query.filter;
        !filter.updated.is_open()
            || filter.verified.is_some()
            || filter.unread.is_some()
            || filter.assignee.is_some()
            || filter.assignee_id.is_some()
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
        let filter = &self.command.query.filter;
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

    fn push_by_email(&self, batch: &mut Batch, email: &Email, lowest: Uuid, below: Uuid) {
        let identity = &email.identity();
        match self.command.query.sort {
            Sort::Created => {
                self.push(batch, SCAN_SESSIONS_BY_EMAIL, lowest, below);
                batch.text(identity);
            }
            Sort::Activity => {
                self.push(batch, LIST_SESSIONS_BY_EMAIL_AND_ACTIVITY, lowest, below);
                batch.text(identity);
                self.push_position(batch);
            }
        }
        batch.number(PAGE_MAX_BYTES);
    }

    fn push_by_activity(&self, batch: &mut Batch, lowest: Uuid, below: Uuid) {
        self.push(batch, LIST_SESSIONS_BY_ACTIVITY, lowest, below);
        self.push_position(batch);
        batch.number(PAGE_MAX_BYTES);
    }

    /// Binds the position of a page by activity: its id and its time.
    fn push_position(&self, batch: &mut Batch) {
        let (time_ms, id) = match self.command.query.cursor {
            Some(Cursor::Activity {
                last_message_at_ms,
                id,
            }) => (last_message_at_ms, id),
            Some(Cursor::Created(_)) | None => (END_OF_TIME_MS, Uuid::max()),
        };
        batch.id(id).number(time_ms);
    }

    /// Adds one of the other statements, with its `?1` to `?13`.
    fn push(&self, batch: &mut Batch, sql: &'static str, lowest: Uuid, below: Uuid) {
        let SessionFilter {
            status,
            channel,
            verified,
            unread,
            assignee,
            assignee_id,
            updated,
            ticket_number: _,
            email: _,
            created: _,
        } = &self.command.query.filter;
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
            .number_or_null(verified.map(u64::from))
            .text_or_null(unread.map(Side::as_str))
            .text_or_null(assignee.map(AssigneeKind::as_str))
            .text_or_null(assignee_id.as_deref());
    }

    /// Returns one more than the page size; an extra row means that there is another
    /// page.
    fn rows_wanted(&self) -> u64 {
        self.command.query.page_size.saturating_add(1) as u64
    }

    /// Returns the limit of examined sessions for the page.
    fn examined_max(&self) -> usize {
        let SessionQuery {
            sort,
            page_size,
            filter,
            ..
        } = &self.command.query;
        if *sort == Sort::Activity && filter.email.is_some() {
            return SORTED_OF_EMAIL;
        }
        let is_index_enough = *sort == Sort::Activity
            && !self.is_scanned()
            && filter.channel.is_none()
            && filter.created.is_open();
        if is_index_enough {
            return page_size.saturating_add(1);
        }
        page_size.saturating_mul(EXAMINED_PER_SESSION)
    }

    /// Reads the sessions of a result, and the position behind the last one examined if the
    /// limit was reached.
    fn read(
        &self,
        result: Option<&StatementResult>,
    ) -> Result<(Vec<Listed>, Option<Cursor>), StorageError> {
        let rows = &result.ok_or_else(|| failed("no result"))?.rows;
        let examined_to = match rows.first() {
            Some(row) => self.read_position(row)?,
            None => None,
        };
        // A statement that found nothing returns one row without a session.
        let is_found = |row: &&Row| row.optional_text("id").is_some();
        let sessions = rows.iter().filter(is_found).map(Listed::read);
        let mut sessions = sessions.collect::<Result<Vec<_>, _>>()?;
        let query = &self.command.query;
        if query.filter.ticket_number.is_some() {
            // The statement knows no other part of the filter.
            sessions.retain(|listed| query.matches(&listed.session));
        }
        Ok((sessions, examined_to))
    }

    fn read_position(&self, row: &Row) -> Result<Option<Cursor>, StorageError> {
        let Some(id) = row.optional_text("examined_to").and_then(parse_uuid) else {
            return Ok(None);
        };
        Ok(Some(match self.command.query.sort {
            Sort::Created => Cursor::Created(id),
            Sort::Activity => Cursor::Activity {
                last_message_at_ms: row.number("examined_to_ms")?,
                id,
            },
        }))
    }

    fn page(&self, sessions: Vec<Listed>, examined_to: Option<Cursor>) -> SessionPage {
        let SessionQuery {
            sort, page_size, ..
        } = self.command.query;
        let (sessions, has_more) = page::cut(sessions, page_size);
        let last = sessions.last().filter(|_| has_more);
        let next = last.and_then(|last| Cursor::behind(last, sort));
        SessionPage {
            next: next.or(examined_to),
            sessions,
        }
    }
}

/// Returns the one name, or all names, as a JSON array.
fn names(one: Option<&str>, all: &[&str]) -> String {
    let listed = one.map_or_else(|| all.join("\",\""), str::to_owned);
    ["[\"", &listed, "\"]"].concat()
}
