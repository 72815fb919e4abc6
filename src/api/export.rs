//! A page of an export: sessions with their histories, up to a number and a size.

use super::log_shapes::{EntryBody, SessionContact};
use super::shapes::{ContactRecordBody, SessionBody};
use crate::domain::contact::Contact;
use crate::domain::entry::Entry;
use crate::domain::export_query::ExportCursor;
use crate::domain::limits::PAGE_MAX_BYTES;
use crate::domain::session::Session;
use crate::error::Error;
use crate::storage::contacts::{ContactExport, ExportContact};
use serde::Serialize;
use serde_json::value::RawValue;
use std::iter::Peekable;
use std::slice::Iter;
use uuid::Uuid;

/// All stored data of a person, as the export returns it, a page at a time.
#[derive(Debug, Serialize)]
pub(super) struct ExportBody<'a> {
    contact: ContactRecordBody<'a>,
    sessions: Vec<ExportedSessionBody<'a>>,
    next: Option<String>,
}

#[derive(Debug, Serialize)]
struct ExportedSessionBody<'a> {
    #[serde(flatten)]
    session: SessionBody<'a>,
    /// The contact's name as an unverified caller of the session gave it.
    #[serde(skip_serializing_if = "Option::is_none")]
    non_verified_name: Option<&'a str>,
    /// Its entries, the oldest first; the next page continues where it breaks off.
    history: Vec<Box<RawValue>>,
}

impl<'a> ExportBody<'a> {
    /// Returns the page that `request` asks for.
    ///
    /// # Errors
    /// [`Error::InternalError`] when stored attributes or attachments are damaged.
    pub(super) fn new(export: &'a ContactExport, request: &ExportContact) -> Result<Self, Error> {
        let mut page = Page {
            contact: &export.contact.contact,
            entries: export.entries.iter().peekable(),
            room: request.entries,
            bytes: 0,
        };
        let mut sessions = Vec::with_capacity(export.sessions.len());
        let mut next = export.next.map(|session_id| ExportCursor {
            session_id,
            seq: None,
        });
        for session in &export.sessions {
            let after = ExportCursor::seq_in(request.cursor, session.id);
            let (history, cut) = page.history(session, after)?;
            sessions.push(ExportedSessionBody {
                session: SessionBody::try_from(session)?,
                non_verified_name: session.given_name.as_deref(),
                history,
            });
            if let Some(seq) = cut {
                next = Some(ExportCursor {
                    session_id: session.id,
                    seq: Some(seq),
                });
                break;
            }
        }
        Ok(Self {
            contact: (&export.contact).try_into()?,
            sessions,
            next: next.map(|cursor| cursor.to_string()),
        })
    }
}

/// A page while it is filled.
struct Page<'a> {
    /// The contact, whom the sessions of an export leave out.
    contact: &'a Contact,
    /// The entries that are left, in the order of sessions.
    entries: Peekable<Iter<'a, (Uuid, Entry)>>,
    /// The entries that there is room for.
    room: u64,
    bytes: usize,
}

impl Page<'_> {
    /// Returns the entries of a session behind `after` that fit, and the last `seq` that
    /// they reach if more follow. The first entry of a page always fits.
    fn history(
        &mut self,
        session: &Session,
        after: u64,
    ) -> Result<(Vec<Box<RawValue>>, Option<u64>), Error> {
        let until = after.saturating_add(self.room);
        let contact = SessionContact::new(session, Some(self.contact));
        let mut history = Vec::new();
        let mut shown = after;
        while let Some((session_id, entry)) = self.entries.next_if(|(id, _)| *id <= session.id) {
            if *session_id < session.id || entry.seq <= after || entry.seq > until {
                continue;
            }
            let item = EntryBody::new(entry, contact, false)?;
            let item = serde_json::value::to_raw_value(&item)
                .map_err(|cause| Error::InternalError(format!("unserializable entry: {cause}")))?;
            let is_first = self.bytes == 0;
            self.bytes = self.bytes.saturating_add(item.get().len());
            if !is_first && self.bytes > PAGE_MAX_BYTES as usize {
                return Ok((history, Some(shown)));
            }
            shown = entry.seq;
            history.push(item);
        }
        let last_seq = session.log.last_seq;
        if last_seq > until {
            return Ok((history, Some(until)));
        }
        self.room = until.saturating_sub(last_seq.max(after));
        Ok((history, None))
    }
}
