//! The endpoints of messages.

use super::Call;
use super::changes::ChangeKind;
use super::conditional::EntityTag;
use super::contacts::{attributes_path_in, too_large};
use super::live_shapes;
use super::log_shapes::{HistoryBody, SentBody};
use super::response::{Response, not_modified};
use crate::access::AccessServices;
use crate::access::permissions::Role;
use crate::domain::agent::AgentDraft;
use crate::domain::entry::{Agent, Entry, Event, Message};
use crate::domain::history_query::HistoryQuery;
use crate::domain::id::parse_uuid;
use crate::domain::limits::{ATTRIBUTES_MAX, RequestLimits};
use crate::domain::message::{NewMessage, Sender};
use crate::domain::read_mark::ReadMark;
use crate::error::{Error, Violation, ViolationCode};
use crate::storage::Store;
use crate::storage::log::{
    ContactNames, ContinueSession, MarkRead, ReadLog, RedactMessage, Redacted, SendMessage, Sent,
    StoredMessage,
};
use crate::validation::json::Json;
use crate::validation::json_text;
use crate::validation::text::at_most;
use uuid::Uuid;

/// Result of a send.
pub(super) struct SentMessage {
    pub(super) id: Uuid,
    pub(super) stored: StoredMessage,
    /// The session that has it, if it is another one than it was sent to.
    pub(super) moved_to: Option<Uuid>,
    is_replayed: bool,
}

/// The most full sessions that a contact's message passes on its way to one with room.
const CONTINUATIONS_MAX: usize = 10;

