//! The endpoints of messages.

use super::Call;
use super::conditional::EntityTag;
use super::log_shapes::{HistoryBody, SentBody};
use super::response::{Response, not_modified};
use crate::access::AccessServices;
use crate::access::permissions::Role;
use crate::domain::entry::{Agent, preview};
use crate::domain::history_query::HistoryQuery;
use crate::domain::id::parse_uuid;
use crate::domain::limits::ATTRIBUTES_MAX;
use crate::domain::message::{NewMessage, Sender};
use crate::error::{Error, Violation, ViolationCode};
use crate::storage::Store;
use crate::storage::log::{ReadLog, SendMessage, Sent, StoredMessage};
use crate::validation::json_text;
use crate::validation::text::at_most;
use uuid::Uuid;

impl<S: Store, A: AccessServices> Call<'_, S, A> {
    /// `POST /chat/sessions/{session_id}/send`
    pub(super) async fn send_message(&self, id: &str, body: &[u8]) -> Result<Response, Error> {
        let limits = self.principal.role().limits();
        let message = NewMessage::check_within(&json_text::parse(body)?, limits)?;
        let sender = resolve_sender(self.principal.role(), &message)?;
        let message_id = message.id.unwrap_or_else(|| self.context.message_id());
        let send = SendMessage {
            session_id: parse_uuid(id).ok_or(Error::SessionNotFound)?,
            subject: self.principal.subject(),
            message_id,
            sender,
            agent: message.agent.as_ref().map(Agent::from).unwrap_or_default(),
            attachments: message.attachments_json(),
            content_hash: message.content_hash(sender),
            preview: preview(&message.text, message.first_file()),
            takes_over_as: sender.answers_as().filter(|_| message.takes_over),
            text: message.text,
            custom_data: message.custom_data,
            entry_ids: self.context.entry_ids(),
            now_ms: self.context.now_ms,
        };
        let sent = self.store.send_message(self.principal.tenant(), &send);
        match sent.await? {
            Sent::Stored(stored) => sent_response(201, message_id, stored),
            Sent::Replayed(stored) => {
                let mut response = sent_response(200, message_id, stored)?;
                response.set_header("idempotency-replayed", "true");
                Ok(response)
            }
            Sent::IdReused => Err(Error::MessageIdReused),
            Sent::Full => Err(Error::SessionFull),
            Sent::TooManyAttributes => Err(Error::InvalidRequest(vec![Violation {
                path: "/custom_data".to_owned(),
                code: ViolationCode::TooManyKeys,
                message: at_most(ATTRIBUTES_MAX, "leave the session with", "keys").into(),
            }])),
            Sent::NoSuchSession => Err(Error::SessionNotFound),
        }
    }

    /// `GET /chat/sessions/{session_id}/history`
    pub(super) async fn read_history(&self, id: &str, query: &str) -> Result<Response, Error> {
        let read = ReadLog {
            query: HistoryQuery::check(query)?,
            session_id: parse_uuid(id).ok_or(Error::SessionNotFound)?,
            subject: self.principal.subject(),
        };
        let page = self.store.read_log(self.principal.tenant(), &read).await?;
        let page = page.filter(|page| self.may_see(&page.session));
        let page = page.ok_or(Error::SessionNotFound)?;
        let is_own = matches!(self.principal.role(), Role::Contact(_));
        let body = HistoryBody::new(&page, &read.query, is_own)?;
        let mut response = Response::json(200, &body)?;
        let tag = EntityTag::of(&response.body);
        if let Some(tags) = &self.headers.if_none_match
            && tag.is_among(tags)
        {
            return Ok(not_modified(&tag));
        }
        response.set_header("etag", tag.as_str().to_owned());
        Ok(response)
    }
}

/// Resolves the author of a message from what this role may send as.
fn resolve_sender(role: Role, message: &NewMessage) -> Result<Sender, Error> {
    let violation = |path: &str, code, message: &'static str| {
        Error::InvalidRequest(vec![Violation {
            path: path.to_owned(),
            code,
            message: message.into(),
        }])
    };
    match (role, message.sender) {
        (Role::Server, Some(sender)) => Ok(sender),
        (Role::Server, None) => Err(violation(
            "/sender",
            ViolationCode::Required,
            "must say who wrote the message: contact, agent or ai",
        )),
        (Role::Contact(_), None | Some(Sender::Contact)) if message.agent.is_some() => {
            Err(violation(
                "/agent",
                ViolationCode::InvalidFormat,
                "is for messages of an agent or an ai, and this one is the contact's",
            ))
        }
        (Role::Contact(_), None | Some(Sender::Contact)) => Ok(Sender::Contact),
        (Role::Contact(_) | Role::Visitor, _) => Err(Error::InsufficientScope),
    }
}

fn sent_response(status: u16, id: Uuid, stored: StoredMessage) -> Result<Response, Error> {
    Response::json(status, &SentBody::new(id, stored))
}
