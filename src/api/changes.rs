//! Changes that those who follow live may want to know of.

use crate::domain::entry::Side;
use crate::domain::tenant::Tenant;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A stored change of one session. What it has of the log is a copy, so one that is lost
/// loses nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The organization.
    pub tenant: Tenant,
    /// The session.
    pub session_id: Uuid,
    /// The kind.
    pub kind: ChangeKind,
}

/// The kinds of change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ChangeKind {
    /// The session was created.
    Created,
    /// Its log has more entries.
    Entries {
        /// The last of them, if whoever stored it has it at hand.
        last: Option<NewEntry>,
    },
    /// A side has read up to an entry.
    Read {
        /// The side.
        by: Side,
        /// The entry.
        seq: u64,
    },
    /// Somebody is typing, which is stored nowhere.
    Typing {
        /// Their side.
        by: Side,
        /// Their name, of an agent.
        name: Option<String>,
        /// Name of the person, to whom it is not echoed.
        person: String,
    },
    /// The session was removed.
    Deleted,
}

/// An entry that was stored just now, as the frames of those who follow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewEntry {
    /// Its place in the log.
    pub seq: u64,
    /// The frame for the session's contact, if it is another one.
    pub own: Option<String>,
    /// The frame for everybody else.
    pub others: String,
}

impl Change {
    /// Returns the change without what it has of the log.
    #[must_use]
    pub fn without_content(&self) -> Self {
        let kind = match &self.kind {
            ChangeKind::Entries { .. } => ChangeKind::Entries { last: None },
            kind => kind.clone(),
        };
        Self {
            tenant: self.tenant.clone(),
            session_id: self.session_id,
            kind,
        }
    }
}