impl<S: Store, A: AccessServices> Call<'_, S, A> {
    /// `POST /chat/sessions/{session_id}/send`
    pub(super) async fn send_message(&self, id: &str, body: &[u8]) -> Result<Response, Error> {
        let request = json_text::parse(body)?;
        let message = check(&request, self.principal.role(), NewMessage::check_within)?;
        let sent = self.send(id, &request, message).await?;
        let status = if sent.is_replayed { 200 } else { 201 };
        let body = SentBody::new(sent.id, sent.stored, sent.moved_to);
        let mut response = Response::json(status, &body)?;
        if sent.is_replayed {
            response.set_header("idempotency-replayed", "true");
        }
        Ok(response)
    }

    /// Sends the message of a live connection's frame.
    pub(super) async fn send_flat(
        &self,
        id: &str,
        request: &Json<'_>,
    ) -> Result<SentMessage, Error> {
        let message = check(request, self.principal.role(), NewMessage::check_flat)?;
        self.send(id, request, message).await
    }

    async fn send(
        &self,
        id: &str,
        request: &Json<'_>,
        message: NewMessage,
    ) -> Result<SentMessage, Error> {
        let role = self.principal.role();
        let own = self.principal.agent();
        let sender = resolve_sender(role, own.as_ref(), &message)?;
        let session_id = parse_uuid(id).ok_or(Error::SessionNotFound)?;
        let mut command = SendMessage {
            session_id,
            subject: self.principal.subject().cloned(),
            message_id: message.id.unwrap_or_else(|| self.context.message_id()),
            sender,
            attachments: message.attachments_json(),
            content_hash: message.content_hash(sender),
            preview: message.preview(),
            takes_over_as: sender.answers_as().filter(|_| message.takes_over),
            agent: own
                .or_else(|| message.agent.map(|agent| agent.to_agent()))
                .unwrap_or_default(),
            text: message.text,
            custom_data: message.custom_data,
            contact: message.contact,
            new_contact_id: self.context.contact_id(),
            by_server: role == Role::Server,
            is_limited: is_contact(role),
            entry_ids: self.context.entry_ids(),
            now_ms: self.context.now_ms,
        };
        let mut outcome = self.append(&command).await?;
        for _ in 0..CONTINUATIONS_MAX {
            // A message of a contact is never lost.
            if outcome != Sent::Full || !is_contact(role) {
                break;
            }
            command.session_id = self.continuation(&command).await?;
            outcome = self.append(&command).await?;
        }
        let moved_to = (command.session_id != session_id).then_some(command.session_id);
        let sent = |stored, is_replayed| SentMessage {
            id: command.message_id,
            stored,
            moved_to,
            is_replayed,
        };
        match outcome {
            Sent::Stored { message, contact } => {
                self.tell_message(&command, message, &contact);
                Ok(sent(message, false))
            }
            Sent::Replayed(stored) => Ok(sent(stored, true)),
            Sent::IdReused => Err(Error::MessageIdReused),
            Sent::Full => Err(Error::SessionFull),
            Sent::TooMany { retry_after_s } => Err(Error::RateLimited { retry_after_s }),
            Sent::TooManyAttributes => Err(too_many_attributes(request)),
            Sent::AttributesTooLarge => Err(attributes_too_large(request)),
            Sent::ContactTooLarge => Err(too_large(attributes_path_in(request, "/contact"))),
            Sent::NoSuchSession => Err(Error::SessionNotFound),
        }
    }

    async fn append(&self, command: &SendMessage) -> Result<Sent, Error> {
        let tenant = self.principal.tenant();
        Ok(self.store.send_message(tenant, command).await?)
    }

    async fn continuation(&self, command: &SendMessage) -> Result<Uuid, Error> {
        let full = ContinueSession {
            session_id: command.session_id,
            new_session_id: self.context.session_id(),
            now_ms: command.now_ms,
        };
        let tenant = self.principal.tenant();
        let next = self.store.continue_session(tenant, &full).await?;
        let next = next.ok_or(Error::SessionNotFound)?;
        if next == full.new_session_id {
            self.tell(next, ChangeKind::Created);
        }
        Ok(next)
    }

    /// Tells those who follow the session of a message, which is stored.
    fn tell_message(&self, send: &SendMessage, stored: StoredMessage, contact: &ContactNames) {
        let entry = Entry {
            seq: stored.seq,
            id: send.message_id,
            created_at_ms: stored.created_at_ms,
            event: Event::Message(Message {
                sender: send.sender,
                agent: send.agent.clone(),
                text: send.text.clone(),
                attachments: send.attachments.clone(),
            }),
        };
        let last = live_shapes::new_entry(&entry, send.session_id, contact).ok();
        self.tell(send.session_id, ChangeKind::Entries { last });
    }

    /// `GET /chat/sessions/{session_id}/history`
    pub(super) async fn read_history(&self, id: &str, query: &str) -> Result<Response, Error> {
        let read = ReadLog {
            query: HistoryQuery::check(query)?,
            session_id: parse_uuid(id).ok_or(Error::SessionNotFound)?,
            subject: self.principal.subject().cloned(),
        };
        let page = self.store.read_log(self.principal.tenant(), &read).await?;
        let page = page.filter(|page| self.principal.role().may_see(&page.session));
        let mut page = page.ok_or(Error::SessionNotFound)?;
        self.principal.role().omit_strangers(&mut page.session);
        let is_own = is_contact(self.principal.role());
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

impl<S: Store, A: AccessServices> Call<'_, S, A> {
    /// `POST /chat/sessions/{session_id}/read`
    pub(super) async fn mark_read(&self, id: &str, body: &[u8]) -> Result<Response, Error> {
        self.read_up_to(id, &json_text::parse(body)?).await?;
        Ok(Response::empty(204))
    }

    /// Moves the read mark of the caller's side as `request` says.
    pub(super) async fn read_up_to(&self, id: &str, request: &Json<'_>) -> Result<(), Error> {
        let mark = ReadMark::check(request)?;
        let by = self.principal.role().side();
        let command = MarkRead {
            session_id: parse_uuid(id).ok_or(Error::SessionNotFound)?,
            subject: self.principal.subject().cloned(),
            side: by,
            seq: mark.seq,
        };
        let session = self.store.mark_read(self.principal.tenant(), &command);
        let role = self.principal.role();
        let session = session.await?.filter(|session| role.may_see(session));
        let session = session.ok_or(Error::SessionNotFound)?;
        let seq = session.log.read.of(by);
        self.tell(command.session_id, ChangeKind::Read { by, seq });
        Ok(())
    }

    /// `POST /chat/sessions/{session_id}/typing`
    pub(super) async fn show_typing(&self, id: &str) -> Result<Response, Error> {
        let id = parse_uuid(id).ok_or(Error::SessionNotFound)?;
        self.find_visible(id).await?;
        self.tell_typing(id);
        Ok(Response::empty(204))
    }

    /// Tells those who follow the session that the caller is typing.
    pub(super) fn tell_typing(&self, id: Uuid) {
        let agent = self.principal.agent();
        let typing = ChangeKind::Typing {
            by: self.principal.role().side(),
            name: agent.and_then(|agent| agent.name),
            person: self.credential.person(),
        };
        self.tell(id, typing);
    }

    /// `POST /chat/sessions/{session_id}/messages/{message_id}/redact`
    pub(super) async fn redact_message(
        &self,
        id: &str,
        message_id: &str,
    ) -> Result<Response, Error> {
        let command = RedactMessage {
            session_id: parse_uuid(id).ok_or(Error::SessionNotFound)?,
            message_id: parse_uuid(message_id).ok_or(Error::MessageNotFound)?,
            entry_id: self.context.message_id(),
            now_ms: self.context.now_ms,
        };
        let redacted = self.store.redact_message(self.principal.tenant(), &command);
        match redacted.await? {
            Redacted::Done => {
                self.tell(command.session_id, ChangeKind::Entries { last: None });
                Ok(Response::empty(204))
            }
            Redacted::NoSuchMessage => Err(Error::MessageNotFound),
            Redacted::NoSuchSession => Err(Error::SessionNotFound),
        }
    }
}

