//! The JSON of events, as webhooks get them.

use super::log_shapes::EntryBody;
use super::shapes::{ContactBody, SessionBody, iso_8601};
use crate::domain::contact::Contact;
use crate::domain::entry::{Assignee, AssigneeKind, Entry, Event};
use crate::domain::session::{Channel, Session, Status};
use crate::domain::webhook::{EventType, Format};
use crate::error::Error;
use crate::storage::webhooks::{DueEvent, EventKind, OutgoingEvent};
use serde::Serialize;
use serde_json::value::RawValue;
use uuid::Uuid;

/// An event (Standard Webhooks).
#[derive(Debug, Serialize)]
struct EventBody<'a> {
    r#type: &'static str,
    timestamp: String,
    data: Data<'a>,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Data<'a> {
    Message {
        session_id: Uuid,
        seq: u64,
        message: EntryBody<'a>,
        contact: Option<ContactBody<'a>>,
    },
    Created {
        session_id: Uuid,
        session: SessionBody<'a>,
    },
    Updated {
        session_id: Uuid,
        seq: u64,
        entry: EntryBody<'a>,
        session: SessionBody<'a>,
    },
    Deleted {
        contact: DeletedContact,
    },
    Test {},
}

#[derive(Debug, Serialize)]
struct DeletedContact {
    id: Uuid,
}

/// Returns the body of an event as it is now; `None` if what it tells of has been removed.
///
/// # Errors
/// [`Error::InternalError`] when stored data is damaged.
pub fn event_body(due: &DueEvent, outgoing: &OutgoingEvent) -> Result<Option<String>, Error> {
    let body = match (outgoing.format, outgoing.kind) {
        (Format::Standard, _) | (Format::Opencx, EventKind::Test) => {
            standard(due, outgoing)?.map(|body| serde_json::to_string(&body))
        }
        (Format::Opencx, EventKind::Of(event)) => {
            opencx(event, due, outgoing)?.map(|body| serde_json::to_string(&body))
        }
    };
    let body = body.transpose();
    body.map_err(|cause| Error::InternalError(format!("unserializable event: {cause}")))
}

fn standard<'a>(
    due: &DueEvent,
    outgoing: &'a OutgoingEvent,
) -> Result<Option<EventBody<'a>>, Error> {
    let session_id = due.subject_id;
    let seq = due.seq;
    let data = match (outgoing.kind, &outgoing.session, &outgoing.entry) {
        (EventKind::Test, ..) => Data::Test {},
        (EventKind::Of(EventType::ContactDeleted), ..) => Data::Deleted {
            contact: DeletedContact { id: due.subject_id },
        },
        (EventKind::Of(EventType::SessionCreated), Some(session), _) => Data::Created {
            session_id,
            session: SessionBody::try_from(session)?,
        },
        (EventKind::Of(EventType::MessageCreated), Some(session), Some(entry)) => Data::Message {
            session_id,
            seq,
            message: EntryBody::new(entry, session.into(), false)?,
            contact: session
                .contact
                .as_ref()
                .map(ContactBody::try_from)
                .transpose()?,
        },
        (EventKind::Of(EventType::SessionUpdated), Some(session), Some(entry)) => Data::Updated {
            session_id,
            seq,
            entry: EntryBody::new(entry, session.into(), false)?,
            session: SessionBody::try_from(session)?,
        },
        (EventKind::Of(_), ..) => return Ok(None),
    };
    Ok(Some(EventBody {
        r#type: outgoing.kind.as_str(),
        timestamp: iso_8601(due.created_at_ms),
        data,
    }))
}

/// An event as OpenCX's reference has it.
#[derive(Debug, Serialize)]
struct OpencxBody<'a> {
    event: &'static str,
    organization_id: &'a str,
    data: OpencxData<'a>,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum OpencxData<'a> {
    Started {
        conversation_id: Uuid,
        assignee: Option<OpencxPerson<'a>>,
        contact: OpencxContact<'a>,
        channel: &'static str,
        /// Empty: nothing has been written yet.
        first_message: &'static str,
        timestamp: String,
    },
    Closed {
        conversation_id: Uuid,
        timestamp: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        contact_id: Option<Uuid>,
        #[serde(skip_serializing_if = "Option::is_none")]
        contact: Option<ClosedContact<'a>>,
        human_resolution_status: &'static str,
        ai_resolution_status: Option<&'a str>,
        ai_billing_tier: Option<&'a str>,
        closed_by: OpencxPerson<'a>,
        is_from_third_party: bool,
        third_party_name: Option<&'a str>,
        summary: Option<&'a str>,
        contact_reason: Option<&'a str>,
        user_sentiment: Option<&'a str>,
        language: Option<&'a str>,
    },
}

