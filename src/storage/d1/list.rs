//! Lists of sessions in D1: the cost of a page depends on its size only.
//!
//! An id contains the time its session was created, so a list is in the order of ids,
//! and `created_*` is a range of them. Without other filters, that range is the page.
//! Otherwise,
//!
//! - with a status or a channel, an index lists each pair of the two by id: the newest
//!   of each pair are merged;
//! - with `updated_*`, and for a contact's own sessions, a bounded number of sessions
//!   is walked from the newest on. Those that do not match are left out, so a page may
//!   be short;
//! - sessions that changed in a period and were created before it come from an index of
//!   changed sessions, unless so many have changed that walking is better.

use super::batch::{Batch, Row, StatementResult, failed};
use super::rows::{read_session, session_columns};
use crate::id::parse_uuid;
use crate::session::{Channel, Session, Status};
use crate::session_list::{Cursor, SessionFilter, first_id_after};
use crate::store::{ListSessions, SessionPage, StorageError};
use strum::VariantNames;
use uuid::Uuid;

/// Limit of examined sessions, for each session that a page can hold.
const LOOKS_PER_SESSION: usize = 20;
/// Later than every time: the largest whole number that D1 accepts.
const END_OF_TIME_MS: u64 = (1 << 53) - 1;

/// The newest `?4` sessions with ids from `?3` to below `?2`.
const LIST_ALL: &str = concat!(
    "SELECT NULL AS looked_at_to, ",
    session_columns!(),
    " FROM sessions AS s
       LEFT JOIN contacts AS c ON c.organization = s.organization AND c.id = s.contact_id
     WHERE s.organization = ?1 AND s.id < ?2 AND s.id >= ?3 ORDER BY s.id DESC LIMIT ?4"
);

/// The newest `?6` sessions whose status is in `?2` and whose channel is in
/// `?3`, both JSON arrays, with ids from `?5` to below `?4`.
///
/// `CROSS JOIN` fixes the order of the joins: for each pair, its newest sessions.
const LIST_BY_STATUS: &str = concat!(
    "WITH page (id) AS (
       SELECT listed.id
       FROM json_each(?2) AS status CROSS JOIN json_each(?3) AS channel
         CROSS JOIN sessions AS listed
       WHERE listed.organization = ?1 AND listed.status = status.value
         AND listed.channel = channel.value AND listed.id IN (
           SELECT id FROM sessions
           WHERE organization = ?1 AND status = status.value AND channel = channel.value
             AND id < ?4 AND id >= ?5
           ORDER BY id DESC LIMIT ?6)
       ORDER BY listed.id DESC LIMIT ?6)
     SELECT NULL AS looked_at_to, ",
    session_columns!(),
    " FROM page CROSS JOIN sessions AS s ON s.organization = ?1 AND s.id = page.id
       LEFT JOIN contacts AS c ON c.organization = s.organization AND c.id = s.contact_id
     ORDER BY s.id DESC"
);

/// True if a session has the status `?2` and the channel `?3`, where they are
/// not NULL, and was last changed between `?7` and `?8`.
macro_rules! matches {
    () => {
        "(?2 IS NULL OR status = ?2) AND (?3 IS NULL OR channel = ?3)
         AND (?7 IS NULL OR updated_at_ms > ?7) AND updated_at_ms < ?8"
    };
}

