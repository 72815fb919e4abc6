//! Permissions: the actions of the API, and the roles that may do them.

use crate::domain::entry::Side;
use crate::domain::limits::RequestLimits;
use crate::domain::session::Session;
use serde::{Deserialize, Serialize};
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
    /// Removes a session and its messages.
    DeleteSession,
    /// Finds a contact by its identity.
    FindContact,
    /// Sends a message to a session.
    SendMessage,
    /// Adds a note for agents to a session.
    AddNote,
    /// Reads the history of a session.
    ReadHistory,
    /// Moves a read mark of a session.
    MarkRead,
    /// Tells that somebody is typing.
    ShowTyping,
    /// Follows a session live.
    FollowSession,
    /// Follows the changes of all sessions live.
    FollowSessions,
    /// Removes the text of a message or a note.
    RedactMessage,
    /// Returns all stored data of a contact.
    ExportContact,
    /// Removes a contact and its sessions.
    DeleteContact,
    /// Revokes all tokens of a contact.
    RevokeTokens,
    /// Issues a contact token for a person who is logged in.
    AuthenticateUser,
    /// Issues a visitor token.
    CreateVisitor,
    /// Issues an agent token.
    CreateAgentToken,
    /// Revokes all tokens of an agent.
    RevokeAgentTokens,
    /// Creates a webhook.
    CreateWebhook,
    /// Lists webhooks.
    ListWebhooks,
    /// Reads a webhook.
    ReadWebhook,
    /// Updates a webhook.
    UpdateWebhook,
    /// Removes a webhook.
    DeleteWebhook,
    /// Replaces the secret of a webhook.
    RotateWebhook,
    /// Sends a webhook an event to test it with.
    TestWebhook,
    /// Lists the tries to send a webhook its events.
    ListDeliveries,
    /// Sends a webhook its events again.
    ReplayEvents,
}

/// The actions that are counted together: each group has rate limits of its own, so that
/// whoever follows a conversation can still write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActionGroup {
    /// Reads.
    Read,
    /// Messages and notes.
    Send,
    /// Live connections, which are made again whenever one is lost.
    Follow,
    /// Everything else.
    Change,
}

impl Action {
    /// Returns the group that the action is counted in.
    #[must_use]
    pub fn group(self) -> ActionGroup {
        match self {
            Self::ReadSession
            | Self::ListSessions
            | Self::ReadHistory
            | Self::FindContact
            | Self::ListWebhooks
            | Self::ReadWebhook
            | Self::ListDeliveries => ActionGroup::Read,
            Self::SendMessage | Self::AddNote | Self::MarkRead | Self::ShowTyping => {
                ActionGroup::Send
            }
            Self::FollowSession | Self::FollowSessions => ActionGroup::Follow,
            Self::CreateSession
            | Self::UpdateSession
            | Self::DeleteSession
            | Self::RedactMessage
            | Self::ExportContact
            | Self::DeleteContact
            | Self::RevokeTokens
            | Self::AuthenticateUser
            | Self::CreateVisitor
            | Self::CreateAgentToken
            | Self::RevokeAgentTokens
            | Self::CreateWebhook
            | Self::UpdateWebhook
            | Self::DeleteWebhook
            | Self::RotateWebhook
            | Self::TestWebhook
            | Self::ReplayEvents => ActionGroup::Change,
        }
    }
}

impl ActionGroup {
    /// Returns the beginning of the group's buckets.
    pub(super) fn prefix(self) -> &'static str {
        match self {
            Self::Read => "read ",
            Self::Send => "send ",
            Self::Follow => "follow ",
            Self::Change => "",
        }
    }
}

/// The role of a caller within an organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Role {
    /// The organization's own server, whose claims are trusted.
    Server,
    /// One of its pages, by publishable key: any visitor of it.
    Page,
    /// One of its contacts, by id.
    Contact(Uuid),
    /// One anonymous visitor of its pages, by id.
    Visitor(Uuid),
    /// One of its agents.
    Agent,
}

impl Role {
    /// Returns the limits of this role's requests.
    #[must_use]
    pub fn limits(self) -> RequestLimits {
        match self {
            Self::Server | Self::Contact(_) | Self::Agent => RequestLimits::FULL,
            Self::Page | Self::Visitor(_) => RequestLimits::VISITOR,
        }
    }

    /// Returns the side of a conversation that the role writes and reads for.
    #[must_use]
    pub fn side(self) -> Side {
        match self {
            Self::Contact(_) | Self::Visitor(_) | Self::Page => Side::Contact,
            Self::Server | Self::Agent => Side::Agent,
        }
    }

    /// Returns true if the role may see a session that the storage has found for the
    /// caller's token.
    #[must_use]
    pub fn may_see(self, session: &Session) -> bool {
        match self {
            Self::Contact(own) => {
                // A stranger can open an unverified session in anybody's name.
                let contact = session.contact.as_ref();
                session.verified && contact.is_some_and(|contact| contact.id == own)
            }
            // The storage finds a visitor's own only.
            Self::Visitor(_) => !session.verified,
            Self::Server | Self::Agent => true,
            Self::Page => false,
        }
    }

    /// Leaves the contact out of a session that a visitor sees. Anyone can type an email:
    /// what is kept of its owner is none of theirs.
    pub fn omit_strangers(self, session: &mut Session) {
        if let Self::Visitor(_) = self {
            session.contact = None;
        }
    }

    /// Returns true for everybody who opens a page: they have quotas of their own, and are
    /// counted by address.
    #[must_use]
    pub fn is_anonymous(self) -> bool {
        matches!(self, Self::Page | Self::Visitor(_))
    }

    /// Returns true if the role permits this action.
    ///
    /// ```
    /// use chat_sessions::access::permissions::{Action, Role};
    /// assert!(Role::Page.may(Action::CreateSession));
    /// assert!(!Role::Page.may(Action::ListSessions));
    /// assert!(Role::Agent.may(Action::UpdateSession));
    /// assert!(!Role::Agent.may(Action::CreateSession));
    /// ```
    #[must_use]
    pub fn may(self, action: Action) -> bool {
        match self {
            // A visitor is made by a page: a server's visitors would all be one address.
            Self::Server => action != Action::CreateVisitor,
            Self::Page => matches!(action, Action::CreateSession | Action::CreateVisitor),
            Self::Contact(_) | Self::Visitor(_) => matches!(
                action,
                Action::CreateSession
                    | Action::ReadSession
                    | Action::ListSessions
                    | Action::SendMessage
                    | Action::ReadHistory
                    | Action::MarkRead
                    | Action::ShowTyping
                    | Action::FollowSession
            ),
            Self::Agent => matches!(
                action,
                Action::ReadSession
                    | Action::ListSessions
                    | Action::UpdateSession
                    | Action::SendMessage
                    | Action::AddNote
                    | Action::ReadHistory
                    | Action::MarkRead
                    | Action::ShowTyping
                    | Action::FollowSession
                    | Action::FollowSessions
            ),
        }
    }
}
