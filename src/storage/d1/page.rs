//! Pages of sessions: their number, and what they take in an answer, are limited.

use super::batch::Row;
use super::rows::read_session;
use crate::domain::limits::PAGE_MAX_BYTES;
use crate::domain::session::Session;
use crate::storage::StorageError;

/// A session of a page.
pub(crate) struct Listed {
    pub(super) session: Session,
    /// The most bytes that it takes in an answer.
    answer_bytes: usize,
}

impl Listed {
    /// Reads the columns of a session, and its size.
    pub(super) fn read(row: &Row) -> Result<Self, StorageError> {
        Ok(Self {
            session: read_session(row)?,
            answer_bytes: row.number("answer_bytes")?,
        })
    }
}

/// Returns how many of these sessions a page of at most `page_size` holds. One always
/// fits.
pub(super) fn fitting(sessions: &[Listed], page_size: usize) -> usize {
    let mut bytes = 0_usize;
    let fits = |listed: &&Listed| {
        bytes = bytes.saturating_add(listed.answer_bytes);
        bytes <= PAGE_MAX_BYTES as usize
    };
    let fitting = sessions.iter().take_while(fits).count().max(1);
    fitting.min(page_size)
}

/// Returns the sessions of a page of at most `page_size`, and whether some did not fit.
pub(super) fn cut(mut sessions: Vec<Listed>, page_size: usize) -> (Vec<Session>, bool) {
    let fitting = fitting(&sessions, page_size);
    let has_more = sessions.len() > fitting;
    sessions.truncate(fitting);
    let sessions = sessions.into_iter().map(|listed| listed.session).collect();
    (sessions, has_more)
}