/// Checks the body, and that a server names the author: the error has the violations of
/// both.
fn check(
    request: &Json<'_>,
    role: Role,
    check: impl Fn(&Json<'_>, RequestLimits) -> Result<NewMessage, Error>,
) -> Result<NewMessage, Error> {
    let message = check(request, role.limits());
    let is_named = matches!(request, Json::Object(request) if request.get("sender").is_some());
    if is_named || role != Role::Server {
        return message;
    }
    let mut violations = match message {
        Ok(_) => Vec::new(),
        Err(Error::InvalidRequest(violations)) => violations,
        Err(error) => return Err(error),
    };
    violations.push(sender_required());
    Err(Error::InvalidRequest(violations))
}

fn sender_required() -> Violation {
    Violation {
        path: "/sender".to_owned(),
        code: ViolationCode::Required,
        message: "must say who wrote the message: contact, agent or ai".into(),
    }
}

/// Returns true for the token of a contact or a visitor: their side of a conversation.
fn is_contact(role: Role) -> bool {
    matches!(role, Role::Contact(_) | Role::Visitor(_))
}

/// Resolves the author of a message from what this role may send as. `own` is the agent of
/// the caller's token, who writes in no other's name.
fn resolve_sender(role: Role, own: Option<&Agent>, message: &NewMessage) -> Result<Sender, Error> {
    match (role, message.sender) {
        (Role::Server, Some(sender)) => Ok(sender),
        (Role::Server, None) => Err(Error::InvalidRequest(vec![sender_required()])),
        (Role::Contact(_) | Role::Visitor(_), None | Some(Sender::Contact))
            if message.agent.is_some() =>
        {
            Err(Error::InvalidRequest(vec![Violation {
                path: "/agent".to_owned(),
                code: ViolationCode::InvalidFormat,
                message: "is for messages of an agent or an ai, and this one is the contact's"
                    .into(),
            }]))
        }
        (Role::Contact(_) | Role::Visitor(_), None | Some(Sender::Contact)) => Ok(Sender::Contact),
        (Role::Agent, None | Some(Sender::Agent)) if is_agent(own, message.agent.as_ref()) => {
            Ok(Sender::Agent)
        }
        (Role::Contact(_) | Role::Visitor(_) | Role::Agent | Role::Page, _) => {
            Err(Error::InsufficientScope)
        }
    }
}

/// Returns true unless a request names another agent than `own`: by id, or else by name.
pub(super) fn is_agent(own: Option<&Agent>, named: Option<&AgentDraft>) -> bool {
    let (Some(own), Some(named)) = (own, named) else {
        return true;
    };
    match &named.id {
        Some(_) => named.id == own.id,
        None => own.name.as_ref() == Some(&named.name),
    }
}

fn attributes_too_large(request: &Json<'_>) -> Error {
    Error::InvalidRequest(vec![Violation {
        path: attributes_path_in(request, ""),
        code: ViolationCode::TooLong,
        message: "would exceed 65,536 bytes of JSON with what the session has; nothing was done"
            .into(),
    }])
}

fn too_many_attributes(request: &Json<'_>) -> Error {
    Error::InvalidRequest(vec![Violation {
        path: attributes_path_in(request, ""),
        code: ViolationCode::TooManyKeys,
        message: at_most(ATTRIBUTES_MAX, "leave the session with", "keys").into(),
    }])
}