/// The newest `?6` that match among the newest `?9` of `$sessions`, with ids from `?5`
/// to below `?4`. `looked_at_to` is the last of the `?9`, if the page is short and
/// there are that many.
macro_rules! walk {
    ($sessions:literal) => {
        concat!(
            "WITH page (id) AS MATERIALIZED (
               SELECT id FROM (
                 SELECT id, status, channel, updated_at_ms FROM ",
            $sessions,
            " AND id < ?4 AND id >= ?5 ORDER BY id DESC LIMIT ?9)
               WHERE ",
            matches!(),
            " ORDER BY id DESC LIMIT ?6),
             look (looked_at_to) AS (
               SELECT iif((SELECT count(*) FROM page) < ?6,
                 (SELECT id FROM ",
            $sessions,
            " AND id < ?4 AND id >= ?5 ORDER BY id DESC LIMIT 1 OFFSET ?9 - 1), NULL))
             SELECT looked_at_to, ",
            session_columns!(),
            " FROM look LEFT JOIN page ON TRUE
               LEFT JOIN sessions AS s ON s.organization = ?1 AND s.id = page.id
               LEFT JOIN contacts AS c ON c.organization = s.organization AND c.id = s.contact_id
             ORDER BY s.id DESC"
        )
    };
}

/// Walks an organization's sessions.
const WALK: &str = walk!("sessions WHERE organization = ?1");

/// Walks the sessions of the contact with the id `?10`.
const WALK_CONTACT: &str =
    walk!("sessions INDEXED BY sessions_by_contact WHERE organization = ?1 AND contact_id = ?10");

/// The newest `?6` that match, with ids from `?5` to below `?4`, among those that
/// changed between `?7` and `?8`. `changed` is the number of these, at most one more
/// than `?9`: then there may be others.
const LIST_CHANGED: &str = concat!(
    "WITH changed (id) AS MATERIALIZED (
       SELECT id FROM sessions
       WHERE organization = ?1 AND updated_at_ms > ?7 AND updated_at_ms < ?8
         AND updated_at_ms > created_at_ms
       LIMIT ?9 + 1),
     page (id) AS (
       SELECT id FROM changed CROSS JOIN sessions USING (id)
       WHERE organization = ?1 AND id < ?4 AND id >= ?5 AND ",
    matches!(),
    " ORDER BY id DESC LIMIT ?6)
     SELECT (SELECT count(*) FROM changed) AS changed, ",
    session_columns!(),
    " FROM (SELECT 1) LEFT JOIN page ON TRUE
       LEFT JOIN sessions AS s ON s.organization = ?1 AND s.id = page.id
       LEFT JOIN contacts AS c ON c.organization = s.organization AND c.id = s.contact_id
     ORDER BY s.id DESC"
);

/// A list to read.
pub(crate) struct Search<'a> {
    pub(crate) organization: &'a str,
    pub(crate) list: &'a ListSessions,
}

/// Result of the first round trip of a search.
pub(crate) enum Found {
    /// The page.
    Page(SessionPage),
    /// The beginning of the page. Too many sessions have changed to examine them all:
    /// the rest takes one more walk.
    Beginning(Vec<Session>),
}

impl Search<'_> {
    /// Returns the batch of the first round trip; few searches need a second.
    pub(crate) fn begin(&self) -> Batch {
        let (lowest, below) = self.list.query.id_range();
        let mut batch = Batch::default();
        if let Some(contact) = self.list.contact {
            self.push(&mut batch, WALK_CONTACT, lowest, below);
            batch.id(contact);
        } else if self.is_by_status() {
            self.push_by_status(&mut batch, lowest, below);
        } else if let Some(first_id) = self.first_id_of_period() {
            // Sessions created in the period, and older ones that changed in it.
            self.push(&mut batch, WALK, lowest.max(first_id), below);
            self.push(&mut batch, LIST_CHANGED, lowest, below.min(first_id));
        } else if self.list.query.filter.updated.is_open() {
            batch
                .statement(LIST_ALL)
                .text(self.organization)
                .id(below)
                .id(lowest)
                .number(self.rows_wanted());
        } else {
            self.push(&mut batch, WALK, lowest, below);
        }
        batch
    }

    /// Returns the result of [`Search::begin`].
    pub(crate) fn found(&self, results: &[StatementResult]) -> Result<Found, StorageError> {
        let (sessions, looked_at_to) = Self::read(results.first())?;
        let is_whole = sessions.len() > self.list.query.page_size || looked_at_to.is_some();
        let (false, Some(changed)) = (is_whole, results.get(1)) else {
            return Ok(Found::Page(self.page(sessions, looked_at_to)));
        };
        let count: usize = changed
            .rows
            .first()
            .map_or(Ok(0), |row| row.number("changed"))?;
        if count > self.looks_max() {
            return Ok(Found::Beginning(sessions));
        }
        let (older, _) = Self::read(Some(changed))?;
        let all = sessions.into_iter().chain(older).collect();
        Ok(Found::Page(self.page(all, None)))
    }

    /// Returns the batch of the second round trip: sessions created before the period.
    pub(crate) fn go_on(&self) -> Batch {
        let (lowest, below) = self.list.query.id_range();
        let first_id = self.first_id_of_period().unwrap_or(below);
        let mut batch = Batch::default();
        self.push(&mut batch, WALK, lowest, below.min(first_id));
        batch
    }

    /// Returns the page: `beginning`, then the result of [`Search::go_on`].
    pub(crate) fn found_rest(
        &self,
        beginning: Vec<Session>,
        results: &[StatementResult],
    ) -> Result<SessionPage, StorageError> {
        let (older, looked_at_to) = Self::read(results.first())?;
        let all = beginning.into_iter().chain(older).collect();
        Ok(self.page(all, looked_at_to))
    }

    /// Returns true if the index by status and channel covers the filter.
    fn is_by_status(&self) -> bool {
        let filter = self.list.query.filter;
        (filter.status.is_some() || filter.channel.is_some()) && filter.updated.is_open()
    }

    /// Returns the lowest id of a session created after `updated_after`.
    fn first_id_of_period(&self) -> Option<Uuid> {
        self.list.query.filter.updated.after_ms.map(first_id_after)
    }

    fn push_by_status(&self, batch: &mut Batch, lowest: Uuid, below: Uuid) {
        let filter = self.list.query.filter;
        batch
            .statement(LIST_BY_STATUS)
            .text(self.organization)
            .text(&names(filter.status.map(Status::as_str), Status::VARIANTS))
            .text(&names(
                filter.channel.map(Channel::as_str),
                Channel::VARIANTS,
            ))
            .id(below)
            .id(lowest)
            .number(self.rows_wanted());
    }

    /// Adds one of the other statements, with its `?1` to `?9`.
    fn push(&self, batch: &mut Batch, sql: &'static str, lowest: Uuid, below: Uuid) {
        let SessionFilter {
            status,
            channel,
            updated,
            ..
        } = self.list.query.filter;
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
            .number(self.looks_max() as u64);
    }

    /// Returns one more than the page size; an extra row means that there is another
    /// page.
    fn rows_wanted(&self) -> u64 {
        self.list.query.page_size.saturating_add(1) as u64
    }

    /// Returns the limit of examined sessions for the page.
    fn looks_max(&self) -> usize {
        self.list.query.page_size.saturating_mul(LOOKS_PER_SESSION)
    }

    /// Reads the sessions of a result, and the last id examined if the limit was
    /// reached.
    fn read(
        result: Option<&StatementResult>,
    ) -> Result<(Vec<Session>, Option<Uuid>), StorageError> {
        let rows = &result.ok_or_else(|| failed("no result"))?.rows;
        let looked_at_to = rows
            .first()
            .and_then(|row| row.optional_text("looked_at_to"));
        // A statement that found nothing returns one row without a session.
        let is_found = |row: &&Row| row.optional_text("id").is_some();
        let sessions = rows.iter().filter(is_found).map(read_session);
        Ok((
            sessions.collect::<Result<_, _>>()?,
            looked_at_to.and_then(parse_uuid),
        ))
    }

    fn page(&self, mut sessions: Vec<Session>, looked_at_to: Option<Uuid>) -> SessionPage {
        let has_more = sessions.len() > self.list.query.page_size;
        sessions.truncate(self.list.query.page_size);
        let last = sessions.last().filter(|_| has_more);
        let next = last.map_or(looked_at_to, |last| Some(last.id));
        SessionPage {
            sessions,
            next: next.map(Cursor),
        }
    }
}

/// Returns the one name, or all names, as a JSON array.
fn names(one: Option<&str>, all: &[&str]) -> String {
    let listed = one.map_or_else(|| all.join("\",\""), str::to_owned);
    ["[\"", &listed, "\"]"].concat()
}
