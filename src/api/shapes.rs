//! The JSON shapes of responses.

use crate::domain::contact::Contact;
use crate::domain::entry::{Assignee, Sides};
use crate::domain::session::Session;
use crate::error::{Error, Violation};
use crate::storage::contacts::ContactRecord;
use crate::storage::sessions::SessionPage;
use chrono::{DateTime, SecondsFormat};
use serde::Serialize;
use serde_json::value::RawValue;
use uuid::Uuid;

/// The response to a create: the new id.
#[derive(Debug, Serialize)]
pub struct CreatedBody {
    /// The id.
    pub id: Uuid,
}

/// The response to an authentication.
#[derive(Debug, Serialize)]
pub struct AuthenticatedBody {
    /// The contact token.
    pub token: String,
    /// The contact it is for.
    pub contact: CreatedBody,
}

impl AuthenticatedBody {
    /// Returns the response with the token of the contact with this id.
    #[must_use]
    pub fn new(token: String, contact_id: Uuid) -> Self {
        Self {
            token,
            contact: CreatedBody { id: contact_id },
        }
    }
}

/// The response to a new visitor.
#[derive(Debug, Serialize)]
pub struct VisitorBody {
    /// The visitor token.
    pub token: String,
    /// The visitor it is for.
    pub visitor_id: Uuid,
}

/// The response to an agent's login.
#[derive(Debug, Serialize)]
pub struct AgentTokenBody {
    token: String,
    agent: AgentBody,
}

/// The agent of a token.
#[derive(Debug, Serialize)]
struct AgentBody {
    id: String,
    name: String,
}

impl AgentTokenBody {
    /// Returns the response with the token of this agent.
    #[must_use]
    pub fn new(token: String, id: String, name: String) -> Self {
        Self {
            token,
            agent: AgentBody { id, name },
        }
    }
}

/// A session, as Get Session returns it.
#[derive(Debug, Serialize)]
pub struct SessionBody<'a> {
    /// True if somebody who may do so vouched for the contact. Not in OpenCX's reference.
    verified: bool,
    id: Uuid,
    status: &'static str,
    /// Null: the service closes no session by itself.
    ai_closure_type: Option<&'static str>,
    /// Null: the service reads no messages.
    sentiment: Option<&'static str>,
    channel: ChannelBody,
    ticket_number: u64,
    /// False: no assistant takes part.
    assist_mode: bool,
    created_at: String,
    updated_at: String,
    custom_data: &'a RawValue,
    last_seq: u64,
    last_message: Option<&'a str>,
    last_message_at: Option<String>,
    read: SidesBody,
    unread: SidesBody,
    assignee: AssigneeBody<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    contact: Option<ContactBody<'a>>,
}

/// A number for each side of a conversation.
#[derive(Debug, Serialize)]
struct SidesBody {
    contact: u64,
    agent: u64,
}

impl From<Sides> for SidesBody {
    fn from(Sides { contact, agent }: Sides) -> Self {
        Self { contact, agent }
    }
}

/// The one who answers in a session.
#[derive(Debug, Serialize)]
pub(super) struct AssigneeBody<'a> {
    r#type: &'static str,
    id: Option<&'a str>,
    name: Option<&'a str>,
    avatar_url: Option<&'a str>,
}

impl<'a> From<&'a Assignee> for AssigneeBody<'a> {
    fn from(assignee: &'a Assignee) -> Self {
        let agent = &assignee.agent;
        Self {
            r#type: assignee.kind.as_str(),
            id: agent.id.as_deref(),
            name: agent.name.as_deref(),
            avatar_url: agent.avatar_url.as_deref(),
        }
    }
}

#[derive(Debug, Serialize)]
struct ChannelBody {
    r#type: &'static str,
}

#[derive(Debug, Serialize)]
pub(super) struct ContactBody<'a> {
    id: Uuid,
    email: Option<&'a str>,
    phone_number: Option<&'a str>,
    name: Option<&'a str>,
    custom_data: &'a RawValue,
    non_verified_name: Option<&'a str>,
    non_verified_phone_number: Option<&'a str>,
    non_verified_custom_data: &'a RawValue,
}

/// A page of sessions, as List Sessions returns it.
#[derive(Debug, Serialize)]
pub struct SessionListBody<'a> {
    items: Vec<SessionBody<'a>>,
    next: Option<String>,
}

impl<'a> TryFrom<&'a SessionPage> for SessionListBody<'a> {
    /// [`Error::InternalError`] when a stored `custom_data` is not JSON: the database
    /// was tampered with.
    type Error = Error;

    fn try_from(page: &'a SessionPage) -> Result<Self, Self::Error> {
        Ok(Self {
            items: bodies(&page.sessions)?,
            next: page.next.map(|cursor| cursor.to_string()),
        })
    }
}

fn bodies(sessions: &[Session]) -> Result<Vec<SessionBody<'_>>, Error> {
    sessions.iter().map(SessionBody::try_from).collect()
}

/// All of a contact, without its sessions.
#[derive(Debug, Serialize)]
pub struct ContactRecordBody<'a> {
    #[serde(flatten)]
    contact: ContactBody<'a>,
    avatar_url: Option<&'a str>,
    language: Option<&'a str>,
    verified_at: Option<String>,
    created_at: String,
    updated_at: String,
}

