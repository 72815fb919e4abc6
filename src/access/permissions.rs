//! Permissions: the actions of the API, and the roles that may do them.

use crate::domain::limits::RequestLimits;
use strum::VariantArray;
use uuid::Uuid;

/// An action of the API. [`crate::api::routes`] has the path of each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, VariantArray)]
pub enum Action {
    /// Creates a session.
    CreateSession,
    /// Reads a session.
    ReadSession,
    /// Lists sessions.
    ListSessions,
    /// Updates a session.
    UpdateSession,
    /// Sends a message to a session.
    SendMessage,
    /// Reads the history of a session.
    ReadHistory,
    /// Returns all stored data of a contact.
    ExportContact,
    /// Removes a contact and its sessions.
    DeleteContact,
    /// Revokes all tokens of a contact.
    RevokeTokens,
    /// Issues a contact token for a person who is logged in.
    AuthenticateUser,
}

/// The role of a caller within an organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The organization's own server, whose claims are trusted.
    Server,
    /// One of its pages, by publishable key: any visitor of it.
    Page,
    /// One of its contacts, by id.
    Contact(Uuid),
}

impl Role {
    /// Returns the limits of this role's requests.
    #[must_use]
    pub fn limits(self) -> RequestLimits {
        match self {
            Self::Server | Self::Contact(_) => RequestLimits::FULL,
            Self::Page => RequestLimits::VISITOR,
        }
    }

    /// Returns true if the role permits this action.
    ///
    /// ```
    /// use chat_sessions::access::permissions::{Action, Role};
    /// assert!(Role::Page.may(Action::CreateSession));
    /// assert!(!Role::Page.may(Action::ListSessions));
    /// ```
    #[must_use]
    pub fn may(self, action: Action) -> bool {
        match self {
            Self::Server => true,
            Self::Page => action == Action::CreateSession,
            Self::Contact(_) => matches!(
                action,
                Action::CreateSession
                    | Action::ReadSession
                    | Action::ListSessions
                    | Action::SendMessage
                    | Action::ReadHistory
            ),
        }
    }
}
