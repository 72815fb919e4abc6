//! Changes that those who follow live may want to know of.

use crate::domain::entry::Side;
use crate::domain::tenant::Tenant;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A stored change of one session. Carries no content, so one that is lost loses none.
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
    Entries,
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