impl<'a> TryFrom<&'a ContactRecord> for ContactRecordBody<'a> {
    type Error = Error;

    fn try_from(record: &'a ContactRecord) -> Result<Self, Self::Error> {
        Ok(Self {
            contact: (&record.contact).try_into()?,
            avatar_url: record.avatar_url.as_deref(),
            language: record.language.as_deref(),
            verified_at: record.verified_at_ms.map(iso_8601),
            created_at: iso_8601(record.created_at_ms),
            updated_at: iso_8601(record.updated_at_ms),
        })
    }
}

/// The contacts that were found.
#[derive(Debug, Serialize)]
pub struct ContactListBody<'a> {
    items: Vec<ContactRecordBody<'a>>,
    /// Null: an identity is that of one contact at most.
    next: Option<&'static str>,
}

impl<'a> TryFrom<&'a Option<ContactRecord>> for ContactListBody<'a> {
    /// [`Error::InternalError`] when a stored `custom_data` is not JSON: the database
    /// was tampered with.
    type Error = Error;

    fn try_from(found: &'a Option<ContactRecord>) -> Result<Self, Self::Error> {
        let items = found.iter().map(ContactRecordBody::try_from);
        Ok(Self {
            items: items.collect::<Result<_, _>>()?,
            next: None,
        })
    }
}

impl<'a> TryFrom<&'a Session> for SessionBody<'a> {
    /// [`Error::InternalError`] when a stored `custom_data` is not JSON: the database
    /// was tampered with.
    type Error = Error;

    fn try_from(session: &'a Session) -> Result<Self, Self::Error> {
        Ok(Self {
            verified: session.verified,
            id: session.id,
            status: session.status.as_str(),
            ai_closure_type: None,
            sentiment: None,
            channel: ChannelBody {
                r#type: session.channel.as_str(),
            },
            ticket_number: session.ticket_number,
            assist_mode: false,
            created_at: iso_8601(session.created_at_ms),
            updated_at: iso_8601(session.updated_at_ms),
            custom_data: stored(&session.custom_data)?,
            last_seq: session.log.last_seq,
            last_message: session.log.last_message.as_deref(),
            last_message_at: session.log.last_message_at_ms.map(iso_8601),
            read: session.log.read.into(),
            unread: session.log.unread.into(),
            assignee: (&session.log.assignee).into(),
            contact: session
                .contact
                .as_ref()
                .map(ContactBody::try_from)
                .transpose()?,
        })
    }
}

impl<'a> TryFrom<&'a Contact> for ContactBody<'a> {
    type Error = Error;

    fn try_from(contact: &'a Contact) -> Result<Self, Self::Error> {
        Ok(Self {
            id: contact.id,
            email: contact.email.as_deref(),
            phone_number: contact.phone_number.as_deref(),
            name: contact.name.as_deref(),
            custom_data: stored(&contact.custom_data)?,
            non_verified_name: contact.non_verified_name.as_deref(),
            non_verified_phone_number: contact.non_verified_phone_number.as_deref(),
            non_verified_custom_data: stored(&contact.non_verified_custom_data)?,
        })
    }
}

/// An error response.
#[derive(Debug, Serialize)]
pub struct ErrorBody<'a> {
    /// The HTTP status code.
    #[serde(rename = "statusCode")]
    pub status_code: u16,
    /// The error, in English.
    pub message: &'a str,
    /// The HTTP reason phrase.
    pub error: &'static str,
    /// The stable name of the error.
    pub code: &'static str,
    /// The request's id in the log.
    pub request_id: &'a str,
    /// Every violation.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<ViolationBody<'a>>,
}

/// One violation.
#[derive(Debug, Serialize)]
pub struct ViolationBody<'a> {
    /// The field, as a JSON Pointer.
    pub path: &'a str,
    /// The stable name of the rule's kind.
    pub code: &'static str,
    /// The rule.
    pub message: &'a str,
}

impl<'a> From<&'a Violation> for ViolationBody<'a> {
    fn from(violation: &'a Violation) -> Self {
        Self {
            path: &violation.path,
            code: violation.code.as_str(),
            message: &violation.message,
        }
    }
}

/// Returns stored attributes as JSON, with the digits of their numbers.
fn stored(attributes: &str) -> Result<&RawValue, Error> {
    serde_json::from_str(attributes)
        .map_err(|cause| Error::InternalError(format!("stored attributes: {cause}")))
}

/// Formats Unix milliseconds as ISO 8601 in UTC, with milliseconds.
///
/// ```
/// assert_eq!(chat_sessions::api::shapes::iso_8601(1_750_000_000_123), "2025-06-15T15:06:40.123Z");
/// ```
#[must_use]
pub fn iso_8601(unix_ms: u64) -> String {
    i64::try_from(unix_ms)
        .ok()
        .and_then(DateTime::from_timestamp_millis)
        .unwrap_or(DateTime::UNIX_EPOCH)
        .to_rfc3339_opts(SecondsFormat::Millis, true)
}