#[derive(Debug, Serialize)]
struct OpencxPerson<'a> {
    r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    avatar_url: Option<&'a str>,
}

impl<'a> OpencxPerson<'a> {
    /// Returns the one who answers in a session; a person where that is not known.
    fn new(assignee: &'a Assignee) -> Self {
        let agent = &assignee.agent;
        Self {
            r#type: match assignee.kind {
                AssigneeKind::Ai => "AI",
                AssigneeKind::Human | AssigneeKind::None => "human",
            },
            id: agent.id.as_deref(),
            name: agent.name.as_deref(),
            avatar_url: agent.avatar_url.as_deref(),
        }
    }
}

#[derive(Debug, Default, Serialize)]
struct OpencxContact<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    enriched_data: EnrichedData<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    custom_data: Option<&'a RawValue>,
}

#[derive(Debug, Default, Serialize)]
struct EnrichedData<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    phone_number: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<&'a str>,
}

#[derive(Debug, Serialize)]
struct ClosedContact<'a> {
    id: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    phone_number: Option<&'a str>,
    custom_data: &'a RawValue,
}

fn opencx<'a>(
    event: EventType,
    due: &'a DueEvent,
    outgoing: &'a OutgoingEvent,
) -> Result<Option<OpencxBody<'a>>, Error> {
    let Some(session) = &outgoing.session else {
        return Ok(None);
    };
    let (event, data) = match (event, &outgoing.entry) {
        (EventType::SessionCreated, _) => ("conversation.started", started(due, session)?),
        (
            EventType::SessionUpdated,
            Some(Entry {
                event: Event::SessionClosed { status, .. },
                ..
            }),
        ) => ("conversation.closed", closed(due, session, *status)?),
        _ => return Ok(None),
    };
    Ok(Some(OpencxBody {
        event,
        organization_id: &due.tenant.organization,
        data,
    }))
}

fn started<'a>(due: &DueEvent, session: &'a Session) -> Result<OpencxData<'a>, Error> {
    let assignee = &session.log.assignee;
    let contact = session.contact.as_ref();
    let of_contact = |contact: &'a Contact| {
        Ok::<_, Error>(OpencxContact {
            id: Some(contact.id),
            name: contact.name.as_deref(),
            enriched_data: EnrichedData {
                phone_number: contact.phone_number.as_deref(),
                email: contact.email.as_deref(),
            },
            custom_data: Some(attributes(contact)?),
        })
    };
    Ok(OpencxData::Started {
        conversation_id: session.id,
        assignee: (assignee.kind != AssigneeKind::None).then(|| OpencxPerson::new(assignee)),
        contact: contact.map(of_contact).transpose()?.unwrap_or_default(),
        channel: match session.channel {
            Channel::WebVoice => Channel::Web.as_str(),
            Channel::PhoneVoice => "phone",
            other => other.as_str(),
        },
        first_message: "",
        timestamp: iso_8601(due.created_at_ms),
    })
}

fn closed<'a>(
    due: &DueEvent,
    session: &'a Session,
    status: Status,
) -> Result<OpencxData<'a>, Error> {
    let contact = session.contact.as_ref();
    let of_contact = |contact: &'a Contact| {
        Ok::<_, Error>(ClosedContact {
            id: contact.id,
            name: contact.name.as_deref(),
            email: contact.email.as_deref(),
            phone_number: contact.phone_number.as_deref(),
            custom_data: attributes(contact)?,
        })
    };
    Ok(OpencxData::Closed {
        conversation_id: session.id,
        timestamp: iso_8601(due.created_at_ms),
        contact_id: contact.map(|contact| contact.id),
        contact: contact.map(of_contact).transpose()?,
        human_resolution_status: match status {
            Status::ClosedUnresolved => "not_resolved",
            Status::ClosedResolved | Status::Open => "resolved",
        },
        ai_resolution_status: None,
        ai_billing_tier: None,
        closed_by: OpencxPerson::new(&session.log.assignee),
        is_from_third_party: false,
        third_party_name: None,
        summary: None,
        contact_reason: None,
        user_sentiment: None,
        language: None,
    })
}

fn attributes(contact: &Contact) -> Result<&RawValue, Error> {
    serde_json::from_str(&contact.custom_data)
        .map_err(|cause| Error::InternalError(format!("stored attributes: {cause}")))
}
