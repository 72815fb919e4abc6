//! The endpoint of notes, which agents write for each other.

use super::Call;
use super::changes::ChangeKind;
use super::log_shapes::SentBody;
use super::messages::is_agent;
use super::response::Response;
use crate::access::AccessServices;
use crate::domain::id::parse_uuid;
use crate::domain::note::NewNote;
use crate::error::Error;
use crate::storage::Store;
use crate::storage::log::{AddNote, Noted};
use crate::validation::json_text;

impl<S: Store, A: AccessServices> Call<'_, S, A> {
    /// `POST /chat/sessions/{session_id}/notes`
    pub(super) async fn add_note(&self, id: &str, body: &[u8]) -> Result<Response, Error> {
        let note = NewNote::check(&json_text::parse(body)?)?;
        let own = self.principal.agent();
        if !is_agent(own.as_ref(), note.agent.as_ref()) {
            return Err(Error::InsufficientScope);
        }
        let content_hash = note.content_hash();
        let command = AddNote {
            session_id: parse_uuid(id).ok_or(Error::SessionNotFound)?,
            subject: self.principal.subject().cloned(),
            note_id: note.id.unwrap_or_else(|| self.context.message_id()),
            agent: own
                .or_else(|| note.agent.map(|agent| agent.to_agent()))
                .unwrap_or_default(),
            text: note.text,
            content_hash,
            now_ms: self.context.now_ms,
        };
        let noted = self.store.add_note(self.principal.tenant(), &command);
        let answer = |status, stored| {
            let body = SentBody::new(command.note_id, stored, None);
            Response::json(status, &body)
        };
        match noted.await? {
            Noted::Stored(stored) => {
                self.tell(command.session_id, ChangeKind::Entries { last: None });
                answer(201, stored)
            }
            Noted::Replayed(stored) => {
                let mut response = answer(200, stored)?;
                response.set_header("idempotency-replayed", "true");
                Ok(response)
            }
            Noted::IdReused => Err(Error::MessageIdReused),
            Noted::Full => Err(Error::SessionFull),
            Noted::NoSuchSession => Err(Error::SessionNotFound),
        }
    }
}
